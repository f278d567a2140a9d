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
            }
        )


@pytest.fixture(scope="module")
def played() -> tuple[Any, Stops]:
    stops = Stops()
    return audit(OpeningScene, stops), stops


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return OpeningScene.choose()


def test_the_layout_is_clean_and_the_length_that_of_an_idea(played: tuple[Any, Stops]) -> None:
    result, _ = played
    assert result.findings == {}
    assert 45 <= result.seconds <= 135  # at one frame a second every animation is rounded up
    assert result.beats == [
        "the question",
        "the sheet",
        "the press",
        "one weight",
        "the creases",
        "only the ReLUs",
        "only the pieces",
        "the pushes",
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
    assert shown_in >= {"the press", "one weight", "only the ReLUs", "only the pieces", "the pushes"}
    for stop in played[1].seen:
        right = story.right(subject.data.points, subject.data.labels, stop["parts"], stop["effect"]).mean()
        assert stop["rings"] == stop["wrong"]
        if stop["plate"] is not None:
            assert stop["plate"] == f"{100 * right:.1f} % right"


def test_the_badge_says_which_weights_are_shown(played: tuple[Any, Stops]) -> None:
    for stop in played[1].seen:
        moved = stop["parts"][list(played[1].scene.places.order)]
        now = "4-bit weights" if moved.min() == 1 else "rounding"
        if not moved.any():
            assert stop["badge"] == "float weights"
        elif stop["effect"] == "switch":
            assert stop["badge"] == "float weights, ReLUs as rounded"
        else:
            assert stop["badge"] == now + (", ReLUs as before" if stop["effect"] == "tilt" else "")


def test_what_is_let_through_changes_only_at_the_float_network(played: tuple[Any, Stops]) -> None:
    seen = played[1].seen
    for before, after in pairwise(seen):
        if before["effect"] != after["effect"]:
            assert not before["parts"].any()
    assert {stop["effect"] for stop in seen if stop["beat"] == "only the ReLUs"} == {"all", "switch"}
    assert [stop["effect"] for stop in seen if stop["beat"] == "only the pieces"][-1] == "tilt"
    assert [stop["effect"] for stop in seen if stop["beat"] == "the pushes"][-1] == "all"


def test_every_weight_is_tried_alone_and_then_all_are_added_up(played: tuple[Any, Stops]) -> None:
    order = list(played[1].scene.places.order)
    single = [np.flatnonzero(s["parts"]).tolist() for s in played[1].seen if s["beat"] == "one weight"]
    assert [each[0] for each in single if len(each) == 1][: len(order)] == order
    counts = [int(s["parts"][order].sum()) for s in played[1].seen if s["beat"] == "the pushes"]
    rising = counts[counts.index(0) :]  # first they are taken back
    assert sorted(set(rising)) == list(range(len(order) + 1))
    assert rising == sorted(rising)
    assert played[1].seen[-1]["parts"].min() == 1


def test_the_view_rests_while_weights_are_rounded(played: tuple[Any, Stops]) -> None:
    """It may fly while they are taken back."""
    seen = played[1].seen
    for before, after in pairwise(seen):
        if after["parts"].sum() > before["parts"].sum():
            assert after["pose"] == before["pose"], after["beat"]


def test_nothing_is_said_while_weights_are_taken_back(played: tuple[Any, Stops]) -> None:
    for before, after in pairwise(played[1].seen):
        if after["parts"].sum() < before["parts"].sum() - 1:
            assert after["caption"] == "", after["beat"]
            assert after["effect"] == before["effect"]


def test_the_stack_is_the_way_of_the_hero_weight_by_weight(played: tuple[Any, Stops], subject: StorySubject) -> None:
    figures = measure(subject)
    picture = played[1].scene.scenery  # as it stands at the end
    assert picture.levels() == pytest.approx(figures.descent)
    zero, height, hero = picture.on_ruler(0.0), picture.on_ruler(figures.descent[0]), picture.place(picture.places.hero)
    assert hero[1] == pytest.approx(picture.on_ruler(figures.descent[-1])[1])
    assert hero[1] < zero[1] < height[1]
    assert (height[1] - hero[1]) / (height[1] - zero[1]) == pytest.approx(figures.fall)
    boxes = [np.array(outline) for brush in picture.ruler_brushes() if brush.fill for outline in brush.outlines]
    assert len(boxes) == 1 + figures.moved
    bar, *pushes = (np.ptp(box[:, 1]) for box in boxes)
    assert bar == pytest.approx(height[1] - zero[1], abs=0.04)
    lengths = np.sort(-np.diff(figures.descent)) * (height[1] - zero[1]) / figures.descent[0]
    assert np.sort(pushes) == pytest.approx(lengths, abs=0.04)  # but for the gaps between them


def test_what_the_others_win_steps_aside_and_the_drawn_riders_are_counted(played: tuple[Any, Stops]) -> None:
    scene = played[1].scene
    picture, figures = scene.scenery, scene.figures
    kinds = picture.look(picture.sheet()).riders
    visible = np.array([kind.shapes[-1][1][3] > 0 for kind in kinds.kinds])[kinds.kind]
    ringed_disc = visible & (kinds.kind % 2 == 1) & (picture.shown.labels == figures.arm)
    assert ringed_disc.sum() > 10
    assert picture.heights(picture.shown.points[ringed_disc]).max() < 0  # a ring of theirs lies below the tie
    home = picture.places.cells.locate(picture.shown.points)
    riders = visible & (picture.shown.labels == figures.arm) & (home == picture.places.piece)
    said = {beat.name: beat.figures for beat in scene.record.beats}["the pushes"]["drawn"]
    assert said == f"{riders.sum()} of its {figures.riders} discs drawn"


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
