"""The page: what it says, and what a browser does with it, opened as a file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from browsers import in_a_browser
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import load_subject
from quantization_story.production.catalogue import FullNarrativeScene, scenes_by_name
from quantization_story.production.folder import Finished, OutputFolder
from quantization_story.production.gallery import make_gallery
from quantization_story.production.page import FigureSection, page
from quantization_story.production.stills import STILL_LIMIT, closing_still, save_still
from quantization_story.production.stitch import stitch
from quantization_story.production.talk.narration import narrations
from quantization_story.production.text_tracks import captions, clock, description_track, webvtt
from quantization_story.report.tables import Table
from quantization_story.stage.narration import narration
from small_videos import finish

PARTS = FullNarrativeScene.scenes


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the parts of the narrative and the narrative itself, from tiny videos."""
    folder = OutputFolder(tmp_path_factory.mktemp("gallery") / "videos")
    folder.prepare()
    facts = [load_subject(Settings(bits=4), "pinwheel").facts()]
    parts = [
        finish(folder, each.__name__, 45 + 15 * k, shade=10 * k, networks=facts, title=f"Question {k}?")
        for k, each in enumerate(PARTS)
    ]
    joined = folder.path / "FullNarrative.mp4"
    stitch(parts, joined)
    return make_gallery(folder, folder.path.parent / "page", joined)


def test_the_page_holds_the_scenes_in_story_order(gallery: Path) -> None:
    content = gallery.read_text()
    places = [content.index(f'<article id="{scene}"') for scene in ("FullNarrative", *played_scenes())]
    assert places == sorted(places)
    for name in played_scenes():
        assert (gallery.parent / "videos" / f"{name}.mp4").is_file()
        with Image.open(gallery.parent / "posters" / f"{name}.jpg") as poster:
            assert poster.width == 960
    assert f'<h3 id="title-{PARTS[1].__name__}">Question 1?</h3>' in content
    assert [content.count(f'class="{kind}"') for kind in ("film", "chapter", "card")] == [1, len(PARTS), 0]
    assert "http://" not in content
    assert "https://" not in content


def played_scenes() -> list[str]:
    played = {scene.__name__ for scene in PARTS}
    return [name for name in scenes_by_name() if name in played]


def test_a_narrative_joined_from_other_videos_is_refused(folder: OutputFolder) -> None:
    parts = [finish(folder, scene.__name__, 10) for scene in PARTS]
    joined = folder.path / "FullNarrative.mp4"
    stitch(parts[:-1], joined)
    with pytest.raises(ValueError, match="stitch it again"):
        make_gallery(folder, folder.path / "page", joined)


def test_a_page_without_videos_is_refused(folder: OutputFolder) -> None:
    with pytest.raises(ValueError, match="no finished video"):
        make_gallery(folder, folder.path / "page", folder.path / "FullNarrative.mp4")


def test_words_are_no_markup() -> None:
    table = Table("Task <at> 4 bits", ("network", "accuracy, %"), (("float", "99.7"), ("4 bits", "83.2")))
    content = page("A & B", "", [], [FigureSection("<net> at 4 bits", ("a < b",), (table,))])
    assert "<title>A &amp; B</title>" in content
    assert "<h3>&lt;net&gt; at 4 bits</h3><p>a &lt; b</p>" in content
    assert "Task &lt;at&gt; 4 bits" in content
    assert "<td>99.7</td>" in content


def test_every_scene_of_the_story_has_its_narration() -> None:
    told = narrations()
    assert set(scenes_by_name()) <= set(told)
    assert all("<h5>" in text and "<blockquote>" in text for name, text in told.items() if name != "FullNarrativeScene")


def test_tracks_keep_times_and_escape_what_would_end_a_cue(folder: OutputFolder) -> None:
    assert [clock(0.0), clock(59.9996), clock(3661.5)] == ["00:00:00.000", "00:01:00.000", "01:01:01.500"]
    assert webvtt([(0.0, 1.5, "a --> b < c & d")]).splitlines()[2:] == [
        "00:00:00.000 --> 00:00:01.500",
        "a --&gt; b &lt; c &amp; d",
    ]
    made = finish(folder, "A", 5)
    assert "00:00:00.200 --> 00:00:01.000\nA speaks" in captions(made.subtitles)
    assert captions(folder.path / "none.srt").strip() == "WEBVTT"


def test_what_is_seen_is_a_track_of_beats_of_one_video_or_of_several() -> None:
    first, second = narration("TwoErrorKindsScene")[:2]
    beats = [
        {"name": first.name, "start": 0.0, "end": 2.5},
        {"name": "a beat of another network", "start": 2.5, "end": 3.0},
        {"name": second.name, "start": 3.0, "end": 4.0},
    ]
    track = description_track([("TwoErrorKindsScene", beats, 0.0), ("TwoErrorKindsScene", beats[:1], 10.0)])
    assert track == webvtt([(0.0, 2.5, first.seen), (3.0, 4.0, second.seen), (10.0, 12.5, first.seen)])


def test_a_still_is_the_frame_before_the_stage_is_left_and_is_small(folder: OutputFolder) -> None:
    made: Finished = finish(folder, "A", 30, shade=10)
    still = closing_still(made.video, made.seconds)
    # The 30 frames grow brighter by one level each; the still is the one 0.7 s before the end.
    assert abs(still.convert("L").getpixel((10, 10)) - (10 + 20)) <= 2
    target = folder.path / "still.png"
    assert save_still(still.resize((854, 480)), target) < STILL_LIMIT
    noise = Image.effect_noise((854, 480), 80)
    with pytest.raises(ValueError, match=r"noise.png: \d+ bytes"):
        save_still(noise, folder.path / "noise.png")


def test_a_short_word_keeps_its_colour_in_a_still(tmp_path: Path) -> None:
    y, x = np.mgrid[0:480, 0:854]
    shades = np.stack([x // 4, 40 + y // 3, 90 + x // 8 + y // 8], axis=-1).astype(np.uint8)
    shades[100:104, 50:60] = orange = (234, 154, 81)
    save_still(Image.fromarray(shades), tmp_path / "still.png")
    with Image.open(tmp_path / "still.png") as still:
        kept = np.asarray(still.convert("RGB"))[101, 55].astype(int)
    assert np.abs(kept - orange).max() <= 20


# --- in a browser


@in_a_browser
def test_a_video_plays_with_its_caption_and_follows_a_chapter(gallery: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto(gallery.as_uri())
    video = page.locator("#video-FullNarrative")
    # It plays.
    video.evaluate("video => { video.muted = true; video.textTracks[0].mode = 'showing'; return video.play(); }")
    page.wait_for_function("document.getElementById('video-FullNarrative').currentTime > 0.5")
    # Its caption is read from the track.
    first = PARTS[0].__name__
    page.wait_for_function("document.getElementById('video-FullNarrative').textTracks[0].cues?.length > 0")
    assert video.evaluate("video => video.textTracks[0].cues[0].text") == f"{first} speaks"
    video.evaluate("video => { video.pause(); video.currentTime = 0.6; }")
    page.wait_for_function("document.getElementById('video-FullNarrative').textTracks[0].activeCues.length === 1")
    # A chapter is followed: the third begins after 45 and 60 frames at 15 a second.
    page.locator("#FullNarrative ol.chapters a").nth(2).click()
    page.wait_for_function("document.getElementById('video-FullNarrative').currentTime >= 7.0")
    assert video.evaluate("video => video.currentTime") == pytest.approx(7.0, abs=1.5)
    page.wait_for_function("document.querySelectorAll('#FullNarrative a[aria-current]').length === 1")
    assert page.locator("#FullNarrative a[aria-current]").inner_text() == "Question 2?"
    page.close()


@in_a_browser
def test_the_explorer_stands_first_and_its_questions_lead_to_their_videos(gallery: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(gallery.as_uri())
    assert page.locator("main > section").first.get_attribute("id") == "try"
    inside = page.frame_locator("iframe")
    inside.locator("#figure-cells").filter(has_text="9").wait_for()
    inside.locator("#step-reveal").click()
    link = inside.locator("#step-answer a")
    assert link.get_attribute("href") == f"index.html#{PARTS[0].__name__}"
    link.click()
    page.wait_for_url(f"{gallery.as_uri()}#{PARTS[0].__name__}")
    # Where there is no room for it on the page, it is opened by itself.
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.locator("iframe").is_hidden()
    page.locator("#try a").click()
    page.wait_for_url(f"{gallery.parent.as_uri()}/explorer.html*")
    page.close()


@in_a_browser
def test_keyboard_and_small_screens(gallery: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 640})
    page.goto(gallery.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "videos"
    page.locator("#FullNarrative ol.chapters a").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('video-FullNarrative').currentTime >= 3.0")
    page.close()


@in_a_browser
def test_without_script_the_chapters_are_links_into_the_video(gallery: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(gallery.as_uri())
    link = page.locator("#FullNarrative ol.chapters a").nth(1)
    assert link.get_attribute("href") == "videos/FullNarrative.mp4#t=3.000"
    assert page.locator("#figures td").first.inner_text() == "float"
    assert page.locator("h1").is_visible()
    context.close()
