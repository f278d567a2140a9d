"""The captions of scene 14 that follow from its figures."""

import math

from quantization_story.core.shown_numbers import signed
from quantization_story.error_regions.shapes import Manifold


def ratio_words(condition: float) -> str:
    """How much longer one half-axis of the error's ellipse is than the other, in Typst's math."""
    return "one of them by nothing" if math.isinf(condition) else f"$sigma_1 \\/ sigma_2 = {condition:.2f}$"


def stays_words(shape: Manifold) -> str:
    """What one matrix can do to a shape."""
    stays = "stay" if shape.kind == "clusters" else "stays"
    name = shape.name if shape.name.startswith("two") else f"a{'n' * (shape.name[0] in 'aeio')} {shape.name}"
    return f"Only stretched, turned or mirrored: {name} {stays} {name}"


def direction_words(least: float, most: float, variation: float) -> str:
    """How much the longest possible error depends on the direction of the input."""
    return f"The longest depends on direction: {signed(least)} to {signed(most)}, {signed(variation, 1)} times"


def growth_words(correlation: float | None) -> str:
    """How closely the longest possible error follows the size of the input; None where that has no correlation."""
    along = "" if correlation is None else f": correlation {signed(correlation)}"
    return f"It grows with |x₁| + |x₂|{along}"
