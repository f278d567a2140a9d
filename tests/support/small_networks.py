"""Small networks and their points, random and awkward, for the tests to draw from."""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quantization_story.common import ReluNetwork, UniformQuantizer

# Numbers that rounding and ReLU find awkward: zeros, both signs of one value, duplicates, ties, tiny next to large.
AWKWARD = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 2.0, 7.0, 3.5, -2.5, 1e-9, -1e3)

# Two classes: class 0 (up) where |x_1| > 1, else class 1 (down).
OUTSIDE = ReluNetwork(([[1.0, 0.0], [-1.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]]), ([0.0, 0.0], [0.0, -1.0]))

COARSE = UniformQuantizer(bits=3)


def entries():
    """One weight or coordinate: an awkward number, or any number up to 3 in size (nine decimals: none is subnormal)."""
    return st.one_of(st.sampled_from(AWKWARD), st.floats(-3.0, 3.0).map(lambda number: round(number, 9)))


@st.composite
def matrices(draw, shape=None):
    """A weight matrix of 1 to 4 rows and columns."""
    return draw(arrays(np.float64, shape or draw(st.tuples(st.integers(1, 4), st.integers(1, 4))), elements=entries()))


@st.composite
def networks(draw, inputs=None, min_depth=1):
    """A ReluNetwork of 1 to 4 layers, 1 to 4 wide; now and then with a dead, a zero or a duplicated unit."""
    widths = draw(st.lists(st.integers(1, 4), min_size=min_depth + 1, max_size=5))
    if inputs is not None:
        widths[0] = inputs
    weights = [draw(matrices((after, before))) for before, after in pairwise(widths)]
    biases = [draw(arrays(np.float64, width, elements=entries())) for width in widths[1:]]
    damage = draw(st.sampled_from(["none", "dead", "zero", "duplicate"]))
    if damage == "dead":
        weights[0][0], biases[0][0] = 0.0, -1.0
    elif damage == "zero":
        weights[0][:], biases[0][:] = 0.0, 0.0
    elif damage == "duplicate":
        weights[0][-1], biases[0][-1] = weights[0][0], biases[0][0]
    return ReluNetwork(tuple(weights), tuple(biases))


@st.composite
def networks_and_points(draw, min_depth=1, max_points=8):
    """A network with a few points of its input space, awkward ones among them."""
    network = draw(networks(min_depth=min_depth))
    count = draw(st.integers(1, max_points))
    return network, draw(arrays(np.float64, (count, network.widths[0]), elements=entries()))


def he_network(widths, seed):
    """A random network with the usual spread of weights, and biases that put its boundaries among the points."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0.0, np.sqrt(2.0 / before), (after, before)) for before, after in pairwise(widths)]
    return ReluNetwork(tuple(weights), tuple(rng.normal(0.0, 0.5, len(weight)) for weight in weights))


def fine_lattice():
    """810,000 points spread evenly over the square [-3, 3]^2, (n, 2), none of them on its rim or on an axis."""
    at = (np.arange(900) + 0.5) / 150 - 3.0
    return np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)


def reach(net, points):
    """The largest number that could form on the way through the network, had all terms one sign: sets the rounding."""
    bound = largest = max(1.0, np.abs(points).max(initial=0.0))
    for weight, bias in zip(net.weights, net.biases, strict=True):
        bound = (np.abs(weight).sum(axis=1) * bound + np.abs(bias)).max()
        largest = max(largest, bound)
    return largest


def least_squares(source, target):
    """T and t (the affine fit) from the augmented system, another way than the package's."""
    solution = np.linalg.pinv(np.hstack([source, np.ones((len(source), 1))]), rcond=1e-10) @ target
    return solution[:-1].T, solution[-1]


def same_network(one, other, **tolerances):
    """Two networks have the same weights and biases, up to the tolerances of numpy.testing.assert_allclose."""
    for first, second in zip(one.weights + one.biases, other.weights + other.biases, strict=True):
        np.testing.assert_allclose(first, second, **tolerances)
