"""Scene 3: one affine map lays much of the quantized picture back onto the float one, and what that map is worth."""

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup, linear

from quantization_story.analysis.transport import (
    controls_on_plane,
    first_layer_map,
    parameter_count,
    reaching,
    removed_share,
)
from quantization_story.common import (
    AffineMap,
    accuracy_of_outputs,
    estimate_correction,
    fit_affine,
    non_capacity_check,
    rank,
)
from quantization_story.core.null_controls import control_networks, score_controls
from quantization_story.core.shown_numbers import decimals
from quantization_story.figures.linear_correction import capacity_words, reaching_words, removed_words, repair_verdict
from quantization_story.mobjects.charts.bar_rows import BarRow, BeforeAfter, NumberSquares, scientific
from quantization_story.mobjects.map_motion import Glide
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.text import formula, percent, signed, text
from quantization_story.networks import Population
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.pictures.linear_correction import (
    SeedDots,
    accuracy_and_error,
    came_back,
    control_clouds,
    map_in_full,
    seeds_rule,
)
from quantization_story.stage.paired_scene import PairedNetworkScene
from quantization_story.style import theme
from quantization_story.training.criteria import REPAIRS, Thresholds


class LinearCorrectionScene(PairedNetworkScene):
    """Much of the error is a wrong chart: what one affine map lays back onto the float picture, with its controls."""

    title_text = "Much of the error is a wrong chart"
    needs = NetworkRequirements(
        inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4, task=True, rounding=True
    )
    draws = 32  # of permuted weights
    names_width = 2.75

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.part_in_layer_1()
        self.name_the_charts()
        self.lay_back_exactly()
        self.fold_both()
        self.carry_to_output()
        self.lay_back_at_output()
        self.ask_for_controls()
        self.try_on_float_path()
        self.try_on_wrong_sources()
        self.show_population()
        self.count_the_cost()
        self.close_stage(1.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Load and quantize the network, fit all maps on the calibration points, and build everything that travels."""
        self.load_story()
        self.badge_text = self.regime()
        self.fit_maps()
        self.open_stage()
        self.make_pictures(Glide(self.exact), Glide(self.output_map))
        self.ledger: list[BeforeAfter] = []

    def fit_maps(self) -> None:
        """The three maps (exact in layer 1, fitted after its ReLU, fitted at the output) and the controls."""
        calibration, held_out = self.learned.calibration.points, self.data
        self.undone = rank(self.quantized.weights[0]) == 2
        self.exact = first_layer_map(self.net, self.quantized, calibration)
        self.folded_map = fit_affine(*(net.activations(calibration)[1] for net in (self.quantized, self.net)))
        depth = self.net.depth
        correction = estimate_correction(self.net, self.quantized, calibration, layers=[depth])
        self.output_map = correction.layers[-1].transport
        scored = (held_out.points, held_out.labels)
        self.corrected_accuracy = accuracy_of_outputs(correction.apply(self.quantized)(scored[0]), scored[1], self.head)
        self.check = non_capacity_check(self.net, correction, *scored, self.head)
        quantizer = self.learned.quantizer_at(self.story_bits)
        # The weights that are permuted and quantized are the network's own, also where it is seen on a plane.
        given, fitted, points = self.learned.given, *map(self.subject.whole_inputs, (calibration, held_out.points))
        self.controls = control_networks(given, quantizer, fitted, self.draws)
        self.null = score_controls(self.controls, points, held_out.labels, self.head)
        if self.learned.whole is not None:
            self.controls = controls_on_plane(self.controls, self.learned.whole.plane)

    def open_row(self, name: str) -> BeforeAfter:
        """A new row of the ledger: the error now, before the map."""
        y = self.panel.bottom + 1.75 - 0.55 * len(self.ledger)
        row = BeforeAfter(self.panel, y, name, signed(self.error_now().rms))
        self.ledger.append(row)
        return row

    def watch_row(self, row: BeforeAfter) -> VGroup:
        """The second half of a row: the error that is left, live."""
        error = self.error_now
        row.after.live(lambda: signed(error().rms))
        return VGroup(row.arrow, row.after)

    # --- the beats

    def part_in_layer_1(self) -> None:
        # The viewer sees one cloud on one grid become two: the float layer carries it one way, the rounded one another.
        self.beat("two pictures")
        self.add(self.view.border(), self.axes)
        digits = decimals(float(np.abs(self.net.weights[0]).max()))
        self.matrices = [
            MatrixView(net.weights[0], digits, theme.LABEL_SIZE, (color,))
            for net, color in ((self.net, theme.FLOAT), (self.quantized, theme.QUANTIZED))
        ]
        names = formula("W =", theme.FLOAT), formula("W_q =", theme.QUANTIZED)
        sides = zip(names, self.matrices, strict=True)
        pairs = (VGroup(name, matrix).arrange(RIGHT, buff=0.2) for name, matrix in sides)
        row = VGroup(*pairs).arrange(RIGHT, buff=0.5)
        row.scale(min(1.0, self.panel.width / row.width))
        self.parameters = row.move_to((self.panel.left, self.panel.top - 1.25, 0.0), aligned_edge=LEFT)
        self.say(
            "The same points through a float and a rounded layer",
            *map(FadeIn, (self.grids, self.clouds, self.twins, self.rail, row)),
        )
        self.take_step(1)
        self.take_step(2, run_time=theme.BRIEF)

    def name_the_charts(self) -> None:
        # The viewer sees one square of the input grid in two places: each network has a grid of its own.
        self.beat("two charts")
        apart = np.linalg.norm(self.here(self.points) - self.twin(self.points), axis=1)
        self.squares = self.make_squares(self.points[np.argmax(apart)])
        lit = (FadeIn(square, scale=1.5) for square in self.squares)
        self.say("Each grid is a chart: one network's picture of the inputs", *lit, run_time=theme.STEADY)

    def lay_back_exactly(self) -> None:
        # The viewer sees why one map suffices: undo W_q, apply W. Orange glides onto blue; what is left is rounding.
        self.beat("exact in layer 1")
        self.header = text("RMS error on held-out points", theme.QUIET, theme.SMALL_SIZE)
        self.header.move_to((self.panel.left, self.panel.bottom + 2.3, 0.0), aligned_edge=LEFT)
        row = self.open_row("layer 1, before ReLU")
        matrix = MatrixView(self.exact.linear, size=theme.LABEL_SIZE, column_colors=(theme.SAME,))
        name = "T = W W_q^(-1) =" if self.undone else "T ="
        self.product = VGroup(formula(name, theme.SAME), matrix).arrange(RIGHT, buff=0.2)
        self.product.next_to(self.parameters, DOWN, buff=0.4).align_to(self.parameters, LEFT)
        flights = [FadeOut(part.copy(), target_position=matrix) for part in self.matrices]
        self.say(
            "Undo the orange chart, apply the blue one"
            if self.undone
            else "Rounded, W has lost a direction: no map brings it back",
            *flights,
            *map(FadeIn, (self.product, self.header, row, self.threads)),
            run_time=theme.STEADY,
        )
        exactly = "One affine map lays orange onto blue, exactly"
        self.say(exactly if self.undone else "The best single map leaves a residual", FadeIn(self.watch_row(row)))
        self.lay_back()
        row.after.clear_updaters()
        left = self.error_now().rms
        self.exact_text = text(scientific(left) if self.undone else signed(left), theme.SAME, theme.LABEL_SIZE)
        self.exact_text.move_to(row.after, aligned_edge=RIGHT).align_to(row.after, DOWN)
        self.play(FadeOut(row.after), FadeIn(self.exact_text), run_time=theme.BRIEF)

    def fold_both(self) -> None:
        # The viewer sees both pictures folded by the ReLU, and the best single map of the folded ones leave a rest.
        self.beat("after the ReLU")
        self.say("Take the map away, and let ReLU fold both")
        self.take_away(FadeOut(self.parameters, self.product, self.squares))
        self.take_step(3)
        self.glide.transport = self.folded_map
        row = self.open_row("layer 1, after ReLU")
        self.say("Now the best single map leaves a residual", FadeIn(row), FadeIn(self.watch_row(row)))
        self.lay_back()
        row.after.clear_updaters()

    def carry_to_output(self) -> None:
        # The viewer sees both pictures go on to the output plane, and the twins that fall into a wrong sector ringed.
        self.beat("to the output")
        steps = len(self.float_path.steps)
        undo = self.glide.amount.animate.set_value(0.0)
        self.say("On to the output: the difference grows", undo, run_time=theme.BRIEF)
        self.glide.transport = self.output_map
        self.take_step(steps, run_time=theme.LONG)
        self.sectors, self.rings = self.make_sectors(), self.make_rings()
        error, count = self.error_now, len(self.data.labels)
        self.reached = accuracy_and_error(self.panel, count, self.accuracy_now, lambda: error().mean, self.glide)
        missed = percent(1 - self.quantized_accuracy)
        self.say(
            f"{missed} % of the points miss their sector",
            *map(FadeIn, (self.sectors, self.reached, self.open_row("output"))),
            FadeIn(self.rings, scale=1.2),
        )

    def lay_back_at_output(self) -> None:
        # The viewer sees the whole orange picture glide onto the blue one: rings go out, the accuracy counts up.
        self.beat("one map at the output")
        self.map_shown = map_in_full(self.output_map, self.panel)
        numbers, fitted = parameter_count(self.output_map), len(self.learned.calibration.labels)
        self.error_before = self.error_now().rms
        self.say(
            f"One map, {numbers} numbers, fitted on {fitted} calibration points",
            FadeIn(self.map_shown),
            FadeIn(self.watch_row(self.ledger[-1])),
        )
        self.lay_back(theme.LONG)
        self.say(
            removed_words(removed_share(self.error_before, self.error_now().rms)),
            *self.change_badge(self.regime(self.corrected_accuracy)),
        )
        self.hold_caption()

    def ask_for_controls(self) -> None:
        # The viewer sees the numbers become bars: float, quantized, quantized with the map.
        self.beat("controls")
        gone = [self.header, *self.ledger, *(row.arrow for row in self.ledger), self.ledger[1].after]
        gone += [self.ledger[2].after, self.exact_text, self.reached, self.map_shown, self.rail]
        rise, bits = ValueTracker(0.0), f"{self.story_bits}-bit"
        reached = self.float_accuracy, self.quantized_accuracy, self.corrected_accuracy
        kinds = ("float", theme.FLOAT), (bits, theme.QUANTIZED), (f"{bits} + map", theme.SAME)
        self.rows = [
            self.make_row(k, name, color, lambda k=k: rise.get_value() * reached[k])
            for k, (name, color) in enumerate(kinds)
        ]
        self.bars_name = text("accuracy on held-out points, %", theme.QUIET, theme.SMALL_SIZE)
        self.bars_name.move_to((self.panel.left, self.panel.top - 0.2, 0.0), aligned_edge=LEFT)
        self.goal = self.rows[0].rule(self.float_accuracy, self.panel.top - 0.5, self.panel.bottom + 0.1, theme.FLOAT)
        self.say(
            "Repair, or just six more numbers to fit?", FadeOut(*gone), FadeIn(*self.rows, self.bars_name, self.goal)
        )
        self.play(rise.animate.set_value(1.0), run_time=theme.STEADY)
        for row in self.rows:
            row.settle()

    def make_row(self, k: int, name: str, color: str, share: Any) -> BarRow:
        """Row k of the bars."""
        y = self.panel.top - 0.85 - 0.88 * k
        return BarRow(self.panel, y, name, color, share, self.names_width)

    def try_on_float_path(self) -> None:
        # The viewer sees the same map applied to the blue picture: it leaves its place, and its bar shrinks with it.
        self.beat("on the float path")
        here, data, classes = self.here, self.data, self.head
        row = self.make_row(
            3, "float + same map", theme.FLOAT, lambda: accuracy_of_outputs(here(data.points), data.labels, classes)
        )
        self.rows.append(row)
        leaving = (self.twins, self.grids[1], self.threads, self.rings)
        change = self.check.corrected_float_accuracy - self.check.float_accuracy
        self.say(capacity_words(change), FadeOut(*leaving), FadeIn(row))
        self.play(self.float_glide.amount.animate.set_value(1.0), run_time=theme.LONG)
        row.settle()

    def try_on_wrong_sources(self) -> None:
        # The viewer sees many shuffled networks, each with the best map of its own, and then the bare input.
        self.beat("wrong sources")
        drawn = ValueTracker(0.0)
        scores, count = np.array(self.null.permuted), self.draws
        outputs = [network(self.points) for network in self.controls.permuted]

        def seen() -> int:
            return min(count, 1 + int(drawn.get_value()))

        row = self.make_row(4, "shuffled + own map", theme.QUIET, lambda: float(scores[: seen()].mean()))
        dots = row.dots(lambda: scores[: seen()])
        note = text(f"bar: mean of {count} draws", theme.QUIET, theme.SMALL_SIZE)
        note.next_to(row.label, DOWN, buff=0.1).align_to(row.label, LEFT)
        clouds = control_clouds(self.view, self.labels, self.classes, lambda: outputs[seen() - 1])
        population = self.learned.population
        within = Thresholds().back_within if population is None else population.back_within
        far = reaching(scores, self.corrected_accuracy, within)
        self.say(
            f"{count} controls: shuffled weights, each with its own map",
            self.float_glide.amount.animate.set_value(0.0),
            FadeOut(self.grids[0]),
            *map(FadeIn, (row, dots, note, clouds)),
        )
        self.play(drawn.animate.set_value(count), run_time=theme.LONG, rate_func=linear)
        row.settle()
        dots.clear_updaters()
        raw = self.controls.raw_input
        glide, data, classes, points = (
            Glide(AffineMap(raw.weights[0], raw.biases[0])),
            self.data,
            self.head,
            self.points,
        )
        bare = self.make_row(
            5, "raw input + own map", theme.QUIET, lambda: accuracy_of_outputs(glide(data.points), data.labels, classes)
        )
        inputs = control_clouds(self.view, self.labels, self.classes, lambda: glide(points))
        self.say(reaching_words(far, count), FadeOut(clouds), FadeIn(bare), FadeIn(inputs))
        self.play(glide.amount.animate.set_value(1.0), run_time=theme.STEADY)
        bare.settle()
        self.hold_caption()
        self.rows += [row, bare]

    def show_population(self) -> None:
        # The viewer sees a dot for every trained seed sort itself: learned, lost, and come back with one map.
        stage = self.everything_on_stage()
        population = self.seeds_with_map()
        if population is None or self.learned.provenance is None:
            self.play(FadeOut(*stage), run_time=theme.BRIEF)
            return
        self.beat("population")
        zone = theme.stage_zone()
        seeds = SeedDots(population, theme.Zone(zone.left, zone.right, zone.bottom + 0.8, zone.top - 0.1), 4.1)
        ring = seeds.ring(self.learned.provenance.seed)
        self.say(
            f"Only this network? {population.seeds} seeds, trained alike",
            FadeOut(*stage),
            run_time=theme.BRIEF,
        )
        self.play(*map(FadeIn, (seeds, ring)), run_time=theme.BRIEF)
        learned, lost, back = population.learned, population.lost, population.restored
        names, rule, sorting = seeds.captions(), seeds_rule(zone), seeds.sorting
        self.say(
            f"{learned} learn; at {population.bits} bits {lost} of them lose accuracy",
            sorting.animate.set_value(1.0),
            LaggedStart(*map(FadeIn, names[:3]), lag_ratio=0.4),
            FadeIn(rule),
            run_time=theme.LONG,
        )
        quiet = (seeds.settle(0, 1), *names[:2])
        dimmed = (mobject.animate.set_opacity(0.35) for mobject in quiet)
        self.say(f"With one map each, {back} of the {lost} come back", FadeIn(names[3]), *dimmed)
        self.play(sorting.animate.set_value(2.0), run_time=theme.LONG)
        self.hold_caption()
        self.play(FadeOut(seeds, ring, *names, rule), run_time=theme.BRIEF)

    def seeds_with_map(self) -> Population | None:
        """The population at these bits, if it was counted with one map at the output."""
        counted = self.learned.population
        if counted is None or not counted.seeds or counted.repair != REPAIRS["output_map"].words:
            return None
        return counted

    def count_the_cost(self) -> None:
        # The viewer sees the corrected picture again, and beside it what the map costs: its numbers and the network's.
        self.beat("cost")
        numbers, total = parameter_count(self.output_map), self.net.parameter_count
        picture = (self.view.border(), self.axes, self.sectors, self.grids, self.clouds, self.twins, self.rings)
        seen = ValueTracker(0.0)
        left, top = self.panel.left, self.panel.top
        squares, names = [], []
        for count, of, color, y in ((total, "network", theme.QUANTIZED, 1.75), (numbers, "map", theme.SAME, 2.75)):
            names.append(text(f"{count} numbers in the {of}", color).next_to((left, top - y, 0.0), RIGHT, buff=0.0))
            squares.append(NumberSquares(count, 18, 0.3, color, seen).place((left + 0.12, top - y - 0.42, 0.0)))
        bars = [row.move_to_line(top - y) for row, y in zip(self.rows, (3.85, 4.4, 4.95), strict=False)]
        self.map_shown.set_y(top - 0.8)
        self.say(
            f"The price: {numbers} numbers, against {total} in the network",
            FadeIn(*picture, self.map_shown, *names, *bars, came_back(self.seeds_with_map(), self.panel)),
        )
        self.add(*squares)
        self.play(seen.animate.set_value(max(numbers, total)), run_time=theme.STEADY, rate_func=linear)
        self.say(repair_verdict(removed_share(self.error_before, self.error_now().rms)))
