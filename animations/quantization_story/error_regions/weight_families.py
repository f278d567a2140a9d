"""The error-geometry experiments: three families of weights, in the plane and in space, each with its input."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, frozen
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.error_regions.propagation import ErrorRegion, error_region

BITS = 8
INPUT_2D = (10.0, 20.0)
INPUT_3D = (10.0, 20.0, 30.0)


@dataclass(frozen=True, eq=False)
class WeightFamily:
    """A chain of linear layers before rounding: weights (d, d), and whether only their diagonals are rounded."""

    name: str
    weights: tuple[FloatArray, ...]
    diagonal: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", tuple(frozen(np.asarray(weight, float)) for weight in self.weights))

    def rounded(self, bits: int = BITS) -> list[FloatArray]:
        """The weights on the grid of step 2^-(bits - 1). Raises ValueError for bits < 2."""
        quantizer = UniformQuantizer.with_fixed_step(bits)
        return [quantizer.quantize(weight) for weight in self.weights]


def _diagonal(name: str, *rows: tuple[float, ...]) -> WeightFamily:
    return WeightFamily(name, tuple(np.diag(row) for row in rows), diagonal=True)


def _full(name: str, *matrices: Any) -> WeightFamily:
    return WeightFamily(name, matrices)


UNIFORM_DIAGONAL_2D = _diagonal("uniform diagonal", (0.9, 0.9), (1.1, 1.1), (0.85, 0.85), (1.05, 1.05))
NON_UNIFORM_DIAGONAL_2D = _diagonal("non-uniform diagonal", (0.8, 1.2), (1.1, 0.7), (0.9, 1.1), (1.2, 0.8))
FULL_2D = _full(
    "full matrices",
    [[0.9, 0.2], [0.1, 1.0]],
    [[0.95, -0.15], [0.2, 0.85]],
    [[1.0, 0.1], [-0.1, 0.9]],
    [[0.85, 0.15], [0.1, 1.05]],
)
UNIFORM_DIAGONAL_3D = _diagonal("uniform diagonal", (0.8,) * 3, (1.2,) * 3, (0.9,) * 3, (1.1,) * 3)
NON_UNIFORM_DIAGONAL_3D = _diagonal(
    "non-uniform diagonal", (0.8, 1.2, 0.5), (1.1, 0.7, 1.3), (0.9, 1.1, 0.9), (1.2, 0.8, 1.1)
)
FULL_3D = _full(
    "full matrices",
    [[0.9, 0.1, 0.0], [0.1, 1.1, 0.1], [0.0, 0.1, 0.8]],
    [[0.8, -0.3, 0.1], [0.3, 0.8, -0.2], [-0.1, 0.2, 0.9]],
    [[1.1, 0.2, 0.0], [0.0, 0.9, 0.2], [0.1, 0.0, 1.0]],
    [[0.9, 0.2, -0.1], [-0.2, 1.0, 0.1], [0.1, -0.1, 0.85]],
)
# What the full matrices would do without their off-diagonal entries, every output still as wide as a full row makes it.
DIAGONAL_PART_3D = _full("diagonal part", *(np.diag(np.diag(weight)) for weight in FULL_3D.weights))

FAMILIES_2D = (UNIFORM_DIAGONAL_2D, NON_UNIFORM_DIAGONAL_2D, FULL_2D)
FAMILIES_3D = (UNIFORM_DIAGONAL_3D, NON_UNIFORM_DIAGONAL_3D, FULL_3D)


def run_experiment(family: WeightFamily, x: Any = None, bits: int = BITS, all_orders: bool = False) -> ErrorRegion:
    """The error region of an input for one family of weights, rounded to the grid of step 2^-(bits - 1).

    x: (d,); INPUT_2D or INPUT_3D when left out. Values and pull-back use the rounded weights, so the region is that of
    all the weights that round to the same grid points. Raises ValueError for bits < 2, for an x that does not fit, and,
    naming the layer, where rounding leaves a layer singular.
    """
    if x is None:
        x = INPUT_2D if len(family.weights[0]) == 2 else INPUT_3D
    step = 2.0 ** -(bits - 1)
    return error_region(x, family.rounded(bits), step, family.diagonal, all_orders, family.name)
