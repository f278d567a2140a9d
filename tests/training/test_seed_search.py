"""How a search takes one of the networks that keep its rule."""

from dataclasses import replace

from quantization_story.training.recipes import PINWHEEL
from quantization_story.training.seed_search import make

QUICK = replace(PINWHEEL, name="quick", seeds=3, bounds=(), max_iterations=1, figures=lambda subject: {})


def test_of_equally_good_networks_the_first_is_taken(tmp_path):
    record = make(replace(QUICK, score=lambda subject: 0.5), tmp_path)
    assert (record.seed, record.qualified) == (0, 3)


def test_of_different_networks_the_best_is_taken(tmp_path):
    scores = iter([0.5, 0.75, 0.25])
    assert make(replace(QUICK, score=lambda subject: next(scores)), tmp_path).seed == 1
