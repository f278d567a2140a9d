"""Shares scenes among a few workers: what failed harms no other, and an interrupt loses nothing finished."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quantization_story.production.folder import Finished, OutputFolder
from quantization_story.production.inputs import choices
from quantization_story.production.worker import MARK, Order, command


@dataclass(frozen=True)
class Job:
    """A scene to render and the fingerprint of what it will be rendered from."""

    scene: str
    fingerprint: str


@dataclass(frozen=True)
class Outcome:
    """What became of a job: the finished video, or the reason why there is none, with the log."""

    scene: str
    finished: Finished | None
    reason: str = ""
    log: Path | None = None


class Workers:
    """A pool of rendering processes that write into one folder, for one run; each renders scene after scene.

    on_progress(scene, seconds) is called, from threads, whenever a worker has played so many seconds of its video.
    """

    def __init__(
        self, folder: OutputFolder, quality: str, jobs: int, on_progress: Callable[[str, float], None]
    ) -> None:
        self.folder, self.quality, self.jobs, self.on_progress = folder, quality, jobs, on_progress
        # Beside other workers, an encoder with threads of its own would only take turns with them.
        self.encoder_threads = 0 if jobs == 1 else max(1, (os.cpu_count() or 1) // jobs)
        self._running: set[subprocess.Popen[str]] = set()
        self._idle: set[subprocess.Popen[str]] = set()  # those of them that have nothing to do
        self._guard = threading.Lock()
        self._stopped = False

    def run(self, todo: Sequence[Job], on_outcome: Callable[[Outcome], None]) -> list[Outcome]:
        """Render all; returns the outcomes as they came. On an interrupt the workers end, and it is raised again."""
        outcomes: list[Outcome] = []
        try:
            with ThreadPoolExecutor(self.jobs) as pool:
                waiting: set[Future[Outcome]] = {pool.submit(self._render, job) for job in todo}
                try:
                    while waiting:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        for future in done:
                            outcomes.append(future.result())
                            on_outcome(outcomes[-1])
                finally:
                    self.stop()
        finally:
            for process in self._running:  # those that had nothing to do, for whose end nobody has waited
                with process:
                    pass
        return outcomes

    def stop(self) -> None:
        """End every worker, and begin no other."""
        with self._guard:
            self._stopped = True
            for process in self._running:
                process.kill()

    def _render(self, job: Job) -> Outcome:
        try:
            with self.folder.lock(job.scene):
                return self._render_alone(job)
        except (OSError, ValueError) as error:  # a full disk, a video that cannot be read, another run at work
            words, file = getattr(error, "strerror", None) or error, getattr(error, "filename", None)
            return Outcome(job.scene, None, f"{words}: {file}" if file else str(words))

    def _render_alone(self, job: Job) -> Outcome:
        """Render with the scene's lock held."""
        order = Order(job.scene, self.quality, str(self.folder.work_folder(job.scene)), self.encoder_threads)
        code, answer, said = self._run_process(order)
        if code != 0 or "video" not in answer:
            return Outcome(job.scene, None, _reason(code, said), self.folder.keep_log(job.scene, said))
        about = {
            "fingerprint": job.fingerprint,
            "quality": self.quality,
            "rate": answer["rate"],
            "choices": choices(),
            **{name: round(seconds, 2) for name, seconds in answer["took"].items()},
        }
        return Outcome(job.scene, self.folder.take(job.scene, Path(answer["video"]), about))

    def _run_process(self, order: Order) -> tuple[int, dict[str, Any], str]:
        """Have a worker carry out an order: its exit code (0 if it lives on), its last answer, and all else it said."""
        with self._guard:
            if self._stopped:
                return -9, {}, "stopped before it began"
            alive = [process for process in self._idle if process.poll() is None]
            process = alive[0] if alive else self._start()
            self._idle.discard(process)
        answer: dict[str, Any] = {}
        said = []
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it has died, as the end of its output will tell
            os.write(process.stdin.fileno(), f"{json.dumps(asdict(order))}\n".encode())
        for line in process.stdout:
            if not line.startswith(MARK):
                said.append(line)
                continue
            answer |= json.loads(line.removeprefix(MARK))
            self.on_progress(order.scene, float(answer.get("seconds", 0.0)))
            if "video" in answer:
                with self._guard:
                    self._idle.add(process)
                return 0, answer, "".join(said)
        with process:
            code = process.wait()
        with self._guard:
            self._running.discard(process)
        return code, answer, "".join(said)

    def _start(self) -> subprocess.Popen[str]:
        """A new worker. Its input stays open as long as we live: it ends when that closes."""
        process = subprocess.Popen(
            command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # an interrupt of the terminal reaches us alone; we end the workers
        )
        self._running.add(process)
        return process


def _reason(code: int, said: str) -> str:
    """Why a worker failed, in a line."""
    if code < 0:
        return f"the worker was killed (signal {-code})"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else f"the worker ended with code {code}"
