"""Plants single-line faults in a copy of the package and reports which of them no test notices.

    python tests/mutants.py                                all of tests/faults/*.toml
    python tests/mutants.py tests/faults/numerics.toml     only these files
    python tests/mutants.py --only criteria --jobs 1       only faults whose file's path holds a word

A fault is data, a table of a TOML file: `file` (below the package), `old` (a piece of text that stands there exactly
once, within a line), `new`, and `tests` (files or test ids, from the root). One that changes nothing has `harmless`,
the reason why; it has to survive. Exit code 1 if a fault survives that should not, or cannot be planted or run.

It is no part of the test run: it takes minutes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "quantization_story"
LONGEST = 240.0  # seconds for the tests of one fault; a fault that hangs them has been noticed

Verdict = Literal["noticed", "SURVIVED", "harmless", "NOT HARMLESS", "BROKEN"]


@dataclass(frozen=True)
class Fault:
    """One line of the package, and what is put in its place."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    harmless: str | None = None

    def planted(self, text: str) -> str:
        """The file with the fault. Raises ValueError unless the old line stands there exactly once."""
        if text.count(self.old) != 1 or "\n" in self.old:
            raise ValueError(f"{self.file}: {self.old!r} stands there {text.count(self.old)} times, not once in a line")
        return text.replace(self.old, self.new)

    def verdict(self, noticed: bool) -> Verdict:
        """What it means that the tests noticed the fault, or did not."""
        if self.harmless is not None:
            return "NOT HARMLESS" if noticed else "harmless"
        return "noticed" if noticed else "SURVIVED"


def read_faults(paths: Iterable[Path]) -> list[Fault]:
    """The faults of some files. Raises TypeError or KeyError for tables that are no faults."""
    tables = [table for path in paths for table in tomllib.loads(path.read_text(encoding="utf-8"))["fault"]]
    return [Fault(**{**table, "tests": tuple(table["tests"])}) for table in tables]


class Copy:
    """A copy of the package in a folder of its own, in which one fault at a time is planted."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "animations"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "animations" / PACKAGE, self.source / PACKAGE, ignore=ignored)
        # Compiled files are told apart by second and size: one of a fault could pass for the next one.
        self.environment = {**os.environ, "PYTHONPATH": str(self.source), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run Python on the copy, from the root of the checkout."""
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=LONGEST
        )

    def check(self) -> None:
        """Raise RuntimeError if what runs is not the copy."""
        found = self.run(["-c", f"import {PACKAGE}; print({PACKAGE}.__file__)"]).stdout.strip()
        if not Path(found).is_relative_to(self.source):
            raise RuntimeError(f"the tests would import {found}, not the copy in {self.source}")

    def test(self, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run some tests up to the first that fails."""
        return self.run(["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", *tests])

    def judge(self, fault: Fault) -> tuple[Verdict, str]:
        """Plant a fault, run its tests, put the line back."""
        path = self.source / PACKAGE / fault.file
        text = path.read_text(encoding="utf-8")
        try:
            path.write_text(fault.planted(text), encoding="utf-8")
            done = self.test(fault.tests)
        except subprocess.TimeoutExpired:
            return fault.verdict(noticed=True), "they never end"
        except (OSError, ValueError) as error:
            return "BROKEN", str(error)
        finally:
            path.write_text(text, encoding="utf-8")
        lines = done.stdout.strip().splitlines() or [done.stderr.strip()[-200:]]
        if done.returncode not in (0, 1):
            return "BROKEN", lines[-1]
        failed = next((line for line in lines if line.startswith(("FAILED", "ERROR"))), lines[-1])
        return fault.verdict(noticed=done.returncode == 1), failed.partition(" - ")[0]


def judge_all(faults: Sequence[Fault], jobs: int) -> list[tuple[Fault, Verdict, str]]:
    """Judge all faults; before that, all their tests have to pass without any. Raises RuntimeError if they do not."""
    with tempfile.TemporaryDirectory() as folder:
        copies = [Copy(Path(folder) / str(number)) for number in range(jobs)]
        copies[0].check()
        sound = copies[0].test(sorted({test for fault in faults for test in fault.tests}))
        if sound.returncode != 0:
            raise RuntimeError(f"the tests fail without any fault:\n{sound.stdout[-2000:]}{sound.stderr[-2000:]}")
        free: Queue[Copy] = Queue()
        for copy in copies:
            free.put(copy)

        def judged(fault: Fault) -> tuple[Fault, Verdict, str]:
            copy = free.get()
            try:
                verdict, note = copy.judge(fault)
            finally:
                free.put(copy)
            print(f"{verdict:12} {fault.file}: {fault.new.strip()}", flush=True)
            return fault, verdict, note

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(judged, faults))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="files of faults; tests/faults/*.toml if left out")
    parser.add_argument("--only", default="", help="only the faults in files whose path holds this")
    parser.add_argument("--jobs", type=int, default=2, help="how many run side by side")
    options = parser.parse_args(arguments)
    files = options.files or sorted((ROOT / "tests" / "faults").glob("*.toml"))
    faults = [fault for fault in read_faults(files) if options.only in fault.file]
    begun = time.monotonic()
    results = judge_all(faults, max(1, options.jobs))
    bad = [result for result in results if result[1] in ("SURVIVED", "NOT HARMLESS", "BROKEN")]
    for fault, verdict, note in results:
        if (fault, verdict, note) in bad or verdict == "harmless":
            print(f"\n{verdict}: {fault.file}\n  - {fault.old}\n  + {fault.new}\n  {fault.harmless or note}")
    counts = {verdict: sum(each[1] == verdict for each in results) for verdict in dict.fromkeys(r[1] for r in results)}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    print(f"\n{len(faults)} faults: {told or 'none'}; {time.monotonic() - begun:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
