"""What Python says of a network under a choice, for the page's own geometry to be held against."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.corrections import fit_corrections, output_map, with_output_map
from quantization_story.core.errors import decompose_error
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.roundings import Rounding, RoundingKind
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import partition, refine

PROBE = np.array([0.7, -0.4])  # of the window, from its centre


@dataclass(frozen=True)
class Case:
    """One choice on the page; `changes`: (layer from 0, row, column, code)."""

    bits: int
    per_channel: bool
    amount: float = 1.0
    rounding: RoundingKind = "nearest"
    changes: tuple[tuple[int, int, int, int], ...] = ()
    correction: Literal["none", "bias", "map", "rank1"] = "none"

    def as_choice(self) -> dict[str, Any]:
        """What the page's `measured` takes."""
        names = ("layer", "row", "column", "code")
        return {
            "bits": self.bits,
            "perChannel": self.per_channel,
            "amount": self.amount,
            "rounding": self.rounding,
            "changes": [dict(zip(names, change, strict=True)) for change in self.changes],
            "correction": self.correction,
        }


def figures(subject: StorySubject, case: Case) -> dict[str, Any]:
    """Counts as whole numbers, figures as floats or lists of them, under the names of `explorer_figures.js`."""
    net, box = subject.network, subject.window.box
    rounded = _corrected(subject, _rounded(subject, case), case)
    refined = refine(net, rounded, box)
    probe = (np.array([subject.window.x, subject.window.y]) + subject.window.half / 3 * PROBE)[None]
    error = decompose_error(net, rounded, probe)
    maps = [network.affine_map(network.activation_patterns(probe)[0]) for network in (net, rounded)]
    return {
        "counts": [len(refined), _float_cells(subject), len(partition(rounded, box))],
        "changed area": refined.changed_area,
        "total energy": refined.error_energy(kind="total"),
        "metric energy": refined.error_energy(kind="metric"),
        "topological energy": refined.error_energy(kind="topological"),
        "accuracies": [subject.accuracy(net), subject.accuracy(rounded)] if subject.checked else [],
        "error at a point": [part.ravel().tolist() for part in (error.total, error.metric, error.topological)],
        "same pattern": [int(error.same_pattern[0])],
        "maps at a point": [[*each.linear.ravel().tolist(), *each.offset.tolist()] for each in maps],
        "corner of the box": rounded([[box[0], box[2]]]).ravel().tolist(),
    }


@lru_cache(maxsize=1)
def _float_cells(subject: StorySubject) -> int:
    return len(partition(subject.network, subject.window.box))


def _rounded(subject: StorySubject, case: Case) -> ReluNetwork:
    given, quantizer = subject.learned.given, UniformQuantizer(case.bits, per_channel=case.per_channel)
    levels = Rounding(case.rounding).quantized(given, quantizer, subject.learned.given_calibration.points)
    weights = [weight.copy() for weight in levels.weights]
    for layer, row, column, code in case.changes:
        scale = quantizer.scale(given.weights[layer])
        weights[layer][row, column] = scale[row if case.per_channel else 0, 0] * code
    pairs = zip(given.weights, weights, strict=True)
    moved = ReluNetwork(tuple(blend(start, end, case.amount) for start, end in pairs), given.biases)
    return moved if subject.learned.whole is None else subject.learned.whole.plane.restrict(moved)


def _corrected(subject: StorySubject, rounded: ReluNetwork, case: Case) -> ReluNetwork:
    net, points = subject.network, subject.calibration.points
    if case.correction == "map":
        return with_output_map(rounded, output_map(net, rounded, points))
    if case.correction == "bias":
        return fit_corrections(net, rounded, points, "bias")
    return fit_corrections(net, rounded, points, "low-rank") if case.correction == "rank1" else rounded


def flat(figure: Any) -> FloatArray:
    """A figure, or lists of them, as a row."""
    if isinstance(figure, list):
        return np.concatenate([np.zeros(0), *map(flat, figure)])
    return np.array([figure], dtype=np.float64)
