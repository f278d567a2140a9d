"""Decks: a slide a beat that plays and stops, its notes the narration; opened in a browser, read back, and counted."""

import json
import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import av
import pytest
from click.testing import CliRunner

from browsers import chromium, in_a_browser
from quantization_story.cli import main
from quantization_story.production.folder import Finished, OutputFolder
from quantization_story.production.talk import deck
from quantization_story.production.talk.deck import check_deck, describe, make_deck
from quantization_story.stage.narration import narration
from small_videos import RATE, write_subtitles, write_video

SCENE = "TwoErrorKindsScene"
FRAMES = (12, 20, 9)


@pytest.fixture
def video(folder: OutputFolder) -> Finished:
    """A video of three beats."""
    beats = narration(SCENE)[:3]
    starts = [sum(FRAMES[:k]) / RATE for k in range(3)]
    work = folder.work_folder(SCENE)
    made = write_video(work / "made.mp4", sum(FRAMES))
    write_subtitles(made)
    told = [{"name": beat.name, "start": start} for beat, start in zip(beats, starts, strict=True)]
    made.with_suffix(".json").write_text(json.dumps({"title": "Two <kinds> & why?", "beats": told}))
    return folder.take(SCENE, made, {"fingerprint": "", "rate": str(RATE)})


def shades(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


def test_each_beat_is_cut_out_frame_by_frame(video: Finished, tmp_path: Path) -> None:
    described = json.loads(describe(video, tmp_path / "slides").read_text())
    pieces = [shades(Path(slide["file"])) for slide in described["slides"]]
    assert [len(piece) for piece in pieces] == list(FRAMES)
    assert [shade for piece in pieces for shade in piece] == pytest.approx(shades(video.video), abs=1.5)
    assert [slide["notes"] for slide in described["slides"]] == [beat.words for beat in narration(SCENE)[:3]]
    assert described["resolution"] == [64, 48]


def test_a_powerpoint_has_a_film_and_notes_on_each_slide(video: Finished, tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    pytest.importorskip("manim_slides")
    assert make_deck([video], tmp_path / "deck.pptx") == 3
    read = pptx.Presentation(str(tmp_path / "deck.pptx"))
    assert [slide.notes_slide.notes_text_frame.text for slide in read.slides] == [
        beat.words for beat in narration(SCENE)[:3]
    ]
    assert all(any(type(shape).__name__ == "Movie" for shape in slide.shapes) for slide in read.slides)


def test_a_pdf_has_a_page_for_each_slide(video: Finished, tmp_path: Path) -> None:
    pytest.importorskip("manim_slides")
    assert make_deck([video], tmp_path / "deck.pdf") == 3
    content = (tmp_path / "deck.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", content)) == 3


@in_a_browser
@pytest.mark.xdist_group("explorer")
def test_a_page_plays_stops_and_goes_on_without_a_network(video: Finished, tmp_path: Path) -> None:
    pytest.importorskip("manim_slides")
    target = tmp_path / "deck.html"
    assert make_deck([video], target) == 3
    assert "http" not in target.read_text().replace("http-equiv", "")
    asked: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url.split(":")[0]))
        page.goto(target.as_uri())
        assert page.title() == "Two <kinds> & why?"
        ended = "document.querySelector('video.now').ended"
        page.wait_for_function(ended)
        assert page.locator("#place").text_content() == "1 of 3"
        page.keyboard.press("n")
        assert page.locator("#notes").text_content() == narration(SCENE)[0].words
        page.keyboard.press("ArrowRight")
        assert page.locator("#place").text_content() == "2 of 3"
        page.wait_for_function(ended)
        page.keyboard.press("ArrowRight")
        page.wait_for_function(ended)
        page.keyboard.press("ArrowRight")
        assert page.locator("#place").text_content() == "3 of 3"
        page.keyboard.press("ArrowLeft")
        assert page.locator("#place").text_content() == "2 of 3"
        assert page.url.endswith("#2")
    assert set(asked) <= {"file", "data"}


def test_what_is_missing_is_one_sentence(video: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"deck\.key; a deck is written as \.pptx, \.pdf, \.html"):
        check_deck(tmp_path / "deck.key")
    with pytest.raises(ValueError, match="there is no folder"):
        check_deck(tmp_path / "none" / "deck.pdf")
    with pytest.raises(ValueError, match="no beats are on its record"):
        describe(Finished(video.scene, video.video, {**video.figures, "beats": []}), tmp_path / "a")
    twice = [{"name": "a", "start": 0.0}, {"name": "b", "start": 0.0}]
    with pytest.raises(ValueError, match="a beat without a frame"):
        describe(Finished(video.scene, video.video, {**video.figures, "beats": twice}), tmp_path / "b")

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(deck, "version", missing)
    with pytest.raises(ValueError, match="install the extra `slides`"):
        check_deck(tmp_path / "deck.pdf")


def test_the_command_takes_what_is_finished(video: Finished, folder: OutputFolder, tmp_path: Path) -> None:
    pytest.importorskip("manim_slides")
    target = tmp_path / "deck.pdf"
    done = CliRunner().invoke(main, ["deck", str(target), "--videos", str(folder.path)])
    assert f"{target}: 3 slides\n" in done.output
    named = CliRunner().invoke(main, ["deck", "OpeningScene", str(target), "--videos", str(folder.path)])
    assert named.exit_code == 1
    assert "no finished video of OpeningScene" in named.output
