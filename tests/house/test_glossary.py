"""Captions and pages keep to the words of the glossary: the words that it bans are looked for."""

import re
from pathlib import Path

import pytest

from figures_check import told_scenes
from quantization_story.core.captions import as_caption
from quantization_story.production import catalogue

SCENES = told_scenes()
ROOT = Path(__file__).resolve().parents[2]
# What a viewer reads; the narration and the mathematics have words of their own.
PAGES = [
    "README.md",
    *(
        page.relative_to(ROOT).as_posix()
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if page.name not in ("glossary.md", "narrative_outline.md", "mathematics.md")
    ),
]
# Scenes that are not yet told in these words. A scene that is built on the stage of one question leaves the list.
NOT_YET = {
    "OpeningScene",
    "LayerProgressionScene",
    "GridDistortionScene",
    "PartitionToTransportScene",
    "ActivationSpaceComparisonScene",
    "ErrorDecompositionScene",
    "CorrectionCascadeScene",
    "ErrorRegionGrowthScene",
    "ErrorRegion3DScene",
    "ErrorManifoldScene",
    "ActivationQuantizationScene",
    "FullNarrativeScene",
    "LayerClusteringVisualization",
    "LayerClusteringDetailed",
}


def glossary() -> dict[str, list[str]]:
    """Each word, and those that are banned for it."""
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|.*\| (.+?) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    return {word: banned.split(", ") for word, banned in rows}


def banned_in(text: str) -> list[str]:
    """The banned words of a text, each once."""
    every = [word for banned in glossary().values() for word in banned]
    return [word for word in every if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]


def prose(page: str) -> str:
    """A page's prose: without blocks of code, code in a line, and the rows of scenes that are not yet retold."""
    text = (ROOT / page).read_text()
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    rows = "|".join(NOT_YET - {scene.__name__ for scene, _ in SCENES.values()})
    return re.sub(r"`[^`]*`", "", re.sub(rf"^\| `(?:{rows})` \|.*$", "", text, flags=re.MULTILINE))


def test_there_are_ten_words_and_each_bans_others() -> None:
    words = glossary()
    assert len(words) == 10
    assert all(words.values())
    assert not [word for word in words if banned_in(word)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_to_them(page: str) -> None:
    assert banned_in(prose(page)) == []


def test_a_banned_word_is_found() -> None:
    assert banned_in("Two points have Crossed a kink") == ["kink", "crossed"]
    assert banned_in("A crossroad, and kinky hair") == []


def test_every_scene_is_told_in_these_words_or_is_listed() -> None:
    retold = {scene.__name__ for scene, _ in SCENES.values()}
    assert {scene.__name__ for scene in catalogue.SCENES} - retold <= NOT_YET


@pytest.mark.parametrize("stem", SCENES)
def test_captions_keep_to_them(stem: str) -> None:
    scene, module = SCENES[stem]
    captions = module.captions(module.measure(scene.choose())).values()
    found = {caption.text: banned_in(caption.text) for caption in map(as_caption, captions)}
    assert {text: words for text, words in found.items() if words} == {}
