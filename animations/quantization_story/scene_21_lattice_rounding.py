"""Scene 21: which level a weight takes, chosen by what it costs the neuron's output, not by which is nearest."""

from typing import Any

import numpy as np
from manim import PI, VGroup

from quantization_story.core.shown_numbers import percent
from quantization_story.figures.lattice_rounding import (
    LatticeRoundingFigures,
    RoundedPopulation,
    badge,
    captions,
    chart_ticks,
    ends_elsewhere,
    error_words,
    gain_words,
    layer_words,
    measure,
)
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.lattice_rounding.outputs import OutputPlane
from quantization_story.pictures.lattice_rounding.row import RowPlane
from quantization_story.pictures.lattice_rounding.rows import RowFields
from quantization_story.pictures.lattice_rounding.seeds import GainChart
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

FLY, STEP, PAUSE, GROW = 2.4, 1.4, 0.6, 4.0  # seconds: to the row, a step of GPTQ, before its last, ellipses
SMALL = 0.1  # of the error of the best level: with that an ellipse begins


class LatticeRoundingScene(QuestionStage, NetworkScene):
    """Same levels, same bits: the nearest level is not the one that costs the output least, and a better one helps."""

    needs = NetworkRequirements(
        inputs=2,
        outputs=2,
        own_inputs=True,
        plane_layers=True,
        hidden_layers=1,
        most_classes=4,
        task=True,
        rounding=True,
        nearest=True,
    )
    figures: LatticeRoundingFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_the_question()
        self.show_the_point()
        self.take_the_nearest()
        self.look_at_the_inputs()
        self.turn_the_change()
        self.let_it_grow()
        self.take_the_short_way()
        self.show_all_rows()
        self.show_the_outputs()
        if self.figures.population is not None:
            self.show_the_seeds(self.figures.population)
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> LatticeRoundingFigures:
        """What is shown of a network; raises ValueError where no level but the nearest is better."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, measure it, and build the plane of a row."""
        self.load_story()
        self.tell(captions(self.figures))
        self.plane = RowPlane(self.figures.hero, self.figures.inputs, self.drift)
        hero = self.figures.rows.index(self.figures.hero)
        self.fields = RowFields(self.figures.rows, hero, self.drift)
        self.levels, self.taken = VGroup(self.plane.make_lines(), self.plane.make_levels()), self.plane.make_taken()
        self.picture, self.state = self.levels[1], "row"
        self.badge_text = self.now()
        self.open_stage(self.now)
        self.start_drift()

    def now(self) -> str:
        """What the picture shows now."""
        state = self.state
        if state == "outputs":
            moved = self.whole.moved.get_value()
            state = "nearest" if moved <= 0 else "better" if moved >= 1 else "moving"
        return badge(self.figures, state)

    def come(self, *things: Any, seconds: float = theme.STEADY) -> list[Any]:
        """The animations with which things come."""
        return [Appear(each, run_time=seconds) for each in things]

    def go(self, *things: Any, seconds: float = theme.BRIEF) -> list[Any]:
        """The animations with which things go."""
        return [Vanish(each, run_time=seconds) for each in things]

    # --- one row

    def ask_the_question(self) -> None:
        # The viewer sees a grid of dots, and a white point between them.
        self.beat("question")
        self.point = self.hero(self.plane.row_place)
        self.ask(*self.come(self.levels, self.point, seconds=theme.LONG))

    def show_the_point(self) -> None:
        # The viewer sees a line from the point to where its first weight stands, and one to its second.
        self.beat("point")
        feet, zone = self.plane.make_axes(), theme.middle_zone()
        names = [
            self.plate("first weight", (zone.right - 2.2, zone.bottom + 0.7), lambda: self.plane.foot(0)),
            self.plate("second weight", (zone.left + 2.0, zone.center[1]), lambda: self.plane.foot(1)),
        ]
        self.say_for("point", *self.come(feet, *names))
        self.hold_caption()
        self.play(*self.go(feet, *names))

    def take_the_nearest(self) -> None:
        # The viewer goes near; a circle grows from the point until it meets a dot, which turns orange.
        self.beat("nearest")
        plane = self.plane
        self.circle = plane.make_circle()
        self.say_for("nearest", plane.view.fly_to(plane.near), run_time=FLY)
        self.add(self.circle)
        self.play(plane.circle.animate.set_value(plane.row.distance), run_time=theme.LONG)
        self.play(*self.come(self.taken, seconds=theme.BRIEF))

    def look_at_the_inputs(self) -> None:
        # The viewer sees the neuron's inputs on a plane of their own, beside that of its weights.
        self.hold_caption()
        self.beat("inputs")
        self.inputs = self.plane.make_inputs()
        self.say_for("inputs", *self.come(self.inputs))

    def turn_the_change(self) -> None:
        # The viewer sees an arrow from the point: along the cloud the inputs swell, across it they hardly do.
        self.beat("ellipse")
        plane, zone = self.plane, theme.middle_zone()
        self.arrows = plane.make_arrow(), plane.make_panel_arrow()
        self.cost = self.plate(
            lambda: error_words(self.figures, plane.tried()),
            (zone.left + 1.6, zone.top - 0.9),
            unit="output error",
            name="error",
        )
        self.heading = plane.make_heading("larger dot: output farther off")
        come = self.come(self.cost, self.heading, *self.arrows)
        self.say_for("along", plane.length.animate.set_value(plane.row.distance), *come)
        self.say_for("across", plane.angle.animate.set_value(plane.row.costly + PI / 2))
        self.hold_caption()
        plane.budget.set_value(plane.row.error(plane.tried()))
        self.ellipse = plane.make_ellipse()
        self.add(self.ellipse)
        self.say_for("ellipse", plane.traced.animate.set_value(2 * PI), *self.go(self.circle))
        self.hold_caption()

    def let_it_grow(self) -> None:
        # The ellipse begins anew, small; the viewer sees it grow until it meets a dot, and the orange disc go there.
        self.beat("best")
        plane = self.plane
        self.play(*self.go(*self.arrows, self.cost))
        self.forget_figure("error")
        self.play(self.shrink(), run_time=STEP)
        self.left = plane.make_left()
        self.add(self.left)
        self.say_for("best", plane.budget.animate.set_value(plane.row.error(plane.row.best)))
        self.play(plane.chosen.animate.set_value(1.0), run_time=STEP)
        row = plane.row
        self.errors = [self.error_at(row.nearest, "nearest"), self.error_at(row.best, "best")]
        self.play(*self.come(*self.errors, seconds=theme.BRIEF))
        self.hold_caption(QUIET)

    def shrink(self) -> Any:
        """The animation with which the ellipse becomes so small that it meets nothing."""
        return self.plane.budget.animate.set_value(SMALL * self.plane.row.error(self.plane.row.best))

    def error_at(self, codes: Any, unit: str, name: str = "") -> Any:
        """The plate of the output's error at a level, the figure of which has the name of what the plate says of it."""
        plane, words = self.plane, error_words(self.figures, codes)
        return self.plate(words, plane.beside(codes), lambda: plane.level_place(codes), unit=unit, name=name or unit)

    def take_the_short_way(self) -> None:
        # The viewer sees a mark go to a line of dots, the ellipse grow until it touches that line, the mark slide
        # there and go to a dot; then, when that way is gone, the same with the other weight first.
        self.beat("GPTQ")
        self.play(self.hush(), *self.go(self.inputs, self.heading), self.shrink())
        first, plane = self.figures.first, self.plane
        self.start_way(first, "gptq")
        self.say_for("made up", plane.budget.animate.set_value(plane.touching(first)), run_time=STEP)
        self.end_way(first)
        self.hold_caption(QUIET)
        self.play(*self.go(*self.way), self.shrink())
        self.start_way(1 - first, "order")
        self.play(plane.budget.animate.set_value(plane.touching(1 - first)), run_time=STEP)
        self.end_way(1 - first)
        if ends_elsewhere(self.figures):
            self.errors.append(self.error_at(self.figures.landing(1 - first), "this way", "other way"))
            self.play(*self.come(self.errors[-1], seconds=theme.BRIEF))
        self.hold_caption(QUIET)

    def start_way(self, first: int, key: str) -> None:
        """Round the weight that is taken first: the mark goes to the line of its level."""
        self.way = self.plane.make_way(first), self.plane.make_fixed(first)
        self.add(self.way[0])
        self.say_for(key, self.plane.walked[first].animate.set_value(1.0), *self.come(self.way[1]), run_time=STEP)

    def end_way(self, first: int) -> None:
        """Slide to where the ellipse touches that line, and round the other weight."""
        walked = self.plane.walked[first]
        self.play(walked.animate.set_value(2.0), run_time=STEP)
        self.wait(PAUSE)
        self.play(walked.animate.set_value(3.0), run_time=STEP)

    # --- all rows

    def show_all_rows(self) -> None:
        # The viewer sees six fields, each with a row and its level; ellipses grow, and three discs take another one.
        fields = self.fields
        self.play(self.hush(), *self.go(*self.errors, *self.way, self.left, seconds=theme.BRIEF))
        for figure in ("nearest", "best", "other way"):
            self.named.pop(figure, None)
        self.beat("rows")
        self.names = fields.make_names(layer_words(self.figures))
        self.name_figure("layers", self.names)
        edges, dots = fields.make_fields(), fields.make_levels()
        self.all_rows = [edges, dots, fields.make_ellipses(), fields.make_taken(), fields.make_points()]
        gone = self.go(self.levels, self.ellipse, self.taken, self.point, seconds=theme.STEADY)
        self.picture, self.state = VGroup(edges, dots), "rows"
        grown: Any = fields.grown
        grow = grown.animate(run_time=GROW).set_value(1.0)
        self.say_for("rows", *gone, *self.come(self.names, *self.all_rows, seconds=theme.LONG), grow)
        self.left = fields.make_left()
        self.play(*self.come(self.left), fields.moved.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption(QUIET)

    # --- the whole network

    def show_the_outputs(self) -> None:
        # The viewer sees the outputs in their sectors, rings around the wrong ones; the weights move, and rings go.
        self.hold_caption()
        self.play(*self.go(self.names, *self.all_rows, self.left))
        self.forget_figure("layers")
        self.beat("points")
        zone = theme.middle_zone()
        whole = self.whole = OutputPlane((self.quantized, self.figures.better), self.data, self.head, self.drift)
        self.state = "outputs"
        corner = zone.right - 1.6, zone.top - 1.0
        self.outputs = [whole.make_sectors(), whole.make_signs(corner), whole.make_points(), whole.make_rings()]
        self.picture = self.outputs[0]
        self.right = self.plate(lambda: percent(whole.reached()), corner, unit="% right", name="right")
        self.say_for("points", *self.come(*self.outputs, self.right, seconds=theme.LONG))
        self.say_for("better", whole.moved.animate.set_value(1.0), quiet=QUIET)

    def show_the_seeds(self, population: RoundedPopulation) -> None:
        # The viewer sees a dot for each network of the search: most at zero, of the others more above than below.
        self.hold_caption()
        self.play(*self.go(self.right))
        self.forget_figure("right")
        self.beat("seeds")
        self.state = "seeds"
        less, gained = map(np.array, (population.less, population.gained))
        chart = self.chart = GainChart(less, gained, population.shown, chart_ticks(population), self.drift)
        axes, numbers = chart.make_axes(), chart.make_numbers()
        self.name_figure("ticks", numbers)
        self.picture = axes
        gone = self.go(*self.outputs, seconds=theme.STEADY)
        dots = [axes, numbers, chart.make_seeds(), self.hero(chart.shown_place)]
        self.say_for("seeds", *gone, *self.come(*dots, seconds=theme.LONG))
        words, right = gain_words(population), theme.middle_zone().right - 1.9
        heights = dict(zip(("more", "same", "fewer"), chart.beside_heights(), strict=True))
        plates = [self.plate(words[name], (right, height), name=name) for name, height in heights.items()]
        self.play(*self.come(*plates))

    def answer_the_question(self) -> None:
        # The viewer sees what was last shown: the networks, or the outputs.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
