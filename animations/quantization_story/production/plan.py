"""What `quantization-story render` does: which scenes are out of date, their rendering, and the stitched narrative."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from quantization_story.production.catalogue import FullNarrativeScene, scenes_by_name
from quantization_story.production.fingerprint import fingerprint
from quantization_story.production.folder import Finished, OutputFolder
from quantization_story.production.inputs import choices, inputs_of
from quantization_story.production.played import require_one_choice
from quantization_story.production.stitch import stitch
from quantization_story.production.workers import Job, Outcome, Workers

# Where nothing is known of a scene yet, it counts as this long: they are 45 to 110 s long.
USUAL_SECONDS = 75.0


@dataclass(frozen=True)
class Plan:
    """The scenes that are out of date, as jobs, and those that are not; before: all that were finished already."""

    todo: tuple[Job, ...]
    unchanged: tuple[Finished, ...]
    before: tuple[Finished, ...] = ()
    expected: dict[str, float] = field(default_factory=dict)  # seconds of video, from the last run or a guess


def chosen_scenes(names: Sequence[str], everything: bool) -> list[str]:
    """The names to render, in the order of the catalogue; without names, those of the narrative.

    Raises ValueError, with the known names, for a name that is not in the catalogue. The stitched narrative has no
    need of the scene that plays the others, so `everything` leaves it out.
    """
    known = scenes_by_name()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no scene named {', '.join(unknown)}; the scenes are {', '.join(known)}")
    if everything:
        return [name for name in known if name != FullNarrativeScene.__name__]
    wanted = set(names) or {scene.__name__ for scene in FullNarrativeScene.scenes}
    return [name for name in known if name in wanted]


def make_plan(names: Sequence[str], folder: OutputFolder, quality: str, force: bool = False) -> Plan:
    """Sort the scenes into those whose video is up to date and those to render, the longest first."""
    scenes = scenes_by_name()
    settings = {**choices(), "quality": quality}
    todo, unchanged, before, expected = [], [], [], {}
    for name in names:
        mark = fingerprint(scenes[name], settings, inputs_of(scenes[name]))
        finished = folder.finished(name)
        expected[name] = USUAL_SECONDS if finished is None else finished.seconds
        before += [] if finished is None else [finished]
        if finished is not None and finished.figures["render"].get("fingerprint") == mark and not force:
            unchanged.append(finished)
        else:
            todo.append(Job(name, mark))
    todo.sort(key=lambda job: -expected[job.scene])
    return Plan(tuple(todo), tuple(unchanged), tuple(before), expected)


def run_plan(
    plan: Plan,
    folder: OutputFolder,
    quality: str,
    jobs: int,
    on_progress: Callable[[str, float], None],
    on_outcome: Callable[[Outcome], None],
) -> list[Outcome]:
    """Render what is to be rendered; the outcomes, as they came."""
    return Workers(folder, quality, jobs, on_progress).run(plan.todo, on_outcome)


def stitch_narrative(folder: OutputFolder, target: Path) -> int:
    """Join the finished scenes of the narrative; returns the number of frames. Raises ValueError.

    All must be there, and rendered from one choice of network, bits and format.
    """
    scenes = FullNarrativeScene.scenes
    parts = [folder.finished(scene.__name__) for scene in scenes]
    missing = [scene.__name__ for scene, part in zip(scenes, parts, strict=True) if part is None]
    if missing:
        raise ValueError(f"cannot stitch in {folder.path}: not finished are {', '.join(missing)}")
    whole = [part for part in parts if part is not None]
    require_one_choice(whole)
    with folder.lock(FullNarrativeScene.__name__):
        return stitch(whole, target)
