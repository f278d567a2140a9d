"""The scene of strips, played: what is drawn is what its figures say, and nothing is coloured before it happens."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.core.captions import as_caption
from quantization_story.figures.topology_failure import badges, captions
from quantization_story.scene_04_topology_failure import TopologyFailureScene
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme


class Looking(Watcher):
    """Notes after every play what is drawn: how many of each mark, how far the weights are, where the ring is."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.counts: list[tuple[float, int, int]] = []
        self.rings: list[np.ndarray] = []
        self.states: list[tuple[str, bool, float, float, float, float]] = []
        self.dials: list[float] = []
        self.trials: list[float] = []

    def on_play(self, scene: Any) -> None:
        self.findings += look(scene)
        picture = scene.scenery
        if scene.others in scene.mobjects:
            marks = (len(each.points) // len(each.template) for each in (scene.same, scene.others))
            self.counts.append((picture.rounded.get_value(), *marks))
        if scene.ring in scene.mobjects:
            self.rings.append(scene.ring.get_center())
        self.states.append(
            (
                scene.state(),
                scene.charted,
                *(each.get_value() for each in (picture.rounded, picture.mapped, picture.trial, scene.above.dial)),
            )
        )
        self.dials.append(scene.above.dial.get_value())
        self.trials.append(picture.trial.get_value())


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = TopologyFailureScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


def distinct(values: list[float]) -> list[float]:
    """Values without repeats of the one before."""
    return [now for k, now in enumerate(values) if k == 0 or now != values[k - 1]]


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_every_caption_is_said_once_in_order(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    said = [caption.text for caption in scene.record.captions]
    assert said == [as_caption(each).text for each in captions(scene.figures).values()]


def test_crosses_are_as_many_as_points_with_another_pattern(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    drawn = scene.places.drawn
    assert watcher.counts
    differ = (scene.net.activation_patterns(drawn) != scene.quantized.activation_patterns(drawn)).any(axis=1).sum()
    assert set(watcher.counts) == {(1.0, len(drawn) - differ, differ)}


def test_the_badge_is_true_after_every_play(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    known = badges(scene.figures)
    for said, charted, rounded, mapped, trial, dial in watcher.states:
        assert said in known
        if charted:
            assert said.endswith("weights, any one map" if dial > 0 else "weights, one map")
            continue
        assert (said == "float weights") == (rounded == 0)
        assert said.endswith("-bit weights") == (rounded == 1 and mapped == 0)
        assert said.endswith("weights, one map") == (rounded == 1 and mapped == 1 and trial == 0)
        assert said.endswith("a map a piece") == (trial > 0)


def test_the_ring_stays_in_the_frame(played: tuple[Any, Looking]) -> None:
    assert all(abs(x) < 7.0 and -3.0 < y < 3.3 for x, y, _ in played[1].rings)


def test_rulers_and_trials_come_in_their_order(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    assert distinct(watcher.dials) == [0.0, 1.0, 2.0, 3.0]
    last = len(scene.places.trials) - 1
    assert distinct(watcher.trials) == [*map(float, range(last + 1)), 0.0, float(last)]


def test_points_go_straight_from_outputs_to_inputs(played: tuple[Any, Looking]) -> None:
    picture = played[0].scenery
    x = picture.places.drawn
    before = [tracker.get_value() for tracker in (picture.back, picture.rounded, picture.mapped)]
    picture.view.drift = picture.outside.drift = None
    try:
        for back, there in ((0.0, picture.places.one(picture.places.quantized(x))), (1.0, None)):
            picture.back.set_value(back)
            expected = picture.view.to_frame(x) if there is None else picture.outside.to_frame(there)
            assert picture.place(x) == pytest.approx(expected)
        ends = [picture.outside.to_frame(there_now(picture, x)), picture.view.to_frame(x)]
        picture.back.set_value(0.25)
        assert picture.place(x) == pytest.approx(0.75 * ends[0] + 0.25 * ends[1])
        picture.back.set_value(0.0)
        picture.rounded.set_value(0.0)
        picture.mapped.set_value(0.0)
        assert picture.place(x) == pytest.approx(picture.outside.to_frame(picture.places.net(x)))
    finally:
        for tracker, value in zip((picture.back, picture.rounded, picture.mapped), before, strict=True):
            tracker.set_value(value)
        picture.view.drift = picture.outside.drift = played[0].drift


def there_now(picture: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(picture.places.one(picture.places.quantized(x)))


def test_the_area_of_a_mark_is_its_squared_error_for_both_marks(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    picture = scene.scenery
    before = picture.sized.get_value()
    picture.sized.set_value(1.0)
    errors = np.linalg.norm(picture.places.trials[-1][picture.places.numbers], axis=1)
    others = picture.others()
    ratios = []
    for marks, mine in ((scene.same, errors[~others]), (scene.others, errors[others])):
        marks.update()
        for outline, error in zip(marks.points.reshape(len(mine), -1, 3), mine, strict=True):
            if error > 0.2:
                radius = np.ptp(outline[[0, 3], 0]) / 2  # of the two arcs of a disc, from one side to the other
                corners = np.vstack([outline[::4], outline[-1:]])
                covered = area(corners) if marks is scene.others else np.pi * radius**2
                ratios.append(covered / (np.pi * picture.scale**2 * error**2))
    picture.sized.set_value(before)
    assert len(ratios) > 20
    assert ratios == pytest.approx(np.ones(len(ratios)), rel=0.01)


def area(corners: np.ndarray) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def test_the_bar_has_one_whole(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    errors, trial = scene.errors, scene.scenery.trial
    bar = errors.make_bar("base")
    last = trial.get_value()
    heights = {}
    for number in (0, 1, len(scene.places.trials) - 1):
        trial.set_value(float(number))
        bar.update()
        red, green = bar.submobjects[:2]
        assert green.get_bottom()[1] == pytest.approx(red.get_top()[1])
        heights[number] = red.height, green.height
        squares = np.sum(scene.places.trials[number] ** 2, axis=1)
        whole = np.sum(scene.places.trials[0] ** 2)
        assert red.height == pytest.approx(bar.unit * squares[errors.red].sum() / whole)
        assert green.height == pytest.approx(bar.unit * squares[~errors.red].sum() / whole)
    assert sum(heights[0]) == pytest.approx(bar.unit)
    trial.set_value(last)


def test_curves_bend_where_the_walk_crosses_their_crease(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    above, walk = scene.above, scene.places.walk
    for values, corner in ((walk.exact, 2), (walk.mapped, 1)):
        x = above.on_walk(walk.corners)
        y = above.chart_points(walk.corners, values)[:, 1] - x[:, 1]
        slope = np.diff(y) / np.diff(x[:, 0])
        bent = np.abs(np.diff(slope)) > 1e-6 * np.abs(slope).max()
        assert bent.tolist() == [corner == 1, corner == 2]


def test_curves_are_drawn_in_their_own_colours_and_values(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    above, walk = scene.above, scene.places.walk
    for group, values, color in (
        (scene.float_curve, walk.exact, theme.FLOAT),
        (scene.mapped_curve, walk.mapped, theme.REPAIRED),
    ):
        curve = group.submobjects[0]
        curve.update()
        assert curve.get_stroke_color().to_hex() == color
        ends = above.chart_points(walk.corners[[0, 3]], values[[0, 3]])
        assert curve.points[[0, -1]] == pytest.approx(ends)


def test_the_walk_is_level_and_takes_most_of_the_frame(played: tuple[Any, Looking]) -> None:
    above = played[0].above
    view, drift = above.view, above.view.drift
    start, goal, way = view.start, view.goal, view.way.get_value()
    view.drift = None
    view.start = view.goal = above.walk_pose()
    first, last = above.on_walk(above.places.walk.corners[[0, 3]])
    view.drift, view.start, view.goal = drift, start, goal
    view.way.set_value(way)
    assert first[1] == pytest.approx(last[1], abs=1e-9)
    assert abs(first[0] - last[0]) > 0.55 * 14.2


def test_the_ruler_is_the_rounded_output_after_another_map(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    above, walk = scene.above, scene.places.walk
    last = above.dial.get_value()
    assert last == 3.0
    for dial in (0.0, 1.0, 2.0, 3.0):
        above.dial.set_value(dial)
        scene.ruler.update()
        _, after, bend = scene.ruler.submobjects
        expected = above.chart_points(walk.corners, walk.tilted(walk.rulers[int(dial)]))
        assert after.points[[0, -1]] == pytest.approx(expected[[1, 3]])
        assert bend.get_center() == pytest.approx(expected[1], abs=1e-6)
        assert after.get_stroke_color().to_hex() == theme.REPAIRED


def test_a_lit_piece_is_whole_with_its_strips(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    cells, turns, trial = scene.places.cells, scene.places.turns, scene.scenery.trial
    last = trial.get_value()
    for reached in (1, len(turns) - 1):
        trial.set_value(float(reached))
        keys = {tuple(cells.quantized_patterns[piece]) for turn in turns[: reached + 1] for piece in turn}
        wanted = sum(tuple(pattern) in keys for pattern in cells.quantized_patterns)
        assert len(scene.errors.make_done().get_subpaths()) == wanted
        assert wanted > len(keys)
    trial.set_value(last)


def test_the_piece_that_is_walked_through_is_lit_with_its_strip(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    cells, walk, errors = scene.places.cells, scene.places.walk, scene.errors
    own = cells.quantized_patterns[walk.strip]
    keys = [tuple(pattern) for pattern in cells.quantized_patterns]
    assert len(errors.make_piece().get_subpaths()) == keys.count(tuple(own)) > 1
    x = scene.places.data.points
    inside = [(net.activation_patterns(x) == own).all(axis=1) for net in (scene.places.net, scene.places.quantized)]
    middle = x[inside[0] & inside[1]].mean(axis=0)
    assert errors.piece_place()() == pytest.approx(scene.scenery.view.point(middle))


def test_what_more_maps_took_away_is_outlined_up_to_the_whole(played: tuple[Any, Looking]) -> None:
    bar = played[0].bar
    outline = bar.make_gone().submobjects[0]
    red, green = bar.submobjects[:2]
    assert outline.get_bottom()[1] == pytest.approx(green.get_top()[1])
    assert outline.get_top()[1] == pytest.approx(red.get_bottom()[1] + bar.unit)
    assert outline.get_left()[0] == pytest.approx(red.get_left()[0])
