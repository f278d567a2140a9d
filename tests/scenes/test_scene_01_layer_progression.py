"""The folding scene, played: what it shows and says is what its figures are, and nothing moves that should not."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.analysis.folding import Fold, Turn, bends
from quantization_story.core.captions import as_caption
from quantization_story.figures.layer_progression import captions, measure, shown
from quantization_story.scene_01_layer_progression import LayerProgressionScene
from quantization_story.stage.watcher import Watcher


class Looking(Watcher):
    """Notes after every play where the plane is, where the hero is, and what is wrong with the texts."""

    def __init__(self) -> None:
        self.progress: list[float] = []
        self.heroes: list[np.ndarray] = []
        self.lit: list[tuple[int, bool]] = []
        self.findings: list[str] = []

    def on_play(self, scene: Any) -> None:
        self.progress.append(scene.plane.progress.get_value())
        self.heroes.append(scene.plane.hero_place())
        self.findings += look(scene)
        if getattr(scene, "lit", None) in scene.mobjects:
            count = int(scene.plane.counted.get_value())
            corners = sum(map(len, scene.places.regions[:count]))
            self.lit.append((count, corners == sum(len(part.points) // 4 for part in scene.lit)))


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


def test_the_hero_is_in_the_frame_throughout_but_for_the_close_up(played: tuple[Any, Looking]) -> None:
    _, watcher = played
    outside = [not (abs(x) < 64 / 9 and -2.96 < y < 3.3) for x, y, _ in watcher.heroes]
    assert sum(outside) <= 0.2 * len(outside)


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
        _, line = plane.make_creases(fold.layer)[fold.unit]
        zero = plane.view.to_frame(np.zeros((1, 2)))[0, fold.unit]
        assert np.abs(line.points[:, fold.unit] - zero).max() < 1e-6
        shade = plane.make_beyond(fold).points[:, fold.unit]
        assert shade.mean() < zero
    plane.progress.set_value(0.0)


def test_rings_are_drawn_on_the_points_that_are_counted(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    marks = len(scene.ringed.points) // len(scene.ringed.template)
    assert marks == scene.figures.network_wrong


def test_of_many_wrong_points_those_that_are_drawn_are_ringed(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    rings = plane.make_rings(plane.places.cut_missed)
    drawn = {tuple(point) for point in plane.places.drawn.points} | {tuple(plane.places.hero)}
    expected = sum(tuple(point) in drawn for point in plane.places.cut_missed)
    assert len(rings.points) // len(rings.template) == expected > 1


def test_the_cuts_bend_where_they_are_ringed(played: tuple[Any, Looking]) -> None:
    """Each ring of a bend lies on its crease, where two pieces of a cut meet at an angle."""
    scene, _ = played
    journey, land = scene.places.journey, scene.places.land
    ringed = []
    for fold in (step for step in journey.steps if isinstance(step, Fold)):
        for place in bends(land, journey, fold):
            assert abs(journey.at(place[None], journey.number(Turn(fold.layer)))[0, fold.unit]) < 1e-6
            near = np.abs(land.borders - place).max(axis=2) < 1e-8
            ways = (land.borders[:, 1] - land.borders[:, 0])[near.any(axis=1)]
            assert len(ways) == 2
            assert abs(np.linalg.det(ways / np.linalg.norm(ways, axis=1, keepdims=True))) > 1e-3
            ringed.append(place)
    assert len(ringed) == 4
    assert len(scene.bends) == 4


def test_the_pair_is_one_place_from_the_first_fold_on(played: tuple[Any, Looking]) -> None:
    places = played[0].places
    first, last = places.journey.number(Fold(1, 0)), len(places.journey.steps)
    assert np.linalg.norm(places.pair[0] - places.pair[1]) > 0.5
    for progress in np.linspace(first, last, 13):
        one, other = places.journey.at(places.pair, progress)
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_as_many_regions_are_lit_as_are_counted(played: tuple[Any, Looking]) -> None:
    _, watcher = played
    assert {counted for counted, _ in watcher.lit} >= set(range(1, 10))
    assert all(as_many for _, as_many in watcher.lit)


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
