"""The same scenes upright and on a light background: played in a process of its own, as both are chosen at import."""

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from manim import config

from quantization_story.cli import main
from quantization_story.mobjects.text import breaking_points, text, wrapped
from quantization_story.production import plan
from quantization_story.production.catalogue import SCENES as CATALOGUE
from quantization_story.production.folder import OutputFolder
from quantization_story.scene_full_narrative import FullNarrative
from quantization_story.style import theme
from quantization_story.style.formats import FORMAT, THEME

SUPPORT = Path(__file__).resolve().parent.parent / "support"
SCENES = [scene.__name__ for scene in CATALOGUE if not issubclass(scene, FullNarrative)]
CHOICE = {FORMAT: "vertical", THEME: "light"}


@pytest.fixture(scope="module")
def upright(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `play_in_format` found, upright and light."""
    folder = tmp_path_factory.mktemp("upright")
    result = folder / "found.json"
    command = [sys.executable, str(SUPPORT / "play_in_format.py"), str(folder / "media"), str(result)]
    done = subprocess.run(command, env={**os.environ, **CHOICE}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(result.read_text())
    return found


# --- every scene


@pytest.mark.parametrize("name", SCENES)
def test_no_text_overlaps_leaves_the_frame_or_is_too_small_upright(upright: dict[str, Any], name: str) -> None:
    assert upright["scenes"][name]["findings"] == {}
    assert upright["scenes"][name]["told"]


@pytest.mark.parametrize("name", SCENES)
def test_everything_takes_its_colour_from_the_theme(upright: dict[str, Any], name: str) -> None:
    assert upright["scenes"][name]["in no color"] == []


def test_what_has_no_colour_is_noticed(upright: dict[str, Any]) -> None:
    assert upright["plain square"] == ["Square"]


@pytest.mark.parametrize("name", SCENES)
def test_words_name_the_colours_of_this_theme(upright: dict[str, Any], name: str) -> None:
    scene = upright["scenes"][name]
    words = re.findall(r"[a-z]+", " ".join((*scene["told"], *scene["shown"])).lower())
    assert "white" not in words
    assert all(before == "dark" for before, word in pairwise(words) if word == "yellow")


# --- the frame


def test_the_upright_video_has_its_size_and_nothing_else_changes(upright: dict[str, Any]) -> None:
    rendered = upright["rendered"]
    assert rendered["size"] == [480, 854]
    wide = config.frame_width, config.frame_height
    assert rendered["outside"][:2] == pytest.approx(wide)
    assert rendered["outside"][2] > rendered["outside"][3]


def test_the_zones_are_stacked(upright: dict[str, Any]) -> None:
    zones = upright["rendered"]["zones"]
    for upper, lower in (("one", "other"), ("picture", "panel"), ("title line", "badge line")):
        assert zones[upper]["bottom"] > zones[lower]["top"]
        assert zones[upper]["left"] < zones[lower]["right"]
        assert zones[lower]["left"] < zones[upper]["right"]
    # The panel has the height that it has in a wide frame.
    assert zones["panel"]["top"] - zones["panel"]["bottom"] == pytest.approx(theme.stage_zone().height)
    for name in ("picture", "panel", "one", "other"):
        assert zones["stage"]["bottom"] <= zones[name]["bottom"] < zones[name]["top"] <= zones["stage"]["top"]
        assert zones["stage"]["left"] <= zones[name]["left"] < zones[name]["right"] <= zones["stage"]["right"]
    assert zones["badge line"]["bottom"] > zones["stage"]["top"]


def test_a_long_caption_is_wrapped_and_stays_one_subtitle(upright: dict[str, Any]) -> None:
    rendered = upright["rendered"]
    line, zone = rendered["zones"]["caption line"], rendered["zones"]["caption"]
    assert zone["left"] <= line["left"] < line["right"] <= zone["right"]
    assert zone["bottom"] <= line["bottom"] < line["top"] <= zone["top"]
    words = "A caption of so many words that one line of an upright frame is short"
    assert rendered["subtitles"] == [words]
    assert [caption["text"] for caption in rendered["told"]["captions"]] == [words]


# --- a wide frame is as it was


def test_the_wide_frame_splits_to_the_side() -> None:
    left, right = theme.stage_zone().split(0.3, 0.4)
    assert left.right + 0.4 == pytest.approx(right.left)
    assert (left.bottom, left.top) == (right.bottom, right.top)
    assert left.width + 0.2 == pytest.approx(0.3 * theme.stage_zone().width)
    picture, panel = theme.stage_parts(5.8, left=1.1, gap=0.9)
    assert (picture.left, picture.width) == pytest.approx((theme.stage_zone().left + 1.1, 5.8))
    assert (panel.left, panel.right) == pytest.approx((picture.right + 0.9, theme.stage_zone().right))
    assert theme.stage_zone().height == pytest.approx(theme.WIDE_STAGE)
    assert theme.format_config() == {}


def test_a_strip_of_a_zone_is_counted_from_its_middle() -> None:
    zone = theme.Zone(0.0, 1.0, 2.0, 6.0)
    assert zone.strip(-1.0, 1.5) == theme.Zone(0.0, 1.0, 3.0, 5.5)
    assert zone.up(0.5) == 4.5


# --- wrapping


def test_a_line_that_fits_is_left_alone() -> None:
    line = text("two words", size=theme.CAPTION_SIZE)
    assert wrapped("two words", theme.INK, theme.CAPTION_SIZE, line.width + 0.01).typst_code == "two words"
    assert wrapped("one", theme.INK, theme.CAPTION_SIZE, 0.1).typst_code == "one"


def test_a_line_is_broken_near_its_middle_between_words() -> None:
    words = "The error rises to layer 4, then stays level"
    line, plain = wrapped(words, theme.INK, theme.CAPTION_SIZE, 5.0, "center"), text(words, size=theme.CAPTION_SIZE)
    assert line.typst_code == "#align(center)[The error rises to layer \\ 4, then stays level]"
    assert line.width < 0.6 * plain.width
    assert line.height > 1.8 * plain.height


def test_a_formula_is_not_broken() -> None:
    content = "at most $x + y$ of \\$ 5"
    assert [content[:place].split()[-1] for place in breaking_points(content)] == ["at", "most", "y$", "of", "\\$"]


# --- the command


def test_the_command_hands_format_and_theme_to_its_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Path, dict[str, str | None]]] = []

    def run_plan(_: Any, folder: OutputFolder, *__: Any) -> list[Any]:
        seen.append((folder.path, {name: os.environ.get(name) for name in CHOICE}))
        return []

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plan, "run_plan", run_plan)
    for name in CHOICE:
        monkeypatch.setenv(name, "")
    assert CliRunner().invoke(main, ["render", "OpeningScene"]).exit_code == 0
    done = CliRunner().invoke(main, ["render", "OpeningScene", "--vertical", "--light", "--quality", "l"])
    assert done.exit_code == 0, done.output
    assert seen[0] == (tmp_path / "media" / "story" / "h", dict.fromkeys(CHOICE, ""))
    assert seen[1] == (tmp_path / "media" / "story" / "l-vertical-light", CHOICE)


def test_format_and_theme_count_in_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = set()
    for name, value in ((FORMAT, "landscape"), (FORMAT, "vertical"), (THEME, "light")):
        monkeypatch.setenv(name, value)
        made = plan.make_plan(["OpeningScene"], OutputFolder(tmp_path), "l")
        marks.add(made.todo[0].fingerprint)
    assert len(marks) == 3


@pytest.mark.parametrize("variable", CHOICE)
def test_a_wrong_value_is_one_sentence_on_the_command_line(variable: str) -> None:
    command = [sys.executable, "-m", "quantization_story.cli", "render", "OpeningScene"]
    done = subprocess.run(
        command, env={**os.environ, variable: "round"}, capture_output=True, text=True, check=False, cwd=SUPPORT
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {variable}: 'round'; expected ")
    assert len(done.stderr.splitlines()) == 1
