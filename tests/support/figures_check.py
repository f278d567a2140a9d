"""Holds what a scene shows and says against its figures, which are computed here once more."""

from importlib import import_module
from types import ModuleType
from typing import Any

from manim import Mobject, Typst, tempconfig

from layout import AUDIT, texts
from quantization_story.core.captions import as_caption, figures_in
from quantization_story.production import catalogue
from quantization_story.stage.question_stage import QuestionStage
from quantization_story.stage.watcher import Watcher
from stage_audit import BlindCamera

FRAME_RATE = 5


def told_scenes() -> dict[str, tuple[Any, ModuleType]]:
    """By stem, each scene on the stage of one question, and the module of its figures."""
    found = {}
    for scene in catalogue.SCENES:
        if issubclass(scene, QuestionStage):
            home = next(base for base in scene.__mro__ if ".scene_" in base.__module__)
            stem = home.__module__.rpartition(".")[2].split("_", 2)[2].replace("1d", "one_d")
            found[stem] = scene, import_module(f"quantization_story.figures.{stem}")
    return found


class _Numbers(Watcher):
    """Collects the texts with digits that belong to no named figure; title, badge and caption are looked at apart."""

    def __init__(self) -> None:
        self.nameless: set[str] = set()

    def on_play(self, scene: Any) -> None:
        frame = [scene.title_line, scene.badge, scene.last_badge, *([scene.caption] if scene.caption else [])]
        things = [thing for thing in scene.named.values() if isinstance(thing, Mobject)]
        known = {id(member) for thing in (*frame, *things) for member in thing.get_family()}
        for text in texts(scene.mobjects):
            said = text.typst_code if isinstance(text, Typst) else text.content
            if id(text) not in known and figures_in(said):
                self.nameless.add(said)


def told_wrong(scene_class: type[QuestionStage], module: ModuleType | Any, figures: Any) -> list[str]:
    """What the scene says or shows that does not follow from the figures, one sentence each.

    module: with `captions`, `shown` and `badges`, functions of the figures.
    """
    numbers = _Numbers()
    with tempconfig({**AUDIT, "frame_rate": FRAME_RATE}):
        scene = scene_class(camera_class=BlindCamera)
        scene.watchers.append(numbers)
        scene.render()
    record, wrong = scene.record, [f"no named figure shows {said!r}" for said in sorted(numbers.nameless)]
    captions = [as_caption(caption).text for caption in module.captions(figures).values()]
    if (said := [told.text for told in record.captions]) != captions:
        wrong.append(f"captions are {said}, not {captions}")
    if record.title != captions[0]:
        wrong.append(f"the title is {record.title!r}, not {captions[0]!r}")
    if (badges := [told.text for told in record.badges]) != list(module.badges(figures)):
        wrong.append(f"badges are {badges}, not {module.badges(figures)}")
    shown = {beat.name: beat.figures for beat in record.beats}
    expected = module.shown(figures)
    wrong += [f"no beat {beat!r}" for beat in expected if beat not in shown]
    for beat, values in shown.items():
        if values != expected.get(beat, {}):
            wrong.append(f"in {beat!r} {values} is shown, not {expected.get(beat, {})}")
    return wrong
