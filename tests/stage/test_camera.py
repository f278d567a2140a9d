"""The story's camera draws what manim's camera draws: new outlines to the pixel, kept masks to one level of 255."""

import numpy as np
import pytest
from manim import Camera, Circle, FadeOut, ManimColor, Mobject, VMobject, tempconfig

from quantization_story.mobjects.painting import Brush, Painting
from quantization_story.mobjects.paths import (
    MARKS,
    ArrowField,
    CellPath,
    PointCloud,
    SegmentPath,
    corner_curves,
    in_frame,
)
from quantization_story.mobjects.text import LiveText, formula, text
from quantization_story.stage.camera import StoryCamera
from quantization_story.style import theme


def picture() -> list[Mobject]:
    rng = np.random.default_rng(0)
    home = in_frame(rng.uniform(-3, 3, (60, 2)))
    return [
        *(PointCloud(theme.FLOAT, mark, 0.2).set_positions(home + k) for k, mark in enumerate(MARKS)),
        ArrowField(theme.CROSSED).set_arrows(home[:20], home[20:40]),
        SegmentPath(theme.BOUNDARY, theme.STRONG).set_segments(home[:20], home[40:]),
        SegmentPath(theme.FLOAT, theme.STRONG, 0.7).set_segments(home[:50], home[10:]),
        VMobject(stroke_color=theme.SAME, stroke_width=12, fill_color=theme.CROSSED, fill_opacity=0.5).set_points(
            corner_curves(home[:-1], home[1:])
        ),
        Circle(2.0, stroke_width=6),
        text("Every ReLU folds the plane"),
        formula("frac(A x + c, 2)"),
        LiveText("(−1.25, 99.7 %)"),
        VMobject(),
    ]


def frames(camera_class: type[Camera]) -> list[np.ndarray]:
    """The same picture twice, then faded, then moved a little, then partly out of the frame."""
    drawn = []
    with tempconfig({"pixel_width": 427, "pixel_height": 240}):
        camera, pieces = camera_class(), picture()
        for opacity, move in ((1.0, 0.0), (1.0, 0.0), (0.4, 0.0), (0.4, 0.013), (0.9, 5.0), (0.9, 0.0)):
            for piece in pieces:
                piece.set_stroke(opacity=opacity if piece.get_stroke_width() else 0.0)
                piece.set_fill(opacity=opacity if piece.get_fill_opacity() else 0.0)
                piece.shift(np.array([move, -move, 0.0]))
            camera.reset()
            camera.capture_mobjects(pieces)
            drawn.append(np.array(camera.pixel_array))
    return drawn


def test_every_frame_is_the_same_picture() -> None:
    own, reference = frames(StoryCamera), frames(Camera)
    assert reference[0][..., :3].max() > 200
    assert np.array_equal(own[0], reference[0])
    for ours, theirs in zip(own, reference, strict=True):
        # A mask holds coverage in 255 levels, and is rounded once more as it is coloured.
        assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1
    assert not np.array_equal(reference[1], reference[2])
    assert not np.array_equal(reference[2], reference[3])


@pytest.mark.parametrize("faded", [0.0, 0.6, 1.0])
def test_a_painting_is_the_picture_of_one_object_a_brush(faded: float) -> None:
    rng = np.random.default_rng(1)
    polygons = [in_frame(rng.uniform(-3, 3, (corners, 2))) for corners in (3, 4, 7, 3)]
    colors = rng.uniform(0.2, 1.0, (4, 3))
    ink = (*ManimColor(theme.INK).to_rgb().tolist(), 1.0)
    as_one = Painting().paint(
        [
            Brush([polygon[:, :2]], (*color.tolist(), 1.0), ink, 3.0)
            for polygon, color in zip(polygons, colors, strict=True)
        ]
    )
    as_many = [CellPath(theme.INK, 1.0, 3.0).set_polygons([polygon]) for polygon in polygons]
    for path, color in zip(as_many, colors, strict=True):
        path.set_fill(ManimColor(color))
    drawn = []
    with tempconfig({"pixel_width": 427, "pixel_height": 240}):
        for camera, pieces in ((StoryCamera(), [as_one]), (Camera(), as_many)):
            fade = FadeOut(*pieces)
            fade.begin()
            fade.interpolate(faded)
            camera.capture_mobjects([fade.mobject])
            drawn.append(np.array(camera.pixel_array).astype(int))
    ours, theirs = drawn
    assert (ours[..., :3].max() > 50) == (faded < 1.0)
    # Cairo flattens curves, even straight ones, by a rule of their own: pixels on an edge may differ by a shade.
    apart = np.abs(ours - theirs).max(axis=2)
    assert apart.max() <= 8
    assert (apart > 1).sum() < 20


def test_lines_drawn_one_by_one_differ_at_crossings_alone() -> None:
    rng = np.random.default_rng(2)
    starts, ends = (in_frame(rng.uniform(-4, 4, (12, 2))) for _ in range(2))
    drawn = []
    with tempconfig({"pixel_width": 427, "pixel_height": 240}):
        for one_by_one in (True, False):
            camera, path = StoryCamera(), SegmentPath(theme.GRID, theme.STRONG).set_segments(starts, ends)
            path.one_by_one = one_by_one
            camera.capture_mobjects([path])
            drawn.append(np.array(camera.pixel_array).astype(int))
    apart = np.abs(drawn[0] - drawn[1]).max(axis=2)
    assert drawn[1][..., :3].max() > 50
    assert 0 < (apart > 8).sum() < 0.02 * (drawn[1][..., :3].max(axis=2) > 30).sum()
