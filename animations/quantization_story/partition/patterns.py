"""The affine maps of all cells of a partition at once, each worked out once for the cells that share it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.network import ReluNetwork
from quantization_story.partition.mesh import Level

# Groups to work on at a time: their maps stay in the processor's cache, and memory does not grow with the depth.
CHUNK = 512


@dataclass(frozen=True, eq=False)
class Routing:
    """How one network routes in the cells, N of them, of a partition: the distinct patterns of its layers 1 to l.

    parents, gates: for each hidden layer l, the group of the layer before that each of G_l groups comes from, (G_l,),
    never falling, and the units of layer l that are on in it, (G_l, d_l). groups: for l = 0 to L - 1 the group of each
    cell, (N,); all cells are in group 0 of l = 0.
    """

    parents: tuple[IntArray, ...]
    gates: tuple[BoolArray, ...]
    groups: tuple[IntArray, ...]

    def patterns(self) -> BoolArray:
        """The activation pattern in each cell, (N, H)."""
        parts = [gates[group] for gates, group in zip(self.gates, self.groups[1:], strict=True)]
        return np.concatenate([np.zeros((len(self.groups[0]), 0), dtype=np.bool_), *parts], axis=1)

    def affine_maps(self, net: ReluNetwork, layer: int) -> FloatArray:
        """The map (x, y, 1) -> z_layer of a network of 2 inputs, its gates held like this: (N, 3, d), p @ maps[i]."""
        count = len(self.parents[layer - 2]) if layer > 1 else 1
        maps = np.empty((count, 3, net.widths[layer]))
        for start in range(0, count, CHUNK):
            maps[start : start + CHUNK] = self._maps_of_groups(net, layer, start, min(start + CHUNK, count))
        return maps.take(self.groups[layer - 1], axis=0)

    def _maps_of_groups(self, net: ReluNetwork, layer: int, start: int, stop: int) -> FloatArray:
        """The same for the groups of the layers before, from start to stop, (stop - start, 3, d)."""
        weight, bias = net.weights[layer - 1], net.biases[layer - 1]
        if layer == 1:
            return np.concatenate([weight.T, bias[None]])[None]
        parents = self.parents[layer - 2][start:stop]
        # The parents of neighbouring groups are neighbours.
        above = self._maps_of_groups(net, layer - 1, int(parents[0]), int(parents[-1]) + 1)
        opened = above.take(parents - parents[0], axis=0)
        opened *= self.gates[layer - 2][start:stop, None, :]
        maps: FloatArray = (opened.reshape(-1, opened.shape[2]) @ weight.T).reshape(len(parents), 3, -1)
        maps[:, 2] += bias
        return maps


def find_routing(levels: Sequence[Level], units: Sequence[slice], ancestors: Sequence[IntArray]) -> Routing:
    """The routing of one network, whose units are these columns of the levels' bits.

    ancestors: for level 0 to L - 1 the cell of that level that each of the N cells lies in, (N,).
    """
    parents, gates, numbers = [], [], [np.zeros(1, dtype=np.intp)]
    for level, columns in zip(levels, units, strict=True):
        above, bits = numbers[-1][level.parents], level.bits[:, columns]
        if bits.shape[1] == level.bits.shape[1]:  # the only network: every cell of the level has its own pattern
            first = number = np.arange(len(bits))
        else:
            first, number = _distinct(above, bits)
        parents.append(above[first])
        gates.append(bits[first])
        numbers.append(number)
    groups = (number[cells] for number, cells in zip(numbers, ancestors, strict=True))
    return Routing(tuple(parents), tuple(gates), tuple(groups))


def _distinct(above: IntArray, bits: BoolArray) -> tuple[IntArray, IntArray]:
    """Number the distinct rows of (above (n,), bits (n, d)) in the order of `above`.

    Returns a place of each, and the number of every row, (n,).
    """
    packed = np.packbits(bits, axis=1)
    words = np.zeros((len(packed), -(-packed.shape[1] // 8)), dtype=np.uint64)
    words.view(np.uint8)[:, : packed.shape[1]] = packed
    keys = [*words.T, above.astype(np.uint64)]  # lexsort sorts by the last key first
    order = np.lexsort(keys)
    fresh = np.zeros(len(order), dtype=np.bool_)
    fresh[:1] = True
    for key in keys:
        fresh[1:] |= key[order[1:]] != key[order[:-1]]
    number = np.empty(len(order), dtype=np.intp)
    number[order] = np.cumsum(fresh) - 1
    return order[fresh], number
