"""Every scene that has its figures and captions as data shows and says what follows from them, and nothing else."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import SimpleNamespace

import pytest
from manim import ValueTracker

import quantization_story.figures
from figures_check import told_scenes, told_wrong
from quantization_story.core.captions import Caption
from quantization_story.mobjects.text import signed, text
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.question_stage import QuestionStage

PROTOCOL = ("measure", "captions", "shown", "badges")


SCENES = told_scenes()


@pytest.mark.parametrize("stem", SCENES)
def test_a_scene_shows_what_its_figures_say(stem: str) -> None:
    scene, module = SCENES[stem]
    assert told_wrong(scene, module, module.measure(scene.choose())) == []


def test_every_module_that_keeps_the_protocol_has_its_scene() -> None:
    names = [module.name for module in pkgutil.iter_modules(quantization_story.figures.__path__)]
    modules = {name: import_module(f"quantization_story.figures.{name}") for name in names}
    whole = {name for name, module in modules.items() if all(hasattr(module, part) for part in PROTOCOL)}
    assert whole == set(SCENES)


# --- that a fault is found: a small scene with two numbers, and what can be done to them


@dataclass(frozen=True)
class _Figures:
    before: float
    after: float
    lost: int


FIGURES = _Figures(before=99.7, after=83.2, lost=495)


def captions(figures: _Figures) -> dict[str, Caption | str]:
    return {
        "question": "How much is lost?",
        "loss": f"{figures.lost} points are lost",
        "answer": "A sixth of them" if figures.lost > 400 else "Hardly any",
    }


def shown(figures: _Figures) -> Mapping[str, Mapping[str, str]]:
    return {
        "loss": {
            "before": f"{figures.before:.1f} % right",
            "now": f"{figures.after:.1f} % right",
            "lost": str(figures.lost),
        }
    }


def badges(figures: _Figures) -> list[str]:
    return ["float weights", f"{figures.after:.1f} % right"]


MODULE = SimpleNamespace(captions=captions, shown=shown, badges=badges)


class _Losing(QuestionStage):
    """What it shows and says are attributes, to be spoilt one by one."""

    badge_text = "float weights"
    figures = FIGURES
    said = FIGURES
    badge_figures = FIGURES
    extra = ""
    order = ("loss", "answer")

    def construct(self) -> None:
        self.open_stage()
        self.tell(captions(self.said))
        figures, now = self.figures, ValueTracker(self.figures.before)
        self.beat("question")
        self.ask()
        self.beat("loss")
        plates = (
            self.plate(signed(figures.before, 1), (-4, 1), unit="% right", name="before"),
            self.plate(lambda: signed(now.get_value(), 1), (4, 1), unit="% right", name="now"),
        )
        self.name_figure("lost", lambda: f"{30 * (figures.before - now.get_value()):.0f}")
        after = now.animate.set_value(figures.after)
        self.say_for(self.order[0], *map(Appear, plates), after, *self.change_badge(badges(self.badge_figures)[1]))
        self.forget_figure("lost")
        if self.extra:
            self.play(Appear(text(self.extra)))
        self.play(*map(Vanish, plates))
        self.beat("answer")
        self.say_for(self.order[1])
        self.close_stage()


def test_a_scene_that_is_right_is_passed() -> None:
    assert told_wrong(_Losing, MODULE, FIGURES) == []


FAULTS = {
    "exchanged": {"figures": replace(FIGURES, before=83.2, after=99.7)},
    "doubled": {"figures": replace(FIGURES, before=2 * 99.7)},
    "negated": {"figures": replace(FIGURES, after=-83.2)},
    "the live one alone": {"figures": replace(FIGURES, after=83.3)},
    "a number in a caption": {"said": replace(FIGURES, lost=594)},
    "a word that depends on one": {"said": replace(FIGURES, lost=45)},
    "captions exchanged": {"order": ("answer", "loss")},
    "the badge": {"badge_figures": replace(FIGURES, after=99.7)},
    "a number without a name": {"extra": "17"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_figure_that_is_not_so_is_found(fault: str) -> None:
    spoilt = type("_Spoilt", (_Losing,), FAULTS[fault])
    assert told_wrong(spoilt, MODULE, FIGURES)
