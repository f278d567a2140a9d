"""Workers side by side: progress, failures that harm no other, kills and interrupts that lose nothing finished."""

import threading
import time

import pytest

from quantization_story.production import workers
from quantization_story.production.folder import OutputFolder
from quantization_story.production.workers import Job, Workers
from small_videos import finish, stand_in


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "command", stand_in)


def run(folder: OutputFolder, *scenes: str) -> dict[str, workers.Outcome]:
    pool = Workers(folder, "l", 2, lambda *_: None)
    return {outcome.scene: outcome for outcome in pool.run([Job(scene, "mark") for scene in scenes], lambda _: None)}


def test_what_fails_harms_no_other(folder: OutputFolder) -> None:
    outcomes = run(folder, "Fails", "A", "Dies", "B")
    assert {name for name, outcome in outcomes.items() if outcome.finished} == {"A", "B"}
    assert outcomes["Fails"].reason == "layer 2 has NaN"
    assert "a line of the log" in outcomes["Fails"].log.read_text()
    assert outcomes["Dies"].reason == "the worker was killed (signal 9)"
    assert folder.finished("A").frames == 12
    told = folder.finished("A").figures["render"]
    assert (told["fingerprint"], told["wall"], told["cpu"]) == ("mark", 2.0, 1.5)


def test_a_worker_renders_scene_after_scene_until_one_fails(folder: OutputFolder) -> None:
    pool = Workers(folder, "l", 1, lambda *_: None)
    by_whom: dict[str, str] = {}

    def note(outcome: workers.Outcome) -> None:
        if outcome.finished is not None:
            by_whom[outcome.scene] = outcome.finished.subtitles.read_text()

    pool.run([Job(scene, "m") for scene in ("A", "B", "Fails", "C", "D")], note)
    assert by_whom["A"] == by_whom["B"]
    assert by_whom["C"] == by_whom["D"] != by_whom["A"]


def test_a_failure_leaves_the_finished_video_of_before(folder: OutputFolder) -> None:
    before = finish(folder, "Fails", 20, "old")
    run(folder, "Fails")
    assert folder.finished("Fails") == before


def test_progress_is_told(folder: OutputFolder) -> None:
    told: list[tuple[str, float]] = []
    Workers(folder, "l", 1, lambda *step: told.append(step)).run([Job("A", "m")], lambda _: None)
    assert ("A", 1.0) in told


def test_an_interrupt_ends_the_workers_and_keeps_what_is_finished(folder: OutputFolder) -> None:
    pool = Workers(folder, "l", 2, lambda *_: None)

    def interrupt(outcome: workers.Outcome) -> None:
        assert outcome.scene == "A"
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        pool.run([Job("Waits", "m"), Job("A", "m"), Job("B", "m")], interrupt)
    assert time.monotonic() - start < 300  # "Waits" would take 600 s
    assert folder.finished("A") is not None
    assert folder.finished("Waits") is None
    assert threading.active_count() < 10


def test_a_full_disk_is_named(folder: OutputFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(folder.path / "A.mp4"))

    monkeypatch.setattr(OutputFolder, "take", full)
    assert run(folder, "A")["A"].reason == f"No space left on device: {folder.path / 'A.mp4'}"


def test_a_scene_that_another_run_renders_is_left_to_it(folder: OutputFolder) -> None:
    with OutputFolder(folder.path).lock("A"):
        outcomes = run(folder, "A", "B")
    assert outcomes["A"].reason == f"another run is at work on A in {folder.path}"
    assert outcomes["B"].finished is not None
