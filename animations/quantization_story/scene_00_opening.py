"""Scene 0, the opening: a network's output as a folded sheet, and what happens to its pieces as the weights snap."""

from functools import lru_cache
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup

from quantization_story.analysis.partition_shift import MOST_NEURONS, rms_error
from quantization_story.analysis.relative_weights import relative_weights
from quantization_story.analysis.sheets import Sheet, sheet_over, sliding_sheet
from quantization_story.analysis.strips import changed_share, sliding_refinement
from quantization_story.mobjects.legend import lined, marked
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.partition import partition
from quantization_story.partition.sampling import typical_points
from quantization_story.pictures.opening import FoldedSheet, WeightLines, blended, crease_lines, fitted_view, rgb
from quantization_story.stage.network_scene import NetworkScene, beside, figure_place
from quantization_story.style import theme

TURNING = 10.0  # how soon the sheet has turned to the colour of the quantized network, as parts of the slide


class OpeningScene(NetworkScene):
    """The question of the story: a plane folded into flat pieces; the weights snap, and the pieces move."""

    title_text = "The geometry of weight quantization"
    needs = NetworkRequirements(inputs=2, own_inputs=True, hidden_layers=1, most_units=MOST_NEURONS)
    output = 0  # the output (from 0) whose graph is the sheet
    visited = 3  # how many pieces the white point visits
    turns = tuple(np.deg2rad([8.0, 22.0, 37.0, 52.0]))  # where the plane stands at first, and after each turn
    elevation = np.deg2rad(30.0)  # of the viewer above the plane
    relief_share = 0.85  # how high the sheet rises, as a share of the side of its plane

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.fold_the_plane()
        self.visit_pieces()
        self.snap_weights()
        self.ask_the_question()
        self.measure_one_number()
        self.see_the_geometry()
        self.close_stage(1.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned, and build the sheet with all that rides on it."""
        self.load_story()
        self.layers = [relative_weights(w, self.learned.quantizer_at(self.story_bits)) for w in self.net.weights]
        box, output = self.input_window.box, self.output
        self.refined = sliding_refinement(self.net, self.quantized, box)
        self.sheet_at = sliding_sheet(self.net, self.quantized, box, output)
        self.exact = self.sheet_at(0.0)
        self.cells = partition(self.net, box)
        stops = typical_points(self.cells, self.data.points, self.visited, least=2)
        # The walk over the pieces ends where the gap will be the widest.
        self.stops = stops[np.argsort(np.abs(self.sheet_at(1.0).value(stops) - self.exact.value(stops)))]
        of_what = " on held-out points" if self.checked else ""
        self.badge_text = f"float weights · {self.task_words(self.float_accuracy)}{of_what}"
        self.slid, self.walked = ValueTracker(0.0), ValueTracker(0.0)
        self.make_view()
        self.make_sheet()
        self.make_walker()
        self.open_stage()

    def make_view(self) -> None:
        """The part of the stage for the sheet, at the left, and the panel at its right."""
        part, self.panel = theme.stage_parts(8.1, left=0.1, gap=0.65)
        room = theme.Zone(part.left, part.right, part.bottom + 0.1, part.top - 0.1)
        self.middle = part.center[1]
        turns = np.linspace(self.turns[0], self.turns[-1], 9).tolist()
        sheets = [self.exact, self.sheet_at(1.0)]
        self.view = fitted_view(room, sheets, turns, self.elevation, self.relief_share)

    def make_sheet(self) -> None:
        """The plane with its cuts, and the sheet over it, blue with the float weights, orange on the grid."""
        slid, sheet_at, view, stops = self.slid, self.sheet_at, self.view, self.stops
        self.floor = crease_lines(view, self.exact, theme.GUIDE, theme.HAIRLINE, flat=True)
        walked = self.walked
        self.spotlight = ValueTracker(0.0)
        spotlight = self.spotlight

        @lru_cache(maxsize=1)
        def place_at(progress: float) -> np.ndarray:
            return np.array([[np.interp(progress, range(len(stops)), coordinate) for coordinate in stops.T]])

        def place() -> np.ndarray:
            return place_at(float(walked.get_value()))

        def colors(sheet: Sheet) -> np.ndarray:
            # As soon as the weights have left their values it is another network, and turns to that one's colour.
            color = blended((theme.FLOAT, theme.QUANTIZED), min(1.0, TURNING * slid.get_value()))
            painted = np.tile(color, (len(sheet.slopes), 1))
            lit = 0.55 * spotlight.get_value()
            if lit:
                here = int(sheet.cells.locate(place())[0])
                painted[here] = (1 - lit) * painted[here] + lit * rgb(theme.INK)
            return painted

        self.place = place
        self.sheet = FoldedSheet(view, lambda: sheet_at(slid.get_value()), colors)

    def make_walker(self) -> None:
        """The white point on the sheet, and the sheet of the float weights left behind as a frame of lines."""
        view, slid, sheet_at, exact, place = self.view, self.slid, self.sheet_at, self.exact, self.place

        def above(sheet: Sheet) -> np.ndarray:
            return view.over(place(), sheet.value(place()))

        self.walker = live_marks(lambda: above(sheet_at(slid.get_value())), theme.INK, radius=0.1)
        self.gap = live_segments(lambda: np.stack([above(exact), above(sheet_at(slid.get_value()))], axis=1), theme.INK)
        self.ghost = crease_lines(view, exact, theme.FLOAT, theme.THIN)

    def turn(self, number: int) -> Any:
        """One of the turns of the view. It rests while weights move, so all that moves then is their doing."""
        return self.view.turned.animate.set_value(self.turns[number])

    # --- the beats

    def fold_the_plane(self) -> None:
        # The viewer sees a plane from above, cut into pieces; the view tilts, and it rises as a folded sheet.
        self.beat("the folded plane")
        view = self.view
        self.add(self.floor, self.sheet)
        home = view.up.get_value()
        view.elevation.set_value(np.pi / 2)
        view.up.set_value(self.middle)
        self.aside = view.right.get_value()
        view.right.set_value(0.0)
        self.say("A ReLU network folds a plane into flat pieces")
        rise = (
            view.elevation.animate.set_value(self.elevation),
            view.up.animate.set_value(home),
            view.lift.animate.set_value(1.0),
            self.turn(1),
        )
        self.play(*rise, run_time=2.6)

    def visit_pieces(self) -> None:
        # The viewer sees a white point walk over the sheet; at each crease the pattern, A and c change at once.
        self.beat("one map a piece")
        cells, place, panel = self.cells, self.place, self.panel

        def here() -> int:
            return int(cells.locate(place())[0])

        stage, outputs = theme.stage_zone(), self.net.widths[-1]
        height = text(f"height: output {self.output + 1} of {outputs}", theme.QUIET, theme.SMALL_SIZE)
        height.move_to((stage.left, stage.top - 0.3, 0.0), aligned_edge=LEFT)
        walker = marked("an input $x$", theme.INK, "disc", (panel.left, panel.top - 0.35))
        name = text("ReLUs on (1) and off (0)", theme.QUIET)
        name.move_to((panel.left, panel.top - 1.05, 0.0), aligned_edge=LEFT)
        gates = self.net.gates(cells.patterns)
        pattern = VGroup()
        for layer, gate in enumerate(gates, start=1):
            label = text(f"layer {layer}", theme.QUIET, theme.SMALL_SIZE)
            bits = LiveText("", theme.BOUNDARY, theme.FORMULA_SIZE)
            bits.live(lambda gate=gate: " ".join(str(int(bit)) for bit in gate[here()]))
            pattern.add(VGroup(label, bits).arrange(RIGHT, buff=0.15))
        pattern.arrange(RIGHT, buff=0.5)
        if pattern.width > panel.width:  # many neurons: the bits alone, a gap between layers
            pattern = VGroup(*(bits for _, bits in pattern)).arrange(RIGHT, buff=0.3)
        pattern.next_to(name, DOWN, buff=0.25).align_to(name, LEFT)
        law = formula("f(x) = A x + c").move_to((panel.left, panel.top - 2.5, 0.0), aligned_edge=LEFT)
        names = formula("A ="), formula("c =")
        linear_part = MatrixView(np.zeros((self.net.widths[-1], 2)), size=theme.FORMULA_SIZE)
        offset = MatrixView(np.zeros(self.net.widths[-1]), size=theme.FORMULA_SIZE)
        linear_part.live(lambda: cells.affine_map(here()).linear)
        offset.live(lambda: cells.affine_map(here()).offset)
        for label, table, y in zip(names, (linear_part, offset), (3.55, 4.85), strict=True):
            label.move_to((panel.left, panel.top - y, 0.0), aligned_edge=LEFT)
            table.next_to(label, buff=0.25)
            for row, entries in enumerate(table.entries):
                if row != self.output:  # the height is one row of f
                    VGroup(*entries).set_color(theme.QUIET)
        self.reading = VGroup(walker, name, pattern, law, *names, linear_part, offset)
        aside = self.view.right.animate.set_value(self.aside)
        self.say("One pattern of ReLUs, one piece, one affine map", aside, run_time=0.8)
        self.walker.set_z_index(2)
        self.play(
            FadeIn(height),
            FadeIn(self.reading),
            FadeIn(self.walker, scale=4.0, suspend_mobject_updating=False),
            self.spotlight.animate.set_value(1.0),
            run_time=theme.BRIEF,
        )
        self.play(self.walked.animate.set_value(len(self.stops) - 1), self.turn(2), run_time=1.5 * theme.LONG)

    def snap_weights(self) -> None:
        # The viewer sees every weight slide to its nearest level; the facets tilt, and leave the old creases behind.
        self.beat("weights snap")
        slid, panel = self.slid, self.panel
        zone = theme.Zone(panel.left, panel.right, panel.bottom + 1.25, panel.top - 0.3)
        self.weights = WeightLines(zone, self.layers, slid.get_value)
        levels = len(self.layers[0].level_codes)
        note = text(f"all weights, {levels} levels a layer", theme.QUIET, theme.SMALL_SIZE)
        note.move_to((panel.left, panel.bottom + 0.95, 0.0), aligned_edge=LEFT)
        y = panel.bottom + 0.45
        keys = (("float", theme.FLOAT, 0.0), ("rounded", theme.QUANTIZED, 1.5))
        self.weights.add(note, *(marked(words, color, "disc", (panel.left + x, y)) for words, color, x in keys))
        self.say("Quantization snaps every weight to a grid", FadeOut(self.reading))
        rounding = self.make_rounding()
        self.play(FadeIn(self.weights), FadeIn(rounding), run_time=theme.BRIEF)
        self.add(self.ghost, self.walker)
        snap = slid.animate.set_value(1.0), self.spotlight.animate.set_value(0.0)
        self.play(*snap, *self.change_badge(self.regime()), run_time=theme.LONG)

    def make_rounding(self) -> VGroup:
        """How far the weights have slid, in per cent, below the words for the height."""
        slid, stage = self.slid, theme.stage_zone()
        words = text("rounding", theme.QUIET, theme.SMALL_SIZE)
        words.move_to((stage.left, stage.top - 0.7, 0.0), aligned_edge=LEFT)
        done = LiveText("", theme.QUANTIZED, theme.SMALL_SIZE).place(beside(words, 0.15))
        return VGroup(words, done.live(lambda: f"{percent(slid.get_value(), 0)} %"))

    def ask_the_question(self) -> None:
        # The viewer sees the rounded sheet turn beside the creases of the old one, while the question is asked.
        self.beat("the question")
        self.say("What does that do to the geometry?")
        self.play(self.turn(3), run_time=theme.LONG)

    def measure_one_number(self) -> None:
        # The viewer sees the gap at one input, and one number for the whole plane.
        self.beat("one number")
        error, place = rms_error(self.refined(1.0)), figure_place(self.panel)
        number = LiveText(signed(error), theme.QUANTIZED, theme.FIGURE_SIZE).place(place)
        words = text("root mean square error", theme.QUIET).next_to(place, DOWN, buff=0.2).align_to(number, LEFT)
        key = lined("the error at this input", theme.INK, (self.panel.left, words.get_bottom()[1] - 0.6))
        self.figure = VGroup(number, words, key)
        self.say("An error number says only how much", FadeOut(self.weights))
        self.add(self.gap, self.walker)
        self.play(FadeIn(self.figure), run_time=theme.BRIEF)
        self.hold_caption()

    def see_the_geometry(self) -> None:
        # The viewer sees the rounding once more: green pieces tilt, and between them red strips open, where another
        # piece is at work; then how much of the plane each of them is.
        self.beat("the geometry")
        slid, refined, output, panel = self.slid, self.refined, self.output, self.panel
        back = slid.animate.set_value(0.0), FadeOut(self.figure), FadeOut(self.gap)
        self.say("To see how, round once more", *back, run_time=theme.STEADY)
        self.play(FadeOut(self.walker), run_time=theme.BRIEF)

        def colors(sheet: Sheet) -> np.ndarray:
            same = blended((theme.FLOAT, theme.SAME), min(1.0, TURNING * slid.get_value()))
            return np.where(refined(slid.get_value()).changed[:, None], rgb(theme.CROSSED), same)

        self.sheet.sheet = lambda: sheet_over(refined(slid.get_value()), output, 1)
        self.sheet.colors = colors
        left, top = panel.left, panel.top - 1.0
        changed = changed_share(refined(1.0))
        shares = (
            ("same ReLUs: the piece tilts", theme.SAME, "disc", 1.0 - changed),
            ("other ReLUs: creases moved", theme.CROSSED, "cross", changed),
        )
        rows = []
        for k, (words, color, mark, share) in enumerate(shares):
            y = top - 2.0 * k
            number = LiveText(f"{percent(share)} %", color, theme.FIGURE_SIZE).place((left, y - 0.95, 0.0))
            area = text("of the area", theme.QUIET).next_to(number, RIGHT, buff=0.3).shift(0.08 * DOWN)
            rows.append(VGroup(marked(words, color, mark, (left, y)), number, area))
        key = lined("the sheet before rounding", theme.FLOAT, (left, top - 3.9))
        self.say("Pieces tilt, and creases move", FadeIn(key))
        self.play(slid.animate.set_value(1.0), run_time=1.5 * theme.LONG)
        self.play(LaggedStart(*map(FadeIn, rows), lag_ratio=0.6), run_time=1.5)
        self.say("So this is a story about geometry, not only about error")
