"""The folding scene, played: what it shows and says is what its figures are, and nothing moves that should not."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.analysis.folding import Fold, Turn
from quantization_story.core.captions import as_caption
from quantization_story.figures.layer_progression import captions, measure, shown
from quantization_story.mobjects.paths import MARKS, PointCloud
from quantization_story.scene_01_layer_progression import LayerProgressionScene
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme


class Looking(Watcher):
    """Notes after every play where the plane is, where the hero is, what is wrong with the texts, and what is ringed.

    lit: in the small picture of the network, by progress and heading.
    """

    def __init__(self) -> None:
        self.progress: list[float] = []
        self.heroes: list[np.ndarray] = []
        self.findings: list[str] = []
        self.ringed: list[int] = []
        self.bends: list[tuple[str, int]] = []
        self.bright: list[tuple[str, list[int]]] = []
        self.lit: set[tuple[int, tuple[int, ...]]] = set()

    def on_play(self, scene: Any) -> None:
        self.progress.append(scene.plane.progress.get_value())
        self.heroes.append(scene.plane.hero_place())
        self.findings += look(scene)
        plane = scene.plane
        self.lit.add((plane.acting_layer, tuple(plane.acting_units)))
        rings = [each for each in scene.mobjects if isinstance(each, PointCloud) and is_ring(each)]
        self.ringed += [count(each) for each in rings if each.template[:, 0].max() < 0.2][:1]
        beat = scene.record.beats[-1].name if scene.record.beats else ""
        self.bends += [(beat, count(each)) for each in rings if each.template[:, 0].max() > 0.2]
        if beat.startswith("open"):
            lines = [crease[0] for crease in scene.creases_shown]
            self.bright.append((beat, [k for k, line in enumerate(lines) if line.get_stroke_opacity() > 0.9]))


def is_ring(cloud: PointCloud) -> bool:
    """Whether the marks of a cloud are rings."""
    ring = MARKS["ring"](1.0)
    return cloud.template.shape == ring.shape and np.allclose(cloud.template / cloud.template.max(), ring / ring.max())


def count(cloud: PointCloud) -> int:
    """How many marks a cloud has."""
    return len(cloud.points) // len(cloud.template)


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = LayerProgressionScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_every_caption_is_said_once_in_order(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    figures = measure(scene.subject)
    said = [caption.text for caption in scene.record.captions]
    assert said == [as_caption(each).text for each in captions(figures).values()]


def test_every_number_on_screen_is_that_of_the_figures(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    figures = measure(scene.subject)
    on_record = {beat.name: dict(beat.figures) for beat in scene.record.beats if beat.figures}
    for beat, expected in shown(figures).items():
        for name, value in expected.items():
            assert on_record[beat][name] == value
    assert set(on_record) >= set(shown(figures))


def test_every_motion_is_made_forward_once_and_backward_once(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    passed = [watcher.progress[0]]
    passed += [now for before, now in zip(watcher.progress, watcher.progress[1:], strict=False) if now != before]
    steps = len(scene.places.journey.steps)
    assert passed == [*range(steps + 1), *reversed(range(steps))]


def test_the_hero_is_in_the_frame_throughout(played: tuple[Any, Looking]) -> None:
    for x, y, _ in played[1].heroes:
        assert abs(x) < 64 / 9
        assert -2.96 < y < 3.3


def test_a_crease_glows_while_its_relu_acts_and_only_then(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    for fold in (step for step in plane.journey.steps if isinstance(step, Fold)):
        strength, end = plane.acting(fold), plane.journey.number(fold)
        for progress in np.arange(0.0, len(plane.journey.steps), 0.25):
            plane.progress.set_value(progress)
            assert (strength() == 1.0) == (end - 1 < progress < end)
    plane.progress.set_value(0.0)


def test_a_crease_lies_on_the_axis_of_its_unit_when_it_folds(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    borders = plane.places.sheet.boundaries()
    for layer in (1, 2):
        for unit in (0, 1):
            own = borders.segments[(borders.layer == layer) & (borders.unit == unit)].reshape(-1, 2)
            values = plane.journey.at(own, plane.journey.number(Turn(layer)))[:, unit]
            assert np.abs(values).max() < 1e-9


def test_the_shade_shrinks_onto_the_crease(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    for fold in (step for step in plane.journey.steps if isinstance(step, Fold)):
        end = plane.journey.number(fold)
        plane.progress.set_value(float(end - 1))
        before = area(plane.make_beyond(fold))
        plane.progress.set_value(end - 0.5)
        assert area(plane.make_beyond(fold)) == pytest.approx(before / 2)
        plane.progress.set_value(float(end))
        assert area(plane.make_beyond(fold)) == pytest.approx(0.0, abs=1e-6 * before)
    plane.progress.set_value(0.0)


def test_a_crease_and_its_shade_are_drawn_for_their_own_unit(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = played[0].plane
    monkeypatch.setattr(plane.view, "drift", None)
    for fold in (step for step in plane.journey.steps if isinstance(step, Fold)):
        plane.progress.set_value(float(plane.journey.number(Turn(fold.layer))))
        line, glow = plane.make_creases(fold.layer)[fold.unit]
        assert np.array_equal(line.points, glow.points)
        zero = plane.view.to_frame(np.zeros((1, 2)))[0, fold.unit]
        assert np.abs(line.points[:, fold.unit] - zero).max() < 1e-6
        shade = plane.make_beyond(fold).points[:, fold.unit]
        assert shade.mean() < zero
    plane.progress.set_value(0.0)


def test_rings_are_drawn_on_the_points_that_are_counted(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    marks = len(scene.ringed.points) // len(scene.ringed.template)
    assert marks == scene.figures.network_wrong


def test_all_that_is_wrong_at_any_time_is_ringed(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    places, figures = scene.places, scene.figures
    for points, expected in (
        (places.cut_missed, figures.cut_wrong),
        (places.missed_folded, figures.folded_wrong),
        (places.missed, figures.network_wrong),
    ):
        rings = scene.plane.make_rings(points)
        assert len(rings.points) // len(rings.template) == expected == len(points)


def test_the_rings_go_over_from_those_wrong_at_first_to_those_wrong_later(played: tuple[Any, Looking]) -> None:
    """In the order of the story."""
    figures = played[0].figures
    rings = [now for before, now in zip([0, *played[1].ringed], played[1].ringed, strict=False) if now != before]
    assert rings == [figures.cut_wrong, figures.folded_wrong, figures.network_wrong]


def test_a_bend_is_ringed_in_the_beat_in_which_it_forms(played: tuple[Any, Looking]) -> None:
    assert set(played[1].bends) == {("open", 1), ("open others", 1), ("open last", 1)}


def test_only_the_crease_that_opens_is_bright(played: tuple[Any, Looking]) -> None:
    bright = {(beat, *which) for beat, which in played[1].bright}
    assert bright >= {("open", 3), ("open", 2), ("open others", 1), ("open last", 0)}
    assert all(len(which) <= 1 for _, which in played[1].bright)


def test_every_motion_lights_its_layer_or_its_neurons(played: tuple[Any, Looking]) -> None:
    turns, folds = {(layer, ()) for layer in (1, 2, 3)}, {(layer, (unit,)) for layer in (1, 2) for unit in (0, 1)}
    assert played[1].lit >= turns | folds


def test_what_is_off_lies_left_of_the_first_line_and_below_the_second(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the captions say."""
    plane = played[0].plane
    monkeypatch.setattr(plane.view, "drift", None)
    plane.progress.set_value(1.0)
    axes = plane.view.to_frame(np.zeros((1, 2)))[0, :2]
    for unit in (0, 1):
        assert plane.make_beyond(Fold(1, unit)).points[:, unit].max() < axes[unit] + 1e-6
    plane.progress.set_value(0.0)


def test_the_hero_keeps_the_colour_of_its_class(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    core = scene.plane.make_core()
    assert core.get_fill_color().to_hex() == theme.CLASS_COLORS[scene.figures.hero_class].upper()
    np.testing.assert_allclose(core.points.mean(axis=0), scene.plane.hero_place(), atol=1e-3)


def test_the_cuts_bend_where_they_are_ringed(played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ring of a bend lies on its crease, where two pieces of a cut meet at an angle."""
    scene, _ = played
    monkeypatch.setattr(scene.plane.view, "drift", None)
    monkeypatch.setattr(scene.plane.view, "goal", scene.home)
    journey, land = scene.places.journey, scene.places.land
    ringed = 0
    for fold in (step for step in journey.steps if isinstance(step, Fold)):
        found = scene.places.bends[fold]
        for place in found:
            assert abs(journey.at(place[None], journey.number(Turn(fold.layer)))[0, fold.unit]) < 1e-6
            near = np.abs(land.borders - place).max(axis=2) < 1e-8
            ways = (land.borders[:, 1] - land.borders[:, 0])[near.any(axis=1)]
            assert len(ways) == 2
            assert abs(np.linalg.det(ways / np.linalg.norm(ways, axis=1, keepdims=True))) > 1e-3
        rings = scene.plane.make_bends(fold)
        middles = rings.points.reshape(len(found), -1, 3).mean(axis=1)
        there = scene.plane.view.to_frame(scene.plane.where(found))
        assert np.linalg.norm(middles[:, None] - there[None], axis=2).min(axis=0).max() < 0.05
        ringed += len(found)
    assert ringed == 4


def test_the_halves_lie_side_by_side_and_hold_all_points(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = played[0].plane
    monkeypatch.setattr(plane.view, "drift", None)
    first, second = plane.halves()
    for half, left, right in ((first, -64 / 9, 0.0), (second, 0.0, 64 / 9)):
        x, y, _ = half.view.to_frame(plane.data.points).T
        assert left < x.min() < x.max() < right
        assert -2.96 < y.min() < y.max() < 3.3
        assert left < half.corner[0] < right
    ground, *_ = parts = plane.make_straight(first)
    assert ground.points[:, 0].max() == pytest.approx(0.0, abs=1e-6)
    assert ground.points[:, 0].min() < -64 / 9
    drawn = [member for part in parts for member in part.family_members_with_points()]
    assert max(member.points[:, 0].max() for member in drawn) < 1e-6
    rings = len(parts[-3].points) // len(parts[-3].template)
    assert rings == played[0].figures.cut_wrong
    for half in (first, second):
        lowest = half.view.to_frame(plane.data.points)[:, 1].min()
        assert lowest > half.corner[1] + 0.5  # the plate covers no point


def test_the_plates_of_the_end_point_at_a_wrong_point_each(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    for half, points in zip(scene.plane.halves(), (scene.places.cut_missed, scene.places.missed), strict=True):
        (target,) = half.nearest(points)
        off = half.view.to_frame(points)[:, :2] - half.corner
        away = np.linalg.norm(off[(np.abs(off[:, 0]) >= 2.0) | (np.abs(off[:, 1]) >= 0.9)], axis=1)
        np.testing.assert_allclose(np.linalg.norm(target()[:2] - half.corner), away.min(), atol=1e-9)


def test_what_is_kept_of_the_way_is_where_it_would_be(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    points = plane.data.points[:7]
    for progress in (0.0, 0.3, 0.8, 1.0, 4.5, 4.4, 7.0, 2.0, 0.0):
        plane.progress.set_value(progress)
        np.testing.assert_allclose(plane.where(points), plane.journey.at(points, progress), atol=1e-12)
        tail = plane.way_behind()
        assert len(tail) == 0 if progress % 1 == 0 else np.abs(tail[-1] - plane.where(plane.hero_home)[0]).max() < 1e-9


def area(path: Any) -> float:
    total = 0.0
    for part in path.get_subpaths():
        x, y = part[::4, 0], part[::4, 1]
        total += abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    return total


def test_the_land_lies_in_the_sectors_at_the_output(played: tuple[Any, Looking]) -> None:
    """The cuts that are unfolded are the straight ones: their ends lie on the rays of the output plane."""
    scene, _ = played
    plane = scene.plane
    there = plane.journey.at(plane.places.land.borders.reshape(-1, 2), len(plane.journey.steps))
    scores = np.sort(there @ scene.head.T, axis=1)
    assert np.abs(scores[:, -1] - scores[:, -2]).max() < 1e-9 * np.abs(scores).max()


def test_the_row_of_the_hero_shrinks_to_where_it_is(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, _ = played
    plane = scene.plane
    monkeypatch.setattr(plane.view, "drift", None)
    monkeypatch.setattr(plane.view, "goal", plane.pose_at(1))
    lengths = []
    for progress in (1.0, 1.5, 2.0):
        plane.progress.set_value(progress)
        row = plane.make_row()
        assert row.get_stroke_color().to_hex() == theme.CLASS_COLORS[scene.figures.hero_class].upper()
        np.testing.assert_allclose(row.points[0], plane.hero_place(), atol=1e-6)
        np.testing.assert_allclose(row.points.mean(axis=0), plane.row_place(), atol=1e-6)
        lengths.append(float(np.linalg.norm(row.points[-1] - row.points[0])))
    assert lengths[1] == pytest.approx(lengths[0] / 2)
    assert lengths[2] == pytest.approx(0.0, abs=1e-6)
    plane.progress.set_value(0.0)


def test_the_plate_of_the_spot_stands_where_its_points_lie(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    plane.progress.set_value(6.0)
    there = plane.where(plane.places.gathered)
    assert np.abs(there).max() < 1e-12
    plane.progress.set_value(0.0)
