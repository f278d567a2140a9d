"""How briskly the story is told: QUANT_STORY_PACE scales every duration at once. No manim here."""

import os
from collections.abc import Mapping

PACE = "QUANT_STORY_PACE"
SLOWEST, BRISKEST = 0.25, 4.0


def chosen_pace(environment: Mapping[str, str] | None = None) -> float:
    """How many seconds of story pass in a second of video; 1 if unset. Raises ValueError for what is no such number."""
    given = os.environ if environment is None else environment
    value = given.get(PACE, "").strip() or "1"
    try:
        pace = float(value)
    except ValueError:
        pace = float("nan")
    if not SLOWEST <= pace <= BRISKEST:
        raise ValueError(f"{PACE}: {value!r}; expected a number from {SLOWEST} (slower) to {BRISKEST:g} (brisker)")
    return pace
