"""The figures of the narrow place against slow recomputation, and the captions that they decide."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.captions import LONGEST, as_caption
from quantization_story.figures.bottleneck import (
    BottleneckFigures,
    badges,
    captions,
    loss_words,
    measure,
    per_square,
    row_of_maps,
    seeds_words,
    shown,
    stored_words,
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
    assert figures.topological == pytest.approx(np.sum((own[-1] - held[-1]) ** 2) / whole)
    differ = np.concatenate([(a > 0) != (b > 0) for a, b in zip(exact[:-1], own[:-1], strict=True)], axis=1)
    assert figures.others == differ.any(axis=1).mean()
    shares = figures.metric, figures.topological, figures.others, figures.rounded, figures.held
    assert [round(100 * share, 1) for share in shares] == [91.8, 6.1, 98.2, 72.1, 73.9]


def test_one_map_behind_the_narrow_layer(subject: StorySubject, figures: BottleneckFigures) -> None:
    net, quantized = subject.network, subject.quantized
    fit, x = subject.calibration.points, subject.data.points
    exact, own = (run(each.weights, each.biases, fit) for each in (net, quantized))
    linear, offset = lstsq(own[1], exact[1])
    w, b = quantized.weights, quantized.biases
    z = run(w, b, x)[1] @ linear.T + offset
    outputs = np.maximum(np.maximum(z, 0.0) @ w[2].T + b[2], 0.0) @ w[3].T + b[3]
    assert figures.mapped == pytest.approx(right(subject, outputs))


def test_the_term_is_w_again(subject: StorySubject, figures: BottleneckFigures) -> None:
    net, quantized = subject.network, subject.quantized
    received = [
        subject.calibration.points,
        *(np.maximum(z, 0.0) for z in net.pre_activations(subject.calibration.points)),
    ]
    twice = []
    for a, weight, again, weight_q in zip(
        received, net.weights, figures.places.repaired.weights, quantized.weights, strict=False
    ):
        reached = a.any(axis=0)  # what never comes is never multiplied
        assert again[:, reached] == pytest.approx(weight[:, reached], abs=1e-9)
        twice.append(weight + np.where(reached, weight - weight_q, 0.0))
    assert figures.term == figures.right
    alone = [*quantized.weights]
    alone[1] = figures.places.repaired.weights[1]
    assert figures.part == right(subject, run(alone, net.biases, subject.data.points)[-1])
    assert figures.rounded < figures.part < figures.term
    assert figures.seen == 16
    assert figures.term_on_float == pytest.approx(right(subject, run(twice, net.biases, subject.data.points)[-1]))
    assert figures.rank == 2 == max(np.linalg.matrix_rank(weight) for weight in net.weights)
    assert figures.term_numbers == 2 * sum(a + b for a, b in ((2, 16), (16, 2), (2, 16), (16, 2))) == 144
    assert figures.numbers == 2 * 16 * 4 + 16 + 2 + 16 + 2 == 164


def test_what_goes_unseen_in_front(figures: BottleneckFigures) -> None:
    p = figures.places
    blind = np.flatnonzero((p.quantized.weights[1] == 0).all(axis=0))
    assert figures.unseen == len(blind) == 8
    assert figures.in_front == 16
    values = p.in_front()
    unlike = np.flatnonzero(np.abs(values[0] - values[1]) > 0.1)
    assert set(unlike) <= set(blind)
    assert len(unlike) > 1


def test_points_among_the_other_class(subject: StorySubject, figures: BottleneckFigures) -> None:
    for net, found in ((subject.network, figures.mingled_float), (subject.quantized, figures.mingled)):
        home, fresh = (net.pre_activations(each.points)[1] for each in (subject.calibration, subject.data))
        wrong = 0
        for z, label in zip(fresh, subject.data.labels, strict=True):
            near = np.argsort(np.sum((home - z) ** 2, axis=1), kind="stable")[:9]
            wrong += int(round(subject.calibration.labels[near].mean()) != label)
        assert found == pytest.approx(wrong / len(fresh), abs=1e-3)


def test_no_map_of_the_row_parts_the_pair(figures: BottleneckFigures) -> None:
    p = figures.places
    landed, apart = p.numbers(p.pair), p.numbers(p.pair, 0.0)
    assert np.linalg.norm(landed[0] - landed[1]) < 0.02 * np.linalg.norm(apart[0] - apart[1])
    for each in p.maps:
        one, other = each(landed)
        assert np.linalg.norm(one - other) < 0.1 * np.linalg.norm(apart[0] - apart[1])
    fitted = p.maps[1]
    place = fitted(landed).mean(axis=0)
    for turned in row_of_maps(fitted, place)[2:]:
        assert turned(landed).mean(axis=0) == pytest.approx(place)
        assert not np.allclose(turned.linear, fitted.linear)


def test_the_population_is_that_of_the_record(subject: StorySubject, figures: BottleneckFigures) -> None:
    assert figures.population is not None
    outcomes = figures.population.outcomes
    assert (outcomes.count("r") + outcomes.count("l"), outcomes.count("r")) == (57, 32)
    assert told(figures)["picked"] == "A picked seed: maps rescue 32 of 57 that lose 8 % or more"
    assert shown(figures)["picked"] == {
        "r": "32 rescued: within 1.5 % of float",
        "l": "25 stay down, as the one shown",
        "h": "113 lose less than 8 %",
        "all": "170 seeds, a map in each layer",
    }
    assert seeds_words(figures.population)["h"].startswith(str(outcomes.count("h")))
    assert outcomes[figures.seed] == "l"
    alone = replace(figures, population=None)
    assert "picked" not in captions(alone)
    assert len(badges(alone)) == len(badges(figures)) - 1


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
    assert said["question"].startswith("Sixteen, two, sixteen: ")
    assert said["task"] == "Two classes of points: guessing gets half"
    assert said["rounded"] == "Rounded to 3 bits, it gets 72.1 % right"
    assert said["held"] == "No: with float's ReLUs, 92 % of the squared error stays"
    assert told(replace(figures, held=0.95))["held"] == "Mostly: with float's ReLUs, 95.0 % are right again"
    assert told(replace(figures, metric=1.2))["held"] == "No: with float's ReLUs, the squared error does not shrink"
    assert said["map"].endswith("80.9 %, far from float")
    assert told(replace(figures, mapped=0.95))["map"].endswith("95.0 %, nearly float")
    assert "eight of the sixteen" in said["zeros"]
    assert said["term"].endswith(": all sixteen are seen")
    assert told(replace(figures, seen=15))["term"].endswith(": fifteen of the sixteen are seen")
    assert said["part"] == "And only now the two part: 87.5 % are right"
    assert said["every layer"].endswith("float's weights again: 99.9 %")
    assert said["cost"] == "So it stores 144 numbers; the network has 164"
    assert said["harm"].endswith("the same term leaves 66.8 %")
    assert said["answer"].endswith("nothing behind brings it back")


def test_captions_fit_wide_networks(figures: BottleneckFigures) -> None:
    wide = replace(
        figures, widths=(2, 256, 2, 128, 10), unseen=117, classes=10, numbers=45678, term_numbers=32100,
        rank=10, others=1.0, held=1.0, right=1.0, rounded=0.999, seen=250, part=1.0, term=1.0, term_on_float=1.0,
    )  # fmt: skip
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
    assert (per_square(figures), per_square(wide)) == (1, 115)


def test_what_stands_on_plates(figures: BottleneckFigures) -> None:
    assert stored_words(figures) == {"network": "the network: 164", "term": "the term: 144"}
    beats = shown(figures)
    assert beats["any map"]["mingled"] == "11.4 % of points lie among the other class; float 0.4 %"
    assert beats["a map"]["right"] == "80.9 % right"
    assert [beats[beat]["right"] for beat in ("rounding", "term", "every layer", "harm")] == [
        "72.1 % right",
        "87.5 % right",
        "99.9 % right",
        "66.8 % right",
    ]
    assert beats["question"]["widths"] == "2 16 2 16 2"
