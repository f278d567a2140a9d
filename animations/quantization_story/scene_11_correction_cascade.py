"""Scene 11: the error of rounding runs down a deep network: what each layer adds and passes on, and corrections."""

import numpy as np
from manim import LEFT, Animation, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup, VMobject, linear

from quantization_story.analysis.cascade import (
    Cascade,
    CascadeStudy,
    comparison_words,
    composition_words,
    control_words,
    cost_words,
    growth_words,
    layer_terms,
    typical_point,
)
from quantization_story.analysis.unit_errors import layer_unit_errors, phase
from quantization_story.core.plane_geometry import tick_decimals, ticks
from quantization_story.figures.correction_cascade import correction_cascade_figures
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.layer_graph import LayerGraph, close_up, half_key, in_columns, weights_of
from quantization_story.mobjects.legend import lined
from quantization_story.mobjects.paths import CellPath
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.correction_cascade import (
    CascadeTable,
    TermBars,
    front_line,
    notes,
    shades,
    trace,
)
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.style import theme

MARKS = ("triangle", "square", "diamond")
# What takes the place of a layer's z_q, in Typst math, and what the letters stand for.
RULES = {
    "bias": ("z_q + t", "$t$: one number for each unit"),
    "low-rank": ("z_q + u v^T a_q", "$u$, $v$: a column and a row for each layer"),
    "affine": ("T z_q + t", "$T$ mixes all units of a layer, $t$ shifts them"),
}


class CorrectionCascadeScene(NetworkScene):
    """Down the cascade: what each layer adds to the error and passes on, and what corrections bring back."""

    title_text = "Down the cascade"
    needs = NetworkRequirements(hidden_layers=2, most_units=100, task=True)
    network_name = "deep"

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.round_layer_one()
        self.pass_it_on()
        self.run_down()
        self.measure_all_points()
        self.round_one_at_a_time()
        self.remove_every_local_term()
        self.run_corrections()
        self.compare()
        self.close_stage(1.0)

    # --- what is on stage

    @classmethod
    def figures_of(cls, subject: StorySubject) -> CascadeStudy:
        """The errors of all layers, and what every correction brings back."""
        return correction_cascade_figures(subject)

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned, measure everything, and lay out the stage."""
        self.load_story()
        net, quantized, data = self.net, self.quantized, self.data
        self.study = self.figures
        followed = data.points[typical_point(net, quantized, data.points)]
        self.one = layer_terms(net, quantized, followed[None], self.study.spreads)
        self.unit_errors = layer_unit_errors(net, quantized, followed, self.study.spreads)
        self.badge_text = self.regime()
        self.open_stage()
        self.make_charts()
        self.make_movers()

    def make_charts(self) -> None:
        """Two strips with the layers as common columns, and the panel at the right of them."""
        depth, study = self.net.depth, self.study
        self.place, self.panel = theme.stage_parts(theme.stage_zone().width - 5.95, left=0.75, gap=0.45)
        left, right, bottom, top = self.place.left, self.place.right, self.place.bottom, self.place.top
        self.upper = theme.Zone(left, right, bottom + 3.55, top - 0.05)
        lower = theme.Zone(left, right, bottom + 0.85, bottom + 2.9)
        across, columns = (-0.5, depth + 0.5), range(depth + 1)
        tallest = max(study.longest, float(np.max(self.one.total)))
        names = ["layer", *map(str, range(1, depth + 1))]
        at = ticks(0.0, 1.05 * tallest)
        self.chart = Chart(
            lower, across, (0.0, 1.05 * tallest), columns, at, names, digits=(0, tick_decimals(1.05 * tallest))
        )
        self.chart_name = self.small("length of the error; 1 is the spread of $z$", lower.top + 0.25)
        lowest = 100 * min(float(each.accuracies.min()) for each in (study.baseline, *study.corrected))
        zone = theme.Zone(left, right, self.upper.bottom + 0.1, self.upper.top - 0.5)
        self.accuracies = Chart(zone, across, (10 * np.floor(lowest / 10), 100.5), (), None)
        words = "accuracy in \\%, with the layers left of the line corrected"
        self.accuracies_name = self.small(words, self.upper.top - 0.15)

    def small(self, words: str, y: float) -> VMobject:
        """The name of a chart, above it."""
        line = text(words, theme.QUIET, theme.SMALL_SIZE)
        return line.move_to((theme.stage_zone().left + 0.2, y, 0.0), aligned_edge=LEFT)

    def make_movers(self) -> None:
        """The network with the error of one point in it, and below it the two terms of every layer."""
        self.front, self.pooled = ValueTracker(0.0), ValueTracker(0.0)
        self.corrected, self.far = ValueTracker(0.0), ValueTracker(0.0)
        front, far, pooled, corrected = self.front, self.far, self.pooled, self.corrected
        widths, limit = self.net.widths, self.upper.right
        close = close_up(self.place, widths)
        columns = [self.chart.point(layer, 0.0)[0] for layer in range(len(widths))]
        self.whole = whole = in_columns(self.upper, columns, widths)
        self.graph = LayerGraph(
            widths, self.unit_errors, lambda: close.toward(whole, far.get_value()), limit, front.get_value
        )
        self.column_names = VGroup(
            *(
                text("input" if layer == 0 else f"layer {layer}", theme.QUIET).move_to((x, self.place.top - 0.1, 0.0))
                for layer, x in enumerate(close.columns)
                if x <= limit
            )
        )
        layers = range(1, self.net.depth + 1)

        def grown() -> tuple[np.ndarray, np.ndarray]:
            states = [phase(front.get_value(), layer) for layer in layers]
            return np.array([state.arrived for state in states]), np.array([state.added for state in states])

        # The correction whose terms are shown, in a list, so that another one can take its place.
        one, running = self.one, [self.study.baseline]
        self.running = running
        self.bars = TermBars(
            self.chart,
            lambda: one.toward(running[0].after(corrected.get_value()), pooled.get_value()),
            grown,
        )

    def row(self, index: float) -> tuple[float, float]:
        """Where a line of the legend at the top of the panel begins."""
        return self.panel.left, self.panel.top - 0.35 - 0.6 * index

    def key(self, words: str, color: str, index: int, dashed: bool = False) -> VGroup:
        """A line of the legend."""
        return lined(words, color, self.row(index), dashed)

    # --- one point

    def round_layer_one(self) -> None:
        # The viewer sees the first units close up; layer 1 is rounded, and an error runs into each of its units.
        self.beat("local")
        graph = self.graph
        self.say(
            "Where does the error at the output come from?",
            FadeIn(graph.weights, graph.units, self.column_names),
        )
        self.add(graph.error)
        local = half_key("local, own rounding: $E a_q$", theme.QUANTIZED, 1.0, self.row(0))
        remark = notes(
            (
                "one typical input; area: size of the error in a unit",
                "$E = W_q - W$: what rounding does to weights",
                "$a$: what a layer receives; $a_q$: with rounding",
            ),
            self.row(3.1),
        )
        self.say("Rounding layer 1 adds an error to each unit", FadeIn(local, remark))
        self.play(self.front.animate.set_value(1.0), run_time=theme.STEADY, rate_func=linear)
        self.keys, self.detail = VGroup(local), VGroup(remark)

    def pass_it_on(self) -> None:
        # The viewer sees closed units turn grey, the rest run along the weights, and arrive in layer 2 in pink.
        self.beat("propagated")
        propagated = half_key("propagated: $W (a_q - a)$", theme.PROPAGATED, -1.0, self.row(1))
        stopped = half_key("stopped: the ReLU is closed", theme.QUIET, 0.0, self.row(2))
        self.say("Closed ReLUs (grey) stop it; the weights carry the rest on", FadeIn(propagated, stopped))
        self.play(self.front.animate.set_value(1.52), run_time=2.0, rate_func=linear)
        self.say("To what arrives, layer 2 adds an error of its own")
        self.play(self.front.animate.set_value(2.0), run_time=1.6, rate_func=linear)
        self.keys.add(propagated)
        self.detail.add(stopped)

    def run_down(self) -> None:
        # The viewer sees the whole network; below it a bar for each layer, as long as its error, grows as it arrives.
        self.beat("down the layers")
        graph, depth = self.graph, self.net.depth
        out = (self.far.animate.set_value(1.0), FadeOut(self.column_names))
        self.say("And so on, layer by layer; below, the length of the error", *out, run_time=theme.STEADY)
        self.freeze(graph.weights, graph.units)
        self.bars.update()
        self.play(FadeIn(self.chart, self.chart_name, self.bars), run_time=theme.BRIEF)
        self.play(self.front.animate.set_value(depth), run_time=(depth - 2) / 3, rate_func=linear)

    # --- all points

    def measure_all_points(self) -> None:
        # The viewer sees the bars of all points at once, and below each the share that came from the layers before.
        self.beat("all points")
        terms, count = self.study.rounded, len(self.data.points)
        self.remark = notes(
            (f"root mean square of {count} held-out points;", "parts: as the lengths of both terms compare"),
            self.row(2.1),
        )
        self.say(
            f"For all points: the error {growth_words(terms.total)}",
            self.pooled.animate.set_value(1.0),
            FadeOut(self.detail),
            FadeIn(self.remark),
            run_time=theme.STEADY,
        )
        self.shares = self.make_shares(terms.shares)
        last = percent(terms.shares[-1], 0)
        comes = LaggedStart(*map(FadeIn, self.shares), lag_ratio=0.3)
        self.say(f"At the output {last} % of it comes from earlier layers", comes, run_time=1.6)

    def make_shares(self, shares: np.ndarray) -> VGroup:
        """The propagated share in per cent, below the name of every layer."""
        low = self.chart.zone.bottom - 0.66
        name = text("share \\%", theme.PROPAGATED, theme.SMALL_SIZE)
        name.move_to((self.chart.point(0, 0.0)[0], low + 0.08, 0.0))
        figures = (
            LiveText(percent(share, 0), theme.PROPAGATED, theme.SMALL_SIZE, align=0).place(
                (self.chart.point(layer, 0.0)[0], low, 0.0)
            )
            for layer, share in enumerate(shares.tolist(), start=1)
        )
        return VGroup(name, *figures)

    def round_one_at_a_time(self) -> None:
        # The viewer sees layer after layer lit: a bar for the error at the output when only this one is rounded.
        self.beat("one at a time")
        alone, depth, chart, reached = self.study.alone, self.net.depth, self.chart, ValueTracker(0.0)
        lengths, layers = alone.lengths[:, -1], np.arange(1, depth + 1)
        bars = CellPath(theme.QUANTIZED, 0.9)
        bars.add_updater(
            lambda path: chart.draw_bars(path, layers, lengths * np.clip(reached.get_value() - layers + 1, 0, 1), 0.56)
        )
        lit = weights_of(lambda: int(np.ceil(reached.get_value())), self.whole, self.net.widths)
        name = self.small("error at the output", chart.zone.top + 0.25)
        level = chart.level(float(self.study.rounded.total[-1]), theme.INK, theme.THIN)
        keys = VGroup(
            self.key("only this layer is rounded", theme.QUANTIZED, 0), self.key("all are rounded", theme.INK, 1)
        )
        words = composition_words(self.float_accuracy, self.quantized_accuracy, alone.accuracies)
        gone = FadeOut(self.keys, self.remark, self.graph.error, self.shares, self.bars, self.chart_name)
        self.say(words, gone, FadeIn(keys, name, level))
        self.add(lit, bars)
        self.play(reached.animate.set_value(depth), run_time=depth / 3, rate_func=linear)
        self.gone = (lit, bars, level, name, keys, self.graph.weights, self.graph.units)

    # --- corrections

    def remove_every_local_term(self) -> None:
        # The viewer sees -E a added layer by layer: behind the front there is neither local nor propagated error.
        self.beat("the yardstick")
        depth, corrected, study = self.net.depth, self.corrected, self.study
        rounded = trace(self.chart, study.rounded.total, 1, lambda: float(depth), theme.QUANTIZED, "disc")
        self.keys.add(
            self.key("the error as it was", theme.QUANTIZED, 2),
            self.key('with $c_"local" = -E a_q$ added', theme.QUIET, 3, dashed=True),
        )
        lines = self.traces(study.baseline, theme.QUIET, "ring", dashed=True)
        self.front_line = front_line((self.chart, self.accuracies), corrected.get_value, theme.SAME)
        self.say(
            "Undo what each layer adds, and nothing is left to pass on",
            FadeOut(*self.gone),
            FadeIn(self.bars, self.chart_name, self.keys, rounded, self.accuracies, self.accuracies_name),
            run_time=theme.STEADY,
        )
        self.add(*lines, self.front_line)
        self.play(corrected.animate.set_value(depth), run_time=4 / 15 * depth, rate_func=linear)
        self.say("But that stores the exact weights: a yardstick, no repair")
        self.hold_caption()
        self.freeze(*lines)

    def traces(self, cascade: Cascade, color: str, mark: str, dashed: bool = False) -> tuple[VGroup, VGroup]:
        """What a correction leaves behind its front: the error after every layer, and the accuracy."""
        errors = np.array([cascade.terms[layer].total[layer - 1] for layer in range(1, cascade.depth + 1)])
        reached = self.corrected.get_value
        return (
            trace(self.chart, errors, 1, reached, color, mark, dashed),
            trace(self.accuracies, 100 * cascade.accuracies, 0, reached, color, mark, dashed),
        )

    def run_corrections(self) -> None:
        # The viewer sees each correction run down: bars shrink behind and ahead of the front, lines and figures stay.
        self.beat("corrections")
        corrected, depth, cascades = self.corrected, self.net.depth, self.study.corrected
        self.hold_caption()
        self.play(FadeOut(self.keys), run_time=theme.BRIEF)
        beside: list[Animation] = [FadeIn(*self.make_table())]
        for cascade, mark, color in zip(cascades, MARKS, shades(theme.SAME, len(cascades)), strict=True):
            self.say(cost_words(cascade, self.study.numbers), corrected.animate.set_value(0.0), *beside)
            rule = self.make_rule(cascade.kind, color)
            beside = [FadeOut(rule)]
            self.running[0] = cascade
            lines = self.traces(cascade, color, mark)
            row = self.table.row(cascade, color, mark, corrected.get_value)
            self.play(FadeIn(row, rule), run_time=theme.BRIEF)
            self.add(*lines)
            self.play(corrected.animate.set_value(depth), run_time=4 / 15 * depth, rate_func=linear)
            self.freeze(*lines, *row)
        self.last_rule = rule

    def make_rule(self, kind: str, color: str) -> VGroup:
        """What a correction makes of a layer's pre-activation, below the table."""
        becomes, letters = RULES[kind]
        line = formula(f"z_q -> {becomes}", color)
        y = self.panel.bottom + 1.85
        line.move_to((self.panel.left, y, 0.0), aligned_edge=LEFT)
        return VGroup(line, notes((letters,), (self.panel.left, y - 0.5)))

    def make_table(self) -> tuple[VGroup, VGroup, VGroup]:
        """The head of the table, its rows for what is to be reached, and the remarks below it."""
        study, panel = self.study, self.panel
        self.table = table = CascadeTable(theme.Zone(panel.left, panel.right, panel.bottom, panel.top - 0.25))
        rounded, baseline = study.rounded.total[-1], study.baseline
        rows = VGroup(
            table.plain_row("float", theme.FLOAT, "disc", (signed(0.0), percent(self.float_accuracy))),
            table.plain_row("rounded", theme.QUANTIZED, "disc", (signed(rounded), percent(self.quantized_accuracy))),
            table.plain_row("exact", theme.QUIET, "ring", (signed(baseline.left), percent(baseline.accuracies[-1]))),
        )
        remark = notes(
            (
                "error: at the output; correct: \\% of held-out points",
                f"numbers: stored; the network itself has {study.numbers}",
            ),
            (panel.left, panel.bottom + 0.56),
        )
        return table, rows, remark

    def compare(self) -> None:
        # The viewer sees the bars leave and the lines stay; then the control comes as the last column of the table.
        self.beat("comparison")
        study = self.study
        self.say(comparison_words(study.corrected, study.numbers), FadeOut(self.bars, self.front_line, self.last_rule))
        room = " (at 100 \\% it cannot)" if self.float_accuracy == 1 else ""
        remark = notes(
            ("on float: correct with it on the float network,", f"where it must not gain{room}"),
            (self.panel.left, self.panel.bottom + 1.5),
        )
        self.say(control_words(study.corrected), FadeIn(self.table.control(), remark))
