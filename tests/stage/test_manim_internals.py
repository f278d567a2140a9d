"""What is taken of manim's insides is still there and still means the same; each test says what breaks without it."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from manim import Animation, Create, FadeIn, Scene, Square, tempconfig
from manim.renderer import cairo_renderer
from manim.renderer.cairo_renderer import CairoRenderer

from quantization_story.stage import manim_internals
from quantization_story.stage.manim_internals import (
    CAP_STYLE_MAP,
    DEFAULT_ANIMATION_RUN_TIME,
    KEPT_BY_MANIM,
    KEYS_TO_FILTER_OUT,
    LINE_JOIN_MAP,
    OpenEncoder,
    OpenWriter,
    WriterSettings,
    plays_named_by,
    prepare_animation,
)

SMALL = {"pixel_width": 64, "pixel_height": 36, "frame_rate": 5, "verbosity": "ERROR", "progress_bar": "none"}


class OnePlay(Scene):
    """A square appears."""

    def construct(self) -> None:
        self.play(FadeIn(Square()), run_time=0.4)


def rendered(folder: Path, writer: type[OpenWriter] = OpenWriter) -> Scene:
    with tempconfig({**SMALL, "media_dir": str(folder), "disable_caching": False}):
        scene = OnePlay(CairoRenderer(writer))
        scene.render()
    return scene


def test_the_renderer_asks_for_the_name_of_a_play(tmp_path: Path) -> None:
    asked = []

    def key(*parts: object, **named: object) -> str:
        asked.append((parts, set(named)))
        return "own_name"

    own = vars(cairo_renderer)["get_hash_from_play_call"]
    with plays_named_by(key):
        scene = rendered(tmp_path)
    assert asked, "manim no longer asks get_hash_from_play_call: plays are cached under its own names again"
    (parts, named), files = asked[0], scene.renderer.file_writer.partial_movie_files
    assert parts[:2] == (scene, scene.camera), "StoryRenderer takes the parts of a play in another order"
    assert len(parts) == 4
    assert named == {"backend", "encoder_fingerprint", "renderer_state"}, "StoryRenderer._key takes other arguments"
    assert [Path(file).stem for file in files] == ["own_name"], "a play in the cache is no longer called by its key"
    assert vars(cairo_renderer)["get_hash_from_play_call"] is own
    assert own.__module__ == "manim.utils.hashing"


def test_the_names_that_manim_keeps_on_a_scene(tmp_path: Path) -> None:
    missing = {"mobjects", "animations", "renderer", "duration", "updaters", "static_mobjects"} - KEPT_BY_MANIM
    assert not missing, "what manim keeps on a scene would be taken for the story's, and every key would change"
    with tempconfig({**SMALL, "media_dir": str(tmp_path)}):
        assert set(vars(Scene())) <= KEPT_BY_MANIM


def test_the_names_that_manim_does_not_hash() -> None:
    assert {"pixel_array", "background"} <= KEYS_TO_FILTER_OUT, "the frame that is drawn would be part of a play's key"


def test_lines_end_and_meet_as_the_camera_draws_them() -> None:
    square = Square()
    assert square.joint_type in LINE_JOIN_MAP, "StoryCamera cannot draw how lines meet"
    assert square.cap_style in CAP_STYLE_MAP, "StoryCamera cannot draw how lines end"


def test_animations_are_prepared_as_play_prepares_them() -> None:
    animation = Create(Square())
    assert prepare_animation(animation) is animation
    assert isinstance(prepare_animation(Square().animate.shift([1.0, 0.0, 0.0])), Animation)
    assert animation.run_time == DEFAULT_ANIMATION_RUN_TIME, "say would take a run time left out for one that was given"


def test_the_encoder_has_what_a_picture_goes_through(tmp_path: Path) -> None:
    spec = rendered(tmp_path).renderer.file_writer.video_encoder
    encoder = OpenEncoder(target=tmp_path / "one.mp4", spec=spec)
    for name in ("_validate_frame", "_stream", "_next_pts", "_container", "_operation_error"):
        assert hasattr(encoder, name), f"OpenEncoder.write_frame needs VideoSegmentEncoder.{name}"
    wrong = np.zeros((1, 1, 4), dtype=np.uint8)
    assert isinstance(encoder._operation_error("encode", ValueError("why")), RuntimeError)
    with pytest.raises(ValueError, match="shape"):
        encoder.write_frame(wrong)
    encoder.abort()


def test_the_writer_makes_encoders_and_says_when_one_is_open(tmp_path: Path) -> None:
    open_within: list[bool] = []

    class Noting(OpenWriter):
        def write_frame(self, *args: object, **kwargs: object) -> None:
            open_within.append(self.encoding)
            super().write_frame(*args, **kwargs)

    writer = rendered(tmp_path, Noting).renderer.file_writer
    assert set(open_within) == {True}, "_current_encode_job no longer holds the encoder that is open"
    assert not writer.encoding
    assert isinstance(writer.settings, WriterSettings)
    assert writer.settings.plan.output.save_sections is False, "StoryWriter asks plan.output.save_sections"
    maker = OpenWriter._create_segment_encoder
    assert type(maker(writer, tmp_path / "other.mp4")) is OpenWriter.encoder
    assert "_create_segment_encoder" in inspect.getsource(OpenWriter.open_partial_movie_stream), (
        "manim makes its encoders elsewhere: StoryEncoder is never used"
    )


def test_nobody_else_reaches_into_manim() -> None:
    package = Path(manim_internals.__file__).parents[1]
    others = [file for file in package.rglob("*.py") if file != Path(manim_internals.__file__)]
    private = ("cairo_renderer import get_hash", "_current_encode_job", "_create_segment_encoder", "_next_pts")
    assert len(others) > 100
    assert not [(file.name, word) for file in others for word in private if word in file.read_text()]
    imports = re.compile(r"from manim[.\w]* import .*\b_\w+")
    assert not [file.name for file in others if imports.search(file.read_text())]
