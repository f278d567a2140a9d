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
from quantization_story.pictures.opening.one_weight import OneWeight
from quantization_story.scene_00_opening import OpeningScene
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.watcher import Watcher
from quantization_story.training.optimize import Penalty, he_start, train_from


class Stops(Watcher):
    """What the scene shows after each play: beat, weights, effect, right points, rings drawn, and the badge."""

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
                "effect": picture.effect,
                "plate": f"{self.scene.right.value.content} % right" if self.scene.right in scene.mobjects else None,
                "badge": self.scene.badge.typst_code,
                "pose": picture.view.pose,
                "caption": scene.caption_text,
                "rings": int((picture.look(picture.sheet()).riders.kind % 2).sum()),
                "wrong": int((~picture.right(self.scene.points, self.scene.labels)).sum()),
                "gauges": self.scene.gauges.parts(),
                "noted": picture.noted.values.copy(),
                "turned": float(picture.turned.get_value()),
                "example": self.scene.example_now(),
                "sway": float(picture.view.sway.get_value()),
            }
        )


@pytest.fixture(scope="module")
def played() -> tuple[Any, Stops]:
    stops = Stops()
    result = audit(OpeningScene, stops)
    picture = stops.scene.scenery
    picture.view.start = picture.view.goal = picture.poses.wide
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
        "the creases",
        "one disc",
        "the pushes",
        "the fan",
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
        right = told.right(subject.data.points, subject.data.labels, parts, stop["effect"]).mean()
        assert stop["rings"] == stop["wrong"]
        if stop["plate"] is not None:
            assert stop["plate"] == f"{100 * right:.1f} % right"


def test_the_badge_says_which_weights_are_shown(played: tuple[Any, Stops]) -> None:
    for stop in played[1].seen:
        moved = stop["parts"][list(played[1].scene.places.order)]
        now = "4-bit weights" if moved.min() == 1 else "rounding"
        if stop["turned"]:
            assert stop["badge"] == "one weight the other way"
        elif not moved.any():
            assert stop["badge"] == "float weights"
        elif stop["effect"] == "switch":
            assert stop["badge"] == "float weights, ReLUs as rounded"
        else:
            assert stop["badge"] == now


def test_what_is_let_through_changes_only_at_the_float_network(played: tuple[Any, Stops]) -> None:
    seen = played[1].seen
    for before, after in pairwise(seen):
        if before["effect"] != after["effect"]:
            assert not before["parts"].any()
    assert [stop["effect"] for stop in seen if stop["beat"] == "the creases"][-1] == "switch"
    for stop in seen:  # the gauges show the weights, which stay where only the ReLUs switch
        if not stop["turned"]:
            assert np.array_equal(stop["gauges"], stop["parts"] * (stop["effect"] != "switch"))
    assert {stop["effect"] for stop in seen if stop["beat"] in ("the pushes", "the answer")} == {"all"}


def test_one_weight_goes_first_and_one_goes_to_its_other_level_last(played: tuple[Any, Stops]) -> None:
    places, seen = played[1].scene.places, played[1].seen
    first = next(stop for stop in seen if stop["parts"].any())
    assert np.flatnonzero(first["parts"]).tolist() == [places.example]
    assert (first["example"], first["beat"]) == (1.0, "the weights")
    turned = [stop for stop in seen if stop["turned"]]
    assert {stop["beat"] for stop in turned} == {"the other way", "the answer"} or len(turned) > 0
    assert turned[-1]["turned"] == 1
    offsets = -places.steps * (1 - turned[-1]["gauges"])
    assert np.abs(offsets[places.turned]) == pytest.approx(1.0)  # a whole step, to the other side
    assert np.sign(offsets[places.turned]) == -np.sign(places.steps[places.turned])
    assert np.delete(offsets, places.turned) == pytest.approx(0.0)
    assert seen[-1]["turned"] == 0


def test_the_large_weight_stands_at_its_distance_from_its_level() -> None:
    part = [0.0]
    large = OneWeight(-0.4, lambda: part[0], (2.6, 4.9))
    levels = large.levels.points.reshape(-1, 4, 3)[:, [0, -1], 1].mean(axis=1)
    assert np.diff(levels) == pytest.approx(large.pitch)
    assert large.place()[1] == pytest.approx(levels[2] + 0.4 * large.pitch)
    half = large.half.points[:, 1]
    assert (half.min(), half.max()) == pytest.approx((levels[2], levels[2] + large.pitch / 2))
    part[0] = 1.0
    large.shift([1.0, 2.0, 0.0])
    assert large.place()[1] == pytest.approx(levels[2] + 2.0)


def test_the_view_is_steady_while_the_piece_is_seen_from_its_edge(played: tuple[Any, Stops]) -> None:
    edge = {stop["sway"] for stop in played[1].seen if stop["beat"] in ("the pushes", "the fan")}
    assert len(edge) == 1
    assert max(edge) < 0.2
    assert played[1].seen[-1]["sway"] == 1


def test_every_weight_is_tried_alone_and_then_all_are_added_up(played: tuple[Any, Stops]) -> None:
    places = played[1].scene.places
    pushes = [group[0] for group in places.pushes]
    tried = [s for s in played[1].seen if s["beat"] == "one disc" and len(np.flatnonzero(s["parts"])) == 1]
    assert [int(np.flatnonzero(stop["parts"])[0]) for stop in tried] == pushes
    assert [set(np.flatnonzero(stop["noted"])) for stop in tried] == [set(pushes[: k + 1]) for k in range(len(pushes))]
    through = places.pushes[played[1].scene.figures.through][0]
    stopped = [s["parts"][through] for s in played[1].seen if 0 < s["parts"][through] < 1]
    assert stopped
    assert stopped == pytest.approx([played[1].scene.figures.meets - 0.1] * len(stopped))
    counts = [int(s["parts"][pushes].sum()) for s in played[1].seen if s["beat"] == "the pushes"]
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
    said = []
    for before, after in pairwise(played[1].seen):
        if after["parts"].sum() < before["parts"].sum() - 1:
            assert after["effect"] == before["effect"]
            if after["effect"] == "all":
                said.append(after["caption"][:13])
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
    (marks,) = chart.mark_brushes(figures.descent[0], picture.falls(), 1.0)
    lengths = np.array([np.ptp(box[:, 1]) for box in marks.outlines])
    assert lengths == pytest.approx(chart.unit * np.array(figures.lone_descent))
    assert {round(float(box[:, 1].max() - height), 9) for box in marks.outlines} == {0.0}
    bar = chart.height_brushes(figures.descent[0], 1.0)[1].outlines[0]
    assert (bar[:, 1].min(), bar[:, 1].max()) == pytest.approx((zero, height))


def test_the_fan_has_every_mixture_once_and_ours_is_bright(played: tuple[Any, Stops], subject: StorySubject) -> None:
    figures, chart = measure(subject), played[1].scene.scenery.pushes
    lines, above, below, own, end = chart.fan_brushes(1.0)
    assert len(above.outlines) + len(below.outlines) + 1 == figures.ways
    assert len(below.outlines) + 1 == figures.ways_below  # ours is one of them
    assert np.min([tip[0, 1] for tip in below.outlines]) > end.outlines[0][0, 1]
    assert [piece[1, 1] for piece in own.outlines] == pytest.approx(
        chart.tie + chart.unit * np.array(figures.descent[1:])
    )
    assert len(lines.outlines) == sum(2**k - 1 for k in range(1, 8))
    assert len(chart.fan_brushes(0.5)[3].outlines) == 4
    assert chart.fan_brushes(0.0) == []


def test_the_crowd_is_all_points_on_the_piece_and_the_piece_is_flat(played: tuple[Any, Stops]) -> None:
    scene = played[1].scene
    picture, figures = scene.scenery, scene.figures
    right, wrong, _, _, rings, _ = (len(brush.outlines) for brush in picture._crowd())
    assert (right, wrong) == (figures.riders - figures.riders_lost, figures.riders_lost)
    assert rings == picture.drawn.sum() == 32
    for corners, heights in ((picture.plank, picture.state.plank), (picture.plank, picture._old(picture.plank))):
        plane = np.column_stack([corners, np.ones(len(corners))])
        assert plane @ np.linalg.lstsq(plane, heights)[0] == pytest.approx(heights)
    pose = picture.poses.edge
    seen = pose.projection.flat(np.column_stack([picture.plank, picture.relief_scale * picture._old(picture.plank)]))
    across, up = seen[:, 0], seen[:, 1]
    fitted = np.polyval(np.polyfit(across, up, 1), across)
    assert np.abs(up - fitted).max() < 0.06 * np.ptp(across)  # but for the low elevation, a line


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


def test_a_crease_on_its_way_is_dashed_and_one_at_rest_is_not(played: tuple[Any, Stops]) -> None:
    picture = played[1].scene.scenery
    parts = picture.parts.values
    picture.creases.set_value(1.0)
    picture.crowd.set_value(0.0)
    assert picture._creases(picture.sheet())[-1].gap > 0.3
    picture.parts.set_values(np.zeros(len(parts)))
    assert picture._creases(picture.sheet())[-1].gap == 0
    picture.parts.set_values(parts)
    picture.creases.set_value(0.0)
    picture.crowd.set_value(1.0)


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
