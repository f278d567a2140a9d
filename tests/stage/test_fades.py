"""Fades touch opacity alone, and give it back."""

import numpy as np
import pytest
from manim import Scene, Square, VGroup, tempconfig

from layout import AUDIT
from quantization_story.mobjects.painting import Brush, Painting
from quantization_story.stage.fades import Appear, Fade, Vanish


def square(opacity: float) -> Square:
    return Square(fill_opacity=opacity, stroke_opacity=0.5)


def halfway(animation: Fade) -> None:
    animation.rate_func = lambda alpha: alpha
    animation.begin()
    animation.interpolate(0.5)


def test_a_thing_comes_from_nothing_to_its_own_opacity() -> None:
    group = VGroup(square(0.8), square(0.4))
    halfway(appear := Appear(group))
    assert [member.get_fill_opacity() for member in group] == pytest.approx([0.4, 0.2])
    assert group[0].get_stroke_opacity() == pytest.approx(0.25)
    appear.finish()
    assert [member.get_fill_opacity() for member in group] == pytest.approx([0.8, 0.4])


def test_a_thing_that_fades_goes_on_moving() -> None:
    thing, place = square(0.8), np.array([2.0, 1.0, 0.0])
    thing.add_updater(lambda mobject: mobject.move_to(place))
    halfway(Appear(thing))
    thing.update()
    assert thing.get_center() == pytest.approx(place)
    assert thing.get_fill_opacity() == pytest.approx(0.4)


def test_a_painting_that_is_painted_anew_goes_on_fading() -> None:
    painting = Painting()
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    painting.paint([Brush([triangle], fill=(1.0, 1.0, 1.0, 1.0))])
    fade = Vanish(painting)
    halfway(fade)
    painting.paint([Brush([triangle, triangle + 1.0], fill=(1.0, 1.0, 1.0, 1.0))])
    fade.interpolate(0.75)
    assert painting.get_fill_opacity() == pytest.approx(0.25)


def test_what_has_gone_is_off_stage_and_can_come_back() -> None:
    thing = square(0.8)
    with tempconfig(AUDIT):
        scene = Scene(skip_animations=True)
        scene.add(thing)
        scene.play(Vanish(thing))
        assert thing not in scene.mobjects
        assert thing.get_fill_opacity() == pytest.approx(0.8)
        scene.play(Appear(thing))
        assert thing in scene.mobjects
