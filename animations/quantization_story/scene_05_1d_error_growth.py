"""Scene 5: rounding error in one dimension, from one value to a chain of layers to a ReLU network of one input."""

from typing import Any

import numpy as np
from manim import LEFT, UP, FadeIn, FadeOut, LaggedStart, VMobject, linear

from quantization_story.analysis.one_dimension import fitted_readout
from quantization_story.analysis.scalar_chain import ChainDial, random_chain_errors
from quantization_story.common import UniformQuantizer, largest_code
from quantization_story.core.shown_numbers import number_word
from quantization_story.mobjects.live import LiveRow
from quantization_story.mobjects.text import percent, signed, text
from quantization_story.pictures.one_d_error_growth.chain import ChainStage
from quantization_story.pictures.one_d_error_growth.line import LineLens, LineStage
from quantization_story.pictures.one_d_error_growth.value import ValueStage
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme

PART_NAMES = ("e =", 'e_"metric" =', 'e_"topo" =')
PART_COLORS = (theme.INK, theme.SAME, theme.CROSSED)


class OneDErrorGrowthScene(StoryScene):
    """One weight, then a chain: the rounding of a value, worst-case intervals, and breakpoints that move."""

    title_text = "One weight, then a chain"
    bits = 4
    # A toy chain: six gains about 1, which share one scale. The value of the first beat is one of them.
    chain = (1.26, 0.83, 1.4, 0.71, 1.13, 0.94)
    shown_weight = 4
    chain_input = 1.0
    chain_bits = (4, 8, 3)
    random_roundings = 1000
    shown_roundings = 60
    # A toy network 1 -> 6 -> 1: its hidden units are given, its read-out is fitted to sin by least squares.
    slopes = (-0.45, -0.73, 1.06, -1.4, 0.7, 0.64)
    switches = (-2.4, -1.6, -0.3, 0.6, 1.3, 2.3)
    interval = (-3.0, 3.0)

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.round_one_value()
        self.run_through_the_range()
        self.build_the_chain()
        self.turn_the_dial()
        self.try_random_roundings()
        self.bend_the_line()
        self.move_the_breakpoints()
        self.look_into_a_strip()
        self.walk_along_the_error()
        self.close_stage(1.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Lay out the stage: charts at the left, the panel of figures at the right."""
        self.charts, self.panel = theme.stage_parts(7.9, left=0.85, gap=0.75)
        self.largest = float(np.abs(self.chain).max())
        self.value = ValueStage(self.zone(-0.75, 2.75), self.zone(-2.8, -1.5), self.largest, self.bits)
        self.example = self.chain[self.shown_weight - 1]
        self.badge_text = f"weight-only · {self.bits}-bit · one weight of a toy chain, no task"
        self.open_stage()

    def zone(self, bottom: float, top: float) -> theme.Zone:
        """A strip of the charts' part of the stage, its ends counted from the middle."""
        return self.charts.strip(bottom, top)

    def row(self, name: str, value: Any, y: float, color: str = theme.INK) -> LiveRow:
        """A line of the panel: a name that ends in "=" and a live number."""
        return LiveRow(name, value, (self.panel.left + 2.6, y), color)

    def note(self, content: str, y: float, color: str = theme.QUIET) -> VMobject:
        """A line of the panel in words."""
        return text(content, color).move_to((self.panel.left, y, 0.0), aligned_edge=LEFT)

    # --- one value

    def round_one_value(self) -> None:
        # The viewer sees a value go up to the axis of codes, snap to the nearest, and come back down beside itself.
        self.beat("one value")
        stage, rounded = self.value, self.value.rounded
        self.rows: list[LiveRow] = []
        value, place = self.new_row("w =", lambda: signed(rounded().value), theme.FLOAT), self.example
        self.say("A weight may be any real number", FadeIn(stage.axis, stage.real_name, stage.dot, *value))
        self.play(stage.value.animate.set_value(place), run_time=1.2)
        scale = self.new_row(f"s = max abs(w) \\/ {largest_code(self.bits)} =", lambda: signed(rounded().scale))
        count = len(stage.codes)
        codes = FadeIn(stage.code_axis, stage.code_name, stage.threads, *scale)
        self.say(f"{self.bits} bits: {count} codes and one scale", codes)
        self.hold_caption()
        self.add(stage.trail, stage.traveller)
        up, snap, down = (stage.trip.animate.set_value(stop) for stop in (1.0, 2.0, 3.0))
        ratio = self.new_row("w \\/ s =", lambda: signed(rounded().value / rounded().scale))
        code = self.new_row("q =", lambda: signed(rounded().code, 0), theme.QUANTIZED)
        restored = self.new_row("hat(w) = s thin q =", lambda: signed(rounded().restored), theme.QUANTIZED)
        error = self.new_row("e = hat(w) - w =", lambda: signed(rounded().error))
        self.say("Divide by the scale, round, multiply back", up, FadeIn(*ratio), run_time=1.2)
        self.play(snap, FadeIn(*code), run_time=0.8)
        self.play(down, FadeIn(*restored), run_time=1.2)
        self.say("The gap is the rounding error", FadeIn(stage.gap), FadeIn(*error))
        self.hold_caption()

    def new_row(self, name: str, value: Any, color: str = theme.INK) -> LiveRow:
        """The next line of the panel, below those that are there."""
        self.rows.append(self.row(name, value, self.panel.top - 0.7 - 0.75 * len(self.rows), color))
        return self.rows[-1]

    def run_through_the_range(self) -> None:
        # The viewer sees the code axis stand up beside the real axis; the running value draws staircase and sawtooth.
        self.beat("staircase and sawtooth")
        stage = self.value
        spare = stage.code_axis.numbers[1::2]
        gone = (stage.trail, stage.traveller, stage.threads, stage.real_name, stage.code_name, stage.gap, *spare)
        stage.code_axis.numbers.remove(*spare)
        stage.code_axis.start_turning()
        start = stage.value.animate.set_value(-self.largest)
        turn = stage.turn.animate.set_value(1.0)
        move = (FadeOut(*gone, run_time=theme.BRIEF), *self.move_axis(stage.home), turn, start)
        self.say("Let the value run through its whole range", *move, run_time=theme.STEADY)
        self.freeze(stage.code_axis)
        stage.make_curves()
        self.play(FadeIn(stage.curve_names, stage.levels), run_time=theme.BRIEF)
        self.add(*stage.curves)
        self.play(stage.value.animate.set_value(self.largest), run_time=2.0, rate_func=linear)
        bound = self.new_row("max abs(e) =", lambda: signed(stage.teeth.largest))
        self.say("The error: a sawtooth within half a step", FadeIn(*bound))
        self.hold_caption()
        self.gone = (*stage.curves, stage.levels, stage.curve_names, stage.code_axis, stage.axis, stage.dot)
        self.gone += tuple(part for row in self.rows for part in row)

    def move_axis(self, y: float) -> list[Any]:
        """The animations that take the real axis, and all that stands on it, to another height."""
        floor = self.value.floor
        return [self.value.axis.animate.shift((y - floor.get_value()) * UP), floor.animate.set_value(y)]

    # --- a chain

    def build_the_chain(self) -> None:
        # The viewer sees six weights in boxes and one value that runs through them, exactly and rounded; its error is
        # drawn below, layer by layer. Then the bars of all that rounding could do grow around it.
        self.beat("a chain")
        badge = self.change_badge(self.regime(self.chain_bits[0]))
        dial = ChainDial(self.chain_input, np.array(self.chain), self.chain_bits)
        self.stage = stage = ChainStage(self.zone(1.35, 2.75), self.zone(-2.7, 0.85), self.panel, dial)
        exact, rounded = stage.lanes
        count = number_word(stage.depth).capitalize()
        self.say(f"{count} weights in a row: each multiplies what arrives", FadeOut(*self.gone), *badge)
        self.play(LaggedStart(*map(FadeIn, stage.boxes), lag_ratio=0.15), FadeIn(exact), run_time=0.8)
        self.play(FadeIn(rounded), FadeIn(stage.chart, stage.level, stage.name), run_time=theme.BRIEF)
        self.play(stage.place.animate.set_value(1.0), run_time=0.8)
        self.rows = []
        names = (("y =", theme.FLOAT), ("hat(y) =", theme.QUANTIZED), ("e = hat(y) - y =", theme.INK))
        for k, (name, color) in enumerate(names):
            self.new_row(name, lambda k=k: signed(stage.travelled()[k], 3), color)
        rows = [part for row in self.rows for part in row]
        self.say("One value runs through both: the gap is its error", FadeIn(stage.pulse), *map(FadeIn, rows))
        self.add(stage.errors, stage.pulse, *rows)
        self.play(stage.happened.animate.set_value(stage.depth), run_time=0.45 * stage.depth, rate_func=linear)
        self.say("Each layer passes error on and adds its own", FadeOut(stage.pulse, *rows))
        self.add(stage.bars, stage.errors)
        self.play(*map(FadeIn, stage.legend), run_time=theme.BRIEF)
        self.play(stage.built.animate.set_value(stage.depth), run_time=stage.depth / 3, rate_func=linear)
        self.table = [stage.figures(1)]
        self.say("A whole bar: every error that rounding could make", FadeIn(stage.heads, *self.table))

    def regime(self, bits: int) -> str:
        """The badge of the chain."""
        return f"weight-only · {bits}-bit · toy chain of {len(self.chain)} weights, no task"

    def turn_the_dial(self) -> None:
        # The viewer sees the rounding become finer, then coarse: weights, bars and the true error follow.
        self.beat("8, 4 and 3 bits")
        stage = self.stage
        for stop, bits in enumerate(self.chain_bits[1:], start=2):
            finer = bits > self.chain_bits[stop - 2]
            words = "hardly any room for error" if finer else "the worst case runs away"
            self.table.append(stage.figures(stop))
            badge = self.change_badge(self.regime(bits))
            self.say(f"{bits} bits: {words}", stage.place.animate.set_value(stop), *badge, run_time=1.2)
            self.play(FadeIn(self.table[-1]), run_time=theme.BRIEF)
        self.hold_caption()

    def try_random_roundings(self) -> None:
        # The viewer sees the one rounding that reaches the end of the last bar; then many random ones as thin lines,
        # all inside the bars, most of them far inside.
        self.beat("random roundings")
        stage, stop, count = self.stage, len(self.chain_bits), self.random_roundings
        random = random_chain_errors(self.chain_input, self.chain, stage.dial.half_width(stop), count)
        reached = np.abs(random[:, -1]) / stage.dial.intervals(stop).worst[-1]
        self.freeze(stage.bars, stage.errors, *stage.lanes)
        worst, threads = stage.worst_line(stop), stage.threads(random[: self.shown_roundings])
        notes = (
            self.note(f"{count} random roundings:", self.panel.up(-1.6)),
            self.note(f"{percent(reached.max(), 0)} \\% of the worst case at most,", self.panel.up(-2.05)),
            self.note(f"{percent(float(np.median(reached)), 0)} \\% of it in the median", self.panel.up(-2.5)),
        )
        self.say("Dashed: every weight errs its worst way", FadeIn(worst))
        self.say("Chance stays far inside", FadeIn(threads), *map(FadeIn, notes))
        self.hold_caption(1.0)
        self.gone = (threads, worst, stage.chart, stage.level, stage.name, stage.boxes, *stage.lanes, stage.heads)
        self.gone += (*stage.bars, *stage.errors, *stage.legend, *self.table, *notes)

    # --- a ReLU network of one input

    def bend_the_line(self) -> None:
        # The viewer sees a broken line being drawn, with a yellow point wherever a ReLU switches.
        self.beat("a broken line")
        x = np.linspace(*self.interval, 301)
        self.net = fitted_readout(self.slopes, self.switches, x, np.sin(x))
        quantized = self.net.quantized(UniformQuantizer(self.bits))
        self.line = line = LineStage(self.zone(0.3, 2.85), self.zone(-2.4, -0.3), self.net, quantized, self.interval)
        widths = "→".join(map(str, self.net.widths))
        badge = self.change_badge(f"weight-only · {self.bits}-bit · toy network {widths}, fitted to a sine")
        switch, *self.keys = line.legend(self.panel)
        frame = (FadeIn(line.functions), FadeIn(line.functions_zero), FadeIn(line.float_name), FadeIn(switch))
        count = number_word(self.net.widths[1])
        self.say(f"Another toy: {count} ReLUs make a broken line", FadeOut(*self.gone), *frame, *badge)
        self.add(line.float_line, line.float_marks)
        run = line.drawn.animate.set_value(self.interval[1])
        self.play(run, run_time=1.6, rate_func=linear)

    def move_the_breakpoints(self) -> None:
        # The viewer sees the weights slide onto their grid: pieces tilt, breakpoints move, and the error grows below.
        self.beat("breakpoints move")
        line = self.line
        self.freeze(line.float_line, line.float_marks)
        below = (line.error, line.error_zero, line.names, line.input_name, line.float_posts, *self.keys)
        self.say("Round the weights: the pieces tilt, the breakpoints move", FadeIn(*below), run_time=theme.BRIEF)
        self.add(line.strips, line.moved_posts, line.quantized_line, line.error_line)
        self.play(line.slide.animate.set_value(1.0), run_time=2.4)
        self.hold_caption()

    def look_into_a_strip(self) -> None:
        # The viewer sees the widest strip grow into a close-up; the error in it splits into a green and a red part.
        self.beat("one strip close up")
        line, panel = self.line, self.panel
        self.freeze(line.strips, line.moved_posts, line.quantized_line, line.error_line)
        lens = LineLens(line, panel.strip(-0.85, 0.9))
        self.add(lens.picture)
        grow = lens.grown.animate.set_value(1.0)
        self.say("Strip: a ReLU is on in one network only", FadeIn(lens.place), grow, run_time=1.2)
        marks = (lens.topological, line.topological, line.metric_line)
        self.freeze(*lens.picture, *lens.breakpoints, lens.metric, *marks)
        self.play(FadeIn(lens.breakpoints), run_time=theme.BRIEF)
        e, metric, topological = (self.part_row(k) for k in range(len(PART_NAMES)))
        line.probe.set_value(line.stop)
        line.probe_marks.update()
        for part in (*e, *metric, *topological):
            part.update()
        self.say(
            "Same ReLUs as in float: metric error, in green",
            FadeIn(lens.metric, line.probe_marks, *e, *metric),
        )
        self.say("What the other ReLUs add: topological error, in red", FadeIn(*marks, *topological))
        self.hold_caption()
        self.parts = (*e, *metric, *topological)

    def part_row(self, k: int) -> LiveRow:
        """The error at the probe, or one of its parts, below the close-up."""
        line = self.line
        return self.row(PART_NAMES[k], lambda: signed(line.parts()[k], 3), self.below_lens(k), PART_COLORS[k])

    def below_lens(self, k: int) -> float:
        """The height of row k below the close-up."""
        return self.panel.up(-1.4 - 0.55 * k)

    def walk_along_the_error(self) -> None:
        # The viewer sees a probe walk along the error: green where the patterns agree, a red cross in the strips.
        self.beat("metric and topological")
        line = self.line
        start = line.probe.animate.set_value(self.interval[0])
        self.say("Outside the strips the red part is zero", start, run_time=0.8)
        self.play(line.probe.animate.set_value(self.interval[1]), run_time=2.0, rate_func=linear)
        final = line.final
        lines = (
            (f"strips: {percent(final.changed_share)} \\% of the inputs", theme.INK),
            (f"red in them: {signed(final.topological.largest, 3)} at most", theme.CROSSED),
            (f"red elsewhere: {final.topological_elsewhere:g}", theme.CROSSED),
        )
        notes = (self.note(words, self.below_lens(k), color) for k, (words, color) in enumerate(lines))
        self.say("Moved breakpoints make the topological error", FadeOut(line.probe_marks, *self.parts))
        self.play(*map(FadeIn, notes), run_time=theme.BRIEF)
