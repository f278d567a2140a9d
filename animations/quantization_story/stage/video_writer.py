"""Writes the story's videos: the pictures are manim's, frame by frame, but they reach the encoder with less ado.

manim copies a picture and converts its colours anew for every frame that it stays; a story holds many for seconds. And
it gives each play an encoder of its own, to find the play in its cache the next time. Where nothing is cached, one for
the whole scene need not begin anew with each play, nor does the drawing wait for its end.
"""

import os
from importlib.metadata import version
from pathlib import Path
from typing import cast

import av
import numpy as np
from manim import config
from manim.scene.scene_file_writer import SceneFileWriter, _SceneFileWriterSettings
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from manim.typing import RGBAPixelArray, StrPath

from quantization_story.stage.joining import join, join_gif


class StoryEncoder(VideoSegmentEncoder):
    """Encodes pictures, each converted once."""

    @property
    def threads(self) -> int:
        """How many threads convert a picture: as many as encode it, if a number is given, else (0) FFmpeg decides."""
        given = dict(self.spec.options).get("threads", "")
        return int(given) if given.isdigit() else 0

    def write_frame(self, pixels: RGBAPixelArray, *, repeat: int = 1) -> None:
        """Encode a picture (height, width, 4) as so many frames."""
        self._validate_frame(pixels, repeat)
        stream = cast(av.VideoStream, self._stream)
        try:
            picture = av.VideoFrame.from_numpy_buffer(np.asarray(pixels, dtype=np.uint8), format="rgba")
            frame = picture.reformat(format=self.spec.pixel_format, threads=self.threads)
            frame.time_base = 1 / self.spec.frame_rate
            for _ in range(repeat):
                frame.pts = self._next_pts
                self._next_pts += 1
                self._container.mux(stream.encode(frame))
        except BaseException as error:
            raise self._operation_error("encode", error) from error


class StoryWriter(SceneFileWriter):
    """Writes one scene: all plays in one go, unless each is to be kept, for the cache or for videos of the sections."""

    def __init__(self, settings: _SceneFileWriterSettings) -> None:
        super().__init__(settings)
        self.in_one_go = config.disable_caching and not settings.plan.output.save_sections

    def add_partial_movie_file(self, hash_animation: str | None) -> None:
        """Note where a play is written: in one go, only the first one's file is."""
        begun = any(self.partial_movie_files)
        super().add_partial_movie_file(None if self.in_one_go and begun else hash_animation)

    def begin_animation(
        self, allow_write: bool = False, *, animation_index: int, file_path: StrPath | None = None
    ) -> None:
        """Begin a play: with an encoder of its own, or with the one that is there."""
        if self._current_encode_job is None:
            super().begin_animation(allow_write, animation_index=animation_index, file_path=file_path)

    def end_animation(self, allow_write: bool = False) -> None:
        """End a play, whose encoder may work on."""
        if not self.in_one_go:
            super().end_animation(allow_write)

    def finish(self) -> None:
        """Write the last frames, and make the video of the scene."""
        if self._current_encode_job is not None:
            self.close_partial_movie_stream()
        super().finish()

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        spec = self.video_encoder
        return super()._create_segment_encoder(target) if spec is None else StoryEncoder(target=target, spec=spec)

    @staticmethod
    def _concat_manifest_bytes(input_files: list[str]) -> bytes:
        """The list of the parts that stays beside them, for whoever looks; a name is whatever bytes it is."""
        return b"".join(os.fsencode(file) + b"\n" for file in input_files)

    def combine_files(
        self, input_files: list[str], output_file: Path, create_gif: bool = False, includes_sound: bool = False
    ) -> None:
        """Join the parts of a video, each opened by its own name: in manim's list of them a quote would end a name."""
        output_file.parent.mkdir(parents=True, exist_ok=True)
        spec = self.video_encoder
        assert spec is not None
        parts, comment = [Path(file) for file in input_files], f"Rendered with Manim Community v{version('manim')}"
        (join_gif if create_gif else join)(parts, output_file, spec.frame_rate, comment)

    def combine_to_section_videos(self) -> None:
        """Write the videos of the sections in which anything was drawn."""
        self.sections = [each for each in self.sections if each.get_clean_partial_movie_files()]
        super().combine_to_section_videos()
