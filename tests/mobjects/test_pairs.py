"""Pairs of points in a view: threads and marks follow what is true now; a number line with its rows of values."""

import numpy as np
from manim import ValueTracker

from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.pairs import MarksWhere, TwinThreads
from quantization_story.mobjects.plane import PlaneView


def test_threads_tie_twins_and_end_at_the_edge_of_the_view() -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 2.0))
    shift = ValueTracker(0.5)
    points = np.array([[0.0, 0.0], [1.0, 1.0], [1.8, -1.0]])
    threads = TwinThreads(view, points, lambda p: p, lambda p: p + np.array([shift.get_value(), 0.0]))
    assert np.allclose(threads.points[3::4], [[0.5, 0.0, 0.0], [1.5, 1.0, 0.0], [2.0, -1.0, 0.0]])
    shift.set_value(0.0)
    threads.update()
    assert np.allclose(threads.points[0::4], threads.points[3::4])


def test_marks_appear_where_the_test_holds_now() -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 2.0))
    border = ValueTracker(5.0)
    points = np.array([[0.0, 0.0], [1.0, 1.0], [9.0, 0.0]])
    marks = MarksWhere(view, points, lambda p: p, lambda p: p[:, 0] > border.get_value())
    assert len(marks.points) == 0
    border.set_value(0.5)
    marks.update()
    assert np.allclose(marks.get_center(), [1.0, 1.0, 0.0])
