"""How fast the explorer follows the hand, in headless Chromium: time for a frame of the rounding slider, and to paint.

Run from the root of the repository:  .venv/bin/python benchmarks/explorer.py

A frame is all that the page's thread does from a step of the slider to the painted picture, and where a worker measures
also the wait for it; the wait for the screen is left out. Every step is taken several times and its least time counts,
so that other work on the machine counts little. The exit code is 1 where a limit is passed.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from quantization_story.networks.settings import Settings
from quantization_story.production.explorer.assembly import write_explorer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from browsers import chromium

LIMITS = {"pinwheel": 16.0, "pinwheel_wide": 16.0, "bottleneck": 50.0, "codebook": 50.0, "deep": 50.0}  # ms, p95
FIRST_PAINT = 300.0  # ms
STEPS, SWEEPS, LOADS = 50, 4, 5

# A sweep of the slider: for each step [the whole frame, the longest that the page's own thread was held], ms.
SWEEP = """async (steps) => {
  const slider = document.getElementById("amount");
  const pictures = document.getElementById("pictures");
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const begun = performance.now();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now() - begun);
    port2.postMessage(null);
  }));
  const answered = () => new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (pictures.hasAttribute("aria-busy")) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(pictures, { attributes: true });
  });
  const frames = [];
  for (let step = 0; step <= steps; step++) {
    let paint = painted();
    const begun = performance.now();
    slider.value = String((100 * step) / steps);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    let held = performance.now() - begun;
    let frame = held;
    if (pictures.hasAttribute("aria-busy")) {
      await answered();
      frame = performance.now() - begun;
      paint = painted();
    }
    const painting = await paint;
    frames.push([frame + painting, Math.max(held, painting)]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return frames;
}"""
READY = "!document.getElementById('pictures').hasAttribute('aria-busy')"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def p95(values: list[float]) -> float:
    """The value that 95 of a hundred do not pass."""
    return statistics.quantiles(values, n=20)[-1]


def frames_of(browser: Any, page_file: Path, network: str) -> tuple[list[float], list[float]]:
    """For each step of the slider the least time of its frame, and of what the page's thread is held, ms."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{page_file.as_uri()}#network={network}")
    page.wait_for_function(READY)
    sweeps = [page.evaluate(SWEEP, STEPS) for _ in range(SWEEPS + 1)][1:]  # the first warms it up
    page.close()
    least = [[min(both[k] for both in step) for step in zip(*sweeps, strict=True)] for k in (0, 1)]
    return least[0], least[1]


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


def main() -> int:
    passed = True
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page_file = write_explorer((), Path(folder) / "explorer.html", Settings())
        print(f"{page_file.stat().st_size / 1000:.0f} kB; Chromium {browser.version}")
        paint = first_paint(browser, page_file)
        passed &= paint <= FIRST_PAINT
        print(f"first paint {paint:.0f} ms (at most {FIRST_PAINT:.0f})")
        for network, limit in LIMITS.items():
            frames, held = frames_of(browser, page_file, network)
            passed &= p95(frames) <= limit
            print(
                f"{network:14s} frame of the slider: median {statistics.median(frames):5.1f} ms, "
                f"p95 {p95(frames):5.1f} (at most {limit:.0f}); the page's thread is held {p95(held):5.1f}"
            )
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
