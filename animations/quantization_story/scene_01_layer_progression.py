"""Scene 1: three arms that straight cuts cannot part; the network folds the plane until they can."""

from typing import Any

from manim import Animation, VGroup, smooth, squish_rate_func

from quantization_story.analysis.folding import Fold
from quantization_story.figures.layer_progression import (
    LayerProgressionFigures,
    badges,
    captions,
    fewer,
    layers_told,
    measure,
    neuron_name,
    opening_key,
)
from quantization_story.mobjects.frame_view import FramePose
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.layer_progression import FoldedPlane
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QuestionStage
from quantization_story.stage.story_scene import frames
from quantization_story.style import theme

COMING = 4.2  # seconds in which the classes come, one after the other
TURNING, FOLDING = 3.0, 2.6  # seconds forward: a turn, a fold
OPENING, TURNING_BACK, BENT = 1.8, 1.4, 0.6  # seconds backward: a fold, a turn, a ring around a bend
LOOK = 0.8  # seconds at a crease that has opened
SIDE_BY_SIDE = 3.6  # seconds after the answer is read
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
        core = self.plane.make_core().set_z_index(theme.LAYER_HERO)
        self.hero_shown = VGroup(self.hero(self.plane.hero_place, trail=self.plane.make_trail()), core)
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
        # The viewer sees straight cuts turn into place, then rings around the points on a wrong side, then their count.
        if not self.figures.checked:
            return
        self.beat("straight cuts")
        self.cuts_tried: list[Any] = [*self.plane.make_cuts()]
        self.plane.angle.set_value(UNTURNED)
        self.say_for("cuts", *(Appear(each, run_time=theme.STEADY) for each in self.cuts_tried))
        self.play(self.plane.angle.animate.set_value(0.0), run_time=FOLDING)
        self.ringed = self.plane.make_rings(self.places.cut_missed)
        self.play(Appear(self.ringed), run_time=theme.STEADY)
        wrong = self.make_count(str(self.figures.cut_wrong), self.plane.place_of(self.places.hero))
        self.cuts_tried.append(wrong)
        self.play(Appear(wrong), run_time=theme.STEADY)

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
            self.play(*map(Vanish, self.cuts_tried), *self.dim(self.ringed), run_time=theme.BRIEF)

    def turn_by_first_layer(self) -> None:
        # The viewer sees the whole plane turn and stretch, the ringed points with it, and the network in a corner.
        self.beat("first layer")
        self.network_shown = self.plane.make_network()
        come = [Appear(each, run_time=theme.STEADY) for each in (self.network_shown, self.sheet_shown)]
        self.say_for("turn", *come, *self.go_on(1))

    def go_on(self, step: int) -> list[Any]:
        """The animations that take the plane to the end of a layer's turn, and the view with it."""
        self.plane.light(self.places.journey.steps[step - 1])
        return [self.plane.progress.animate.set_value(step), self.view.fly_to(self.plane.pose_at(step))]

    def fold_by_first_layer(self) -> None:
        # The viewer sees a crease come, its sides named; then all on the off side pressed flat onto the crease, one arm
        # with it, which is straight from then on; and the same at the crease of the other neuron.
        self.beat("two folds")
        creases = self.lay_creases(1)
        first, second = Fold(1, 0), Fold(1, 1)
        words = zip(("neuron off", "neuron on"), self.plane.beside(first), strict=True)
        sides = [self.plate(word, at) for word, at in words]
        self.say_for("first fold", creases[0])
        self.play(self.show_beyond(first), Appear(sides[0], run_time=theme.STEADY))
        self.play(Appear(sides[1]), run_time=theme.STEADY)
        self.hold_caption()
        others = self.clouds_but(self.figures.straightened)
        self.say_for("pressed", self.fold(first), *self.dim(*others), *map(Vanish, sides), quiet=LOOK)
        self.remove(self.shade_shown)
        self.say_for("second fold", creases[1], self.show_beyond(second), *self.undim(*others))
        self.play(self.fold(second), run_time=FOLDING)
        self.remove(self.shade_shown)

    def clouds_but(self, label: int | None) -> list[Any]:
        """The points of all other classes; none where none is spoken of."""
        return [] if label is None else [cloud for k, cloud in enumerate(self.clouds) if k != label]

    def lay_creases(self, layer: int) -> list[Any]:
        """The animations that bring the two creases of a layer."""
        new = self.plane.make_creases(layer)
        self.creases_shown += new
        return [Appear(crease, run_time=theme.STEADY) for crease in new]

    def show_beyond(self, *folds: Fold) -> Animation:
        """The animation that shades what folds are about to press flat; their neurons light up."""
        self.plane.light(*folds)
        self.shade_shown = VGroup(*map(self.plane.make_beyond, folds))
        return Appear(self.shade_shown, run_time=theme.STEADY)

    def fold(self, fold: Fold) -> Any:
        """The animation that presses flat what is beyond a crease."""
        return self.plane.progress.animate.set_value(self.places.journey.number(fold))

    def cut_folded_plane(self) -> None:
        # The viewer sees straight cuts trained on the folded plane, and most of the rings go.
        if not self.figures.checked:
            return
        self.beat("folded cuts")
        cuts = self.plane.make_folded_cuts()
        self.say_for("folded cuts", *(Appear(each, run_time=theme.LONG) for each in cuts), *self.undim(self.ringed))
        counts = self.figures.cut_wrong, self.figures.folded_wrong
        wrong = self.ring_anew(self.places.missed_folded, fewer(*counts))
        self.hold_caption(LOOK)
        self.play(*map(Vanish, (*cuts, wrong)), *self.dim(self.ringed), run_time=theme.BRIEF)

    def ring_anew(self, missed: Any, count: str) -> Any:
        """Ring the points that are wrong now, no longer those that were, and count them; returns the plate."""
        before, self.ringed = self.ringed, self.plane.make_rings(missed)
        wrong = self.make_count(count, *self.plane.first_of(missed))
        self.play(Vanish(before), *map(Appear, (self.ringed, wrong)), run_time=theme.LONG)
        return wrong

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
        # The viewer sees the last layer turn and stretch what is left, and straight cuts leave few points ringed.
        self.beat("last layer")
        self.say_for("last turn", *self.go_on(len(self.places.journey.steps)), run_time=TURNING)
        if not self.figures.checked:
            return
        self.sectors_shown = self.plane.make_sectors(self.head)
        come = [Appear(each, run_time=theme.LONG) for each in self.sectors_shown]
        self.say_for("apart", *come, *self.undim(self.ringed))
        counts = self.figures.folded_wrong, self.figures.network_wrong
        wrong = self.ring_anew(self.places.missed, fewer(*counts))
        self.hold_caption(LOOK)
        self.play(Vanish(self.ringed), Vanish(wrong), run_time=theme.BRIEF)

    def unfold(self) -> None:
        # The viewer sees the film run backward: one crease after the other lights up and opens, and where a cut bends
        # on it is ringed for as long as it is spoken of.
        self.beat("unfold")
        self.plane.heading = -1
        turned = []
        if self.figures.checked:
            self.land_shown = self.plane.make_land()
            turned = [*map(Vanish, self.sectors_shown), *map(Appear, self.land_shown)]
        lines = [crease[0] for crease in self.creases_shown]
        self.say_for("rewind", *turned, *self.dim(*lines), *self.go_back(len(self.places.journey.steps) - 1))
        for layer in reversed(range(1, self.net.depth)):
            self.open_layer(layer, layer == 1 or layer in layers_told(self.net.depth))

    def open_layer(self, layer: int, told: bool) -> None:
        """Undo the folds of a layer, the last one first, and its turn."""
        away = self.view.fly_to(self.plane.pose_at(self.plane.turn_number(layer)))
        away.run_time = TURNING_BACK
        folds = Fold(layer, 1), Fold(layer, 0)
        if told:
            self.open_crease(folds[0], away)
            self.open_crease(folds[1])
        else:
            self.play(away)
            self.plane.light(*folds)
            self.play(self.undo(folds[1]), run_time=HURRIED * OPENING)
        if layer > 1:
            self.play(*self.go_back(self.plane.turn_number(layer) - 1), run_time=TURNING_BACK)

    def open_crease(self, fold: Fold, *flight: Any) -> None:
        """Light a crease, open its fold, and ring where the cuts bend on it."""
        crease = self.creases_shown[2 * (fold.layer - 1) + fold.unit][0]
        named = self.plate(neuron_name(fold), self.corner(left=True), *self.plane.on_crease(fold), name="crease")
        self.plane.light(fold)
        come = [Appear(named, run_time=theme.STEADY), *self.undim(crease), *flight]
        key = opening_key(fold)
        if key in self.captions:
            self.beat(key)
            self.say_for(key, *come)
        else:
            self.play(*come)
        self.play(self.undo(fold), run_time=OPENING)
        bend = self.plane.make_bends(fold) if self.figures.bent_by(fold) else None
        rings = [] if bend is None else [bend]
        if rings:
            self.play(*map(Appear, rings), run_time=BENT)
        self.wait(frames(LOOK))
        self.play(*map(Vanish, (named, *rings)), *self.dim(crease), run_time=theme.BRIEF)

    def undo(self, fold: Fold) -> Any:
        """The animation that opens a fold, and those after it."""
        return self.plane.progress.animate.set_value(self.places.journey.number(fold) - 1)

    def go_back(self, step: int) -> list[Any]:
        """The animations that undo a turn; the view goes to what is there then."""
        self.plane.light(self.places.journey.steps[step])
        return [self.plane.progress.animate.set_value(step), self.view.fly_to(self.plane.pose_at(step))]

    def come_back(self) -> None:
        # The viewer sees the plane come back to where it was, the cuts bent on its creases.
        gone = Vanish(self.sheet_shown), Vanish(self.network_shown)
        self.play(*gone, *self.go_back(0), run_time=FOLDING)

    def answer_the_question(self) -> None:
        # The viewer sees the arms twice, side by side: between straight cuts, and between the bent ones; and how many
        # points are wrong in each.
        self.beat("answer")
        if not self.figures.checked:
            self.answer_for(*self.undim())
            self.close_stage()
            return
        first, second = self.plane.halves()
        aside = self.view.fly_to(second.pose)
        aside.run_time = theme.LONG
        self.answer_for(aside, Appear(self.ringed))
        before = self.plane.make_straight(first)
        missed = self.plane.drawn_of(self.places.cut_missed), self.places.missed
        counts = self.figures.cut_wrong, self.figures.network_wrong
        plates = [
            self.plate(str(many), half.corner, *half.nearest(points), unit=f"wrong with {kind} cuts", name=kind)
            for kind, many, half, points in zip(("straight", "bent"), counts, (first, second), missed, strict=True)
        ]
        self.play(*map(Appear, before), run_time=theme.LONG)
        self.play(*map(Appear, plates), run_time=theme.STEADY)
        self.close_stage(SIDE_BY_SIDE)
