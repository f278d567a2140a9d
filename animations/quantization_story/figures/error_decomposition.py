"""The figures of scene 10, and the captions that follow from them."""

from collections.abc import Sequence

import numpy as np

from quantization_story.analysis.circle_errors import CircleError, circle_error, typical_radius
from quantization_story.core.shown_numbers import decimals, percent
from quantization_story.networks.subject import StorySubject


def error_decomposition_figures(subject: StorySubject, radius: float | None) -> CircleError:
    """The error along a circle around the middle of the window; radius: the points' typical one if left out.

    Raises ValueError where both networks agree all along the circle: there is no error to split.
    """
    center = (subject.window.x, subject.window.y)
    around = radius or typical_radius(subject.data.points, center)
    error = circle_error(subject.network, subject.quantized, around, None, center)
    if not any(np.any(values) for _, values in error.pieces("total", np.pi / 90)):
        raise ValueError("both networks agree along the circle of inputs: there is no error to split")
    return error


def energy_words(shares: Sequence[float]) -> str:
    """Of what a squared error is made: the shares, 1 in all, of the metric part, the topological one, the cross term.

    Parts that all but cancel are many times their sum, and are told without decimals.
    """
    digits = min(1, decimals(100 * max(map(abs, shares))))
    metric, topological, cross = (f"{100 * share:.{digits}f}".replace("-", "−") for share in shares)
    return f"Squared error: {metric} % metric, {topological} % topological, {cross} % cross"


def band_words(crossed: float) -> str:
    """Where the topological part is not zero: on which share of the circle the patterns differ."""
    return f"Red only in the bands, where patterns differ: {percent(crossed)} % of the circle"


def jump_words(jumps: int) -> str:
    """How often the metric part jumps along the circle, and that the whole error never does."""
    if not jumps:
        return "Green never jumps, and neither does the whole error e"
    return f"Green jumps {jumps} times; red bridges each jump: e never jumps"


def direction_words(count: int, total: int, held: float, of_rounding: float) -> str:
    """How much of the error the strongest directions hold, and how much of the rounding as many hold of that."""
    return f"{count} of {total} directions hold {percent(held)} % of it, of the rounding {percent(of_rounding)} %"


def rank_words(rank: int, plain: float, aware: float) -> str:
    """What share of the error a term of this rank leaves, fitted to the rounding and fitted to real inputs."""
    return f"Rank {rank} leaves {percent(plain, 0)} % of the error plain, {percent(aware, 0)} % activation-aware"
