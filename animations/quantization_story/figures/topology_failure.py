"""The captions of scene 04 that follow from its figures."""

NOTHING = 1e-6  # a length that is rounding of the computer


def near_side_words(gap_before: float, gap: float) -> str:
    """What a map fitted on the near side of a boundary does to the gap in the strip."""
    grows = "in the strip the gap grows" if gap > gap_before else "the gap that is left is in the strip"
    return f"Fit it on the near side: {grows}"


def one_region_words(inside: float, elsewhere: float, elsewhere_before: float) -> str:
    """What a map fitted in one region leaves: the largest residual there, and the mean one elsewhere, as before."""
    there = "nothing is left there" if inside < NOTHING else "less is left there"
    more = elsewhere > elsewhere_before
    return f"A map for the outlined region: {there}{', more elsewhere' if more else ''}"
