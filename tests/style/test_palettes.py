"""Formats and themes: what may be chosen, and what every palette keeps: contrast, and pairs told apart by all."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from quantization_story.style import formats, theme
from quantization_story.style.palettes import MEANINGS, PALETTES, Palette
from vision import DEFICIENCIES, apart, chroma, contrast, lab, lightness, linear, seen_apart

both_themes = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())


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
    names = ("ink", "quiet", "propagated", *MEANINGS)
    groups = {"class": palette.classes, "column": palette.columns, "layer": palette.layers}
    several = {f"{name} {k}": color for name, colors in groups.items() for k, color in enumerate(colors)}
    return {name: getattr(palette, name) for name in names} | several


@both_themes
def test_text_can_be_read(palette: Palette) -> None:
    faint = {role: contrast(color, palette.background) for role, color in text_colors(palette).items()}
    assert {role: ratio for role, ratio in faint.items() if ratio < 4.5} == {}


def over(palette: Palette, below: str) -> str:
    """The colour of a strip or plate over a surface of a colour."""
    parts = [[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in (palette.background, below)]
    return "#" + "".join(
        f"{round(theme.STRIP_OPACITY * dark + (1 - theme.STRIP_OPACITY) * picture):02X}"
        for dark, picture in zip(*parts, strict=True)
    )


@both_themes
def test_words_on_strips_and_plates_can_be_read_whatever_lies_below(palette: Palette) -> None:
    surfaces = [*(getattr(palette, name) for name in MEANINGS), palette.ink, *palette.classes, *palette.heat]
    assert min(contrast(palette.ink, over(palette, surface)) for surface in surfaces) >= 4.5


@both_themes
def test_lines_and_marks_can_be_seen(palette: Palette) -> None:
    assert min(contrast(color, palette.background) for color in palette.parameter) >= 3.0
    # Frames, guides and the dimmed grid stay in the background, but are there.
    assert min(contrast(color, palette.background) for color in (palette.guide, palette.grid)) >= 1.5
    assert max(contrast(color, palette.background) for color in (palette.guide, palette.grid)) < 3.0


PAIRS = list(combinations(MEANINGS, 2))


@both_themes
@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda pair: pair)
def test_every_two_meanings_stay_apart_for_all_eyes_and_in_greyscale(palette: Palette, one: str, other: str) -> None:
    first, second = getattr(palette, one), getattr(palette, other)
    assert apart(first, second) > 25.0
    assert abs(lightness(first) - lightness(second)) > 5.0
    for deficiency in ("deuteranopia", "protanopia"):
        assert seen_apart(first, second, deficiency) > 12.0, deficiency


@both_themes
def test_red_and_green_and_the_two_networks_stay_apart_in_the_rarest_case_too(palette: Palette) -> None:
    for one, other in (("same", "crossed"), ("float_net", "quantized")):
        assert min(seen_apart(getattr(palette, one), getattr(palette, other), kind) for kind in DEFICIENCIES) > 12.0
    assert abs(lightness(palette.same) - lightness(palette.crossed)) > 15.0


@both_themes
def test_classes_are_muted_and_no_class_is_taken_for_a_meaning(palette: Palette) -> None:
    colorful = min(chroma(getattr(palette, name)) for name in MEANINGS if name != "hero")
    for color in palette.classes:
        assert chroma(color) < 0.8 * colorful
        assert min(apart(color, getattr(palette, name)) for name in MEANINGS) > 15.0
    assert min(apart(one, other) for one, other in combinations(palette.classes, 2)) > 20.0


@both_themes
def test_the_yellow_of_creases_is_used_for_nothing_else(palette: Palette) -> None:
    others = {role: color for role, color in text_colors(palette).items() if role != "boundary"}
    assert {
        role: apart(color, palette.boundary) for role, color in others.items() if apart(color, palette.boundary) < 25
    } == {}


@both_themes
def test_layers_are_one_ramp(palette: Palette) -> None:
    """From layer to layer the lightness goes one way, and the hue hardly turns."""
    angles = [np.degrees(np.arctan2(*lab(linear(color))[:0:-1])) for color in palette.layers]
    assert np.ptp(angles) < 40.0


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
