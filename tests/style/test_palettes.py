"""Formats and themes: what may be chosen, and what every palette keeps: contrast, and pairs told apart by all."""

from itertools import pairwise

import numpy as np
import pytest

from quantization_story.style import formats
from quantization_story.style.palettes import PALETTES, Palette

both_themes = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())

# G. M. Machado et al., "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1:
# linear RGB as seen without one of the three kinds of cones.
DEFICIENCIES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
# Linear sRGB to CIE XYZ, divided by the white point D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
TO_XYZ = TO_XYZ / TO_XYZ.sum(axis=1, keepdims=True)


def linear(color: str) -> np.ndarray:
    """#RRGGBB as linear RGB, (3,)."""
    coded = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (first, second))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB (3,)."""
    x, y, z = np.cbrt(TO_XYZ @ np.clip(rgb, 0.01, 1.0))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def lightness(color: str) -> float:
    return float(lab(linear(color))[0])


def seen_apart(first: str, second: str, deficiency: str) -> float:
    """The distance in L*a*b* of two colours as they are seen with a deficiency; 2 is just noticeable."""
    seen = np.array(DEFICIENCIES[deficiency])
    return float(np.linalg.norm(lab(seen @ linear(first)) - lab(seen @ linear(second))))


def test_the_measures_agree_with_known_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert lightness("#FFFFFF") == pytest.approx(100.0)
    # Red and green of one lightness are far apart, but hardly without the cones for green.
    assert np.linalg.norm(lab(linear("#C00000")) - lab(linear("#3F7F00"))) > 80
    assert seen_apart("#8F6B00", "#6E7A00", "deuteranopia") < 20


# --- what may be chosen


def test_nothing_chosen_is_the_wide_dark_video() -> None:
    assert formats.chosen_format({}) == "landscape"
    assert formats.chosen_theme({}) == "dark"
    assert formats.chosen_format({formats.FORMAT: " "}) == "landscape"
    assert formats.suffix({}) == ""


def test_the_variables_choose() -> None:
    chosen = {formats.FORMAT: "vertical", formats.THEME: "light"}
    assert (formats.chosen_format(chosen), formats.chosen_theme(chosen)) == ("vertical", "light")
    assert formats.suffix(chosen) == "-vertical-light"
    assert formats.suffix({formats.THEME: "light", formats.FORMAT: "landscape"}) == "-light"


@pytest.mark.parametrize(("variable", "known"), [(formats.FORMAT, formats.FORMATS), (formats.THEME, formats.THEMES)])
def test_another_value_is_refused_by_name(variable: str, known: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"{variable}: 'round'; expected {' or '.join(known)}"):
        formats.suffix({variable: "round"})


@pytest.mark.parametrize(("wide", "tall"), [((1920, 1080), (1080, 1920)), ((854, 480), (480, 854))])
def test_an_upright_video_has_the_pixels_of_its_quality(wide: tuple[int, int], tall: tuple[int, int]) -> None:
    assert formats.upright(*wide) == tall
    assert formats.upright(*tall) == tall


# --- what every palette keeps


def text_colors(palette: Palette) -> dict[str, str]:
    """The colours in which words and numbers are set, by role."""
    names = ("ink", "quiet", "float_net", "quantized", "same", "crossed", "boundary", "propagated")
    groups = {"class": palette.classes, "column": palette.columns, "layer": palette.layers}
    several = {f"{name} {k}": color for name, colors in groups.items() for k, color in enumerate(colors)}
    return {name: getattr(palette, name) for name in names} | several


@both_themes
def test_text_can_be_read(palette: Palette) -> None:
    faint = {role: contrast(color, palette.background) for role, color in text_colors(palette).items()}
    assert {role: ratio for role, ratio in faint.items() if ratio < 4.5} == {}


@both_themes
def test_lines_and_marks_can_be_seen(palette: Palette) -> None:
    assert min(contrast(color, palette.background) for color in palette.parameter) >= 3.0
    # Frames, guides and the dimmed grid stay in the background, but are there.
    assert min(contrast(color, palette.background) for color in (palette.guide, palette.grid)) >= 1.5
    assert max(contrast(color, palette.background) for color in (palette.guide, palette.grid)) < 3.0


@both_themes
@pytest.mark.parametrize(
    ("one", "other", "least"),
    [("float_net", "quantized", 6.0), ("same", "crossed", 12.0), ("quantized", "boundary", 8.0)],
)
def test_pairs_stay_apart_for_all_eyes_and_in_greyscale(palette: Palette, one: str, other: str, least: float) -> None:
    first, second = getattr(palette, one), getattr(palette, other)
    assert abs(lightness(first) - lightness(second)) > least
    assert min(seen_apart(first, second, deficiency) for deficiency in DEFICIENCIES) > 1.5 * least


@both_themes
def test_scales_keep_their_order_in_greyscale(palette: Palette) -> None:
    for colors in (palette.parameter, palette.heat, palette.layers):
        steps = np.diff([lightness(color) for color in colors])
        assert (steps > 2.0).all() or (steps < -2.0).all()
    # Large is what stands out most from the background.
    from_background = [contrast(color, palette.background) for color in palette.heat]
    assert all(small < large for small, large in pairwise(from_background))


@both_themes
def test_neighbouring_tints_differ(palette: Palette) -> None:
    assert len(set(palette.cells)) == len(palette.cells)
    tints = sorted(lightness(color) for color in palette.cells)
    assert min(np.diff(tints)) > 4.0


def test_the_palettes_have_the_same_roles() -> None:
    dark, light = PALETTES["dark"], PALETTES["light"]
    for role in Palette.__dataclass_fields__:
        if isinstance(getattr(dark, role), tuple):
            assert len(getattr(dark, role)) == len(getattr(light, role))
    assert lightness(dark.background) < 20 < 90 < lightness(light.background)
    assert (dark.ink_word, light.ink_word) == ("white", "black")
