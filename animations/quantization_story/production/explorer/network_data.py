"""A network as the page takes it: weights, points, read-out, window, and the codes that only Python finds, as JSON."""

import base64
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.roundings import Rounding, RoundingKind
from quantization_story.core.tasks import LabelledPoints
from quantization_story.networks.planes import principal_plane
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import refine

PackedKind = Literal["float64", "float32", "uint8", "int8"]
BITS = range(2, 9)
FOUND: tuple[RoundingKind, ...] = ("gptq", "closest")  # the roundings of which the page gets the codes
SEARCHED_INPUTS = 16  # of a layer at most: beyond, the search for closest vectors takes minutes
NEEDS = NetworkRequirements(inputs=2, hidden_layers=1)
# What the page refuses too, since it would stand still: `page/geometry` has the same numbers.
MOST_WEIGHTS, MOST_CELLS, MOST_CLASSES = 100_000, 20_000, 256


def page_data(subjects: Sequence[StorySubject]) -> dict[str, Any]:
    """The data of all networks of a page; the points that several of them share are held once."""
    networks = [network_data(subject) for subject in subjects]
    first: dict[str, str] = {}
    for network in networks:
        points = str((network["calibration"], network["heldOut"]))
        if points in first:
            del network["calibration"], network["heldOut"]
            network["pointsOf"] = first[points]
        else:
            first[points] = network["name"]
    return {"networks": networks}


def network_data(subject: StorySubject) -> dict[str, Any]:
    """One network, which the page also takes as a file of its own; `page/geometry/json.js` says what each entry is.

    Raises ValueError for a network without two inputs or a plane, without a hidden layer, and for one too large.
    """
    learned = subject.learned
    NEEDS.check("the explorer", learned)
    _check_size(subject)
    whole = learned.whole
    return {
        "name": subject.name,
        "notes": [subject.note] if subject.note else [],
        "weights": [weight.tolist() for weight in learned.given.weights],
        "biases": [bias.tolist() for bias in learned.given.biases],
        "plane": None if whole is None else _plane(whole.plane.origin, whole.plane.directions),
        "outputPlane": _output_plane(subject),
        "readout": None if subject.readout is None else subject.readout.tolist(),
        "box": list(subject.window.box),
        "bits": subject.bits,
        "perChannel": learned.story.per_channel,
        "calibration": _points(subject.calibration, "float64"),  # what is fitted on them is to be Python's to the end
        "heldOut": _points(subject.data, "float32"),
        "roundings": _roundings(subject),
    }


def packed(array: Any, kind: PackedKind) -> dict[str, Any]:
    """An array as text: its bytes, little-endian, in base64."""
    values = np.asarray(array, dtype=np.dtype(kind).newbyteorder("<"))
    return {kind: base64.b64encode(values.tobytes()).decode("ascii"), "shape": list(values.shape)}


def _check_size(subject: StorySubject) -> None:
    """Raise ValueError, one sentence, for what would be too much for the page."""
    weights = sum(weight.size for weight in subject.learned.given.weights)
    if weights > MOST_WEIGHTS:
        raise ValueError(f"{subject.name}: {weights} weights; the explorer shows networks of at most {MOST_WEIGHTS}")
    if subject.bits not in BITS:
        raise ValueError(f"{subject.name}: {subject.bits} bits; the explorer rounds to {BITS[0]} to {BITS[-1]}")
    if subject.classes > MOST_CLASSES:
        raise ValueError(f"{subject.name}: {subject.classes} classes; the explorer tells {MOST_CLASSES} at most apart")
    cells = len(refine(subject.network, subject.quantized, subject.window.box))
    if cells > MOST_CELLS:
        raise ValueError(f"{subject.name}: {cells} pieces in the window; the explorer draws at most {MOST_CELLS}")


def _points(data: LabelledPoints, kind: PackedKind) -> dict[str, Any]:
    return {"points": packed(data.points, kind), "labels": packed(data.labels, "uint8")}


def _plane(origin: FloatArray, directions: FloatArray) -> dict[str, Any]:
    return {"origin": origin.tolist(), "directions": directions.tolist()}


def _output_plane(subject: StorySubject) -> dict[str, Any] | None:
    """Where the outputs are drawn: none for two; one output along x; of more, their two principal directions."""
    outputs = subject.network.widths[-1]
    if outputs == 2:
        return None
    if outputs == 1:
        return _plane(np.zeros(1), np.array([[1.0], [0.0]]))
    try:
        plane = principal_plane(subject.network(subject.calibration.points))
    except ValueError as error:
        raise ValueError(f"{subject.name}: its {outputs} outputs: {error}") from None
    return _plane(plane.origin, plane.directions)


def _roundings(subject: StorySubject) -> dict[str, Any]:
    """For each rounding, "bits" with "c" behind it where per channel: the codes of all layers, one after the other.

    What cannot be rounded so, or not soon, is left out.
    """
    found: dict[str, Any] = {}
    for kind in FOUND:
        if kind == "closest" and max(subject.learned.given.widths[:-1]) > SEARCHED_INPUTS:
            continue
        rounding = Rounding(kind)
        for per_channel in (False, True):
            for bits in BITS:
                quantizer = UniformQuantizer(bits, per_channel=per_channel)
                try:
                    rounded = rounding.quantized(
                        subject.learned.given, quantizer, subject.learned.given_calibration.points
                    )
                except ValueError:
                    continue
                pairs = zip(subject.learned.given.weights, rounded.weights, strict=True)
                codes = [codes_behind(weight, weight_q, quantizer).ravel() for weight, weight_q in pairs]
                found.setdefault(kind, {})[f"{bits}{'c' if per_channel else ''}"] = packed(
                    np.concatenate(codes), "int8"
                )
    return found


def codes_behind(weight: FloatArray, rounded: FloatArray, quantizer: UniformQuantizer) -> FloatArray:
    """The whole-number codes (out, in) of a weight that has been rounded to levels of the quantizer."""
    scale = quantizer.scale(weight)
    return np.rint(np.divide(rounded, scale, out=np.zeros_like(rounded), where=scale > 0))
