"""The figures of the narrow place against slow recomputation, and the captions that they decide."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.captions import LONGEST, as_caption
from quantization_story.figures.bottleneck import (
    BottleneckFigures,
    back_words,
    badges,
    captions,
    loss_words,
    measure,
    row_of_maps,
    same_network,
    shown,
    width_word,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "bottleneck")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> BottleneckFigures:
    return measure(subject)


def told(figures: BottleneckFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def run(weights, biases, x: np.ndarray, gates=None) -> list[np.ndarray]:
    """All pre-activations, with gates held if they are given."""
    values = []
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        z = x @ weight.T + bias
        values.append(z)
        x = np.where(z > 0 if gates is None or layer == len(weights) - 1 else gates[layer], z, 0.0)
    return values


def right(subject: StorySubject, outputs: np.ndarray) -> float:
    return float(((outputs @ subject.readout.T).argmax(axis=1) == subject.data.labels).mean())


def lstsq(source: np.ndarray, target: np.ndarray, cut: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """T and t by a pseudo-inverse of the centred source."""
    middle, goal = source.mean(axis=0), target.mean(axis=0)
    linear = (np.linalg.pinv(source - middle, rcond=cut) @ (target - goal)).T
    return linear, goal - linear @ middle


def test_accuracies_and_shares_of_the_error(subject: StorySubject, figures: BottleneckFigures) -> None:
    net, quantized, x = subject.network, subject.quantized, subject.data.points
    exact, own = (run(each.weights, each.biases, x) for each in (net, quantized))
    gates = [z > 0 for z in exact[:-1]]
    held = run(quantized.weights, quantized.biases, x, gates)
    assert figures.right == right(subject, exact[-1])
    assert figures.rounded == right(subject, own[-1])
    assert figures.held == right(subject, held[-1])
    whole = np.sum((own[-1] - exact[-1]) ** 2)
    assert figures.metric == pytest.approx(np.sum((held[-1] - exact[-1]) ** 2) / whole)
    shares = figures.metric, figures.rounded, figures.held
    assert [round(100 * share, 1) for share in shares] == [91.8, 72.1, 73.9]


def test_one_map_behind_the_narrow_layer(subject: StorySubject, figures: BottleneckFigures) -> None:
    net, quantized = subject.network, subject.quantized
    fit, x = subject.calibration.points, subject.data.points
    exact, own = (run(each.weights, each.biases, fit) for each in (net, quantized))
    linear, offset = lstsq(own[1], exact[1])
    w, b = quantized.weights, quantized.biases
    z = run(w, b, x)[1] @ linear.T + offset
    outputs = np.maximum(np.maximum(z, 0.0) @ w[2].T + b[2], 0.0) @ w[3].T + b[3]
    assert figures.mapped == pytest.approx(right(subject, outputs))


def test_what_goes_unseen_in_front(figures: BottleneckFigures) -> None:
    p = figures.places
    blind = np.flatnonzero((p.quantized.weights[1] == 0).all(axis=0))
    assert figures.unseen == len(blind) == 8
    assert figures.in_front == 16
    values = np.maximum(p.pair @ p.quantized.weights[0].T + p.quantized.biases[0], 0.0)
    unlike = np.flatnonzero(np.abs(values[0] - values[1]) > 0.1)
    assert set(unlike) <= set(blind)
    assert len(unlike) > 1
    assert figures.alike
    assert "alike" not in told(replace(figures, alike=False))


def test_no_map_of_the_row_parts_the_pair(figures: BottleneckFigures) -> None:
    p = figures.places
    landed, apart = p.numbers(p.pair), p.numbers(p.pair, 0.0)
    assert np.linalg.norm(landed[0] - landed[1]) < 0.02 * np.linalg.norm(apart[0] - apart[1])
    for each in p.maps:
        one, other = each(landed)
        assert np.linalg.norm(one - other) < 0.1 * np.linalg.norm(apart[0] - apart[1])
    fitted = p.maps[1]
    for moved in row_of_maps(fitted)[2:]:
        assert np.linalg.norm((moved(landed) - fitted(landed)).mean(axis=0)) > 3.0  # it is seen to move
        assert moved(fitted.inverse()(np.zeros((1, 2)))) == pytest.approx(np.zeros((1, 2)), abs=1e-9)


def test_a_term_in_every_layer_gives_all_back_and_leads_float_as_far_beyond(
    subject: StorySubject, figures: BottleneckFigures
) -> None:
    net, quantized, p = subject.network, subject.quantized, figures.places
    assert (figures.stored, figures.parameters) == (2 * 4 * (2 + 16), 4 * 2 * 16 + 16 + 2 + 16 + 2)
    assert figures.gives_back
    beyond = [2 * exact - level for exact, level in zip(net.weights, quantized.weights, strict=True)]
    assert figures.on_float == right(subject, run(beyond, net.biases, subject.data.points)[-1])
    assert [round(100 * share, 1) for share in (p.accuracy(0.0), figures.on_float)] == [99.9, 66.8]
    assert p.accuracy(-1.0) == figures.on_float
    assert p.accuracy(0.0) == figures.right
    assert told(figures)["restored"] == "Store again what each layer lost: 144 numbers. The network has 164"
    assert not {"restored", "on float"} & set(told(replace(figures, gives_back=False)))


def test_networks_are_the_same_but_for_roundoff(subject: StorySubject) -> None:
    net, quantized = subject.network, subject.quantized
    near = replace(net, weights=tuple(each * (1 + 1e-14) for each in net.weights))
    moved = replace(net, biases=(*net.biases[:-1], net.biases[-1] + 1e-3))
    assert [same_network(each, net) for each in (net, near, moved, quantized)] == [True, True, False, False]


def test_the_population_is_that_of_the_record(subject: StorySubject, figures: BottleneckFigures) -> None:
    assert figures.population is not None
    outcomes = figures.population.outcomes
    assert (outcomes.count("r") + outcomes.count("l"), outcomes.count("r")) == (57, 32)
    assert told(figures)["seeds"] == "Networks trained alike, a dot each: 57 lose 8 % or more"
    assert told(figures)["picked"] == "A map in each layer brings 32 back. Ours was picked: it is lost"
    assert back_words(figures.population) == "within 1.5 % of float again"
    assert shown(figures)["picked"] == {"back": "within 1.5 % of float again"}
    assert outcomes[figures.seed] == "l"
    alone = replace(figures, population=None)
    assert "picked" not in captions(alone)
    assert len(badges(alone)) == len(badges(figures)) - 2


def test_at_another_bit_width_there_is_no_population() -> None:
    assert measure(load_subject(Settings(bits=2), "bottleneck")).population is None


def test_networks_that_hide_nothing_are_refused(subject: StorySubject) -> None:
    with pytest.raises(ValueError, match="costs no accuracy"):
        measure(replace(subject, quantized_accuracy=subject.float_accuracy))
    with pytest.raises(ValueError, match="narrows to two units"):
        measure(load_subject(Settings(), "pinwheel"))


def test_captions_follow_the_figures(figures: BottleneckFigures) -> None:
    said = told(figures)
    assert [*said][:: len(said) - 1] == ["question", "answer"]
    assert said["question"] == "Sixteen numbers squeezed into two: what gets lost?"
    assert said["task"] == "Two classes to tell apart: guessing gets half"
    assert said["held"].endswith("it hardly helps")
    assert told(replace(figures, held=0.95))["held"].endswith("most comes back")
    assert "eight of sixteen" in said["zeros"]
    assert said["answer"].startswith("Lost: what told two apart")


def test_captions_fit_wide_networks(figures: BottleneckFigures) -> None:
    wide = replace(figures, widths=(2, 256, 2, 128, 10), unseen=117, classes=10, held=1.0, right=1.0, rounded=0.999)
    assert max(map(len, told(wide).values())) <= LONGEST
    assert [width_word(count) for count in (2, 12, 13, 16, 20, 21)] == [
        "two",
        "twelve",
        "thirteen",
        "sixteen",
        "twenty",
        "21",
    ]
    assert [loss_words(share) for share in (0.08, 0.015)] == ["8 %", "1.5 %"]


def test_what_stands_on_plates(figures: BottleneckFigures) -> None:
    beats = shown(figures)
    rights = [beats[beat]["right"] for beat in ("float", "rounding", "a map")]
    assert rights == ["99.9 % right", "72.1 % right", "80.9 % right"]
    assert beats["other ReLUs"]["metric"] == "92 % of the squared error stays"
    assert beats["question"]["widths"] == "2 16 2 16 2"
