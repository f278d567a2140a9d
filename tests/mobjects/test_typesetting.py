"""Lines as one path: the same picture as manim's own, for text, formulas and what is stroked."""

import numpy as np
import pytest
from manim import MathTypst, Typst

from quantization_story.mobjects.text import formula, text
from quantization_story.mobjects.typesetting import placed_glyphs

PREAMBLE = """#set text(font: "Libertinus Serif", fallback: false)
#show math.equation: set text(font: "New Computer Modern Math", fallback: false)"""


def outlines(line: Typst) -> np.ndarray:
    return np.concatenate([member.points for member in line.family_members_with_points()])


@pytest.mark.parametrize("content", ["Every ReLU folds the plane", "accuracy 99.7 → 83.2 %", "by $A x + c$, $W_1$"])
def test_a_line_of_text_is_drawn_as_manim_draws_it(content: str) -> None:
    own = text(content, size=30)
    reference = Typst(content, font_size=30, typst_preamble=PREAMBLE)
    assert own.submobjects == []
    assert np.isclose(own.width, reference.width, rtol=1e-6)
    assert np.isclose(own.height, reference.height, rtol=1e-6)
    assert len(own.points) == len(outlines(reference))
    assert np.allclose(own.points, outlines(reference), atol=1e-6)


@pytest.mark.parametrize("content", ["T = W W_q^(-1)", "frac(a, b)", "sqrt(x)"])
def test_a_formula_is_drawn_as_manim_draws_it(content: str) -> None:
    own = formula(content, size=40)
    reference = MathTypst(content, font_size=40, typst_preamble=PREAMBLE)
    assert np.isclose(own.width, reference.width, rtol=1e-6)
    assert np.isclose(own.height, reference.height, rtol=1e-6)
    strokes = [part for part in reference.family_members_with_points() if part.get_stroke_width() > 0]
    assert len(own.submobjects) == len(strokes)


def test_a_copy_can_be_coloured_on_its_own() -> None:
    first, second = text("same words", "#ff0000"), text("same words", "#00ff00")
    assert first.get_fill_color() != second.get_fill_color()
    assert np.array_equal(first.points, second.points)


def test_a_file_with_more_than_glyphs_goes_manims_way() -> None:
    bar = MathTypst("frac(a, b)", font_size=40)
    plain = MathTypst("a + b", font_size=40)
    assert placed_glyphs(bar.get_file_path()) is None
    assert len(placed_glyphs(plain.get_file_path()) or []) == 3
