"""How fast the explorer follows the hand, in headless Chromium: the frames of the rounding slider, and the first paint.

Run from the root of the repository:  .venv/bin/python benchmarks/explorer.py [NETWORK ...]

A frame is all that is done from a step of the slider to the painted picture: by the page's thread, and by the worker
where one measures. Its time is processor time, as Chromium's trace has it for each task, so that other work on the
machine counts little; what is drawn without a graphics processor is drawn by the page's thread, and counts too. The
exit code is 1 where a limit is passed.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quantization_story.networks.settings import Settings
from quantization_story.production.explorer.assembly import write_explorer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from browsers import chromium

LIMITS = {"pinwheel": 16.0, "pinwheel_wide": 16.0, "bottleneck": 50.0, "codebook": 50.0, "deep": 50.0}  # ms, p95
FIRST_PAINT = 300.0  # ms
STEPS, LOADS = 40, 5
PAGE, WORKER = "CrRendererMain", "DedicatedWorker thread"

# Moves the slider step by step, with a mark where each step begins and one where its picture has been painted.
SWEEP = """async (steps) => {
  const slider = document.getElementById("amount");
  const pictures = document.getElementById("pictures");
  const turn = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  for (let step = 0; step <= steps; step++) {
    await turn(30);
    performance.mark("step");
    slider.value = String((100 * step) / steps);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    while (pictures.hasAttribute("aria-busy")) await turn(1);
    await painted();
    performance.mark("drawn");
  }
}"""
READY = "!document.getElementById('pictures').hasAttribute('aria-busy')"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def p95(values: Sequence[float]) -> float:
    """The value that 95 of a hundred do not pass."""
    return statistics.quantiles(values, n=20)[-1]


def frames_of(browser: Any, page_file: Path, network: str) -> dict[str, list[float]]:
    """The processor time of each frame in the page's thread and in the worker, ms."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{page_file.as_uri()}#network={network}")
    page.wait_for_function(READY)
    page.evaluate(SWEEP, STEPS)  # warms it up
    browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
    page.evaluate(SWEEP, STEPS)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.close()
    marks = [sorted(event["ts"] for event in events if event["name"] == name) for name in ("step", "drawn")]
    threads = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    tasks = [event for event in events if event["name"].endswith("RunTask") and "tdur" in event]
    return {
        thread: [
            sum(
                task["tdur"]
                for task in tasks
                if threads[task["tid"]] == thread and task["ts"] + task["dur"] > begun and task["ts"] < drawn
            )
            / 1000
            for begun, drawn in zip(*marks, strict=True)
        ]
        for thread in (PAGE, WORKER)
    }


def first_paint(browser: Any, page_file: Path) -> float:
    """The least time to the first painted content, ms, of several loads in a browser that is open already."""
    times = []
    for _ in range(LOADS):
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(page_file.as_uri())
        page.wait_for_function(PAINT)
        times.append(float(page.evaluate(PAINT)))
        page.close()
    return min(times)


def main(networks: Sequence[str]) -> int:
    passed = True
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page_file = write_explorer((), Path(folder) / "explorer.html", Settings())
        print(f"{page_file.stat().st_size / 1000:.0f} kB; Chromium {browser.version}")
        paint = first_paint(browser, page_file)
        passed &= paint <= FIRST_PAINT
        print(f"first paint {paint:.0f} ms (at most {FIRST_PAINT:.0f})")
        for network in networks or LIMITS:
            frames = frames_of(browser, page_file, network)
            whole = [page + worker for page, worker in zip(frames[PAGE], frames[WORKER], strict=True)]
            passed &= p95(whole) <= LIMITS[network]
            print(
                f"{network:14s} frame: median {statistics.median(whole):5.1f} ms, p95 {p95(whole):5.1f} "
                f"(at most {LIMITS[network]:.0f}); of it the page's thread {p95(frames[PAGE]):5.1f}"
            )
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
