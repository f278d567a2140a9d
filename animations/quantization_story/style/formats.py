"""What a video is made for: a wide frame or an upright one, a dark background or a light one. No manim here."""

import os
from collections.abc import Mapping

FORMAT = "QUANT_STORY_FORMAT"
THEME = "QUANT_STORY_THEME"
FORMATS = ("landscape", "vertical")
THEMES = ("dark", "light")


def chosen_format(environment: Mapping[str, str] | None = None) -> str:
    """The format that QUANT_STORY_FORMAT names, landscape if it is unset. Raises ValueError for another one."""
    return _chosen(FORMAT, FORMATS, environment)


def chosen_theme(environment: Mapping[str, str] | None = None) -> str:
    """The theme that QUANT_STORY_THEME names, dark if it is unset. Raises ValueError for another one."""
    return _chosen(THEME, THEMES, environment)


def _chosen(variable: str, known: tuple[str, ...], environment: Mapping[str, str] | None) -> str:
    """One of the known values; the first where the variable is unset or empty."""
    given = os.environ if environment is None else environment
    value = given.get(variable, "").strip() or known[0]
    if value not in known:
        raise ValueError(f"{variable}: {value!r}; expected {' or '.join(known)}")
    return value


def suffix(environment: Mapping[str, str] | None = None) -> str:
    """What sets the files of the chosen format and theme apart: "-vertical-light"; empty for the usual ones."""
    chosen = (chosen_format(environment), FORMATS), (chosen_theme(environment), THEMES)
    return "".join(f"-{value}" for value, known in chosen if value != known[0])


def upright(pixel_width: int, pixel_height: int) -> tuple[int, int]:
    """The size of an upright video of the same quality: 1920 x 1080 becomes 1080 x 1920; an upright size stays."""
    return min(pixel_width, pixel_height), max(pixel_width, pixel_height)
