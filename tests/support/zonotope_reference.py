"""What zonotopes are, the slow way: all sums of generators, and hulls of them. And generators to try."""

from itertools import product

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import ConvexHull

# Entries that directions find awkward: zeros, both signs of one value, duplicates, tiny next to large.
AWKWARD = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 2.0, 7.0, 3.5, -2.5, 1e-9, -1e3)
ENTRIES = st.one_of(st.sampled_from(AWKWARD), st.floats(-3.0, 3.0).map(lambda number: round(number, 9)))


@st.composite
def generators(draw, d, most=7):
    """A matrix (d, m), often with zero, repeated, opposite or dependent columns."""
    columns = draw(arrays(np.float64, (d, draw(st.integers(0, most))), elements=ENTRIES))
    if columns.shape[1] > 1:
        damage = draw(st.sampled_from(["none", "repeat", "opposite", "zero", "flat"]))
        if damage == "repeat":
            columns[:, -1] = 3 * columns[:, 0]
        elif damage == "opposite":
            columns[:, -1] = -columns[:, 0] / 3
        elif damage == "zero":
            columns[:, -1] = 0
        elif damage == "flat":
            columns[-1] = columns[0]
    return columns


def all_sums(generators):
    """The sums of c_i g_i with every c_i = -1 or 1: 2^m points whose hull is the zonotope."""
    generators = np.asarray(generators, dtype=float)
    signs = np.array(list(product((-1.0, 1.0), repeat=generators.shape[1])))
    return signs @ generators.T


def hull_volume(generators):
    """The area or volume of that hull by Qhull, for a zonotope that is not flat."""
    return ConvexHull(all_sums(generators)).volume


def size(generators):
    """The sum of the lengths: what distances are measured against."""
    return float(np.linalg.norm(generators, axis=0).sum())


def distance_between(first, second):
    """The Hausdorff distance of two small sets of points."""
    gaps = np.linalg.norm(np.asarray(first)[:, None] - np.asarray(second), axis=2)
    return max(gaps.min(axis=0).max(), gaps.min(axis=1).max())


def turns(polygon):
    """The cross products of the consecutive edges of a plane polygon: all positive for convex and counter-clockwise."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    after = np.roll(edges, -1, axis=0)
    return edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]


def shoelace(polygon):
    """The signed area of a plane polygon."""
    after = np.roll(polygon, -1, axis=0)
    return float((polygon[:, 0] * after[:, 1] - polygon[:, 1] * after[:, 0]).sum() / 2)
