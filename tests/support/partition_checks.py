"""What holds for the cells of any partition, and the boxes and networks with ties that it is tried on."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quantization_story.common import ReluNetwork

BOX = (-3.0, 3.0, -3.0, 3.0)
EPS = np.finfo(np.float64).eps


@st.composite
def boxes(draw):
    """A box with corners on a grid of eighths, often with the origin on its rim, now and then far or thin."""
    x, y = draw(st.integers(-8, 8)), draw(st.integers(-8, 8))
    wide, high = draw(st.sampled_from((1, 8, 20, 64))), draw(st.sampled_from((1, 8, 20, 64)))
    return x / 8, (x + wide) / 8, y / 8, (y + high) / 8


@st.composite
def tied_networks(draw, inputs=2):
    """Weights on a coarse grid, so that lines run through corners, through each other and through whole cells."""
    widths = [inputs, *draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)), 2]
    weights = [
        draw(arrays(np.float64, (after, before), elements=st.integers(-3, 3))) / 2 for before, after in pairwise(widths)
    ]
    biases = [draw(arrays(np.float64, width, elements=st.integers(-3, 3))) / 2 for width in widths[1:]]
    return ReluNetwork(tuple(weights), tuple(biases))


def inner_points(cells, count=4, seed=0):
    """Random points well inside each cell, (N, count, 2): mixtures of its corners."""
    rng = np.random.default_rng(seed)
    mixed = []
    for polygon in cells.polygons:
        shares = rng.dirichlet(np.full(len(polygon), 2.0), size=count)
        mixed.append(polygon[0] + shares @ (polygon - polygon[0]))
    return np.array(mixed)


def signed_distance(point, polygon):
    """How far a point lies outside a convex polygon's edges at most; negative inside."""
    steps = np.roll(polygon, -1, axis=0) - polygon
    across = steps[:, 0] * (point[1] - polygon[:, 1]) - steps[:, 1] * (point[0] - polygon[:, 0])
    return (-across / np.hypot(steps[:, 0], steps[:, 1])).max()


def largest_terms(net, box):
    """A bound on every term that a layer adds up in the box, one for each layer: rounding errors are relative to it."""
    reach, bounds = np.full(net.widths[0], np.abs(box).max()), []
    for weight, bias in zip(net.weights, net.biases, strict=True):
        reach = np.abs(weight) @ reach + np.abs(bias)
        bounds.append(reach.max())
    return bounds


def check_geometry(cells):
    """What holds for the cells of any partition: they fill the box, are convex and distinct, and fit together."""
    xmin, xmax, ymin, ymax = cells.box
    box_area, size = (xmax - xmin) * (ymax - ymin), np.abs(cells.box).max()
    assert cells.areas.sum() == pytest.approx(box_area, rel=1e-12)
    assert (cells.areas > 0).all()
    for polygon, count in zip(cells.polygons, cells.counts, strict=True):
        assert polygon.shape == (count, 2)
        assert len(np.unique(polygon, axis=0)) == count >= 3
        steps = np.roll(polygon, -1, axis=0) - polygon
        following = np.roll(steps, -1, axis=0)
        turns = steps[:, 0] * following[:, 1] - steps[:, 1] * following[:, 0]
        # Corners are known to a few units in the last place of the box.
        slack = 16 * EPS * size * (np.abs(steps).sum(axis=1) + np.abs(following).sum(axis=1))
        assert (turns >= -slack).all()
    edges = cells.edges
    left, right = edges.cells.T
    start, end = edges.segments[:, 0], edges.segments[:, 1]
    assert (left != right).all()
    # Going round all cells passes every inner edge twice and the rim once.
    assert cells.counts.sum() == 2 * np.count_nonzero(right >= 0) + np.count_nonzero(right < 0)
    rim = np.linalg.norm((end - start)[right < 0], axis=1).sum()
    assert rim == pytest.approx(2 * (xmax - xmin + ymax - ymin), rel=1e-12)
    # The signed area to the left of all edges, cell by cell, is the cells' area: every edge knows its two cells.
    middle = np.array([xmin + xmax, ymin + ymax]) / 2
    (ax, ay), (bx, by) = (start - middle).T, (end - middle).T
    wedges = (ax * by - ay * bx) / 2
    rebuilt = np.zeros(len(cells))
    np.add.at(rebuilt, left, wedges)
    np.subtract.at(rebuilt, right[right >= 0], wedges[right >= 0])
    np.testing.assert_allclose(rebuilt, cells.areas, atol=64 * EPS * box_area)
    assert (cells.locate(cells.centroids) == np.arange(len(cells))).all()
    # V - E + F = 1: the cells cover the box without holes.
    assert len(cells.cut.vertices) - len(edges) + len(cells) == 1
