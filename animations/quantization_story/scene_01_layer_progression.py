"""Scene 1: three arms that straight cuts cannot part; the network folds the plane until they can."""

from typing import Any

from manim import rate_functions

from quantization_story.analysis.folding import Fold
from quantization_story.core.arrays import FloatArray
from quantization_story.figures.layer_progression import LayerProgressionFigures, badges, captions, layers_told, measure
from quantization_story.mobjects.frame_view import FramePose
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.layer_progression import FoldedPlane
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QuestionStage
from quantization_story.style import theme

FOLDING = 2.0  # seconds a fold
OPENING, TURNING, CREASED = 1.6, 1.3, 0.6  # seconds backward: a fold, a turn, a rest at a crease
COUNTING = 0.25  # seconds a region
NEAR = 2.2  # how many times as near the camera goes to the smallest region
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
        self.fold_by_later_layers()
        self.turn_by_last_layer()
        self.cut_straight_again()
        self.unfold()
        self.count_regions()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> LayerProgressionFigures:
        """All that is shown."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, compute what will be shown, and build the plane and what rides on it."""
        self.load_story()
        self.tell(captions(self.figures))
        self.badge_text = badges(self.figures)[0]
        self.places = self.figures.places
        self.home = FramePose.fitting(self.data.points)
        self.plane = FoldedPlane(self.places, self.places.drawn, self.home, self.drift)
        self.view = self.plane.view
        self.mesh, self.sheet_shown = self.plane.make_mesh(), self.plane.make_sheet()
        self.clouds = self.plane.make_clouds()
        self.followed = self.hero(self.plane.hero_place, trail=self.plane.make_trail())
        self.creases: list[Any] = []
        self.picture = self.clouds
        self.add(self.mesh)
        self.open_stage()
        self.start_drift()

    # --- the beats

    def ask_the_question(self) -> None:
        # The viewer sees three wound arms on a grid that fills the frame.
        self.beat("question")
        self.ask(*(Appear(cloud, run_time=theme.LONG) for cloud in self.clouds))

    def try_straight_cuts(self) -> None:
        # The viewer sees the sectors between straight cuts turn into place, and the count of points on a wrong side.
        if not self.figures.checked:
            return
        self.beat("straight cuts")
        self.fan_shown, self.cuts_shown = self.plane.make_cuts()
        self.plane.angle.set_value(UNTURNED)
        self.ringed = self.plane.make_rings(self.places.cut_missed)
        self.count_shown = self.make_count(self.plane.count_missed, self.places.hero)
        come = self.fan_shown, self.cuts_shown, self.count_shown
        self.say_for("cuts", *(Appear(each, run_time=1.0) for each in come))
        self.play(self.plane.angle.animate.set_value(0.0), run_time=3.0)
        self.play(Appear(self.ringed), run_time=theme.STEADY)

    def make_count(self, content: Any, *pointed_at: FloatArray) -> Any:
        """The plate that counts points on a wrong side, in the free corner; its leader goes to one of them."""
        zone = theme.middle_zone()
        unit = f"of {self.figures.points:,} points wrong"
        target = self.plane.place_of(pointed_at[0]) if pointed_at else None
        return self.plate(content, (zone.right - 1.6, zone.top - 1.2), target, unit=unit, name="wrong")

    def make_last_count(self) -> Any:
        """The same plate for the points outside their sector at the output."""
        return self.make_count(str(self.figures.network_wrong), *self.places.missed)

    def follow_one_point(self) -> None:
        # The viewer sees one point, an arm's tip on the wrong side of a cut, ringed; the rest steps back.
        self.beat("one point")
        self.say_for("hero", Appear(self.followed, run_time=1.0))
        if self.figures.checked:
            self.hold_caption()
            gone = self.fan_shown, self.cuts_shown, self.ringed, self.count_shown
            self.play(*map(Vanish, gone), run_time=theme.BRIEF)

    def turn_by_first_layer(self) -> None:
        # The viewer sees the whole plane turn and stretch, the points with it.
        self.beat("first layer")
        self.say_for("bend", Appear(self.sheet_shown, run_time=1.0), *self.go_on(1))

    def go_on(self, step: int) -> list[Any]:
        """The animations that take the plane to the end of a motion, and the view with it."""
        return [self.plane.progress.animate.set_value(step), self.view.fly_to(self.plane.pose_at(step))]

    def lay_creases(self, layer: int) -> list[Any]:
        """The animations that bring the two creases of a layer."""
        new = self.plane.make_creases(layer)
        self.creases += new
        return [Appear(crease, run_time=theme.STEADY) for crease in new]

    def fold_by_first_layer(self) -> None:
        # The viewer sees a crease light up, and all beyond it pressed flat onto it; then the same at the other crease.
        self.beat("two folds")
        creases = self.lay_creases(1)
        self.say_for("first fold", creases[0], *self.show_beyond(Fold(1, 0)))
        self.fold(Fold(1, 0))
        self.say_for("second fold", creases[1], *self.show_beyond(Fold(1, 1)))
        self.fold(Fold(1, 1))
        self.cut_folded_plane(1)

    def cut_folded_plane(self, layer: int) -> None:
        # The viewer sees the best straight cuts of what is there after a layer, and that fewer points are wrong.
        if not self.figures.checked:
            return
        self.beat(f"cuts after {layer}")
        missed = self.places.data.points[self.places.missed_after(layer)]
        fan, cuts = self.plane.make_cuts_after(layer)
        rings, wrong = self.plane.make_rings(missed), self.make_count(str(self.figures.later_wrong[layer][0]))
        come = [Appear(each, run_time=theme.LONG) for each in (fan, cuts, rings, wrong)]
        self.say_for(f"cuts after {layer}", *come)
        self.hold_caption(1.5)
        self.play(*map(Vanish, (fan, cuts, rings, wrong)), run_time=theme.BRIEF)

    def show_beyond(self, fold: Fold) -> list[Any]:
        """The animations that shade what a fold is about to press flat."""
        self.beyond = self.plane.make_beyond(fold)
        return [Appear(self.beyond, run_time=theme.STEADY)]

    def fold(self, fold: Fold, run_time: float = FOLDING) -> None:
        """Press flat what lies beyond a crease."""
        goal = self.places.journey.number(fold)
        self.play(self.plane.progress.animate.set_value(goal), run_time=run_time)
        self.remove(self.beyond)

    def fold_by_later_layers(self) -> None:
        """The other hidden layers, one after the other; where there are many, the later ones in one go."""
        told = layers_told(self.net.depth)
        for layer in told:
            self.fold_by_layer(layer)
        rest = range(told.stop, self.net.depth)
        if len(rest):
            self.beat("other layers")
            self.say_for("other layers")
        for layer in rest:
            self.play(*self.go_on(self.plane.turn_number(layer)), run_time=theme.LONG)
            self.play(*self.lay_creases(layer))
            for unit in (0, 1):
                self.play(*self.show_beyond(Fold(layer, unit)))
                self.fold(Fold(layer, unit), theme.STEADY)

    def fold_by_layer(self, layer: int) -> None:
        # The viewer sees the folded plane turned, two new creases laid across it, and two more folds.
        self.beat(f"layer {layer}")
        self.say_for(f"folds {layer}", *self.go_on(self.plane.turn_number(layer)), run_time=3.5)
        self.play(*self.lay_creases(layer), *self.show_beyond(Fold(layer, 0)))
        self.fold(Fold(layer, 0))
        self.play(*self.show_beyond(Fold(layer, 1)))
        self.fold(Fold(layer, 1))
        self.cut_folded_plane(layer)

    def turn_by_last_layer(self) -> None:
        # The viewer sees the last layer turn what is left, without a fold.
        self.beat("last layer")
        self.say_for("apart" if self.figures.checked else "last turn", *self.go_on(len(self.places.journey.steps)))

    def cut_straight_again(self) -> None:
        # The viewer sees the sectors of the output, with straight cuts between them, and few points on a wrong side.
        if not self.figures.checked:
            return
        self.fan_shown, self.cuts_shown = self.plane.make_sectors(self.head)
        self.ringed = self.plane.make_rings(self.places.missed)
        self.count_shown = self.make_last_count()
        self.play(*map(Appear, (self.fan_shown, self.cuts_shown, self.ringed, self.count_shown)), run_time=theme.LONG)
        self.hold_caption(1.0)
        self.play(Vanish(self.ringed), Vanish(self.count_shown), run_time=theme.BRIEF)

    def unfold(self) -> None:
        # The viewer sees the film run backward, with a rest at each crease, and a ring where the cuts bend on it.
        self.beat("unfold")
        if self.figures.paired:
            self.pressed = self.plane.make_pair()
            self.say_for("pair", Appear(self.pressed, run_time=theme.LONG))
        if self.figures.checked:
            self.lands, self.bent = self.plane.make_land()
            turned = [Vanish(self.fan_shown), Vanish(self.cuts_shown), Appear(self.lands), Appear(self.bent)]
            self.say_for("rewind", *turned, run_time=theme.STEADY)
        else:
            self.say_for("rewind")
        self.bends: list[Any] = []
        self.plane.heading = -1
        for step in reversed(range(len(self.places.journey.steps))):
            self.undo(step)
        gone = [self.sheet_shown, *([self.pressed] if self.figures.paired else [])]
        self.say_for("landed", *(Vanish(each, run_time=theme.STEADY) for each in gone))

    def undo(self, step: int) -> None:
        """Undo a motion; after a fold, rest at its crease, and ring where the cuts bend on it."""
        folded = isinstance(self.places.journey.steps[step], Fold)
        self.play(*self.go_back(step), run_time=OPENING if folded else TURNING)
        new = self.plane.make_bends(step)
        if new is not None:
            self.bends.append(new)
            self.play(Appear(new), run_time=CREASED)
        elif folded:
            self.hold_caption(CREASED)

    def go_back(self, step: int) -> list[Any]:
        """The animations that undo a motion; the view follows where a layer's turn is undone."""
        move = self.plane.progress.animate.set_value(step).build()
        before = self.plane.view_before(step)
        return [move] if before is None else [move, self.view.fly_to(before)]

    def count_regions(self) -> None:
        # The viewer sees the regions light up one by one, counted, around the smallest of them.
        self.beat("regions")
        zone = theme.middle_zone()
        self.plane.counted.set_value(1)
        self.lit = self.plane.make_counted()
        corner, unit = (zone.left + 1.6, zone.top - 1.2), f"of {self.figures.regions} regions"
        count = self.plate(self.plane.count_regions, corner, unit=unit, name="regions")
        x, y = map(float, self.places.smallest)
        near = self.view.fly(x, y, NEAR * self.home.unit)
        come = [Appear(each, run_time=theme.LONG) for each in (self.lit, count)]
        self.say_for("regions", near, *come, *self.step_back(), run_time=theme.LONG)
        for k in range(2, self.figures.regions + 1):
            counting = self.plane.counted.animate.set_value(k)
            self.play(counting, run_time=COUNTING, rate_func=rate_functions.linear)
        self.hold_caption(0.5)
        self.play(Vanish(self.lit), Vanish(count), self.view.fly_to(self.home), run_time=theme.LONG)

    def step_back(self) -> list[Any]:
        """The animations that take away what would hide the regions."""
        hidden = [Vanish(self.lands)] if self.figures.checked else []
        return [*self.dim(self.clouds), *hidden]

    def answer_the_question(self) -> None:
        # The viewer sees the arms, each in its own land between bent cuts, and the few points that are wrong.
        self.beat("answer")
        back = self.undim()
        if self.figures.checked:
            self.count_shown = self.make_last_count()
            back += [*map(Vanish, self.bends), *map(Appear, (self.lands, self.ringed, self.count_shown))]
        self.answer_for(*back)
        self.close_stage()
