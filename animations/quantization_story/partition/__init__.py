"""The exact partition of a 2-D box into the convex cells on which a ReLU network is affine."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray, frozen
from quantization_story.core.network import ReluNetwork
from quantization_story.partition.boundaries import Boundaries, Edges
from quantization_story.partition.cells import Cells, Plane, check_box, on_plane
from quantization_story.partition.mesh import cut_box
from quantization_story.partition.refinement import EnergySplit, Refinement, refine

__all__ = ["Boundaries", "Edges", "EnergySplit", "Partition", "Plane", "Refinement", "partition", "refine"]


@dataclass(frozen=True, eq=False)
class Partition(Cells):
    """The cells, N of them, of a box in which a network's activation pattern is constant.

    Made by `partition`. A pattern's region is convex, so no two cells have the same pattern.
    """

    @property
    def net(self) -> ReluNetwork:
        """The network as a function of the box's two coordinates."""
        return self.nets[0]

    @cached_property
    def patterns(self) -> BoolArray:
        """(N, H), the bits z > 0 of all hidden units, layer by layer."""
        return frozen(self.routings[0].patterns())

    def affine_map(self, cell: int, layer: int | None = None) -> AffineMap:
        """The map (x, y) -> z_layer (the output if left out) that the network is in one cell."""
        return self.net.affine_map(self.patterns[cell], layer)

    def affine_maps(self, layer: int | None = None) -> tuple[FloatArray, FloatArray]:
        """These maps for all cells at once: linear parts (N, d, 2) and offsets (N, d)."""
        maps = self.routings[0].affine_maps(self.net, self.net.check_layer(layer))
        return maps[:, :2].transpose(0, 2, 1), maps[:, 2]

    def largest_gap(self, points: Any, layer: int | None = None) -> float:
        """The largest difference at points (n, 2) between z_layer (the output if left out) and the map of the cell.

        The control of the partition: it is rounding error. Raises ValueError for points outside the box.
        """
        cells = self.locate(points)
        if (cells < 0).any():
            raise ValueError(f"{int((cells < 0).sum())} of {len(cells)} points lie outside the box {self.box}")
        linear, offset = self.affine_maps(layer)
        values = np.einsum("nij,nj->ni", linear[cells], self.net.points(points)) + offset[cells]
        return float(
            np.abs(values - self.net.pre_activations(points)[self.net.check_layer(layer) - 1]).max(initial=0.0)
        )

    def boundaries(self) -> Boundaries:
        """Where each neuron switches, as segments."""
        return self._boundaries(0)


def partition(net: ReluNetwork, box: Any, plane: Plane | None = None) -> Partition:
    """Cut a box into the cells on which a network is affine, exactly.

    box: (xmin, xmax, ymin, ymax). plane: where the box lies in the input space of a network with more than 2 inputs.
    Boundaries that pass a corner by no more than rounding pass through it; nothing else is rounded off, and no cell is
    dropped for its size. Raises ValueError for an empty box and where the network's inputs do not fit.
    """
    checked, flat = check_box(box), on_plane(net, plane)
    return Partition((flat,), checked, cut_box([flat], checked), plane)
