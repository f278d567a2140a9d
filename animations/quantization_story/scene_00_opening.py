"""Scene 0, the opening: a network's output as a folded sheet, and what happens to its pieces as the weights snap."""

from functools import lru_cache
from typing import Any

import numpy as np
from manim import DOWN, LEFT, Animation, FadeIn, FadeOut, ValueTracker, VGroup, linear
from manim.animation.animation import prepare_animation

from quantization_story import theme
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.shares import lined, marked
from quantization_story.mobjects.sheet import FoldedSheet, blended, crease_lines, fitted_view, rgb
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.mobjects.weight_lines import WeightLines
from quantization_story.needs import Needs
from quantization_story.network_scene import NetworkScene, figure_place
from quantization_story.partition import partition
from quantization_story.partition_shift import MOST_NEURONS, rms_error
from quantization_story.probes import typical_points
from quantization_story.relative_weights import relative_weights
from quantization_story.sheets import Sheet, sheet_over, sliding_sheet
from quantization_story.strips import changed_share, sliding_refinement


class Opening(NetworkScene):
    """A plane folded into flat pieces, one affine map each: the weights snap to a grid, the pieces tilt and shift."""

    title_text = "The geometry of weight quantization"
    needs = Needs(inputs=2, own_inputs=True, hidden_layers=1, most_units=MOST_NEURONS)
    output = 0  # the output (from 0) whose graph is the sheet
    visited = 3  # how many pieces the white point visits
    first_turn, last_turn = np.deg2rad(8.0), np.deg2rad(52.0)  # between these the plane turns
    turning = np.deg2rad(1.4)  # a second
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
        self.close_stage()

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
        stops = typical_points(self.cells, self.data.points, self.visited)
        # The walk over the pieces ends where the gap will be the widest.
        self.stops = stops[np.argsort(np.abs(self.sheet_at(1.0).value(stops) - self.exact.value(stops)))]
        self.badge_text = f"float weights · {self.task_words(self.float_accuracy)}"
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
        turns = np.linspace(self.first_turn, self.last_turn, 9).tolist()
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

        def paint(sheet: Sheet) -> np.ndarray:
            # As soon as the weights have left their values it is another network, and turns to that one's colour.
            color = blended((theme.FLOAT, theme.QUANTIZED), min(1.0, 4.0 * slid.get_value()))
            colors = np.tile(color, (len(sheet.slopes), 1))
            lit = 0.55 * spotlight.get_value()
            if lit:
                here = int(sheet.cells.locate(place())[0])
                colors[here] = (1 - lit) * colors[here] + lit * rgb(theme.INK)
            return colors

        self.place = place
        self.sheet = FoldedSheet(view, lambda: sheet_at(slid.get_value()), paint)

    def make_walker(self) -> None:
        """The white point on the sheet, and the sheet of the float weights left behind as a frame of lines."""
        view, slid, sheet_at, exact, place = self.view, self.slid, self.sheet_at, self.exact, self.place

        def above(sheet: Sheet) -> np.ndarray:
            return view.over(place(), sheet.value(place()))

        self.walker = live_marks(lambda: above(sheet_at(slid.get_value())), theme.INK, radius=0.1)
        self.gap = live_segments(lambda: np.stack([above(exact), above(sheet_at(slid.get_value()))], axis=1), theme.INK)
        self.ghost = crease_lines(view, exact, theme.FLOAT, theme.THIN)

    # --- the sheet keeps turning

    def turn(self, seconds: float) -> Animation:
        """The sheet turning on, as evenly as ever, for some seconds."""
        turned = self.view.turned
        goal = min(turned.get_value() + self.turning * seconds, self.last_turn)
        turn = prepare_animation(turned.animate.set_value(goal))
        turn.run_time, turn.rate_func = seconds, linear
        return turn

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play, and let the sheet turn on meanwhile."""
        animations = [prepare_animation(animation) for animation in args]
        run_time = kwargs.pop("run_time", None)
        for animation in animations:
            animation.run_time = animation.run_time if run_time is None else run_time
        seconds = max(animation.run_time for animation in animations)
        super().play(*animations, self.turn(seconds), **kwargs)

    def wait(self, duration: float = 1.0, *args: Any, **kwargs: Any) -> None:
        """Nothing but the turning."""
        super().play(self.turn(duration))

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
        )
        self.play(*rise, run_time=2.6)

    def visit_pieces(self) -> None:
        # The viewer sees a white point walk over the sheet; at each crease the pattern, A and c change at once.
        self.beat("one map a piece")
        cells, place, panel = self.cells, self.place, self.panel

        def here() -> int:
            return int(cells.locate(place())[0])

        height = text(f"height: output {self.output + 1} of f", theme.QUIET, theme.SMALL_SIZE)
        height.move_to((theme.stage_zone().left, theme.stage_zone().top - 0.3, 0.0), aligned_edge=LEFT)
        name = text("ReLUs on (1) and off (0)", theme.QUIET)
        name.move_to((panel.left, panel.top - 0.85, 0.0), aligned_edge=LEFT)
        bits = LiveText("", theme.BOUNDARY, theme.FORMULA_SIZE).place(name.get_corner(DOWN + LEFT) - [0.0, 0.55, 0.0])
        gates = self.net.gates(cells.patterns)
        bits.live(lambda: "   ".join(" ".join(str(int(bit)) for bit in gate[here()]) for gate in gates))
        law = formula("f(x) = A x + c").move_to((panel.left, panel.top - 2.35, 0.0), aligned_edge=LEFT)
        names = formula("A ="), formula("c =")
        linear_part = MatrixView(np.zeros((self.net.widths[-1], 2)), size=theme.FORMULA_SIZE)
        offset = MatrixView(np.zeros(self.net.widths[-1]), size=theme.FORMULA_SIZE)
        linear_part.live(lambda: cells.affine_map(here()).linear)
        offset.live(lambda: cells.affine_map(here()).offset)
        for label, table, y in zip(names, (linear_part, offset), (3.45, 4.75), strict=True):
            label.move_to((panel.left, panel.top - y, 0.0), aligned_edge=LEFT)
            table.next_to(label, buff=0.25)
        self.reading = VGroup(name, bits, law, *names, linear_part, offset)
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
        self.play(self.walked.animate.set_value(len(self.stops) - 1), run_time=1.5 * theme.LONG)

    def snap_weights(self) -> None:
        # The viewer sees every weight slide to its nearest level; the facets tilt, and leave the old creases behind.
        self.beat("weights snap")
        slid, panel = self.slid, self.panel
        zone = theme.Zone(panel.left, panel.right, panel.bottom + 1.0, panel.top - 0.5)
        self.weights = WeightLines(zone, self.layers, slid.get_value)
        levels = len(self.layers[0].level_codes)
        note = text(f"all weights, {levels} levels a layer", theme.QUIET, theme.SMALL_SIZE)
        note.move_to((panel.left, panel.bottom + 0.6, 0.0), aligned_edge=LEFT)
        self.weights.add(note)
        self.say("Quantization snaps every weight to a grid", FadeOut(self.reading), FadeIn(self.weights))
        self.add(self.ghost, self.walker)
        self.play(slid.animate.set_value(1.0), self.spotlight.animate.set_value(0.0), run_time=theme.LONG)
        self.play(*self.change_badge(self.regime()))

    def ask_the_question(self) -> None:
        # The viewer sees the weights and the sheet go back to where they were, while the question is asked.
        self.beat("the question")
        self.say("What does that do to the geometry?")
        self.play(self.slid.animate.set_value(0.0), run_time=theme.STEADY)

    def measure_one_number(self) -> None:
        # The viewer sees the gap at the white point open, and one number for the whole plane count up.
        self.beat("one number")
        slid, refined, place = self.slid, self.refined, figure_place(self.panel)
        number = LiveText("", theme.QUANTIZED, theme.FIGURE_SIZE).place(place)
        number.live(lambda: signed(rms_error(refined(slid.get_value()))))
        words = text("root mean square error", theme.QUIET).next_to(place, DOWN, buff=0.2).align_to(number, LEFT)
        self.figure = VGroup(number, words)
        self.say("An error number says only how much", FadeOut(self.weights), FadeIn(self.figure))
        self.add(self.gap, self.walker)
        self.play(slid.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()
        self.play(slid.animate.set_value(0.0), run_time=theme.STEADY)

    def see_the_geometry(self) -> None:
        # The viewer sees green pieces tilt, and between them red strips open: there another piece is at work.
        self.beat("the geometry")
        slid, refined, output, panel = self.slid, self.refined, self.output, self.panel

        def paint(sheet: Sheet) -> np.ndarray:
            same = blended((theme.FLOAT, theme.SAME), min(1.0, 4.0 * slid.get_value()))
            return np.where(refined(slid.get_value()).changed[:, None], rgb(theme.CROSSED), same)

        self.sheet.sheet = lambda: sheet_over(refined(slid.get_value()), output, 1)
        self.sheet.paint = paint
        left, top = panel.left, panel.top - 1.0
        shares = (
            ("same ReLUs: the piece tilts", theme.SAME, "disc", lambda: 1.0 - changed_share(refined(slid.get_value()))),
            ("other ReLUs: creases moved", theme.CROSSED, "cross", lambda: changed_share(refined(slid.get_value()))),
        )
        rows = VGroup()
        for k, (words, color, mark, share) in enumerate(shares):
            y = top - 2.0 * k
            number = LiveText("", color, theme.FIGURE_SIZE).place((left, y - 0.95, 0.0))
            number.live(lambda share=share: f"{percent(share())} %")
            rows.add(marked(words, color, mark, (left, y)), number)
        rows.add(text("of the area shown", theme.QUIET).move_to((left, top - 3.7, 0.0), aligned_edge=LEFT))
        rows.add(lined("the sheet before rounding", theme.FLOAT, (left, top - 4.45)))
        self.say("The geometry says how: pieces tilt, creases move", FadeOut(self.figure), FadeIn(rows))
        self.play(FadeOut(self.gap), FadeOut(self.walker), slid.animate.set_value(1.0), run_time=1.5 * theme.LONG)
        self.say("So this is a story about geometry, not only about error")
