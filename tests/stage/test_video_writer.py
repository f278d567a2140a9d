"""The writer of videos: manim's pictures and counts, in one go or a file a play, and nothing left of a failure."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import FadeIn, Scene, Square, tempconfig
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from quantization_story.stage.video_writer import StoryEncoder, StoryWriter


class Plays(Scene):
    """Three plays: half a second of motion, a second of rest, half a second of motion."""

    def construct(self) -> None:
        square = Square(color="#58C4DD", fill_opacity=0.8)
        self.play(FadeIn(square), run_time=0.5)
        self.wait(1.0, frozen_frame=True)
        self.next_section("second")
        self.play(square.animate.shift([2.0, 1.0, 0.0]), run_time=0.5)


def rendered(folder: Path, writer: type[SceneFileWriter] = StoryWriter, **options: Any) -> Scene:
    settings = {
        "media_dir": str(folder),
        "pixel_width": 128,
        "pixel_height": 72,
        "frame_rate": 10,
        "disable_caching": True,
        "verbosity": "ERROR",
        "progress_bar": "none",
        **options,
    }
    with tempconfig(settings):
        scene = Plays(CairoRenderer(writer))
        scene.render()
    return scene


def pictures(video: Path) -> np.ndarray:
    """All frames of a video, (frames, height, width, 3)."""
    with av.open(str(video)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def segments(scene: Scene) -> list[Path]:
    return sorted(Path(scene.renderer.file_writer.partial_movie_directory).glob("*.mp4"))


def test_a_picture_is_encoded_as_manim_encodes_it(tmp_path: Path) -> None:
    spec = rendered(tmp_path).renderer.file_writer.video_encoder
    shown = np.random.default_rng(0).integers(0, 255, (3, 9, 16, 4), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    written = []
    for kind in (StoryEncoder, VideoSegmentEncoder):
        encoder = kind(target=tmp_path / f"{kind.__name__}.mp4", spec=spec)
        for picture, repeat in zip(shown, (1, 5, 2), strict=True):
            encoder.write_frame(np.ascontiguousarray(picture), repeat=repeat)
        encoder.finish()
        written.append(pictures(encoder.target))
    assert len(written[0]) == 8
    assert np.array_equal(*written)
    assert np.ptp(written[0][0]) > 100


@pytest.mark.parametrize(("options", "threads"), [({}, 0), ({"threads": "1"}, 1), ({"threads": "auto"}, 0)])
def test_a_picture_is_converted_in_as_many_threads_as_it_is_encoded(
    tmp_path: Path, options: dict[str, str], threads: int
) -> None:
    spec = rendered(tmp_path, video_encoder_options=options).renderer.file_writer.video_encoder
    encoder = StoryEncoder(target=tmp_path / "none.mp4", spec=spec)
    assert encoder.threads == threads
    encoder.abort()


def test_wrong_pictures_are_named(tmp_path: Path) -> None:
    spec = rendered(tmp_path).renderer.file_writer.video_encoder
    encoder = StoryEncoder(target=tmp_path / "wrong.mp4", spec=spec)
    with pytest.raises(ValueError, match="shape"):
        encoder.write_frame(np.zeros((10, 10, 4), dtype=np.uint8))
    encoder.abort()


def test_without_a_cache_all_plays_are_one_file_with_all_frames(tmp_path: Path) -> None:
    own, manims = (rendered(tmp_path / kind.__name__, kind) for kind in (StoryWriter, SceneFileWriter))
    assert (len(segments(own)), len(segments(manims))) == (1, 3)
    ours, theirs = (pictures(scene.renderer.file_writer.movie_file_path) for scene in (own, manims))
    assert ours.shape == theirs.shape == (20, 72, 128, 3)
    assert np.abs(ours.astype(int) - theirs).mean() < 1.0  # the same pictures; x264 rounds with what came before


@pytest.mark.parametrize("options", [{"disable_caching": False}, {"save_sections": True}])
def test_plays_that_are_to_be_kept_have_files_of_their_own(tmp_path: Path, options: dict[str, bool]) -> None:
    scene = rendered(tmp_path, **options)
    assert len(segments(scene)) == 3
    assert len(pictures(scene.renderer.file_writer.movie_file_path)) == 20
    if "save_sections" in options:
        sections = sorted(Path(scene.renderer.file_writer.sections_output_dir).glob("*.mp4"))
        assert [len(pictures(section)) for section in sections] == [15, 5]


def test_only_the_plays_that_are_asked_for(tmp_path: Path) -> None:
    scene = rendered(tmp_path, from_animation_number=1, upto_animation_number=1)
    assert len(pictures(scene.renderer.file_writer.movie_file_path)) == 10


def test_a_scene_that_fails_leaves_no_half_of_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Plays, *_: Any) -> None:
        raise RuntimeError("no second section")

    monkeypatch.setattr(Plays, "next_section", fail)
    with pytest.raises(RuntimeError, match="no second section"):
        rendered(tmp_path)
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_process_that_is_ended_leaves_no_half_of_a_play(tmp_path: Path) -> None:
    spec = rendered(tmp_path).renderer.file_writer.video_encoder
    half = StoryEncoder(target=tmp_path / "play.mp4", spec=spec)
    half.write_frame(np.zeros((72, 128, 4), dtype=np.uint8))
    assert not half.target.exists()  # what is ended here is drawn anew by the next process
    whole = StoryEncoder(target=tmp_path / "whole.mp4", spec=spec)
    whole.write_frame(np.zeros((72, 128, 4), dtype=np.uint8), repeat=3)
    whole.finish()
    assert len(pictures(tmp_path / "whole.mp4")) == 3
    half.abort()
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["whole.mp4"]
