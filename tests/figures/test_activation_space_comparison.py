"""Captions of the scene that could go either way follow the figures."""

import pytest

from quantization_story.figures.activation_space_comparison import closer_words


@pytest.mark.parametrize(
    ("green", "red", "crossed", "words"),
    [
        (0.49, 0.36, True, "Both come closer, green more than red"),
        (0.36, 0.49, True, "Both come closer, red more than green"),
        (0.4, 0.4, True, "Both come closer, by the same share"),
        (0.4, -0.1, True, "Only green comes closer"),
        (0.0, 0.2, True, "Only red comes closer"),
        (-0.1, 0.0, True, "Neither green nor red comes closer"),
        (0.4, 0.0, False, "Green comes closer; nothing here is red"),
        (0.0, 0.0, False, "Green comes no closer; nothing here is red"),
    ],
)
def test_what_comes_closer_follows_the_figures(green, red, crossed, words):
    assert closer_words(green, red, crossed) == words
