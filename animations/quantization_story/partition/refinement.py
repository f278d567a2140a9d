"""The common refinement of a float and a quantized network's cells, and the exact integrals over it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, frozen
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.partition.boundaries import Boundaries
from quantization_story.partition.cells import Cells, Plane, check_box, on_plane
from quantization_story.partition.mesh import cut_box

ErrorKind = Literal["total", "metric", "topological"]
FLOAT, QUANTIZED = 0, 1


@dataclass(frozen=True, eq=False)
class EnergySplit:
    """An integral of a squared error over the cells where the patterns agree and over those where they differ.

    same, changed: the integrals. same_area, changed_area: what they extend over.
    """

    same: float
    changed: float
    same_area: float
    changed_area: float

    @property
    def total(self) -> float:
        """The integral over the whole box."""
        return self.same + self.changed

    @property
    def same_density(self) -> float:
        """The mean squared error where the patterns agree; 0 if they do nowhere."""
        return self.same / self.same_area if self.same_area > 0 else 0.0

    @property
    def changed_density(self) -> float:
        """The mean squared error where the patterns differ; 0 if they do nowhere."""
        return self.changed / self.changed_area if self.changed_area > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Refinement(Cells):
    """The cells, N of them, of a box in which the patterns of a float and a quantized network are both constant.

    Made by `refine`. All areas and integrals are exact: both networks are affine in each cell, and the integral of
    |D p|^2, p = (x, y, 1), over a cell with moments M is tr(D M D^T). They are worked out from the moments about the
    cell's centroid, which is the same and loses no digits in small cells.
    """

    @property
    def net(self) -> ReluNetwork:
        """The float network as a function of the box's two coordinates."""
        return self.nets[FLOAT]

    @property
    def quantized(self) -> ReluNetwork:
        """The quantized network as a function of the box's two coordinates."""
        return self.nets[QUANTIZED]

    @cached_property
    def patterns(self) -> BoolArray:
        """(N, H), the pattern of the float network."""
        return frozen(self.routings[FLOAT].patterns())

    @cached_property
    def quantized_patterns(self) -> BoolArray:
        """(N, H), the pattern of the quantized network."""
        return frozen(self.routings[QUANTIZED].patterns())

    @cached_property
    def changed(self) -> BoolArray:
        """(N,), whether the patterns differ."""
        return frozen((self.patterns != self.quantized_patterns).any(axis=1))

    @property
    def changed_area(self) -> float:
        """The area where the patterns differ, in squared units of the box."""
        return float(self.areas[self.changed].sum())

    @cached_property
    def flip_areas(self) -> tuple[FloatArray, ...]:
        """For each hidden layer, the area (d_l,) in which each of its units is on in just one of the networks."""
        areas = self.areas @ (self.patterns != self.quantized_patterns)
        return tuple(np.split(areas, np.cumsum(self.net.widths[1:-1])[:-1])) if areas.size else ()

    def affine_map(self, cell: int, layer: int | None = None) -> AffineMap:
        """The map (x, y) -> z_layer (the output if left out) that the float network is in one cell."""
        return self.net.affine_map(self.patterns[cell], layer)

    def quantized_affine_map(self, cell: int, layer: int | None = None) -> AffineMap:
        """The map that the quantized network is in one cell."""
        return self.quantized.affine_map(self.quantized_patterns[cell], layer)

    def boundaries(self) -> Boundaries:
        """Where each neuron of the float network switches."""
        return self._boundaries(FLOAT)

    def quantized_boundaries(self) -> Boundaries:
        """Where each neuron of the quantized network switches."""
        return self._boundaries(QUANTIZED)

    def cell_energies(self, layer: int | None = None, kind: ErrorKind = "total") -> FloatArray:
        """The integral of |e|^2 over each cell, (N,), e being an error in z_layer (the output if left out).

        kind "total": f_q - f. "metric": the quantized weights with the gates of the float network, minus f.
        "topological": f_q minus the quantized weights with the gates of the float network; zero unless changed.
        """
        if kind not in ("total", "metric", "topological"):
            raise ValueError(f"kind: {kind!r}; an error is 'total', 'metric' or 'topological'")
        layer = self.net.check_layer(layer)
        if layer not in self._error_energies:
            exact, own = self._maps(layer)
            held = self.routings[FLOAT].affine_maps(self.quantized, layer)
            errors = {"total": own - exact, "metric": held - exact, "topological": own - held}
            self._error_energies[layer] = {name: frozen(self._energies(error)) for name, error in errors.items()}
        return self._error_energies[layer][kind]

    @cached_property
    def _error_energies(self) -> dict[int, dict[str, FloatArray]]:
        """The energies worked out so far: for a layer those of all kinds, since they share their maps."""
        return {}

    def error_energy(self, layer: int | None = None, kind: ErrorKind = "total") -> float:
        """The integral of |e|^2 over the box; see `cell_energies`."""
        return float(self.cell_energies(layer, kind).sum())

    def split(self, energies: FloatArray) -> EnergySplit:
        """Sum energies of the cells (N,) over the cells where the patterns agree and over those where they differ."""
        changed = self.changed
        return EnergySplit(
            float(energies[~changed].sum()),
            float(energies[changed].sum()),
            float(self.areas[~changed].sum()),
            float(self.areas[changed].sum()),
        )

    def fit_affine(self, layer: int | None = None, where: Literal["all", "same"] | IntArray = "all") -> AffineMap:
        """The affine map (T, t) that minimises the integral of |T z_q + t - z|^2 in z_layer (the output if left out).

        where "all": over the box. "same": over the cells where the patterns agree; raises ValueError if there are none.
        Or the numbers (k,) of the cells to fit on; raises ValueError if they have no area.
        Where z_q spans fewer than all directions, T is the solution of minimum Frobenius norm.
        """
        if isinstance(where, str) and where not in ("all", "same"):
            raise ValueError(f"where: {where!r}; a fit is over 'all' cells or over the 'same' ones")
        if isinstance(where, str):
            chosen = np.flatnonzero(~self.changed) if where == "same" else np.arange(len(self))
        else:
            chosen = np.asarray(where)
            if not self.areas[chosen].sum() > 0:
                raise ValueError(f"a fit on {len(chosen)} cells that have no area")
        if len(chosen) == 0:
            raise ValueError("no cell has the same pattern in both networks: there is nothing to fit on")
        points, weights = self._nodes(chosen)
        target, source = (_at(maps[chosen], points) for maps in self._maps(layer))
        return fit_affine(source, target, weights)

    def residual_energies(self, transport: AffineMap, layer: int | None = None) -> FloatArray:
        """The integral of |T z_q + t - z|^2 over each cell, (N,), for any map (T, t)."""
        exact, own = self._maps(layer)
        moved = own @ transport.linear.T
        moved[:, 2] += transport.offset
        return self._energies(moved - exact)

    def residual(self, transport: AffineMap, layer: int | None = None) -> EnergySplit:
        """The residual energy of a map (T, t) on the cells where the patterns agree and on those where they differ."""
        return self.split(self.residual_energies(transport, layer))

    def _maps(self, layer: int | None) -> tuple[FloatArray, FloatArray]:
        """The maps (x, y, 1) -> z_layer of the float and the quantized network in each cell, (N, 3, d) each."""
        last = self.net.check_layer(layer)
        return (
            self.routings[FLOAT].affine_maps(self.net, last),
            self.routings[QUANTIZED].affine_maps(self.quantized, last),
        )

    def _energies(self, maps: FloatArray) -> FloatArray:
        """The integral of |p @ maps[i]|^2, p = (x, y, 1), over each cell i, (N,); maps is (N, 3, d)."""
        areas, centroids, spread = self._shape
        centre = centroids[:, :1] * maps[:, 0] + centroids[:, 1:] * maps[:, 1] + maps[:, 2]
        first = spread[:, 0, 0, None] * maps[:, 0] + spread[:, 1, 0, None] * maps[:, 1]
        second = spread[:, 1, 1, None] * maps[:, 1]
        return np.asarray(areas * (centre**2).sum(axis=1) + (first**2).sum(axis=1) + (second**2).sum(axis=1))

    def _nodes(self, cells: Any) -> tuple[FloatArray, FloatArray]:
        """Three points in the plane for each cell, (n, 3, 2), and weights (3 n,) that integrate quadratics exactly.

        A triangle of equal weights with the cell's area, centroid and second moments; its corners need not lie inside.
        """
        areas, centroids, spread = (part[cells] for part in self._shape)
        angles = 2 * np.pi / 3 * np.arange(3)
        circle = np.stack([np.cos(angles), np.sin(angles)])
        radius = np.sqrt(np.divide(2.0, areas, out=np.zeros_like(areas), where=areas > 0))
        points = centroids[:, None] + radius[:, None, None] * (spread @ circle).transpose(0, 2, 1)
        return points, np.repeat(areas / 3, 3)


def _at(maps: FloatArray, points: FloatArray) -> FloatArray:
    """The values (n k, d) of n affine maps (n, 3, d) at k points each, (n, k, 2)."""
    values = points @ maps[:, :2] + maps[:, 2:]
    return np.asarray(values.reshape(-1, values.shape[2]))


def refine(net: ReluNetwork, quantized: ReluNetwork, box: Any, plane: Plane | None = None) -> Refinement:
    """Cut a box into the cells on which a float and a quantized network are both affine, exactly.

    The two are stacked as one block-diagonal network and partitioned; see `partition` for the arguments. Raises
    ValueError if the widths of the networks differ.
    """
    check_same_widths(net, quantized)
    checked, nets = check_box(box), (on_plane(net, plane), on_plane(quantized, plane))
    return Refinement(nets, checked, cut_box(nets, checked), plane)
