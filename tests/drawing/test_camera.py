"""The story's camera draws, to the pixel, what manim's camera draws."""

import numpy as np
from manim import Camera, Circle, Mobject, VMobject, tempconfig

from quantization_story import theme
from quantization_story.mobjects.camera import StoryCamera
from quantization_story.mobjects.paths import MARKS, ArrowField, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import LiveText, formula, text


def picture() -> list[Mobject]:
    rng = np.random.default_rng(0)
    home = in_frame(rng.uniform(-3, 3, (60, 2)))
    return [
        *(PointCloud(theme.FLOAT, mark, 0.2).set_positions(home + k) for k, mark in enumerate(MARKS)),
        ArrowField(theme.CROSSED).set_arrows(home[:20], home[20:40]),
        SegmentPath(theme.BOUNDARY, theme.STRONG).set_segments(home[:20], home[40:]),
        Circle(2.0, stroke_width=6),
        text("Every ReLU folds the plane"),
        formula("frac(A x + c, 2)"),
        LiveText("(−1.25, 99.7 %)"),
        VMobject(),
    ]


def drawn(camera_class: type[Camera]) -> np.ndarray:
    with tempconfig({"pixel_width": 427, "pixel_height": 240}):
        camera = camera_class()
        camera.capture_mobjects(picture())
        return np.array(camera.pixel_array)


def test_every_pixel_is_the_same() -> None:
    own, reference = drawn(StoryCamera), drawn(Camera)
    assert reference[..., :3].max() > 200
    assert np.array_equal(own, reference)
