"""Scene 1: three arms that straight cuts cannot part; the network folds the plane until they can."""

from typing import Any

from manim import Animation, VGroup, smooth, squish_rate_func

from quantization_story.analysis.folding import Fold
from quantization_story.figures.layer_progression import LayerProgressionFigures, badges, captions, layers_told, measure
from quantization_story.mobjects.frame_view import FramePose
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.layer_progression import FoldedPlane
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QuestionStage
from quantization_story.style import theme

COMING = 4.2  # seconds in which the classes come, one after the other
TURNING, FOLDING = 3.0, 2.6  # seconds forward: a turn, a fold
OPENING, TURNING_BACK, BENT = 1.8, 1.4, 0.6  # seconds backward: a fold, a turn, a rest at a crease
HURRIED = 0.5  # of these: where a layer has no caption of its own
UNTURNED = -1.1  # radians: how far the straight cuts stand from where they fit when they come


class LayerProgressionScene(QuestionStage, NetworkScene):
    """A network turns and folds the plane until straight cuts part the classes; unfolded, the cuts are bent."""

    needs = NetworkRequirements(inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4)

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_the_question()
        self.try_straight_cuts()
        self.follow_one_point()
        self.turn_by_first_layer()
        self.fold_by_first_layer()
        self.cut_folded_plane()
        self.fold_by_later_layers()
        self.turn_by_last_layer()
        self.unfold()
        self.come_back()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> LayerProgressionFigures:
        """All that is shown."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, compute what will be shown, and build the plane and what rides on it.

        What comes and goes has names here that nothing else has: the cache looks at what the code in reach names.
        """
        self.load_story()
        self.tell(captions(self.figures))
        self.badge_text = badges(self.figures)[0]
        self.places = self.figures.places
        self.home = FramePose.fitting(self.data.points)
        self.plane = FoldedPlane(self.places, self.places.drawn, self.home, self.drift)
        self.view = self.plane.view
        self.mesh_shown, self.sheet_shown = self.plane.make_mesh(), self.plane.make_sheet()
        self.clouds = self.plane.make_clouds()
        self.hero_shown = self.hero(self.plane.hero_place, trail=self.plane.make_trail())
        self.creases_shown: list[Any] = []
        self.picture = self.clouds
        self.add(self.mesh_shown)
        self.open_stage()
        self.start_drift()

    # --- the beats

    def ask_the_question(self) -> None:
        # The viewer sees wound arms come one by one, on a grid that fills the frame.
        self.beat("question")
        many = len(self.clouds)
        turns = [squish_rate_func(smooth, k / many, (k + 1) / many) for k in range(many)]
        coming = [
            Appear(cloud, run_time=COMING, rate_func=turn) for cloud, turn in zip(self.clouds, turns, strict=True)
        ]
        self.ask(*coming)

    def try_straight_cuts(self) -> None:
        # The viewer sees the sectors between straight cuts turn into place, and the count of points on a wrong side.
        if not self.figures.checked:
            return
        self.beat("straight cuts")
        wrong = self.make_count(self.plane.count_missed, self.plane.place_of(self.places.hero))
        self.tried = [*self.plane.make_cuts(), wrong]
        self.plane.angle.set_value(UNTURNED)
        self.say_for("cuts", *(Appear(each, run_time=theme.STEADY) for each in self.tried))
        self.play(self.plane.angle.animate.set_value(0.0), run_time=FOLDING)
        self.tried.append(self.plane.make_rings(self.places.cut_missed))
        self.play(Appear(self.tried[-1]), run_time=theme.STEADY)

    def make_count(self, content: Any, target: Any = None) -> Any:
        """The plate that counts points on a wrong side, in the free corner; its leader goes to one, if there is one."""
        return self.plate(content, self.corner(), target, unit=f"of {self.figures.points:,} points wrong", name="wrong")

    def corner(self, left: bool = False) -> tuple[float, float]:
        """Where a plate stands: high up at the right or at the left."""
        zone = theme.middle_zone()
        return zone.left + 1.6 if left else zone.right - 1.6, zone.top - 1.1

    def follow_one_point(self) -> None:
        # The viewer sees one point, an arm's end on the wrong side of a cut, become the one to follow.
        self.beat("one point")
        self.say_for("hero", Appear(self.hero_shown, run_time=theme.LONG))
        if self.figures.checked:
            self.hold_caption()
            self.play(*map(Vanish, self.tried), run_time=theme.BRIEF)

    def turn_by_first_layer(self) -> None:
        # The viewer sees the whole plane turn and stretch, the points with it.
        self.beat("first layer")
        self.say_for("turn", Appear(self.sheet_shown, run_time=theme.STEADY), *self.go_on(1))

    def go_on(self, step: int) -> list[Any]:
        """The animations that take the plane to the end of a motion, and the view with it."""
        return [self.plane.progress.animate.set_value(step), self.view.fly_to(self.plane.pose_at(step))]

    def fold_by_first_layer(self) -> None:
        # The viewer sees a crease come, a point beyond it, and where it will be laid; then all beyond it laid flat on
        # the crease, and the two in one place; and the same at the crease of the other neuron.
        self.beat("two folds")
        creases = self.lay_creases(1)
        first, second = Fold(1, 0), Fold(1, 1)
        self.say_for("first fold", creases[0], self.show_beyond(first))
        if self.figures.paired:
            self.pair_shown = self.plane.make_pair()
            self.play(Appear(self.pair_shown, run_time=theme.LONG))
            self.say_for("one place", self.fold(first))
        else:
            self.play(self.fold(first), run_time=FOLDING)
        self.remove(self.shade_shown)
        self.say_for("second fold", creases[1], self.show_beyond(second))
        self.play(self.fold(second), run_time=FOLDING)
        self.remove(self.shade_shown)

    def lay_creases(self, layer: int) -> list[Any]:
        """The animations that bring the two creases of a layer."""
        new = self.plane.make_creases(layer)
        self.creases_shown += new
        return [Appear(crease, run_time=theme.STEADY) for crease in new]

    def show_beyond(self, *folds: Fold) -> Animation:
        """The animation that shades what folds are about to lay flat."""
        self.shade_shown = VGroup(*map(self.plane.make_beyond, folds))
        return Appear(self.shade_shown, run_time=theme.STEADY)

    def fold(self, fold: Fold) -> Any:
        """The animation that lays flat what is beyond a crease."""
        return self.plane.progress.animate.set_value(self.places.journey.number(fold))

    def cut_folded_plane(self) -> None:
        # The viewer sees the best straight cuts of the folded plane, and that fewer points are wrong.
        if not self.figures.checked:
            return
        self.beat("folded cuts")
        missed = self.places.missed_folded
        wrong = self.make_count(str(self.figures.folded_wrong), *self.plane.first_of(missed))
        shown = [*self.plane.make_folded_cuts(), self.plane.make_rings(missed), wrong]
        self.say_for("folded cuts", *(Appear(each, run_time=theme.LONG) for each in shown))
        self.hold_caption(1.0)
        self.play(*map(Vanish, shown), run_time=theme.BRIEF)

    def fold_by_later_layers(self) -> None:
        # The viewer sees the folded plane turned, two new creases laid across it, and both folds.
        told = layers_told(self.net.depth)
        for layer in range(2, self.net.depth):
            slow = 1.0 if layer in told else HURRIED
            if layer in told:
                self.beat(f"layer {layer}")
                self.say_for(f"folds {layer}", *self.go_on(self.plane.turn_number(layer)), run_time=TURNING)
            else:
                if layer == told.stop:
                    self.beat("other layers")
                    self.say_for("other layers")
                self.play(*self.go_on(self.plane.turn_number(layer)), run_time=slow * TURNING)
            folds = Fold(layer, 0), Fold(layer, 1)
            self.play(*self.lay_creases(layer), self.show_beyond(*folds))
            self.play(self.fold(folds[1]), run_time=slow * TURNING)
            self.remove(self.shade_shown)

    def turn_by_last_layer(self) -> None:
        # The viewer sees the last layer turn what is left, and straight cuts leave few points on a wrong side.
        self.beat("last layer")
        turn = self.go_on(len(self.places.journey.steps))
        self.say_for("apart" if self.figures.checked else "last turn", *turn, run_time=TURNING)
        if not self.figures.checked:
            return
        self.sectors_shown = self.plane.make_sectors(self.head)
        self.ringed = self.plane.make_rings(self.places.missed)
        wrong = self.make_count(str(self.figures.network_wrong), *self.plane.first_of(self.places.missed))
        self.play(*map(Appear, (*self.sectors_shown, self.ringed, wrong)), run_time=theme.LONG)
        self.hold_caption(1.5)
        self.play(Vanish(self.ringed), Vanish(wrong), run_time=theme.BRIEF)

    def unfold(self) -> None:
        # The viewer sees the film run backward, with a rest at each crease, and rings where the cuts bend on it.
        self.beat("unfold")
        self.plane.heading = -1
        self.bends_shown: list[Any] = []
        turned = []
        if self.figures.checked:
            self.land_shown = self.plane.make_land()
            turned = [*map(Vanish, self.sectors_shown), *map(Appear, self.land_shown)]
        self.say_for("rewind", *turned, *self.go_back(len(self.places.journey.steps) - 1))
        for layer in reversed(range(1, self.net.depth)):
            self.open_layer(layer)

    def open_layer(self, layer: int) -> None:
        """Undo the folds of a layer, and its turn; that of the first waits for the words that go with it."""
        told = f"open {layer}" in self.captions
        slow = 1.0 if told else HURRIED
        if told:
            self.beat(f"open {layer}")
            named = self.plate(f"layer {layer}", self.corner(left=True), self.plane.on_crease(layer), name="creases")
            self.say_for(f"open {layer}", Appear(named, run_time=theme.STEADY))
        self.undo_fold(Fold(layer, 1), slow)
        if layer == 1 and "along" in self.captions:
            self.say_for("along", self.undo(Fold(layer, 0)))
            self.show_bends(Fold(layer, 0), 1.0)
        else:
            self.undo_fold(Fold(layer, 0), slow)
        gone = [Vanish(named, run_time=theme.BRIEF)] if told else []
        if layer > 1:
            gone += self.go_back(self.plane.turn_number(layer) - 1)
        self.play(*gone, run_time=slow * TURNING_BACK)

    def undo_fold(self, fold: Fold, slow: float) -> None:
        """Undo a fold, and rest at its crease."""
        self.play(self.undo(fold), run_time=slow * OPENING)
        self.show_bends(fold, slow)

    def undo(self, fold: Fold) -> Any:
        """The animation that opens a fold."""
        return self.plane.progress.animate.set_value(self.places.journey.number(fold) - 1)

    def show_bends(self, fold: Fold, slow: float) -> None:
        """Ring where the cuts bend on a crease."""
        new = self.plane.make_bends(fold)
        if new is None:
            return
        self.bends_shown.append(new)
        self.play(Appear(new), run_time=slow * BENT)

    def go_back(self, step: int) -> list[Any]:
        """The animations that undo a turn, and the view with it."""
        return [self.plane.progress.animate.set_value(step), self.view.fly_to(self.plane.view_before(step))]

    def come_back(self) -> None:
        # The viewer sees the plane come back to where it was, the cuts bent on its creases, the corner pointed at.
        self.beat("landed")
        changed = [Vanish(self.sheet_shown), *([Vanish(self.pair_shown)] if self.figures.paired else [])]
        if not self.figures.meets:
            self.say_for("landed", *changed, *self.go_back(0), run_time=FOLDING)
            return
        meeting = self.plate("the cuts meet", self.corner(), self.plane.place_of(self.places.meeting))
        self.say_for("landed", *changed, Appear(meeting), *self.go_back(0), run_time=FOLDING)
        self.hold_caption()
        self.play(Vanish(meeting), run_time=theme.BRIEF)

    def answer_the_question(self) -> None:
        # The viewer sees the arms twice, side by side: between straight cuts, and between the bent ones; and how many
        # points are wrong in each.
        self.beat("answer")
        if not self.figures.checked:
            self.answer_for()
            self.close_stage()
            return
        first, second = self.plane.halves()
        away = [*map(Vanish, self.bends_shown), *self.dim(*self.creases_shown), Appear(self.ringed)]
        aside = self.view.fly_to(second.pose)
        aside.run_time = theme.LONG
        self.answer_for(aside, *away)
        before = self.plane.make_straight(first)
        missed = self.plane.drawn_of(self.places.cut_missed), self.places.missed
        counts = self.figures.cut_wrong, self.figures.network_wrong
        plates = [
            self.plate(str(many), half.corner, *half.nearest(points), unit=f"wrong with {kind} cuts", name=kind)
            for kind, many, half, points in zip(("straight", "bent"), counts, (first, second), missed, strict=True)
        ]
        self.play(*map(Appear, (*before, *plates)), run_time=theme.LONG)
        self.close_stage()
