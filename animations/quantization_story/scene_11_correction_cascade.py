"""Scene 11: the error of rounding runs down a deep network: what each layer adds and passes on, and corrections."""

from typing import Any

import numpy as np
from manim import LEFT, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup, VMobject, linear

from quantization_story import theme
from quantization_story.cascade import (
    Cascade,
    cascade_study,
    comparison_words,
    composition_words,
    control_words,
    cost_words,
    growth_words,
    layer_terms,
    typical_point,
)
from quantization_story.error_pulse import error_pulse, phase
from quantization_story.mobjects.cascade_charts import CascadeTable, decimals, front_line, notes, trace
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.layer_graph import LayerGraph, close_up, in_columns
from quantization_story.mobjects.shares import lined
from quantization_story.mobjects.term_bars import TermBars
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.needs import Needs
from quantization_story.network_scene import NetworkScene
from quantization_story.planar import ticks

MARKS = ("triangle", "square", "diamond")


class CorrectionCascade(NetworkScene):
    """Error runs down the layers: what each adds, what it passes on, and what corrections on the way bring back."""

    title_text = "Down the cascade"
    needs = Needs(inputs=2, outputs=2, plane_layers=True, hidden_layers=2, most_classes=4, task=True)
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

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned, measure everything, and lay out the stage."""
        self.load_story()
        net, quantized, data = self.net, self.quantized, self.data
        if net.depth < 3:
            raise ValueError(f"a cascade needs at least 3 layers, this network has the widths {net.widths}")
        calibration = self.learned.calibration.points
        self.study = cascade_study(net, quantized, calibration, data.points, data.labels, self.head)
        if not self.study.rounded.total.any():
            raise ValueError(f"at {self.story_bits} bits rounding changes nothing: there is no error to follow")
        followed = data.points[typical_point(net, quantized, data.points)]
        self.one = layer_terms(net, quantized, followed[None], self.study.spreads)
        self.pulses = error_pulse(net, quantized, followed, self.study.spreads)
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
        tallest = max(study.longest, float(np.max(self.one.local + self.one.propagated)))
        names = ["layer", *map(str, range(1, depth + 1))]
        at = ticks(0.0, 1.05 * tallest)
        self.chart = Chart(lower, across, (0.0, 1.05 * tallest), columns, at, names, digits=(0, decimals(at)))
        self.chart_name = self.small("length of the error, in units of the spread of $z$", lower.top + 0.25)
        lowest = 100 * min(float(each.accuracies.min()) for each in (study.baseline, *study.corrected))
        zone = theme.Zone(left, right, self.upper.bottom + 0.1, self.upper.top - 0.5)
        self.accuracies = Chart(zone, across, (10 * np.floor(lowest / 10), 100.5), (), None)
        self.accuracies_name = self.small("accuracy in \\%, corrected down to this layer", self.upper.top - 0.15)

    def small(self, words: str, y: float) -> VMobject:
        """The name of a chart, above it."""
        line = text(words, theme.QUIET, theme.SMALL_SIZE)
        return line.move_to((theme.stage_zone().left + 0.2, y, 0.0), aligned_edge=LEFT)

    def make_movers(self) -> None:
        """The network with the error of one point in it, and below it the two terms of every layer."""
        self.front, self.bend, self.pooled = ValueTracker(0.0), ValueTracker(1.0), ValueTracker(0.0)
        self.corrected, self.far = ValueTracker(0.0), ValueTracker(0.0)
        front, far, pooled, corrected = self.front, self.far, self.pooled, self.corrected
        widths, limit = self.net.widths, self.upper.right
        close = close_up(self.place, widths)
        whole = in_columns(self.upper, [self.chart.point(layer, 0.0)[0] for layer in range(len(widths))], widths)
        self.graph = LayerGraph(
            widths, self.pulses, lambda: close.toward(whole, far.get_value()), limit, front.get_value
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
            self.bend.get_value,
            grown,
        )

    def key(self, words: str, color: str, row: int, dashed: bool = False) -> VGroup:
        """A line of the legend at the top of the panel."""
        return lined(words, color, (self.panel.left, self.panel.top - 0.35 - 0.6 * row), dashed)

    def remarks(self, *lines: str) -> VGroup:
        """Small lines at the foot of the panel."""
        return notes(lines, (self.panel.left, self.panel.bottom + 0.2 + 0.36 * (len(lines) - 1)))

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
        local = self.key("local: $E a_q$, $E = W_q - W$", theme.QUANTIZED, 1)
        self.remark = self.remarks(
            "one typical point; $a$: what a layer receives,",
            "$a_q$: the same on the rounded path; the area of",
            "a half disc is the size of the error in a unit",
        )
        self.say("Rounding layer 1 gives each of its units an error", FadeIn(local, self.remark))
        self.play(self.front.animate.set_value(1.0), run_time=theme.STEADY, rate_func=linear)
        self.keys = VGroup(local)

    def pass_it_on(self) -> None:
        # The viewer sees closed units turn grey, the rest run along the weights, and arrive in layer 2 in violet.
        self.beat("propagated")
        propagated = self.key("propagated: $W (a_q - a)$", theme.PROPAGATED, 0)
        self.say("Closed ReLUs (grey) stop it; the weights carry the rest on", FadeIn(propagated))
        self.play(self.front.animate.set_value(1.52), run_time=2.0, rate_func=linear)
        self.say("To what arrives, layer 2 adds an error of its own")
        self.play(self.front.animate.set_value(2.0), run_time=1.6, rate_func=linear)
        self.keys.add(propagated)

    def run_down(self) -> None:
        # The viewer sees the whole network; below it each layer's two errors as arrows, tip to tail, with their sum.
        self.beat("down the layers")
        graph, depth = self.graph, self.net.depth
        out = (self.far.animate.set_value(1.0), FadeOut(self.column_names))
        self.say("And so on, layer by layer; below, both errors tip to tail", *out, run_time=theme.STEADY)
        self.freeze(graph.weights, graph.units)
        total = self.key("their sum: $z_q - z$", theme.INK, 2)
        self.keys.add(total)
        self.bars.update()
        self.play(FadeIn(self.chart, self.chart_name, self.bars, total), run_time=theme.BRIEF)
        self.play(self.front.animate.set_value(depth), run_time=(depth - 2) / 3, rate_func=linear)

    # --- all points

    def measure_all_points(self) -> None:
        # The viewer sees the arrows laid straight as bars, for all points at once, and the propagated share below each.
        self.beat("all points")
        terms, count = self.study.rounded, len(self.data.points)
        straight = (self.bend.animate.set_value(0.0), self.pooled.animate.set_value(1.0))
        remark = self.remarks(
            f"both lengths end to end, {theme.INK_WORD}: their sum's;",
            f"root mean square of {count} held-out points",
        )
        first, last = (percent(terms.shares[k], 0) for k in (0, -1))
        words = f"The error {growth_words(terms.total)}; {first} → {last} % is propagated"
        self.play(*straight, FadeOut(self.remark), FadeIn(remark), run_time=1.4)
        self.shares = self.make_shares(terms.shares)
        self.say(words, LaggedStart(*map(FadeIn, self.shares), lag_ratio=0.3), run_time=1.6)
        self.remark = remark

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
        # The viewer sees a line leave every layer: the error of that layer alone, carried on to the output.
        self.beat("one at a time")
        alone, depth = self.study.alone, self.net.depth
        reached = ValueTracker(1.0)
        lines = VGroup(
            *(
                trace(self.chart, alone.lengths[k, k:], k + 1, reached.get_value, theme.QUANTIZED, "disc")
                for k in range(depth)
            )
        )
        dim = [part.animate.set_fill(opacity=0.3) for part in self.bars]
        gone = FadeOut(self.keys, self.remark, self.graph.error)
        keys = VGroup(
            self.key("one layer rounded alone", theme.QUANTIZED, 0),
            self.key("if these were independent noise", theme.QUIET, 1, dashed=True),
        )
        self.say("Is it noise, layer upon layer? Round only one at a time", gone, *dim, FadeIn(keys[0]))
        self.add(lines)
        self.play(reached.animate.set_value(depth), run_time=depth / 3, rate_func=linear)
        sum_line = trace(self.chart, alone.independent, 1, lambda: float(depth), theme.QUIET, "disc", dashed=True)
        left, up = self.panel.left, self.panel.up
        figures = VGroup(
            notes(("error at the output",), (left, up(0.35))),
            *(
                VGroup(
                    LiveText(signed(float(value)), color, theme.FIGURE_SIZE).place((left, y, 0.0)),
                    notes((words,), (left + 1.5, y + 0.2)),
                )
                for value, words, color, y in (
                    (self.study.rounded.total[-1], "as it is", theme.INK, up(-0.5)),
                    (alone.independent[-1], "as independent noise", theme.QUIET, up(-1.35)),
                )
            ),
        )
        words = composition_words(self.float_accuracy, self.quantized_accuracy, alone.accuracies)
        self.say(words, FadeIn(sum_line, keys[1], figures))
        self.hold_caption()
        self.gone = (lines, sum_line, keys, figures, self.graph.weights, self.graph.units, self.shares)

    # --- corrections

    def remove_every_local_term(self) -> None:
        # The viewer sees -E a added layer by layer: behind the front there is neither local nor propagated error.
        self.beat("the yardstick")
        lit = [part.animate.set_fill(opacity=1.0) for part in self.bars]
        depth, corrected, study = self.net.depth, self.corrected, self.study
        rounded = trace(self.chart, study.rounded.total, 1, lambda: float(depth), theme.QUANTIZED, "disc")
        key = self.key('$c_"local" = -E a_q$ before the ReLU', theme.QUIET, 3, dashed=True)
        lines = self.traces(study.baseline, theme.QUIET, "ring", dashed=True)
        self.front_line = front_line((self.chart, self.accuracies), corrected.get_value, theme.SAME)
        self.say(
            "Take away what each layer adds: nothing is left to pass on",
            FadeOut(*self.gone),
            *lit,
            FadeIn(self.keys, key, rounded, self.accuracies, self.accuracies_name),
            run_time=theme.STEADY,
        )
        self.add(*lines, self.front_line)
        self.play(corrected.animate.set_value(depth), run_time=4 / 15 * depth, rate_func=linear)
        self.say("It rebuilds W exactly: an upper baseline for analysis, no method")
        self.hold_caption()
        self.freeze(*lines)
        self.baseline_key = key

    def traces(self, cascade: Cascade, color: str, mark: str, dashed: bool = False) -> tuple[VGroup, VGroup]:
        """What a correction leaves behind its front: the error after every layer, and the accuracy."""
        errors = np.array([cascade.terms[layer].total[layer - 1] for layer in range(1, cascade.depth + 1)])
        reached = self.corrected.get_value
        return (
            trace(self.chart, errors, 1, reached, color, mark, dashed),
            trace(self.accuracies, 100 * cascade.accuracies, 0, reached, color, mark, dashed),
        )

    def freeze(self, *movers: Any) -> None:
        """Let lines stay as they are when the front goes back."""
        for mover in movers:
            mover.update()
            mover.clear_updaters()

    def run_corrections(self) -> None:
        # The viewer sees each correction run down: bars shrink behind and ahead of the front, lines and figures stay.
        self.beat("corrections")
        corrected, depth = self.corrected, self.net.depth
        opening = [FadeOut(self.keys, self.baseline_key), FadeIn(*self.make_table())]
        for cascade, mark in zip(self.study.corrected, MARKS, strict=True):
            back = corrected.animate.set_value(0.0)
            self.say(cost_words(cascade, self.study.numbers), back, *opening, run_time=1.0)
            opening = []
            self.running[0] = cascade
            lines = self.traces(cascade, theme.SAME, mark)
            row = self.table.row(cascade, theme.SAME, mark, corrected.get_value)
            self.play(FadeIn(row), run_time=theme.BRIEF)
            self.add(*lines)
            self.play(corrected.animate.set_value(depth), run_time=4 / 15 * depth, rate_func=linear)
            self.freeze(*lines, *row)

    def make_table(self) -> tuple[VGroup, VGroup, VGroup]:
        """The head of the table, its rows for what is to be reached, and the remarks below it."""
        study, panel = self.study, self.panel
        self.table = table = CascadeTable(theme.Zone(panel.left, panel.right, panel.bottom, panel.top - 0.25))
        rounded, baseline = study.rounded.total[-1], study.baseline
        rows = VGroup(
            table.plain_row("float", theme.FLOAT, "disc", (signed(0.0), percent(self.float_accuracy))),
            table.plain_row("rounded", theme.QUANTIZED, "disc", (signed(rounded), percent(self.quantized_accuracy))),
            table.plain_row("baseline", theme.QUIET, "ring", (signed(baseline.left), percent(baseline.accuracies[-1]))),
        )
        room = ("(at 100 \\% it has no room to rise)",) if self.float_accuracy == 1 else ()
        self.remark = self.remarks(
            "error: at the output; correct: \\% of held-out points",
            "on float: the float network, corrected alike",
            *room,
            f"stored: numbers; the network itself has {study.numbers}",
        )
        return table, rows, self.remark

    def compare(self) -> None:
        # The viewer sees the bars leave: the lines of all corrections and their figures stay to be compared.
        self.beat("comparison")
        study = self.study
        self.say(control_words(study.corrected), FadeOut(self.bars, self.front_line))
        self.say(comparison_words(study.corrected, study.numbers))
