"""A slow and plain partition to compare with: one cell at a time, one neuron after the other, in any kind of number.

With fractions.Fraction it is exact, ties included. With float it has no tolerance, so it is for networks without ties.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from quantization_story.common import ReluNetwork


def he_network(widths, seed=0, bias=0.5):
    """Weights of variance 2 / inputs and biases of standard deviation `bias`, drawn layer by layer."""
    rng = np.random.default_rng(seed)
    weights, biases = [], []
    for before, after in pairwise(widths):
        weights.append(rng.normal(size=(after, before)) * np.sqrt(2 / before))
        biases.append(rng.normal(size=after) * bias)
    return ReluNetwork(tuple(weights), tuple(biases))


HE = {widths: he_network(widths) for widths in ((2, 16, 16, 2), (2, 32, 32, 2), (2, 8, 8, 8, 3))}


def reference_cells(net, box, number=Fraction):
    """The cells of a network of 2 inputs in a box: {pattern: corners}, a tuple of bools and a list of (x, y) each."""
    xmin, xmax, ymin, ymax = (number(side) for side in box)
    identity = [(number(1), number(0), number(0)), (number(0), number(1), number(0))]
    cells = [((), [(xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)], identity)]
    for weight, bias in zip(net.weights[:-1], net.biases[:-1], strict=True):
        rows = [[number(entry) for entry in row] for row in weight.tolist()]
        offsets = [number(entry) for entry in bias.tolist()]
        cells = [child for cell in cells for child in _through_layer(*cell, rows, offsets)]
    found = {pattern: polygon for pattern, polygon, _ in cells}
    assert len(found) == len(cells), "two cells share a pattern"
    return found


def _through_layer(pattern, polygon, forms, rows, offsets):
    """Cut one cell along a layer; `forms` are its inputs as (coefficient of x, of y, constant)."""
    outputs = [
        tuple(
            sum(w * form[k] for w, form in zip(row, forms, strict=True)) + (offset if k == 2 else 0) for k in range(3)
        )
        for row, offset in zip(rows, offsets, strict=True)
    ]
    parts = [((), polygon)]
    for a, b, c in outputs:
        cut = []
        for bits, corners in parts:
            heights = [a * x + b * y + c for x, y in corners]
            if min(heights) < 0 < max(heights):
                cut.append(((*bits, True), _above(corners, heights)))
                cut.append(((*bits, False), _above(corners, [-height for height in heights])))
            else:
                cut.append(((*bits, max(heights) > 0), corners))
        parts = cut
    zero = (rows[0][0] * 0,) * 3
    for bits, corners in parts:
        opened = [form if bit else zero for form, bit in zip(outputs, bits, strict=True)]
        yield (*pattern, *bits), corners, opened


def _above(corners, heights):
    """The part of a convex polygon where the height is not negative."""
    kept = []
    for i, (here, height) in enumerate(zip(corners, heights, strict=True)):
        there, beyond = corners[(i + 1) % len(corners)], heights[(i + 1) % len(corners)]
        if height >= 0:
            kept.append(here)
        if height * beyond < 0:
            share = height / (height - beyond)
            kept.append((here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])))
    return kept


def polygon_area(corners):
    """The area of a polygon (shoelace), in the kind of number of its corners."""
    return (
        sum(
            (x - corners[0][0]) * (v - corners[0][1]) - (u - corners[0][0]) * (y - corners[0][1])
            for (x, y), (u, v) in zip(corners, [*corners[1:], corners[0]], strict=True)
        )
        / 2
    )


def stacked(*nets):
    """The block-diagonal network that computes all of them side by side."""
    weights = [np.vstack([net.weights[0] for net in nets])]
    for layer in range(1, nets[0].depth):
        blocks = [net.weights[layer] for net in nets]
        weight = np.zeros((sum(len(block) for block in blocks), sum(block.shape[1] for block in blocks)))
        row = column = 0
        for block in blocks:
            weight[row : row + block.shape[0], column : column + block.shape[1]] = block
            row, column = row + block.shape[0], column + block.shape[1]
        weights.append(weight)
    biases = [np.concatenate([net.biases[layer] for net in nets]) for layer in range(nets[0].depth)]
    return ReluNetwork(tuple(weights), tuple(biases))


def regioncam_of(net, half):
    """The same network's regions on [-half, half]^2 by the package regioncam, an independent peer, in float32."""
    from regioncam import Regioncam

    peer = Regioncam(size=half)
    for layer, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True), start=1):
        peer.linear(weight.T.astype(np.float32), bias.astype(np.float32))
        if layer < net.depth:
            peer.relu()
    return peer
