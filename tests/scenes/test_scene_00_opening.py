"""The opening says what its figures say, shows what they say, and its picture is true at every stop."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from layout import audit
from own_networks import arrays_of, pinwheel_arrays, wound, write
from quantization_story.core.captions import as_caption
from quantization_story.core.tasks import prototypes
from quantization_story.figures.opening import captions, measure, shown
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.opening.margin import facets_within
from quantization_story.scene_00_opening import OpeningScene
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.watcher import Watcher
from quantization_story.training.optimize import Penalty, he_start, train_from


class Stops(Watcher):
    """What the scene shows after each play: beat, weights, right points, rings drawn, and the badge."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.scene: Any = None

    def on_play(self, scene: StoryScene) -> None:
        self.scene = scene
        picture = self.scene.scenery
        self.seen.append(
            {
                "beat": scene.record.beats[-1].name,
                "parts": picture.parts.values.copy(),
                "plate": f"{self.scene.right.value.content} % right" if self.scene.right in scene.mobjects else None,
                "badge": self.scene.badge.typst_code,
                "pose": picture.view.pose,
                "caption": scene.caption_text,
                "rings": int((picture.look(picture.sheet()).riders.kind % 2).sum()),
                "wrong": int((~picture.right(self.scene.points, self.scene.labels)).sum()),
                "gauges": self.scene.gauges.parts(),
                "turned": float(picture.turned.get_value()),
                "sway": float(picture.view.sway.get_value()),
            }
        )


@pytest.fixture(scope="module")
def played() -> tuple[Any, Stops]:
    stops = Stops()
    result = audit(OpeningScene, stops)
    picture = stops.scene.scenery
    picture.view.start = picture.view.goal = picture.poses.edge
    picture.crowd.set_value(1.0)
    return result, stops


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return OpeningScene.choose()


def test_the_layout_is_clean_and_the_length_that_of_an_idea(played: tuple[Any, Stops]) -> None:
    result, _ = played
    assert result.findings == {}
    assert 45 <= result.seconds <= 135  # at one frame a second every animation is rounded up
    assert result.beats == [
        "the question",
        "the weights",
        "the sheet",
        "one piece",
        "the edge",
        "the pushes",
        "the other way",
        "the answer",
    ]


def test_it_says_its_captions_in_their_order(played: tuple[Any, Stops], subject: StorySubject) -> None:
    result, _ = played
    assert [caption for caption, _, _ in result.captions] == [
        as_caption(said).text for said in captions(measure(subject)).values()
    ]


def test_each_beat_ends_on_the_figures_of_the_network(played: tuple[Any, Stops], subject: StorySubject) -> None:
    beats = {beat.name: beat.figures for beat in played[1].scene.record.beats}
    for name, figures in shown(measure(subject)).items():
        assert figures.items() <= beats[name].items(), name


def test_the_plate_and_the_rings_are_true_at_every_stop(played: tuple[Any, Stops], subject: StorySubject) -> None:
    story = measure(subject).places.story
    shown_in = {stop["beat"] for stop in played[1].seen if stop["plate"] is not None}
    assert shown_in == set(played[0].beats)
    turning, number = measure(subject).places.turning, measure(subject).places.turned
    for stop in played[1].seen:
        told, parts = story, stop["parts"]
        if stop["turned"]:
            assert parts.min() == 1
            told, parts = turning, stop["turned"] * np.eye(12)[number]
        right = told.right(subject.data.points, subject.data.labels, parts).mean()
        assert stop["rings"] == stop["wrong"]
        if stop["plate"] is not None:
            assert stop["plate"] == f"{100 * right:.1f} % right"


def test_the_badge_says_which_weights_are_shown(played: tuple[Any, Stops]) -> None:
    for stop in played[1].seen:
        moved = stop["parts"][list(played[1].scene.places.order)]
        if stop["turned"]:
            assert stop["badge"] == "one weight the other way"
        elif not moved.any():
            assert stop["badge"] == "float weights"
        else:
            assert stop["badge"] == ("4-bit weights" if moved.min() == 1 else "rounding")


def test_the_gauges_show_the_weights_and_one_goes_to_its_other_level_last(played: tuple[Any, Stops]) -> None:
    places, seen = played[1].scene.places, played[1].seen
    for stop in seen:
        if not stop["turned"]:
            assert np.array_equal(stop["gauges"], stop["parts"])
    turned = [stop for stop in seen if stop["turned"]]
    assert {stop["beat"] for stop in turned} == {"the other way", "the answer"}
    assert turned[-1]["turned"] == 1
    offsets = -places.steps * (1 - turned[-1]["gauges"])
    assert np.abs(offsets[places.turned]) == pytest.approx(1.0)  # a whole step, to the other side
    assert np.sign(offsets[places.turned]) == -np.sign(places.steps[places.turned])
    assert np.delete(offsets, places.turned) == pytest.approx(0.0)
    assert seen[-1]["turned"] == 0


def test_first_the_strongest_weight_moves_the_piece_alone(played: tuple[Any, Stops]) -> None:
    alone = [s for s in played[1].seen if s["beat"] == "one piece" and len(np.flatnonzero(s["parts"])) == 1]
    assert alone
    assert {int(np.flatnonzero(stop["parts"])[0]) for stop in alone} == {played[1].scene.places.turned}


def test_nothing_moves_while_the_answer_is_read(played: tuple[Any, Stops], subject: StorySubject) -> None:
    answer = as_caption(captions(measure(subject))["answer"]).text
    told = [stop for stop in played[1].seen if stop["caption"] == answer]
    assert told
    for stop in told:
        assert (stop["parts"].min(), stop["turned"], stop["plate"]) == (1.0, 0.0, "83.2 % right")


def test_the_view_is_steady_while_the_piece_is_seen_from_its_edge(played: tuple[Any, Stops]) -> None:
    edge = {stop["sway"] for stop in played[1].seen if stop["beat"] in ("the pushes", "the other way")}
    assert len(edge) == 1
    assert max(edge) < 0.2


def test_one_weight_after_the_other_stays_rounded(played: tuple[Any, Stops]) -> None:
    places = played[1].scene.places
    pushes = [group[0] for group in places.pushes]
    through = places.pushes[played[1].scene.figures.through][0]
    told = [s for s in played[1].seen if s["beat"] == "the pushes"]
    stopped = [s["parts"][through] for s in told if 0 < s["parts"][through] < 1]
    assert stopped
    assert stopped == pytest.approx([played[1].scene.figures.meets - 0.1] * len(stopped))
    counts = [int(s["parts"][pushes].sum()) for s in told]
    assert sorted(set(counts)) == list(range(len(pushes) + 1))
    assert counts == sorted(counts)
    assert played[1].seen[-1]["parts"].min() == 1


def test_the_disc_passes_the_tie_while_it_is_said(played: tuple[Any, Stops], subject: StorySubject) -> None:
    figures = measure(subject)
    story, hero = figures.places.story, figures.places.hero[None]
    through = as_caption(captions(figures)["through"]).text
    for stop in played[1].seen:
        if stop["beat"] == "the pushes":
            height = story.values(hero, stop["parts"])[0]
            assert (height < 0) <= (stop["caption"] == through)
            assert (stop["caption"] == through) <= (height < 0.2 * figures.descent[0])  # close above it, at most


def test_the_view_rests_while_weights_are_rounded(played: tuple[Any, Stops]) -> None:
    """It may fly while they are taken back."""
    seen = played[1].seen
    for before, after in pairwise(seen):
        if after["parts"].sum() > before["parts"].sum():
            assert after["pose"] == before["pose"], after["beat"]


def test_it_is_said_that_weights_go_back(played: tuple[Any, Stops]) -> None:
    said = [
        after["caption"][:13]
        for before, after in pairwise(played[1].seen)
        if after["parts"].sum() < before["parts"].sum() - 1
    ]
    assert said == ["Weights back."] * 2
    scene, parts = played[1].scene, played[1].scene.scenery.parts
    parts.set_values(np.full(12, 0.5))
    badges = []
    for scene.returning in (True, False):
        badges.append(scene.state())
    parts.set_values(np.ones(12))
    assert badges == ["weights going back", "rounding"]


def test_the_steps_are_the_way_of_the_hero_weight_by_weight(played: tuple[Any, Stops], subject: StorySubject) -> None:
    figures = measure(subject)
    picture = played[1].scene.scenery  # as it stands at the end, seen from the piece's edge
    levels, chart = picture.state.levels, picture.pushes
    assert levels == pytest.approx(figures.descent)
    (zero, height, last) = (chart.point(0, value)[1] for value in (0.0, figures.descent[0], figures.descent[-1]))
    assert picture.place(picture.places.hero)[1] == pytest.approx(last)
    assert last < zero < height
    assert chart.tie == pytest.approx(picture.over_hero(0.0)[1])
    _, steps = chart.step_brushes(levels, 1.0)
    tops, bottoms = (np.array([pick(box[:, 1]) for box in steps.outlines]) for pick in (np.max, np.min))
    assert tops == pytest.approx(zero + chart.unit * np.array(figures.descent[:-1]))
    assert bottoms == pytest.approx(zero + chart.unit * np.array(figures.descent[1:]))
    bar = chart.height_brushes(figures.descent[0], 1.0)[1].outlines[0]
    assert (bar[:, 1].min(), bar[:, 1].max()) == pytest.approx((zero, height))


def test_the_steps_of_the_other_way_lead_to_where_the_disc_is_then(
    played: tuple[Any, Stops], subject: StorySubject
) -> None:
    figures, picture = measure(subject), played[1].scene.scenery
    number, places = figures.places.turned, figures.places
    picture.turned.set_value(1.0)
    levels = picture.state.levels
    assert levels[-1] == pytest.approx(picture.heights(places.hero[None])[0])
    at = places.pushes.index((number,))
    assert levels[: at + 1] == pytest.approx(figures.descent[: at + 1])
    assert levels[at + 1] > levels[at]  # that push goes up
    assert (np.delete(np.diff(levels), at) < 0).all()  # and all others still down
    picture.turned.set_value(0.0)


def test_the_crowd_is_the_arms_points_that_stay_on_the_piece(played: tuple[Any, Stops]) -> None:
    picture, figures = played[1].scene.scenery, played[1].scene.figures
    riders = {tuple(point) for point in figures.places.riders}
    own = picture.shown.points[picture.own]
    assert {tuple(point) for point in own} < riders
    assert 0.8 * len(riders) < figures.points * len(own) / len(picture.shown.points) < 1.2 * len(riders)
    picture.crowd.set_value(1.0)
    edge, disc, rings = picture._crowd()
    assert len(edge.outlines) == len(disc.outlines) == len(own)
    assert len(rings.outlines) == picture.state.wrong[picture.own].sum() == len(own)  # rounded, all of them are lost
    parts = picture.parts.values
    picture.parts.set_values(np.zeros(len(parts)))
    assert len(picture._crowd()) == 2  # and none before
    picture.parts.set_values(parts)


def test_the_piece_is_a_line_from_its_edge(played: tuple[Any, Stops]) -> None:
    picture = played[1].scene.scenery
    corners, heights = picture.outline, picture._old(picture.outline)
    plane = np.column_stack([corners, np.ones(len(corners))])
    assert plane @ np.linalg.lstsq(plane, heights)[0] == pytest.approx(heights)
    pose = picture.poses.edge
    across, up, *_ = pose.projection.flat(np.column_stack([corners, picture.relief_scale * heights])).T
    fitted = np.polyval(np.polyfit(across, up, 1), across)
    assert np.abs(up - fitted).max() < 0.02 * np.ptp(across)


def test_what_the_others_win_steps_aside(played: tuple[Any, Stops]) -> None:
    picture = played[1].scene.scenery
    picture.crowd.set_value(0.0)
    picture.third.set_value(0.0)
    riders = picture.look(picture.sheet()).riders
    picture.crowd.set_value(1.0)
    visible = np.array([kind.shapes[-1][1][3] > 0 for kind in riders.kinds])[riders.kind]
    ringed_disc = visible & (riders.kind % 2 == 1) & (picture.shown.labels == played[1].scene.figures.arm)
    assert ringed_disc.sum() > 10
    assert picture.heights(picture.shown.points[ringed_disc]).max() < 0  # a ring of theirs lies below the tie


def area(corners: np.ndarray) -> float:
    x, y = corners.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_what_is_seen_from_the_edge_is_the_sheet_over_the_piece(played: tuple[Any, Stops]) -> None:
    picture = played[1].scene.scenery
    sheet = picture.sheet()
    facets = facets_within(sheet, picture.outline)
    for cell, corners, values in facets:
        if area(corners) < 1e-9:  # a neighbour that only touches the piece
            continue
        middle = corners.mean(axis=0)
        assert sheet.cells.locate(middle[None])[0] == cell
        assert values.mean() == pytest.approx(picture.heights(middle[None])[0])
    assert sum(area(corners) for _, corners, _ in facets) == pytest.approx(area(picture.outline))
    still = sum(area(corners) for corners, _ in picture._still_the_piece(sheet))
    assert 0.7 * area(picture.outline) < still < area(picture.outline)  # a moved crease takes some of it


@pytest.fixture
def own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def choose(arrays: dict[str, Any], bits: int) -> None:
        monkeypatch.setenv("QUANT_STORY_NETWORK", write(tmp_path / "own.npz", arrays))
        monkeypatch.setenv("QUANT_STORY_BITS", str(bits))

    return choose


def test_a_network_without_loss_is_refused_before_anything_is_drawn(own: Any) -> None:
    own(pinwheel_arrays(), 12)
    with pytest.raises(ValueError, match=r"OpeningScene.*rounding loses none of"):
        OpeningScene.require_playable()


@pytest.mark.parametrize(("bits", "classes", "widths"), [(2, 3, (2, 5, 2)), (3, 4, (2, 6, 5, 2))])
def test_it_plays_on_a_network_of_ones_own(own: Any, bits: int, classes: int, widths: tuple[int, ...]) -> None:
    data, fresh = wound(classes, 600, 1), wound(classes, 400, 2)
    net = train_from(he_start(widths, 1), data, classes, Penalty(1e-4), 300)
    arrays = {**arrays_of(net), "points": fresh.points, "labels": fresh.labels, "prototypes": prototypes(classes)}
    own(arrays, bits)
    stops = Stops()
    assert audit(OpeningScene, stops).findings == {}
    result = shown(stops.scene.figures)
    beats = {beat.name: beat.figures for beat in stops.scene.record.beats}
    assert all(figures.items() <= beats[name].items() for name, figures in result.items())
