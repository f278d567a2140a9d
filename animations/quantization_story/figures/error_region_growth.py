"""The captions of scene 12 that follow from its figures."""

from collections.abc import Sequence

from quantization_story.core.arrays import FloatArray


def boxed_again(errors: Sequence[str]) -> str:
    """By how many per cent of the input the channels are off at most, as it is shown; told once if it is the same."""
    if len(set(errors)) == 1:
        return f"Again a box: both channels err by up to {errors[0]} %"
    return f"Again a box: the channels err by up to {' and '.join(errors)} %"


def stretch_verdict(areas: FloatArray, norms: FloatArray) -> str:
    """What the last of some families of matrices does, the full one: areas (families,), spectral norms (families, L).

    It is measured against the largest area and the largest norm among the others.
    """
    factor = float(areas[-1] / areas[:-1].max())
    stretches = "stretch more, and" if norms[-1].max() > norms[:-1].max() else "stretch no more, but"
    if factor <= 1:
        return "Full matrices do not err over a larger area here"
    return f"Full matrices {stretches} err over {factor:.1f} times the area"
