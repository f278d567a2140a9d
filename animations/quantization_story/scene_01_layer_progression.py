"""Scene 1: what a ReLU network does to the plane, step by step, and the regions that this cuts into the input."""

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    LaggedStart,
    ValueTracker,
    VGroup,
    VMobject,
)

from quantization_story.analysis.layer_motion import Journey
from quantization_story.common import AffineMap, classify, hits, prototypes
from quantization_story.core.plane_geometry import cut_lines, fit_window, grid_lines, sector_borders, sector_polygons
from quantization_story.core.shown_numbers import decimals
from quantization_story.core.wording import cuts_verdict, cuts_words, opening_question, output_verdict
from quantization_story.mobjects.cells import cell_fill, cell_outline, negative_side, tinted_cells
from quantization_story.mobjects.charts.step_rail import StepRail
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud
from quantization_story.mobjects.plane import (
    MovingArrows,
    MovingCloud,
    MovingLines,
    PlaneAxes,
    class_clouds,
    follow,
)
from quantization_story.mobjects.text import LiveText, formula, pair, power_of_ten, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.partition import partition
from quantization_story.partition.sampling import typical_points
from quantization_story.stage.network_scene import NetworkScene, beside, figure_place
from quantization_story.style import theme
from quantization_story.training.optimize import Penalty, he_start, train_from


class LayerProgressionScene(NetworkScene):
    """What a ReLU network does, step by step: it shears, shifts and folds the plane until the arms come apart."""

    title_text = "What a ReLU network does, step by step"
    needs = NetworkRequirements(inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4)
    probe_at: tuple[float, float] | None = None  # where the probe begins and ends: if left out, a typical point
    probe_goal: tuple[float, float] | None = None  # of the fullest region, and one of the next
    again, rewound = 0.8, 1 / 3  # seconds for a motion that was seen before, and for one that runs backwards

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_which_class()
        self.try_straight_cuts()
        self.move_by_weights(1)
        self.shift_by_bias(1)
        self.fold_by_relu(1)
        self.repeat_in_later_layers()
        self.separate_in_last_layer()
        self.rewind()
        self.show_regions()
        self.visit_another_region()
        self.close_stage(1.5)

    # --- what is on stage

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned, and build everything that travels."""
        self.load_story()
        self.badge_text = f"float weights · nothing quantized yet · {self.task_words(self.float_accuracy)}"
        self.journey = Journey(self.net)
        self.cells = partition(self.net, self.input_window.box)
        self.progress = ValueTracker(0.0)
        self.here = follow(self.journey, self.progress)
        self.open_stage()
        self.make_view()
        self.make_travellers()

    def make_view(self) -> None:
        """The plane at the left, the panel at the right of it, and the window in which each step is seen."""
        self.view, self.panel = self.make_stage(self.input_window)
        self.axes = PlaneAxes(self.view)
        self.rail = StepRail(self.journey.steps, self.panel.width)
        self.rail.move_to((self.panel.center[0], self.panel.top - 0.25, 0.0))
        at = [self.journey.at(self.data.points, step) for step in range(len(self.journey.steps) + 1)]
        self.windows = [self.input_window, *map(fit_window, at[1:])]

    def make_travellers(self) -> None:
        """The passengers: a grid, the data, and one probe with its coordinates."""
        lines = cut_lines(grid_lines(self.input_window, self.input_window.half / 6), self.cells.edges.segments)
        self.grid = MovingLines(self.view, lines, self.here)
        self.clouds = class_clouds(self.view, self.points, self.labels, self.here)
        begin, end = typical_points(self.cells, self.data.points, 2)
        self.goal = end if self.probe_goal is None else self.probe_goal
        begin = begin if self.probe_at is None else self.probe_at
        self.probe_x, self.probe_y = (ValueTracker(float(value)) for value in begin)
        position, here = (self.probe_x, self.probe_y), self.here
        self.probe_input = lambda: np.array([[tracker.get_value() for tracker in position]])
        self.probe_now = lambda _=None: here(self.probe_input())
        self.probe = MovingCloud(self.view, np.zeros((1, 2)), self.probe_now, theme.INK, "disc", 0.11)
        self.readout_label = text("probe", theme.QUIET)
        self.readout_label.move_to((self.panel.left, self.panel.bottom + 0.3, 0.0), aligned_edge=LEFT)
        self.readout = LiveText("", theme.INK).place(beside(self.readout_label))
        digits = decimals(self.input_window.half)
        self.readout.live(lambda: pair(self.probe_now()[0], digits))

    # --- the beats

    def ask_which_class(self) -> None:
        # The viewer sees the classes of points appear, told apart by colour and mark, and one new point among them.
        self.beat("which class")
        self.add(self.view.border(), self.axes)
        reading = (FadeIn(self.readout_label), FadeIn(self.readout))
        arms = LaggedStart(*(FadeIn(cloud, scale=0.7) for cloud in self.clouds), lag_ratio=0.4)
        self.say(
            opening_question(self.things, self.classes, theme.INK_WORD), FadeIn(self.grid), arms, run_time=theme.LONG
        )
        self.play(FadeIn(self.probe, scale=4.0), *reading, run_time=theme.BRIEF)

    def try_straight_cuts(self) -> None:
        # The viewer sees the best straight cuts turn into place, and the share of points that they get right.
        if not self.checked:
            return
        self.beat("no straight cut")
        best = train_from(he_start((2, 2), 0), self.learned.calibration, self.classes, Penalty(0.0)).affine_map([])
        meeting = best.inverse()(np.zeros((1, 2)))[0]
        angle = ValueTracker(-2.2)

        def turned() -> AffineMap:
            return best @ AffineMap.rotation(-angle.get_value(), meeting)

        reach = max(100.0, 3 * float(np.abs(best(self.data.points)).max()))
        borders = sector_borders(prototypes(self.classes))[::-1]
        rays = np.array([[np.zeros(2), reach * border] for border in borders])
        cuts = MovingLines(self.view, rays, lambda points: turned().inverse()(points), theme.INK, theme.STRONG)
        points, labels = self.data.points, self.data.labels
        wrong = LiveText("", theme.INK, theme.FIGURE_SIZE).place(figure_place(self.panel))
        wrong.live(lambda: str((~hits(turned()(points), labels)).sum()))
        label = text(f"of {len(labels)} points on a wrong side", theme.QUIET)
        label.next_to(figure_place(self.panel), DOWN, buff=0.2).align_to(wrong, LEFT)
        self.say(cuts_words(len(rays)), *map(FadeIn, (cuts, wrong, label)))
        self.play(angle.animate.set_value(0.0), run_time=theme.LONG)
        missed = self.points[~hits(best(self.points), self.labels)]
        rings = MovingCloud(self.view, missed, self.here, theme.INK, "ring", 0.13)
        missed_share = float(1 - hits(best(points), labels).mean())
        self.say(cuts_verdict(missed_share, self.things), FadeIn(rings, scale=1.3))
        self.hold_caption()
        self.play(FadeOut(cuts, rings, wrong, label), run_time=theme.BRIEF)

    def step_number(self, kind: str, layer: int) -> int:
        """Which step (from 1) this kind of step is in this layer."""
        return next(k for k, step in enumerate(self.journey.steps, 1) if (step.kind, step.layer) == (kind, layer))

    def take_step(self, step: int, *beside: Any, run_time: float = theme.STEADY) -> None:
        """Let everything travel to the end of a step; the view follows to a window that fits what is there then."""
        travel = self.progress.animate.set_value(step)
        self.play(travel, self.axes.zoom(self.windows[step]), *self.rail.step_to(step), *beside, run_time=run_time)

    def move_by_weights(self, layer: int) -> None:
        # The viewer sees the columns of W fly to where the basis vectors will land; then the plane follows, sheared.
        self.beat(f"weights of layer {layer}")
        step = self.step_number("weight", layer)
        weight = self.net.weights[layer - 1]
        self.matrix_name, self.matrix, self.bias_name, self.bias = self.make_parameters(layer)
        # A basis vector is as long as fits the window: a power of ten.
        self.unit = 10.0 ** np.rint(np.log10(self.input_window.half / 3))
        arrows = VGroup(
            *(
                MovingArrows(self.view, np.zeros((1, 2)), unit[None], self.here, color, 0.07)
                for unit, color in zip(self.unit * np.eye(2), theme.COLUMN_COLORS, strict=True)
            )
        )
        # This one motion is seen in a window that does not move, wide enough for where it begins and where it ends.
        window = fit_window(np.vstack([self.journey.at(self.data.points, at) for at in (step - 1, step)]))
        parameters = (FadeIn(self.rail), FadeIn(self.matrix_name), FadeIn(self.matrix))
        on_plane = "" if self.learned.whole is None else " on this plane"
        self.say(f"Layer {layer}{on_plane}: the columns of W₁ say where the basis goes", *parameters)
        self.play(self.axes.zoom(window), *self.rail.step_to(step), FadeIn(arrows), run_time=theme.BRIEF)
        flyers = VGroup(*(self.column_flyer(k) for k in (0, 1))).set_z_index(2)
        goals = [self.column_goal(flyers[k], self.unit * weight[:, k]) for k in (0, 1)]
        flights = [flyer.animate.move_to(goal) for flyer, goal in zip(flyers, goals, strict=True)]
        self.play(LaggedStart(*flights, lag_ratio=0.3), run_time=theme.STEADY)
        self.say(
            "The whole plane follows, and b₁ shifts it", self.progress.animate.set_value(step), run_time=theme.LONG
        )
        self.flown = VGroup(flyers, arrows)

    def make_parameters(self, layer: int) -> tuple[VMobject, MatrixView, VMobject, MatrixView]:
        """W and b of a layer with their names, under each other in the panel."""
        names = [formula(f"{name}_{layer} =") for name in "Wb"]
        values, offset = self.net.weights[layer - 1], self.net.biases[layer - 1]
        digits = [decimals(float(np.abs(array).max())) for array in (values, offset)]
        weight = MatrixView(values, digits[0], theme.FORMULA_SIZE, theme.COLUMN_COLORS)
        bias = MatrixView(offset, digits[1], theme.FORMULA_SIZE)
        VGroup(names[0], weight).arrange(RIGHT, buff=0.25).move_to((self.panel.center[0], self.panel.up(0.9), 0.0))
        bias.next_to(weight, DOWN, buff=0.4).align_to(weight, LEFT)
        names[1].next_to(bias, LEFT, buff=0.25)
        return names[0], weight, names[1], bias

    def column_flyer(self, k: int) -> MatrixView:
        """A copy of column k of the matrix, at its place, ready to fly."""
        values = self.net.weights[0][:, k]
        digits = decimals(float(np.abs(self.net.weights[0]).max()))
        column = MatrixView(values, digits, theme.LABEL_SIZE, (theme.COLUMN_COLORS[k],))
        return column.move_to(self.matrix.column(k))

    def column_goal(self, flyer: MatrixView, column: np.ndarray) -> np.ndarray:
        """Just beyond the point of the plane that a column names, clear of the numbers of the axes, and in the view."""
        tip, origin = self.view.point(column), self.view.point((0.0, 0.0))
        length = float(np.linalg.norm(tip - origin))
        outward = (tip - origin) / length if length > 0 else np.array([0.0, 1.0, 0.0])
        half = np.array([flyer.width, flyer.height, 0.0]) / 2
        inside = self.view.side / 2 - half
        goals = [
            self.view.center + np.clip(tip + gap * outward - self.view.center, -inside, inside)
            for gap in (0.6, 0.8, 1.0, 0.4)
        ]
        numbers = [(label.get_center(), np.array([label.width, label.height, 0.0]) / 2) for label in self.axes.numbers]

        def clear(goal: np.ndarray) -> bool:
            return all((np.abs(goal - at) > half + size)[:2].any() for at, size in numbers)

        return next((goal for goal in goals if clear(goal)), goals[0])

    def shift_by_bias(self, layer: int) -> None:
        # The viewer sees the bias appear beside the matrix and the whole plane shift by it.
        self.beat(f"bias of layer {layer}")
        self.take_step(self.step_number("bias", layer), FadeOut(self.flown), FadeIn(self.bias_name), FadeIn(self.bias))

    def make_creases(self, layer: int, width: float) -> MovingLines:
        """The input lines on which the units of a layer switch, wherever they lie at the present progress."""
        borders = self.cells.boundaries()
        own = borders.segments[borders.layer == layer]
        return MovingLines(self.view, own, self.here, theme.BOUNDARY, width).set_z_index(1)

    def fold_by_relu(self, layer: int) -> None:
        # The viewer sees the two lines where a unit is zero; all that lies beyond is pressed flat onto them.
        self.beat(f"ReLU of layer {layer}")
        self.creases = [self.make_creases(layer, theme.STRONG)]
        shade = negative_side(self.view)
        lit = (FadeIn(self.creases[0]), FadeIn(shade))
        words = f"Beyond a {theme.BOUNDARY_WORD} line a unit is negative: ReLU presses it flat"
        self.say(words, *lit, run_time=theme.STEADY)
        self.take_step(self.step_number("relu", layer), FadeOut(shade), run_time=theme.LONG)

    def repeat_in_later_layers(self) -> None:
        """The other hidden layers, one after the other."""
        for layer in range(2, self.net.depth):
            self.repeat_in_layer(layer)

    def repeat_in_layer(self, layer: int) -> None:
        # The viewer sees the same three motions again, quicker, with the first creases carried along.
        self.beat(f"layer {layer}")
        caption = f"Layer {layer} takes the folded sheet and does the same"
        self.say(caption, *self.show_parameters(layer), run_time=theme.BRIEF)
        for kind in ("weight", "bias"):
            self.take_step(self.step_number(kind, layer), run_time=self.again)
        self.creases.append(self.make_creases(layer, theme.THIN))
        shade = negative_side(self.view)
        self.play(FadeIn(self.creases[-1]), FadeIn(shade), run_time=theme.BRIEF)
        self.take_step(self.step_number("relu", layer), FadeOut(shade), run_time=self.again)

    def show_parameters(self, layer: int) -> list[Any]:
        """The animations that put another layer's W and b in the panel."""
        old = (self.matrix_name, self.matrix, self.bias_name, self.bias)
        self.matrix_name, self.matrix, self.bias_name, self.bias = self.make_parameters(layer)
        return [FadeOut(*old, shift=0.3 * UP), FadeIn(self.matrix_name, self.matrix, self.bias_name, self.bias)]

    def separate_in_last_layer(self) -> None:
        # The viewer sees the last affine map, then the sectors, and the count of points that lie in their own.
        self.beat("output")
        depth = self.net.depth
        self.say("The last layer moves the sheet without a fold", *self.show_parameters(depth), run_time=theme.BRIEF)
        for kind in ("weight", "bias"):
            self.take_step(self.step_number(kind, depth), run_time=self.again)
        if not self.checked:
            self.hold_caption()
            self.play(FadeOut(self.matrix_name, self.matrix, self.bias_name, self.bias), run_time=theme.BRIEF)
            return
        self.sectors = VGroup(
            *(
                cell_fill([self.view.to_frame(sector)], color, 0.2)
                for sector, color in zip(sector_polygons(self.view.window, self.head), theme.CLASS_COLORS, strict=False)
            )
        ).set_z_index(-1)
        right = hits(self.net(self.data.points), self.data.labels, self.head)
        seen = ValueTracker(0)
        count = LiveText("", theme.INK, theme.FIGURE_SIZE).place(figure_place(self.panel))
        count.live(lambda: str(right[: int(seen.get_value())].sum()))
        total = text(f"of {len(right)} new points in their sector", theme.QUIET)
        total.next_to(figure_place(self.panel), DOWN, buff=0.2).align_to(count, LEFT)
        parameters = FadeOut(self.matrix_name, self.matrix, self.bias_name, self.bias)
        shown = (FadeIn(self.sectors), parameters, FadeIn(count), FadeIn(total))
        self.say(output_verdict(self.float_accuracy, self.things), *shown, run_time=theme.BRIEF)
        self.play(seen.animate.set_value(len(self.data.labels)), run_time=theme.STEADY)
        answer = self.answer_of_probe(total)
        self.play(FadeIn(answer), run_time=theme.BRIEF)
        self.hold_caption()
        self.play(FadeOut(self.sectors), FadeOut(count), FadeOut(total), FadeOut(answer), run_time=theme.BRIEF)

    def answer_of_probe(self, above: VMobject) -> VGroup:
        """The arm in whose sector the probe has ended, by its mark: the answer to the opening question."""
        arm = int(classify(self.net(self.probe_input()), self.head)[0])
        words = text(f"the {theme.INK_WORD} point belongs to", theme.QUIET).next_to(above, DOWN, buff=0.45)
        words.align_to(above, LEFT)
        mark = PointCloud(theme.CLASS_COLORS[arm], CLASS_MARKS[arm], 0.13)
        mark.set_positions(np.array([words.get_right() + np.array([0.35, 0.02, 0.0])]))
        return VGroup(words, mark)

    def rewind(self) -> None:
        # The viewer sees the film run backwards: the creases open out and come to lie in the input plane as lines.
        self.beat("rewind")
        self.say("Rewind: the creases travel back to the input plane")
        for step in reversed(range(len(self.journey.steps))):
            self.take_step(step, run_time=self.rewound)

    def show_regions(self) -> None:
        # The viewer sees the plane cut into pieces; in the piece of the probe the whole network is A x + c, both shown.
        self.beat("regions")
        tints = tinted_cells(self.view, self.cells).set_z_index(-1)
        regions = f"They cut it into {len(self.cells)} regions, with one affine map in each"
        self.say(regions, LaggedStart(*map(FadeIn, tints), lag_ratio=0.3), run_time=theme.STEADY)
        self.outline = cell_outline(self.view, self.cells, self.probe_input).set_z_index(1)
        affine = formula("f(x) = A x + c").move_to((self.panel.left, self.panel.up(1.75), 0.0), aligned_edge=LEFT)
        name_a, name_c = formula("A ="), formula("c =")
        self.a, self.c = (
            MatrixView(np.zeros(part.shape[1:]), decimals(most), theme.FORMULA_SIZE, largest=most)
            for part in self.cells.affine_maps()
            for most in [float(np.abs(part).max())]
        )
        self.a.live(lambda: self.map_of_probe().linear)
        self.c.live(lambda: self.map_of_probe().offset)
        row = VGroup(name_a, self.a, name_c, self.c).arrange(RIGHT, buff=0.22)
        row.next_to(affine, DOWN, buff=0.35).align_to(affine, LEFT)
        self.play(FadeIn(self.outline), FadeIn(affine), FadeIn(row), run_time=theme.BRIEF)
        self.show_both_ways(row)

    def map_of_probe(self) -> AffineMap:
        """The affine map of the region in which the probe is."""
        return self.cells.affine_map(int(self.cells.locate(self.probe_input())[0]))

    def show_both_ways(self, above: VMobject) -> None:
        """Put the probe's output, computed in both ways, below A and c."""
        rows: list[tuple[VMobject, VMobject]] = []
        for name, value in (
            ("through all layers", lambda: self.net(self.probe_input())[0]),
            ("by $A x + c$", lambda: self.map_of_probe()(self.probe_input())[0]),
        ):
            label = text(name, theme.QUIET)
            label.next_to(rows[-1][0] if rows else above, DOWN, buff=0.3).align_to(above, LEFT)
            number = LiveText("", theme.INK, align=1).place((self.panel.right, label.get_bottom()[1] + 0.07, 0.0))
            number.live(lambda value=value: pair(value(), 3))
            rows.append((label, number))
        lines = [FadeIn(part) for row in rows for part in row]
        gap = self.cells.largest_gap(self.data.points)
        check = text(
            f"largest difference on {len(self.data.points)} points: ${power_of_ten(gap)}$",
            theme.QUIET,
            theme.SMALL_SIZE,
        )
        check.next_to(rows[-1][0], DOWN, buff=0.3).align_to(above, LEFT)
        self.play(*lines, FadeIn(check), run_time=theme.BRIEF)

    def visit_another_region(self) -> None:
        # The viewer sees the probe cross into other regions: A and c jump at each line, the two outputs stay equal.
        self.beat("another region")
        goals = zip((self.probe_x, self.probe_y), map(float, self.goal), strict=True)
        self.say("Across a line A and c change; the output does not jump")
        self.play(*(tracker.animate.set_value(goal) for tracker, goal in goals), run_time=2.7 * theme.STEADY)
        self.say("A ReLU network is a patchwork of affine maps")
