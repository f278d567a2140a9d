"""How long rendering will take: from what scenes took here before, else from what they took where it was measured."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from quantization_story.production.folder import Finished
from quantization_story.production.plan import Plan


@dataclass(frozen=True)
class Cost:
    """What rendering took: seconds on the clock, and seconds of work of all cores together."""

    wall: float
    cpu: float

    def times(self, factor: float) -> "Cost":
        """So many times as much."""
        return Cost(self.wall * factor, self.cpu * factor)


# Seconds of work for a second of video, on a server with other work beside it (benchmarks/final.py; 4K is reckoned by
# its pixels). Where nothing is known yet: on the clock no scene takes longer than one core would with it.
WORK = {"l": 0.26, "m": 1.6, "h": 4.6, "k": 18.0}
MEASURED = {quality: Cost(work, work) for quality, work in WORK.items()}


@dataclass(frozen=True)
class Estimate:
    """Scenes to render, their seconds of video, the seconds on the clock that they will take, and why we think so."""

    scenes: int
    video: float
    seconds: float
    jobs: int
    basis: str

    def __str__(self) -> str:
        """In a line: what is to be done, how long it takes, and what that rests on."""
        work = f"{_scenes(self.scenes)}, {self.video:.0f} s of video"
        return f"{work}: about {time_words(self.seconds)}, {self.jobs} at a time ({self.basis})"


def cost_on_record(finished: Finished) -> Cost | None:
    """What a finished video took; None if that is not on record."""
    render = finished.figures["render"]
    return Cost(float(render["wall"]), float(render["cpu"])) if {"wall", "cpu"} <= render.keys() else None


def estimate(plan: Plan, quality: str, jobs: int, cores: int) -> Estimate:
    """How long the plan's scenes will take with so many jobs at a time on so many cores.

    A scene that was rendered here costs what it cost then; another, for each second of video, as much as those did on
    average; and where none was, what was measured elsewhere. Jobs take the longest scenes first; and however they
    share them, the cores have their work to do.
    """
    known = {each.scene: cost for each in plan.before if (cost := cost_on_record(each)) is not None}
    seconds = {each.scene: each.seconds for each in plan.before}
    if known:
        video = sum(seconds[name] for name in known)
        usual = Cost(
            sum(cost.wall for cost in known.values()) / video, sum(cost.cpu for cost in known.values()) / video
        )
    else:
        usual = MEASURED[quality]
    names = [job.scene for job in plan.todo]
    costs = {name: known.get(name) or usual.times(plan.expected[name]) for name in names}
    wall = max(shared([cost.wall for cost in costs.values()], jobs), sum(cost.cpu for cost in costs.values()) / cores)
    basis = (
        f"by what {_scenes(len(known))} took here before"
        if known
        else "by what was measured on a server: none of this quality is on record here"
    )
    return Estimate(len(names), sum(plan.expected[name] for name in names), wall, jobs, basis)


def shared(seconds: Iterable[float], jobs: int) -> float:
    """When the last of these tasks ends if each job takes the longest that is left, whenever it has nothing to do."""
    busy_until = [0.0] * jobs
    for each in sorted(seconds, reverse=True):
        heapq.heapreplace(busy_until, busy_until[0] + each)
    return max(busy_until)


def time_words(seconds: float) -> str:
    """A length of time in two figures at most: 40 s, 12 min, 1 h 50 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(round(minutes / 10) * 10, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _scenes(count: int) -> str:
    return "1 scene" if count == 1 else f"{count} scenes"
