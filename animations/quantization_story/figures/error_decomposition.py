"""The captions of scene 10 that follow from its figures."""

from collections.abc import Sequence

from quantization_story.core.shown_numbers import decimals


def energy_words(shares: Sequence[float]) -> str:
    """Of what a squared error is made: the shares, 1 in all, of the metric part, the topological one, the cross term.

    Parts that all but cancel are many times their sum, and are told without decimals.
    """
    digits = min(1, decimals(100 * max(map(abs, shares))))
    metric, topological, cross = (f"{100 * share:.{digits}f}".replace("-", "−") for share in shares)
    return f"Squared error: {metric} % metric, {topological} % topological, {cross} % cross"
