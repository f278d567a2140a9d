"""Exact zonotopes against Minkowski sums of point sets: run `.venv/bin/python benchmarks/zonotopes.py`.

The error boxes of L layers, pulled back, are added up. Peer: all sums of a corner of the region so far and a corner of
the next box, then the convex hull of them (Qhull, through scipy), box after box; once with the sums in a Python loop,
as it is commonly written, and once with the sums as one numpy broadcast. Both sides start from the same generators, one
process and one thread; each figure is the best of many runs, and before anything is timed both answers are compared.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import platform
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import numpy as np
import scipy
from scipy.spatial import ConvexHull

from quantization_story.core.arrays import FloatArray
from quantization_story.error_regions.propagation import zonotope_faces, zonotope_vertices, zonotope_volume

# (dimension, boxes, the ratio to reach over the loop)
CASES = ((2, 8, 10), (2, 32, 100), (3, 8, 20))


def loop_sums(region: FloatArray, box: FloatArray) -> FloatArray:
    """All pairwise sums of two lists of points, in a Python loop."""
    return np.array([a + b for a in region for b in box])


def broadcast_sums(region: FloatArray, box: FloatArray) -> FloatArray:
    """The same sums in one numpy operation."""
    return (region[:, None] + box).reshape(-1, box.shape[1])


def hull_of_sums(boxes: list[FloatArray], sums: Callable[[FloatArray, FloatArray], FloatArray]) -> ConvexHull:
    """The hull of the Minkowski sum of boxes (d, d), pruned to its corners after every sum."""
    d = len(boxes[0])
    corners = [np.array(list(product((-1.0, 1.0), repeat=d))) @ box.T for box in boxes]
    region = corners[0]
    for corner in corners[1:]:
        points = sums(region, corner)
        hull = ConvexHull(points)
        region = points[hull.vertices]
    return hull


def exact(boxes: list[FloatArray]) -> tuple[int, float]:
    """The boundary and the closed-form volume of the same sum: the number of corners, the area or volume."""
    generators = np.hstack(boxes)
    vertices = zonotope_vertices(generators) if len(generators) == 2 else zonotope_faces(generators).vertices
    return len(vertices), zonotope_volume(generators)


def best_times(runs: Sequence[Callable[[], object]], rounds: int = 15, slice_seconds: float = 0.1) -> list[float]:
    """The shortest time of each run, in seconds; they take turns, so that load from outside hits all of them."""
    best = [float("inf")] * len(runs)
    for number, run in [*enumerate(runs)] * rounds:
        end = time.perf_counter() + slice_seconds
        while (start := time.perf_counter()) < end:
            run()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


def main() -> int:
    """Print the table; the exit code is 1 if some ratio is not reached."""
    print(f"Python {platform.python_version()}, numpy {np.__version__}, peer: scipy {scipy.__version__} (Qhull)")
    print("d  boxes  corners   exact ms  loop + hull ms   ratio  broadcast + hull ms   ratio   to reach over the loop")
    missed = 0
    for d, count, wanted in CASES:
        rng = np.random.default_rng(count)
        boxes = [rng.normal(size=(d, d)) for _ in range(count)]
        corners, volume = exact(boxes)
        hull = hull_of_sums(boxes, broadcast_sums)
        if len(hull.vertices) != corners or abs(hull.volume / volume - 1) > 1e-9:
            raise SystemExit(f"d = {d}, {count} boxes: the peer finds {len(hull.vertices)} corners and {hull.volume}")
        runs = [partial(exact, boxes), *(partial(hull_of_sums, boxes, sums) for sums in (loop_sums, broadcast_sums))]
        ours, loop, broadcast = best_times(runs)
        missed += loop / ours < wanted
        print(
            f"{d}  {count:5d}  {corners:7d}  {ours * 1e3:9.3f}  {loop * 1e3:14.3f}  {loop / ours:6.1f}"
            f"  {broadcast * 1e3:19.3f}  {broadcast / ours:6.1f}   {wanted:5d}"
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
