"""Scene 1: three arms that straight cuts cannot part; the network folds the plane until they can."""

from typing import Any

from manim import Animation, VGroup, smooth, squish_rate_func

from quantization_story.analysis.folding import Fold
from quantization_story.core.captions import as_caption
from quantization_story.figures.layer_progression import (
    LAYERS_TOLD,
    LayerProgressionFigures,
    badges,
    captions,
    fewer,
    gathered_words,
    measure,
)
from quantization_story.mobjects.frame_view import FramePose
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.layer_progression import FoldedPlane
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.stage.story_scene import frames
from quantization_story.style import theme

COMING = 4.2  # seconds in which the classes come, one after the other
TURNING, FOLDING, FIRST = 2.6, 2.6, 4.0  # seconds forward: a turn, a fold, the first one
OPENING, TURNING_BACK, BENT = 1.8, 1.4, 0.6  # seconds backward: a fold, a turn, a ring around a bend
LOOK = 0.8  # seconds at a crease that has opened
SIDE_BY_SIDE = 3.0  # seconds after the answer is read
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
        self.home = FramePose.fitting(self.places.data.points)
        self.plane = FoldedPlane(self.places, self.home, self.drift)
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
        wrong = self.make_count(str(self.figures.cut_wrong))
        self.cuts_tried.append(wrong)
        self.play(Appear(wrong), run_time=theme.STEADY)

    def make_count(self, content: Any, target: Any = None) -> Any:
        """The plate that counts points on a wrong side, in the free corner; its leader goes to one, if there is one."""
        zone = theme.middle_zone()
        corner = zone.right - 1.6, zone.top - 1.1
        return self.plate(content, corner, target, unit=f"of {self.figures.points:,} points wrong", name="wrong")

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
        # The viewer sees a crease come, and all on its left pressed flat onto it, the hero's row into one spot; and the
        # same at the crease of the other neuron.
        self.beat("two folds")
        creases = self.lay_creases(1)
        first, second = Fold(1, 0), Fold(1, 1)
        self.say_for("first fold", creases[0], self.show_beyond(first))
        self.row_shown = self.plane.make_row()
        name = [self.plate("its row", self.plane.row_corner, self.plane.row_place)] if self.figures.hero_pressed else []
        self.say_for("pressed", *(Appear(each, run_time=theme.STEADY) for each in (self.row_shown, *name)))
        self.wait(frames(LOOK))
        if name:
            self.play(*map(Vanish, name), run_time=theme.BRIEF)
        self.play(self.fold(first), run_time=FIRST)
        self.remove(self.shade_shown)
        self.say_for("second fold", creases[1], self.show_beyond(second))
        self.press(second)

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
        # The viewer sees straight cuts fitted to the folded plane, and fewer rings.
        if not self.figures.checked:
            return
        self.beat("folded cuts")
        cuts = self.plane.make_folded_cuts()
        self.say_for("folded cuts", *(Appear(each, run_time=theme.LONG) for each in cuts), Vanish(self.ringed))
        self.ringed = self.plane.make_rings(self.places.missed_folded)
        wrong = self.make_count(fewer(self.figures.cut_wrong, self.figures.folded_wrong))
        self.play(Appear(self.ringed), Appear(wrong), run_time=theme.LONG)
        self.hold_caption(LOOK)
        self.play(*map(Vanish, (*cuts, wrong)), run_time=theme.BRIEF)

    def fold_by_later_layers(self) -> None:
        # The viewer sees the folded plane turned, and pressed flat at two new creases, one class into one spot.
        for layer in range(2, self.net.depth):
            folds = Fold(layer, 0), Fold(layer, 1)
            if layer == LAYERS_TOLD:
                self.fold_by_second_layer(folds)
                continue
            if layer == LAYERS_TOLD + 1:
                self.beat("other layers")
                self.say_for("other layers")
            self.play(*self.go_on(self.plane.turn_number(layer)), run_time=HURRIED * TURNING)
            self.play(*self.lay_creases(layer), self.show_beyond(*folds))
            self.press(folds[1], HURRIED * FOLDING)

    def fold_by_second_layer(self, folds: tuple[Fold, Fold]) -> None:
        # The viewer sees it turned; then one class pressed into one spot, alone bright, and how many of its points.
        self.beat("second layer")
        self.say_for("second turn", *self.go_on(self.plane.turn_number(LAYERS_TOLD)), run_time=TURNING)
        gathers, label = self.figures.gathers, self.figures.gathered_class
        others = [cloud for k, cloud in enumerate(self.clouds) if gathers and k != label]
        come = *self.lay_creases(LAYERS_TOLD), self.show_beyond(*folds)
        self.say_for("second folds", *come, *self.dim(*others, *([self.ringed] if self.figures.checked else [])))
        for fold, run_time in zip(folds, (HURRIED * FOLDING, FOLDING), strict=True):
            self.plane.light(fold)
            self.play(self.fold(fold), run_time=run_time)
        self.remove(self.shade_shown)
        if gathers:
            zone, spot = theme.middle_zone(), self.plane.place_of(self.places.gathered[0])
            corner, unit = (zone.center[0], zone.bottom + 1.0), gathered_words(self.figures)
            many = self.plate(str(self.figures.gathered), corner, spot, unit=unit, name="gathered")
            self.play(Appear(many, run_time=theme.STEADY))
            self.hold_caption(QUIET)
            self.play(Vanish(many), *self.undim(*others), run_time=theme.BRIEF)

    def press(self, fold: Fold, run_time: float = FOLDING) -> None:
        """Press flat what is beyond a crease, and beyond those before it in its layer; its shade is gone then."""
        self.play(self.fold(fold), run_time=run_time)
        self.remove(self.shade_shown)

    def turn_by_last_layer(self) -> None:
        # The viewer sees the last layer turn and stretch what is left; then straight cuts, and how few are ringed.
        self.beat("last layer")
        gone = [Vanish(self.ringed, run_time=theme.BRIEF)] if self.figures.checked else []
        self.say_for("last turn", *self.go_on(len(self.places.journey.steps)), *gone, run_time=TURNING)
        if not self.figures.checked:
            return
        self.sectors_shown = self.plane.make_sectors(self.head)
        self.play(*(Appear(each, run_time=theme.LONG) for each in self.sectors_shown))
        missed = self.places.missed
        wrong = self.make_count(
            fewer(self.figures.folded_wrong, self.figures.network_wrong), *self.plane.first_of(missed)
        )
        self.ringed = self.plane.make_rings(missed)
        self.play(*map(Appear, (self.ringed, wrong)), run_time=theme.LONG)
        self.hold_caption(QUIET)
        self.play(Vanish(self.ringed), Vanish(wrong), run_time=theme.BRIEF)

    def unfold(self) -> None:
        # The viewer sees the film run backward: one crease after the other lights up and opens, and where a cut bends
        # on it is ringed.
        self.beat("unfold")
        self.plane.heading = -1
        gone: list[Any] = [Vanish(self.network_shown)]
        if self.figures.checked:
            self.land_shown = self.plane.make_land()
            gone += [*map(Vanish, self.sectors_shown), *map(Appear, self.land_shown)]
        lines = [crease[0] for crease in self.creases_shown]
        self.say_for("rewind", *gone, *self.dim(*lines), *self.turn_back(self.net.depth))
        for layer in reversed(range(1, self.net.depth)):
            self.open_layer(layer, layer <= LAYERS_TOLD)

    def turn_back(self, layer: int) -> list[Any]:
        """The animations that undo a layer's turn; the view goes to what there is once the folds before it are open."""
        step = self.plane.turn_number(layer) - 1
        pose = self.plane.pose_at(self.plane.turn_number(layer - 1)) if layer > 1 else self.home
        return [self.plane.progress.animate.set_value(step), self.view.fly_to(pose)]

    def open_layer(self, layer: int, told: bool) -> None:
        """Undo the folds of a layer, the last one first, and its turn."""
        for fold in (Fold(layer, 1), Fold(layer, 0)) if told else (Fold(layer, 0),):
            self.open_crease(fold, self.key_of(fold))
        if layer > 1:
            self.play(*self.turn_back(layer), run_time=TURNING_BACK)

    def key_of(self, fold: Fold) -> str:
        """Which caption a fold opens under: that of the last layer to fold, of the first fold, or of all between."""
        if fold == Fold(1, 0):
            return "open last"
        return "open" if fold.layer == self.net.depth - 1 else "open others"

    def open_crease(self, fold: Fold, key: str) -> None:
        """Light a crease, open its fold, and ring where the cuts bend on it; the first and the last one slowly."""
        if self.caption_text != as_caption(self.captions[key]).text:
            self.beat(key)
            self.say_for(key)
        crease = self.creases_shown[2 * (fold.layer - 1) + fold.unit][0]
        slow = HURRIED if key == "open others" else 1.0
        self.play(*self.undim(crease), run_time=slow)
        self.play(self.undo(fold), run_time=slow * OPENING)
        rings = [self.plane.make_bends(fold)] if self.figures.bent_by(fold) else []
        if rings:
            self.play(*map(Appear, rings), run_time=BENT)
            self.wait(frames(LOOK))
        self.play(*map(Vanish, rings), *self.dim(crease), run_time=theme.BRIEF)

    def undo(self, fold: Fold) -> Any:
        """The animation that opens a fold, and those after it."""
        return self.plane.progress.animate.set_value(self.places.journey.number(fold) - 1)

    def come_back(self) -> None:
        # The viewer sees the plane come back to where it was, the cuts bent; the creases go.
        gone = [Vanish(self.sheet_shown), *(Vanish(crease) for crease in self.creases_shown)]
        self.play(*gone, *self.turn_back(1), run_time=FOLDING)

    def answer_the_question(self) -> None:
        # The viewer sees the arms twice, side by side: between straight cuts, and between the bent ones; and how many
        # points are wrong in each.
        self.beat("answer")
        if not self.figures.checked:
            self.answer_for(Vanish(self.row_shown))
            self.close_stage()
            return
        first, second = self.plane.halves()
        aside = self.view.fly_to(second.pose)
        aside.run_time = theme.LONG
        self.answer_for(aside, Appear(self.ringed), Vanish(self.row_shown))
        before = self.plane.make_straight(first)
        missed = self.places.cut_missed, self.places.missed
        counts = self.figures.cut_wrong, self.figures.network_wrong
        plates = [
            self.plate(str(many), half.corner, *half.nearest(points), unit=f"wrong with {kind} cuts", name=kind)
            for kind, many, half, points in zip(("straight", "bent"), counts, (first, second), missed, strict=True)
        ]
        self.play(*map(Appear, before), run_time=theme.LONG)
        self.play(*map(Appear, plates), run_time=theme.STEADY)
        self.close_stage(SIDE_BY_SIDE)
