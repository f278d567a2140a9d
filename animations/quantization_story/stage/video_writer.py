"""Writes the story's videos: the pictures are manim's, frame by frame, but they reach the encoder with less ado.

manim copies a picture and converts its colours anew for every frame that it stays; a story holds many for seconds. And
it gives each play an encoder of its own, to find the play in its cache the next time. Where nothing is cached, one for
the whole scene need not begin anew with each play, nor does the drawing wait for its end.
"""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
from manim import config
from manim.typing import RGBAPixelArray, StrPath

from quantization_story.stage.joining import Track, join, join_gif
from quantization_story.stage.manim_internals import JoiningWriter, OpenEncoder, WriterSettings


class StoryEncoder(OpenEncoder):
    """Encodes pictures, each converted once, into a file that gets its name when it is complete.

    So a process that is ended in the middle leaves nothing that the next one would take for a whole play in the cache.
    """

    def __init__(self, *, target: Path, spec: Any) -> None:
        super().__init__(target=target.with_name(f".{os.getpid()}-{target.name}"), spec=spec)
        self.incomplete, self.target = self.target, target

    @property
    def threads(self) -> int:
        """How many threads convert a picture: as many as encode it, if a number is given, else (0) FFmpeg decides."""
        given = dict(self.spec.options).get("threads", "")
        return int(given) if given.isdigit() else 0

    def convert(self, pixels: RGBAPixelArray) -> av.VideoFrame:
        """A picture (height, width, 4) in the colours of the video."""
        picture = av.VideoFrame.from_numpy_buffer(pixels, format="rgba")
        return picture.reformat(format=self.spec.pixel_format, threads=self.threads)

    def finish(self) -> None:
        """Write the last frames and name the file."""
        super().finish()
        if self.incomplete.exists():
            self.incomplete.replace(self.target)

    def abort(self) -> None:
        """Remove what was written."""
        self.target = self.incomplete
        super().abort()


class StoryWriter(JoiningWriter):
    """Writes one scene: all plays in one go, unless each is to be kept, for the cache or for videos of the sections."""

    encoder = StoryEncoder

    def __init__(self, settings: WriterSettings) -> None:
        super().__init__(settings)
        self.track: Track | None = None  # what is spoken, or nothing
        self.in_one_go = config.disable_caching and not settings.plan.output.save_sections

    def add_partial_movie_file(self, hash_animation: str | None) -> None:
        """Note where a play is written: in one go, only the first one's file is."""
        begun = any(self.partial_movie_files)
        super().add_partial_movie_file(None if self.in_one_go and begun else hash_animation)

    def begin_animation(
        self, allow_write: bool = False, *, animation_index: int, file_path: StrPath | None = None
    ) -> None:
        """Begin a play: with an encoder of its own, or with the one that is there."""
        if not self.encoding:
            super().begin_animation(allow_write, animation_index=animation_index, file_path=file_path)

    def end_animation(self, allow_write: bool = False) -> None:
        """End a play, whose encoder may work on."""
        if not self.in_one_go:
            super().end_animation(allow_write)

    def finish(self) -> None:
        """Write the last frames, and make the video of the scene."""
        if self.encoding:
            self.close_partial_movie_stream()
        super().finish()

    def combine_files(
        self, input_files: list[str], output_file: Path, create_gif: bool = False, includes_sound: bool = False
    ) -> None:
        """Join the parts of a video, each opened by its own name: in manim's list of them a quote would end a name."""
        output_file.parent.mkdir(parents=True, exist_ok=True)
        spec = self.video_encoder
        assert spec is not None
        parts, comment = [Path(file) for file in input_files], f"Rendered with Manim Community v{version('manim')}"
        if create_gif:
            join_gif(parts, output_file, spec.frame_rate, comment)
        else:
            join(parts, output_file, spec.frame_rate, comment, self.track)

    def combine_to_section_videos(self) -> None:
        """Write the videos of the sections in which anything was drawn."""
        self.sections = [each for each in self.sections if each.get_clean_partial_movie_files()]
        super().combine_to_section_videos()
