"""Time and memory of the exact partition beside its peers, in one run and on one thread; lower is better.

Run from the root of the repository:  .venv/bin/python benchmarks/partition.py

All times are the processor time of this process, the least of several runs, so that other work on the machine counts
little. The networks are He networks (seed 0, biases of standard deviation 0.5) on the box [-3, 3]^2.
"""

# ruff: noqa: E402
import os

# One thread: this must be said before numpy is loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"

import platform
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.settings import Settings
from quantization_story.partition import Partition, Refinement, partition, refine
from quantization_story.partition.mesh import Box

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from partition_reference import he_network, reference_cells, regioncam_of

BOX = (-3.0, 3.0, -3.0, 3.0)
NETWORKS = {(2, 16, 16, 2): (300, 10.0), (2, 32, 32, 2): (100, 5.0), (2, 64, 64, 64, 2): (12, 1.0)}  # runs, to reach
QUANTIZER = UniformQuantizer(bits=4)
GRID = 400
SAMPLED = 1_000_000


def least_times(jobs: Sequence[Callable[[], Any]], runs: int) -> list[float]:
    """The least processor time of each job in seconds; the jobs take turns."""
    least = [float("inf")] * len(jobs)
    for _ in range(runs):
        for index, job in enumerate(jobs):
            start = time.process_time()
            job()
            least[index] = min(least[index], time.process_time() - start)
    return least


def with_shapes_and_maps(cells: Partition) -> Partition:
    """Work out what a partition is asked for next: areas, moments and the output's affine map in each cell."""
    cells.moments, cells.affine_maps()
    return cells


def with_edges(cells: Partition) -> Partition:
    """Work out the edges with their neurons, too."""
    cells.edges  # noqa: B018
    return cells


def with_energies(cells: Refinement) -> Refinement:
    """Work out moments and the error energies of all three kinds."""
    cells.moments  # noqa: B018
    for kind in ("total", "metric", "topological"):
        cells.error_energy(kind=kind)
    return cells


def regions_on_grid(net: ReluNetwork) -> int:
    """The number of distinct patterns on a dense grid."""
    line = np.linspace(-3, 3, GRID)
    bits = np.packbits(net.activation_patterns(np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)), axis=1)
    return len(np.unique(bits.view(f"V{bits.shape[1]}")))


def memory(job: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result of a job, the most bytes it had allocated at a time, and the bytes that its result holds."""
    tracemalloc.start()
    result = job()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return result, peak, held


def name(widths: Sequence[int]) -> str:
    """2-16-16-2."""
    return "-".join(str(width) for width in widths)


def one_network() -> None:
    """Times of one partition, as ratios to regioncam."""
    print("\nOne network: milliseconds, and in brackets the ratio to regioncam (float32; ours is float64).")
    print("  partition: cells with their patterns. complete: with areas, moments, output maps and edges, too.")
    for widths, (runs, limit) in NETWORKS.items():
        net = he_network(widths)
        jobs = [
            lambda net=net: partition(net, BOX),
            lambda net=net: with_edges(with_shapes_and_maps(partition(net, BOX))),
            lambda net=net: regioncam_of(net, 3.0),
        ]
        ours, complete, peer = least_times(jobs, runs)
        (grid,) = least_times([lambda net=net: regions_on_grid(net)], 1)
        (slow,) = least_times([lambda net=net: reference_cells(net, BOX, float)], 1)
        cells, found = len(partition(net, BOX)), regions_on_grid(net)
        print(
            f"  {name(widths):14} {cells:6} cells (regioncam {regioncam_of(net, 3.0).num_faces}): "
            f"partition {ours * 1e3:.2f} ({ours / peer:.2f}, to reach {limit:g}), "
            f"complete {complete * 1e3:.2f} ({complete / peer:.2f}), regioncam {peer * 1e3:.2f}"
        )
        print(
            f"  {'':14} grid of {GRID}^2 points {grid * 1e3:.0f} ({grid / peer:.0f}), finds {found / cells:.1%} of the "
            f"cells; slow reference {slow * 1e3:.0f} ({slow / peer:.0f})"
        )


def seen_networks() -> dict[str, tuple[ReluNetwork, Box]]:
    """Random networks on BOX, and trained ones on the square that holds their points, by name."""
    found = {f"random {name(widths)}": (he_network(widths), BOX) for widths in NETWORKS}
    for trained in ("pinwheel_wide", "deep", "digits"):
        learned = load_chosen(Settings(trained), trained)
        found[f"{trained} {name(learned.network.widths)}"] = (learned.network, learned.window.box)
    return found


def peers() -> None:
    """Cells a second beside regioncam, and what a million points say of the cells."""
    print("\nCells a second, in thousands: ours (float64), regioncam (float32), and its time over ours.")
    print(
        f"  Then {SAMPLED:,} points of the box: how many lie in a cell of their own pattern, how many patterns no cell"
    )
    print("  has, and the largest gap between a cell's share of the area and its share of the points, in deviations.")
    for label, (net, box) in seen_networks().items():
        centred, half = about_zero(net, box)
        ours, theirs = least_times([lambda: partition(net, box), lambda: regioncam_of(centred, half)], 20)  # noqa: B023
        cells = partition(net, box)
        there = regioncam_of(centred, half).num_faces
        right, unknown, gap = agreement(cells)
        print(
            f"  {label:24} {len(cells):6} cells (regioncam {there}): {len(cells) / ours / 1e3:5.0f}, "
            f"{there / theirs / 1e3:5.0f}, {ours / theirs:.2f}; {right:.4%} in their cell, {unknown} unknown, {gap:.1f}"
        )


def about_zero(net: ReluNetwork, box: Box) -> tuple[ReluNetwork, float]:
    """The network on coordinates about the middle of a square, and half its side: what regioncam takes."""
    middle = np.array([box[0] + box[1], box[2] + box[3]]) / 2
    first = net.biases[0] + net.weights[0] @ middle
    return ReluNetwork(net.weights, (first, *net.biases[1:])), (box[1] - box[0]) / 2


def agreement(cells: Partition) -> tuple[float, int, float]:
    """The share of sampled points whose cell has their pattern, points of unknown pattern, and the area's largest gap.

    A cell of area p should hold a share p of n points, with the deviation sqrt(p (1 - p) / n); cells that should hold
    fewer than ten are left out of that.
    """
    xmin, xmax, ymin, ymax = cells.box
    points = np.random.default_rng(0).uniform((xmin, ymin), (xmax, ymax), (SAMPLED, 2))
    held, right, known = np.zeros(len(cells)), 0, 0
    words = {row.tobytes(): cell for cell, row in enumerate(np.packbits(cells.patterns, axis=1))}
    for part in np.array_split(points, 20):
        found = cells.locate(part)
        bits = np.packbits(cells.net.activation_patterns(part), axis=1)
        own = np.array([words.get(row.tobytes(), -1) for row in bits])
        right += int((found == own).sum())
        known += int((own >= 0).sum())
        held += np.bincount(found[found >= 0], minlength=len(cells))
    share = cells.areas / cells.box_area
    enough = share * SAMPLED >= 10
    deviations = (held[enough] / SAMPLED - share[enough]) / np.sqrt(share[enough] * (1 - share[enough]) / SAMPLED)
    return right / SAMPLED, SAMPLED - known, float(np.abs(deviations).max())


def refinements() -> None:
    """Times of a refinement per cell, as ratios to those of one partition."""
    print(f"\nRefinement with a {QUANTIZER.bits}-bit network: microseconds a cell, ratio to the float network alone.")
    print("  refined: with moments and the three error energies. alone: with moments and output maps. To reach: 2.")
    for widths, (runs, _) in NETWORKS.items():
        net = he_network(widths)
        quantized = net.quantized(QUANTIZER)
        jobs = [
            lambda net=net: with_shapes_and_maps(partition(net, BOX)),
            lambda net=net, quantized=quantized: with_energies(refine(net, quantized, BOX)),
            lambda net=net, quantized=quantized: refine(net, quantized, BOX),
        ]
        alone, refined, cut = least_times(jobs, max(4, runs // 10))
        few, many = len(partition(net, BOX)), len(refine(net, quantized, BOX))
        print(
            f"  {name(widths):14} {few:6} -> {many:6} cells: alone {alone / few * 1e6:.2f}, refined "
            f"{refined / many * 1e6:.2f} (cutting {cut / many * 1e6:.2f}); ratio {refined / many / (alone / few):.2f}"
        )


def growth() -> None:
    """Time and memory per cell as the number of cells grows."""
    print("\nGrowth, per cell: microseconds of a partition with areas, moments and output maps; peak and kept bytes.")
    print("  A deep network is partitioned layer by layer: in brackets the time per cell of all these partitions.")
    for hidden in [*([64] * depth for depth in range(1, 10)), [128] * 2, [192] * 2, [256] * 2]:
        widths = (2, *hidden, 2)
        net = he_network(widths)
        (took,) = least_times([lambda net=net: with_shapes_and_maps(partition(net, BOX))], 3)
        cells, peak, held = memory(lambda net=net: with_shapes_and_maps(partition(net, BOX)))
        count, on_the_way = len(cells), sum(len(level.parents) for level in cells.cut.levels)
        print(
            f"  {name(widths):32} {count:7} cells: {took / count * 1e6:6.2f} ({took / on_the_way * 1e6:.2f}), "
            f"peak {peak / count:5.0f}, kept {held / count:4.0f}"
        )


if __name__ == "__main__":
    print(
        f"python {platform.python_version()}, numpy {np.__version__}, regioncam {metadata.version('regioncam')}, "
        f"{platform.machine()}, one thread"
    )
    one_network()
    peers()
    refinements()
    growth()
