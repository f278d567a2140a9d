"""Networks as JSON on the page: what is read, and what is said of a file that cannot be shown."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from quantization_story.core.network import ReluNetwork
from quantization_story.partition import refine

SAID = "(text) => { try { readSubject(text, 'mine.json'); return null; } catch (error) { return error.message; } }"
WEIGHTS = [[[1.0, 0.5], [-1.0, 2.0], [0.5, 0.5]], [[1.0, -1.0, 0.5], [0.25, 1.0, 2.0]]]
BIASES = [[0.1, -0.2, 0.3], [0.0, 0.5]]
PLANE = {"origin": [0, 0, 0], "directions": [[1, 0, 0], [0, 1, 0]]}


def network(**entries: Any) -> str:
    return json.dumps({"weights": WEIGHTS, "biases": BIASES, **entries})


def test_weights_and_biases_written_by_hand_are_enough(geometry: Callable[..., Any]) -> None:
    call = (
        "(text) => { const s = readSubject(text, 'mine.json'); const m = measured(s, { bits: s.bits, amount: 1,"
        " perChannel: s.perChannel, rounding: 'nearest', changes: [], correction: 'map' });"
        " return [s.name, s.box, s.bits, m.figures]; }"
    )
    name, box, bits, figures = geometry(call, network())
    assert (name, box, bits) == ("mine.json", [-3, 3, -3, 3], 4)
    net = ReluNetwork(tuple(map(np.array, WEIGHTS)), tuple(map(np.array, BIASES)))
    assert figures["accuracy"] is None
    assert figures["floatCells"] == len(np.unique(refine(net, net, box).patterns, axis=0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "mine.json: this is not JSON"),
        ("[1, 2]", "mine.json: it holds no network"),
        ("null", "mine.json: it holds no network"),
        ("{}", "mine.json: weights are missing"),
        (json.dumps({"weights": WEIGHTS}), "mine.json: biases are missing"),
        (network(name="theirs", weights=3), "theirs: weights: a list is expected"),
        (network(weights=WEIGHTS[:1], biases=BIASES[:1]), "no hidden layer"),
        (network(weights=[WEIGHTS[0], [[1.0, 2.0]]]), "weights of layer 2: shape (1,2), expected (n, 3)"),
        (network(weights=[[[1.0], [1.0, 2.0]], WEIGHTS[1]]), "weights of layer 1: numbers in rows of one length"),
        (network(weights=[[["1", 0.5]], WEIGHTS[1]]), "weights of layer 1: numbers in rows of one length"),
        (network(biases=BIASES[:1]), "biases: 2 layers need as many"),
        (network(biases=[BIASES[0], [1.0]]), "biases of layer 2: shape (1), expected (2)"),
        (network(weights=[[[1, 1, 1]], [[1], [1]]], biases=[[1], [1, 1]]), "it has 3 inputs and no plane"),
        (network(bits=12), "bits: 12; 2 to 8 can be shown"),
        (network(plane=PLANE), "origin of plane: shape (3), expected (2)"),
        (network(box=[1, -1, 0, 1]), "box: expected [xmin, xmax, ymin, ymax]"),
        (network(readout=[[1.0, 0.0]]), "readout: 2 to 256 classes"),
        (network(heldOut={"points": [[1, 2, 3]]}), "points of heldOut: shape (1,3), expected (n, 2)"),
        (
            network(readout=[[1, 0], [0, 1]], heldOut={"points": [[1, 2]], "labels": [2]}),
            "labels of heldOut: 2 is none of the classes 0 to 1",
        ),
        (
            network(heldOut={"points": {"float64": "?", "shape": [1, 2]}}),
            "points of heldOut: its float64 are not base64",
        ),
        (network(heldOut={"points": {"float64": "AAAA", "shape": [1, 2]}}), "points of heldOut: 3 bytes for the shape"),
        (
            network(roundings={"gptq": {"4": {"int8": "AAAA", "shape": [3]}}}),
            "roundings gptq 4: 3 codes for 12 weights",
        ),
        (network(weights=[[[1e999, 0], [0, 1], [1, 1]], WEIGHTS[1]]).replace("Infinity", "1e999"), "a finite number"),
    ],
)
def test_what_is_wrong_is_one_sentence(text: str, said: str, geometry: Callable[..., Any]) -> None:
    message = geometry(SAID, text)
    assert message is not None
    assert said in message
    assert "\n" not in message


def test_too_many_pieces_are_said_before_the_page_stands_still(geometry: Callable[..., Any]) -> None:
    rng = np.random.default_rng(1)
    widths = (2, 60, 60, 60, 2)
    weights = [rng.normal(size=(b, a)).tolist() for a, b in pairwise(widths)]
    biases = [rng.normal(size=b).tolist() for b in widths[1:]]
    call = (
        "(text) => { try { measured(readSubject(text), { bits: 4, amount: 1, perChannel: false, rounding: 'nearest',"
        " changes: [], correction: 'none' }); } catch (error) { return error.message; } }"
    )
    said = geometry(call, json.dumps({"weights": weights, "biases": biases}))
    assert said == "more than 20000 pieces: too many to be drawn"


def test_half_a_step_goes_to_the_even_level(geometry: Callable[..., Any]) -> None:
    values = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999999999999994, -0.2, 4503599627370497.5, 1e300]
    got = geometry("(values) => values.map((value) => roundHalfToEven(value))", values)
    np.testing.assert_array_equal(np.array(got, dtype=float), np.rint(values))


def test_cells_are_found_and_creases_lie_where_a_unit_is_zero(geometry: Callable[..., Any]) -> None:
    call = """(text) => {
      const { seen, box } = readSubject(text);
      const cut = cutBox([seen], box);
      const [{ segments, layers, units }] = creasesOf(cut);
      const half = (k, axis) => (segments[4 * k + axis] + segments[4 * k + 2 + axis]) / 2;
      const middle = Array.from(layers, (_, k) => [half(k, 0), half(k, 1)]);
      const { centroids } = shapesOf(cut);
      const at = (cell) => cellAt(cut, centroids[2 * cell], centroids[2 * cell + 1]);
      const found = Array.from({ length: cut.count }, (_, cell) => at(cell));
      return [middle, [...layers], [...units], found, cellAt(cut, 4, 0)];
    }"""
    middle, layers, units, found, outside = geometry(call, network())
    net = ReluNetwork(tuple(map(np.array, WEIGHTS)), tuple(map(np.array, BIASES)))
    z = net.pre_activations(np.array(middle))[0]
    assert set(layers) == {1}
    assert len(units) > 3
    assert np.abs(z[np.arange(len(units)), units]).max() < 1e-12
    assert found == list(range(len(found)))
    assert outside == -1
