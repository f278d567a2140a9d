"""The names of plays: whatever decides a picture changes them, and nothing else does."""

import importlib.util
import os
import subprocess
import sys
import weakref
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from manim import FadeIn, Scene, Square, ValueTracker, linear, tempconfig
from manim.scene.scene_file_writer import SceneFileWriter

from quantization_story.mobjects.charts.swaying import swaying
from quantization_story.mobjects.painting import Brush, Painting
from quantization_story.mobjects.text import LiveText
from quantization_story.scene_07_grid_distortion import GridDistortionScene
from quantization_story.stage.camera import StoryCamera
from quantization_story.stage.fades import Vanish
from quantization_story.stage.play_key import WITHOUT_STATE, PlayKeys, Reach
from quantization_story.stage.run_record import RunRecord
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.video_writer import StoryWriter

GREY = (0.5, 0.5, 0.5, 1.0)
STORY = '''
"""A story in small: what an updater of it reaches in every way there is."""

from functools import cache, cached_property, partial

import numpy as np
from manim import Scene

LEVEL = 3
WORDS = {"far", "near"}


def helper(x):
    return x + 1  # a remark


def unrelated():
    return "a caption"


@cache
def kept(x):
    return 7 * x


class Base:
    def turned(self, x):
        return 2 * x


class Ruler(Base):
    __slots__ = ("edge",)
    size = 5

    def __init__(self):
        self.edge = 4
        self.values = np.arange(3.0)

    @property
    def end(self):
        return 10

    @cached_property
    def total(self):
        return self.values.sum() + 20

    def place(self, x):
        return helper(x) * self.size


class Stage(Scene):
    far = 6

    def __init__(self):
        self.shift, self.other = 8, 9

    def here(self):
        return self.deeper(1)

    def deeper(self, x):
        return 11 * x


def updater():
    ruler, stage, offset = Ruler(), Stage(), 12
    scaled = partial(np.multiply, 13)

    def redraw(item, step=14, *, away=15):
        return ruler, scaled(stage.shift) + stage.here() + offset + LEVEL + kept(2) + len(WORDS) + stage.far

    return redraw
'''


def written(folder: Path, text: str) -> Any:
    """A module with this text."""
    path = folder / "small_story.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("small_story", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["small_story"] = module
    spec.loader.exec_module(module)
    return module


def key(*parts: Any) -> str:
    return PlayKeys().key(*parts)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LEVEL = 3", "LEVEL = 4"),
        ('{"far", "near"}', '{"far", "nearer"}'),
        ("return x + 1", "return x + 2"),
        ("return 7 * x", "return 8 * x"),
        ("return 2 * x", "return 3 * x"),
        ("size = 5", "size = 6"),
        ("self.edge = 4", "self.edge = 5"),
        ("np.arange(3.0)", "np.arange(4.0)"),
        ("return 10", "return 11"),
        ("+ 20", "+ 21"),
        ("* self.size", "/ self.size"),
        ("far = 6", "far = 7"),
        ("self.shift, self.other = 8, 9", "self.shift, self.other = 7, 9"),
        ("return self.deeper(1)", "return self.deeper(2)"),
        ("return 11 * x", "return 12 * x"),
        ("Stage(), 12", "Stage(), 13"),
        ("np.multiply, 13", "np.multiply, 14"),
        ("np.multiply, 13", "np.divide, 13"),
        ("step=14", "step=15"),
        ("away=15", "away=16"),
    ],
)
def test_what_an_updater_reaches_changes_the_key(tmp_path: Path, old: str, new: str) -> None:
    assert old in STORY
    before = key(written(tmp_path, STORY).updater())
    assert key(written(tmp_path, STORY).updater()) == before
    assert key(written(tmp_path, STORY.replace(old, new)).updater()) != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a remark", "another remark"),
        ("a caption", "another caption"),
        ("A story in small", "Another story"),
        ("self.shift, self.other = 8, 9", "self.shift, self.other = 8, 10"),
    ],
)
def test_what_no_picture_depends_on_does_not_change_the_key(tmp_path: Path, old: str, new: str) -> None:
    assert old in STORY
    before = key(written(tmp_path, STORY).updater())
    assert key(written(tmp_path, STORY.replace(old, new)).updater()) == before


def test_what_is_kept_for_speed_does_not_change_the_key(tmp_path: Path) -> None:
    story = written(tmp_path, STORY)
    updater = story.updater()
    before = key(updater)
    assert updater(None)[0].total == 23.0
    updater.__signature__ = "known"
    assert key(updater) == before


def test_values_are_told_apart() -> None:
    values = [
        *(0, 0.0, 1e-14, 2e-14, "", "0", b"0", None, False, [], (), {}, set(), {0}, frozenset({0}), [0], [[0]]),
        *({"a": 1, "b": 2}, {"b": 2, "a": 1}, range(3), slice(3), SimpleNamespace(a=1), SimpleNamespace(a=2)),
        *(np.zeros(3), np.zeros(3, int), np.zeros((3, 1)), np.float32(0.1), np.array([None]), np.array(["a"])),
        *(ValueTracker(1e-12), ValueTracker(2e-12), Square(), Square(1.5), len, max, partial(max, 1), partial(max, 2)),
        *([].append, [1].append, int, float, Path("a"), Path("b"), linear, np.add, np.random.default_rng(0)),
    ]
    keys = [key(value) for value in values]
    assert keys == [key(value) for value in values]
    assert len(set(keys)) == len(values)


def test_rounding_on_the_way_does_not_change_the_key() -> None:
    once, often = Square(), Square()
    once.shift([0.9, 0.0, 0.0])
    for _ in range(9):
        often.shift([0.1, 0.0, 0.0])
    assert not np.array_equal(once.points, often.points)
    assert key(once) == key(often)
    assert key(0.3) == key(0.1 + 0.2)
    assert key(-0.0, np.array([-0.0])) == key(0.0, np.array([0.0]))
    assert key(once) != key(often.shift([1e-6, 0.0, 0.0]))
    painted = [Painting().paint([Brush([shape.points[:, :2]], GREY)]) for shape in (often, once)]
    for painting in painted:
        painting.points = once.points  # of the box around it
    assert key(painted[0]) != key(painted[1])
    often.shift([-1e-6, 0.0, 0.0])
    painted[0].brushes = [Brush([often.points[:, :2]], GREY)]
    assert not np.array_equal(often.points, once.points)
    assert key(painted[0]) == key(painted[1])


def test_what_sways_has_one_name_however_it_came_to_its_place() -> None:
    once, often = (SimpleNamespace(x=0.0, y=0.0) for _ in range(2))
    squares = [swaying(Square(), drift) for drift in (once, often)]
    once.x = 0.9
    squares[0].update()
    for _ in range(9):
        often.x += 0.1
        squares[1].update()
    assert not np.array_equal(squares[0].swayed, squares[1].swayed)
    assert key(squares[0]) == key(squares[1])


def test_what_runs_beside_the_pictures_has_no_state() -> None:
    square = Square()
    beside = [Lock(), Thread(), weakref.WeakKeyDictionary({square: 1}), weakref.ref(square), RunRecord("a")]
    other = [Lock(), Thread(), weakref.WeakKeyDictionary(), weakref.ref(Scene), RunRecord("b")]
    assert key(*beside) == key(*other)
    assert len({key(thing) for thing in beside}) == len(beside)


# --- real plays

SMALL = {
    "pixel_width": 64,
    "pixel_height": 36,
    "frame_rate": 3,
    "verbosity": "ERROR",
    "progress_bar": "none",
    "disable_caching": False,
    # Without loss: x264 does not always encode the same pictures to the same bits.
    "video_encoder_options": {"crf": "0"},
}


def plays(scene_class: type[Scene], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """Render a scene; the key of each of its plays, and what was met on the way to it."""
    found: list[tuple[str, tuple[Any, ...]]] = []

    def noted(keys: PlayKeys, *parts: Any) -> str:
        reach = Reach(parts, keys.code)
        found.append((reach.digest, tuple(value for _, value in reach.met.values())))
        return reach.digest

    with monkeypatch.context() as patch, tempconfig({**SMALL, "media_dir": str(folder)}):
        patch.setattr(PlayKeys, "key", noted)
        scene_class().render()
    return found


class Short(StoryScene):
    """A tracker, a live number, a square that follows through the scene, a painting, and what moves by itself."""

    title_text, badge_text = "Short", "badge"
    far = 2.0

    def construct(self) -> None:
        self.open_stage()
        self.clock = 0.0
        tracker, square = ValueTracker(0.0), Square(1.0)
        square.add_updater(lambda shape: shape.move_to([self.where(tracker), np.sin(self.clock), 0.0]))
        number = LiveText("0").live(lambda: f"{tracker.get_value():.1f}").place((0.0, 1.0, 0.0))
        painting = Painting().add_updater(lambda shown: shown.paint([Brush([self.outline()], GREY)]))
        self.leaver = Square(0.5).add_updater(lambda shape: shape.move_to([np.cos(self.clock), 0.5, 0.0]))
        square.add_updater(lambda shape: self.leaver)  # still in reach when it has left the stage
        self.add(square, painting, self.leaver)
        self.add_updater(self.go_on)
        for caption in self.captions():
            self.say(caption, FadeIn(number))
            self.play(tracker.animate(rate_func=linear).increment_value(0.7), run_time=1.5)
            self.play(Vanish(self.leaver), run_time=0.7)
        self.close_stage(0.2)

    def captions(self) -> list[str]:
        return ["One caption", "Two captions", "Three captions"]

    def where(self, tracker: ValueTracker) -> float:
        return self.far * tracker.get_value()

    def outline(self) -> np.ndarray:
        return np.array([[0.0, -1.0], [1.0, -1.0], [np.cos(self.clock), np.sin(self.clock) - 1.0]])

    def go_on(self, dt: float) -> None:
        self.clock += dt


class OneCaptionElse(Short):
    """As long, with other words in the middle."""

    def captions(self) -> list[str]:
        return ["One caption", "Zwei captions", "Three captions"]


class OtherPicture(Short):
    """What an updater reads through the scene is another."""

    far = 3.0


def test_a_play_reaches_nothing_that_is_kept_for_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for scene_class in (Short, GridDistortionScene):
        for _, met in plays(scene_class, tmp_path, monkeypatch):
            beside = [type(value) for value in met if isinstance(value, WITHOUT_STATE) and not isinstance(value, type)]
            assert beside == []
            assert not [value for value in met if isinstance(value, StoryCamera | StoryWriter)]
            assert not [
                value for value in met if type(value).__module__ in ("_thread", "threading", "weakref", "cairo")
            ]


def keys(found: list[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in found]


def test_a_second_run_has_the_same_keys_and_draws_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    write = SceneFileWriter.write_frame
    monkeypatch.setattr(SceneFileWriter, "write_frame", lambda *args, **how: drawn.append(1) or write(*args, **how))
    first = keys(plays(Short, tmp_path, monkeypatch))
    assert len(set(first)) == len(first) > 8
    assert drawn
    drawn.clear()
    assert keys(plays(Short, tmp_path, monkeypatch)) == first
    assert not drawn


def test_another_caption_changes_the_plays_that_show_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (keys(plays(scene, tmp_path, monkeypatch)) for scene in (Short, OneCaptionElse))
    changed = [a != b for a, b in zip(first, second, strict=True)]
    # The plays with the second caption, until it has left as the third came; those before and after are as they were.
    assert any(changed)
    assert changed == [False] * changed.index(True) + [True] * sum(changed) + [False] * changed[::-1].index(True)
    assert not changed[0]
    assert not changed[-1]


def frames(folder: Path) -> np.ndarray:
    """The decoded frames of the one video in a folder."""
    (video,) = [path for path in folder.rglob("*.mp4") if "partial_movie_files" not in path.parts]
    with av.open(str(video)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def test_pictures_from_the_cache_are_those_that_would_be_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, scenes in (("warm", (Short, OneCaptionElse)), ("cold", (OneCaptionElse,))):
        for scene in scenes:
            plays(type("Shown", (scene,), {}), tmp_path / folder, monkeypatch)
    kept = {folder: len(list((tmp_path / folder).rglob("partial_movie_files/**/*.mp4"))) for folder in ("warm", "cold")}
    assert kept["cold"] < kept["warm"] < 2 * kept["cold"]  # some plays were drawn anew, and some were not
    warm, cold = frames(tmp_path / "warm"), frames(tmp_path / "cold")
    assert np.ptp(cold) > 50
    assert np.array_equal(warm, cold)


def test_what_is_read_through_the_scene_changes_the_plays_that_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (keys(plays(scene, tmp_path, monkeypatch)) for scene in (Short, OtherPicture))
    changed = [a != b for a, b in zip(first, second, strict=True)]
    # Before the tracker has moved, the picture is the same; from then on it is never.
    assert changed == [False] + [True] * (len(changed) - 1)


def test_keys_are_the_same_in_every_process(tmp_path: Path) -> None:
    told = []
    for seed in ("1", "2"):
        code = f"""
import pytest
from pathlib import Path
from test_play_key import Short, keys, plays
print(*keys(plays(Short, Path({str(tmp_path)!r}), pytest.MonkeyPatch())))
"""
        path = f"{Path(__file__).parent}"
        finished = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=path, env=seeded(seed)
        )
        assert finished.returncode == 0, finished.stderr
        told.append(finished.stdout.split())
    assert told[0] == told[1]
    assert len(told[0]) > 8


def seeded(seed: str) -> dict[str, str]:
    """The environment of a process that hashes strings in its own way."""
    return {**os.environ, "PYTHONHASHSEED": seed}
