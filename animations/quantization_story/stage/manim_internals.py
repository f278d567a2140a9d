"""All that the story takes of manim beyond its public interface, in one place.

Each name has a test in tests/stage/test_manim_internals.py that says what breaks without it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import av
import numpy as np
from manim import Scene
from manim.animation.animation import DEFAULT_ANIMATION_RUN_TIME as DEFAULT_ANIMATION_RUN_TIME
from manim.animation.animation import prepare_animation as prepare_animation
from manim.camera.camera import CAP_STYLE_MAP as CAP_STYLE_MAP
from manim.camera.camera import LINE_JOIN_MAP as LINE_JOIN_MAP
from manim.renderer import cairo_renderer
from manim.scene.scene_file_writer import SceneFileWriter, _SceneFileWriterSettings
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from manim.typing import RGBAPixelArray
from manim.utils.hashing import KEYS_TO_FILTER_OUT as KEYS_TO_FILTER_OUT

WriterSettings = _SceneFileWriterSettings

# The attributes in which manim's own scene keeps its work: their names are those in the code that sets them.
KEPT_BY_MANIM = frozenset(Scene.__init__.__code__.co_names)


@contextmanager
def plays_named_by(key: Callable[..., str]) -> Iterator[None]:
    """While this is open, the renderer asks `key` for the name of a play in its cache, and not manim's own function."""
    names = vars(cairo_renderer)
    own = names["get_hash_from_play_call"]
    names["get_hash_from_play_call"] = key
    try:
        yield
    finally:
        names["get_hash_from_play_call"] = own


class OpenEncoder(VideoSegmentEncoder):
    """manim's encoder of one play, with a way in for the conversion of a picture, which it does for every frame."""

    def convert(self, pixels: RGBAPixelArray) -> av.VideoFrame:
        """A picture (height, width, 4) as a frame, which is encoded in the colours of the video."""
        return av.VideoFrame.from_ndarray(pixels, format="rgba")

    def write_frame(self, pixels: RGBAPixelArray, *, repeat: int = 1) -> None:
        """Encode a picture (height, width, 4) as so many frames."""
        self._validate_frame(pixels, repeat)
        stream = cast(av.VideoStream, self._stream)
        try:
            frame = self.convert(np.asarray(pixels, dtype=np.uint8))
            frame.time_base = 1 / self.spec.frame_rate
            for _ in range(repeat):
                frame.pts = self._next_pts
                self._next_pts += 1
                self._container.mux(stream.encode(frame))
        except BaseException as error:
            raise self._operation_error("encode", error) from error


class OpenWriter(SceneFileWriter):
    """manim's writer of one scene, which tells whether it is in the middle of a play, with encoders of our choice."""

    encoder: type[VideoSegmentEncoder] = VideoSegmentEncoder

    @property
    def encoding(self) -> bool:
        """Whether an encoder takes pictures now."""
        return self._current_encode_job is not None

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        spec = self.video_encoder
        return super()._create_segment_encoder(target) if spec is None else self.encoder(target=target, spec=spec)


class JoiningWriter(OpenWriter):
    """A writer that joins the parts itself, whatever their names: the list of them is for whoever looks."""

    @staticmethod
    def _concat_manifest_bytes(input_files: list[str]) -> bytes:
        """The list of the parts that stays beside them; a name is whatever bytes it is."""
        return b"".join(os.fsencode(file) + b"\n" for file in input_files)
