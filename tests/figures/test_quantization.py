"""Captions of the scene that could go either way follow the figures."""

import numpy as np

from quantization_story.core.captions import LONGEST
from quantization_story.core.tasks import classify
from quantization_story.figures.quantization import crossing_words, dial_words, quantization_figures
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import load_subject


def test_rings_are_named_only_where_points_cross():
    assert crossing_words(5) == "Rounded again: rings mark points that cross a border"
    assert crossing_words(0) == "Rounded again: no point crosses a border"


def test_every_caption_fits_its_line() -> None:
    captions = [
        *(crossing_words(changed) for changed in (0, 3000)),
        *(dial_words({2: second, 3: 0.86, 4: 0.99}, 0.99, 0.01) for second in (0.8, 0.95)),
        dial_words({2: 0.6, 3: 0.5}, 0.99, 0.01),
    ]
    assert max(map(len, captions)) <= LONGEST


def test_the_dial_tells_down_to_where_accuracy_holds_and_what_beats_it() -> None:
    falling = {2: 0.6, 3: 0.9, 4: 0.985, 5: 0.99}
    assert dial_words(falling, 0.99, 0.01) == "Accuracy is within 1 point of float down to 4 bits"
    assert dial_words({**falling, 2: 0.93}, 0.99, 0.01).endswith("down to 4 bits; 2 beat 3")
    assert dial_words({8: 0.5}, 0.99, 0.01) == "Accuracy is more than 1 point below float at every bit width"


def test_windows_hold_points_and_twins_and_the_changed_are_those_of_other_classes() -> None:
    subject = load_subject(Settings(), "pinwheel")
    figures, points = quantization_figures(subject), subject.data.points
    assert len(figures.windows) == len(figures.journey.steps) + 1
    assert figures.windows[0] == subject.window
    for step, window in enumerate(figures.windows):
        for places in (figures.journey.points_at(points, step), figures.journey.twins_at(points, step)):
            assert window.contains(places).all()
    classes = [classify(net(points), subject.readout) for net in (subject.network, subject.quantized)]
    assert figures.changed == np.count_nonzero(classes[0] != classes[1]) > 0
