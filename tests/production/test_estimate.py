"""How long rendering will take, said before it begins: from the record, by hand."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from quantization_story.cli import main
from quantization_story.production import estimate as module
from quantization_story.production import workers
from quantization_story.production.estimate import Cost, cost_on_record, estimate, shared, time_words
from quantization_story.production.folder import Finished
from quantization_story.production.plan import Plan
from quantization_story.production.workers import Job
from small_videos import stand_in


def finished(scene: str, seconds: int, **took: float) -> Finished:
    """A video on record, of so many seconds at one frame a second."""
    return Finished(scene, Path(f"{scene}.mp4"), {"render": {"frames": seconds, "rate": "1", **took}})


A, B = finished("A", 100, wall=60.0, cpu=90.0), finished("B", 50, wall=40.0, cpu=60.0)


def plan(*todo: str, before: tuple[Finished, ...] = (A, B)) -> Plan:
    """Scenes to render, each of them 100 s long."""
    return Plan(tuple(Job(name, "m") for name in todo), (), before, dict.fromkeys(todo, 100.0))


def test_what_is_on_record_counts_and_the_rest_by_the_second_of_video() -> None:
    # C: 100 s of video, of which a second took 100 / 150 s on the clock and 150 / 150 s of work.
    one = estimate(plan("A", "B", "C"), "h", jobs=1, cores=8)
    assert one.seconds == pytest.approx(60 + 40 + 100 * 100 / 150)
    two = estimate(plan("A", "B", "C"), "h", jobs=2, cores=8)
    assert two.seconds == pytest.approx(60 + 40)
    assert (two.scenes, two.video, two.jobs) == (3, 300.0, 2)
    assert str(two).endswith("about 2 min, 2 at a time (by what 2 scenes took here before)")


def test_however_many_jobs_there_are_the_cores_have_their_work() -> None:
    assert estimate(plan("A", "B"), "h", jobs=2, cores=2).seconds == pytest.approx((90 + 60) / 2)
    assert estimate(plan("A", "B"), "h", jobs=2, cores=1).seconds == pytest.approx(90 + 60)


def test_where_nothing_is_on_record_it_is_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.MEASURED, "h", Cost(3.0, 5.0))
    without = finished("A", 100)
    assert cost_on_record(without) is None
    guess = estimate(plan("A", before=(without,)), "h", jobs=4, cores=8)
    assert guess.seconds == pytest.approx(300)
    assert str(guess) == (
        "1 scene, 100 s of video: about 5 min, 4 at a time "
        "(by what was measured on a server: none of this quality is on record here)"
    )


def test_jobs_take_the_longest_that_is_left() -> None:
    assert shared([5, 4, 3, 3, 3], 2) == 10
    assert shared([7], 3) == 7
    assert shared([], 2) == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (5340, "89 min"),
        (5400, "1 h 30 min"),
        (7000, "2 h"),
        (9000, "2 h 30 min"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_render_says_it_before_it_begins_and_not_where_nothing_is_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers, "command", stand_in)
    words = ["render", "LayerClusteringDetailed", "--quality", "l", "--jobs", "1", "--output", str(tmp_path)]
    first = CliRunner().invoke(main, words)
    assert first.exit_code == 0, first.output
    assert first.output.splitlines()[0].startswith("to render  1 scene, ")
    again = CliRunner().invoke(main, words)
    assert "to render" not in again.output
    forced = CliRunner().invoke(main, [*words, "--force"])
    assert "about 2 s, 1 at a time (by what 1 scene took here before)" in forced.output
