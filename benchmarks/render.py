"""What the scenes cost above their encoder, and what single paths gain over the idiomatic build.

    python benchmarks/render.py [Scene ...]            # scenes of the entrypoints, all if none is named
    python benchmarks/render.py --pictures             # cloud, arrows, cells and grid, built both ways
    python benchmarks/render.py --all                  # every scene, then all of them with one worker and with two

For each scene: seconds of video; `wall`, its rendering from first to last frame at 480p15; `floor`, the same frames,
recorded and sent through manim's encoder as it comes, one for each play; their ratio; and the peak memory of the
rendering process. Without manim's cache, as here, a scene has one encoder for all its plays, so it can come below its
floor. Each is measured in a process of its own; the ratios of one run are what counts, the seconds depend on the
machine. `--all` adds what `quantization-story render --all` takes from start to end, start-up of the workers and
typesetting included, against the sum of the floors divided by the workers.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import manim
import numpy as np
from manim import Arrow, Dot, Polygon, Scene, ValueTracker, VGroup, VMobject, linear, tempconfig

from quantization_story.mobjects.paths import ArrowField, CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.production.catalogue import SCENES, FullNarrativeScene
from quantization_story.style import theme

PICTURE_SECONDS = 3.0


def scene_classes() -> dict[str, type[Scene]]:
    """The scenes of the catalogue, and the pictures of this file, by name."""
    return {scene.__name__: scene for scene in [*SCENES, *PICTURES]}


# --- the same picture, built as one path and as many objects


def swirl(points: np.ndarray, t: float) -> np.ndarray:
    """The motion of all pictures: a turn that grows with the distance from the centre; points (n, 2)."""
    angle = t * (0.4 + 0.3 * np.linalg.norm(points, axis=1))
    x, y = points.T
    return np.column_stack([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y])


class _Picture(Scene):
    """Moves for three seconds; the picture follows one tracker."""

    rng = np.random.default_rng(0)
    home = rng.uniform(-3, 3, (600, 2))

    def construct(self) -> None:
        clock = ValueTracker(0.0)
        self.add(self.picture(clock))
        self.play(clock.animate(rate_func=linear).set_value(1.5), run_time=PICTURE_SECONDS)

    def picture(self, clock: ValueTracker) -> VMobject:
        """What is drawn, with its updaters."""
        return VMobject()


class CloudAsPath(_Picture):
    """600 points in one path."""

    def picture(self, clock: ValueTracker) -> VMobject:
        cloud = PointCloud(theme.FLOAT)
        home = self.home
        cloud.add_updater(lambda path: path.set_positions(in_frame(swirl(home, clock.get_value()))))
        return cloud


class CloudAsDots(_Picture):
    """600 dots, each moved by its own updater."""

    def picture(self, clock: ValueTracker) -> VMobject:
        dots = VGroup(*(Dot(radius=0.05, color=theme.FLOAT) for _ in self.home))
        for dot, at in zip(dots, self.home, strict=True):
            dot.add_updater(lambda mob, at=at: mob.move_to(in_frame(swirl(at[None], clock.get_value()))[0]))
        return dots


class ArrowsAsPath(_Picture):
    """100 arrows in one path."""

    def picture(self, clock: ValueTracker) -> VMobject:
        field = ArrowField(theme.QUANTIZED)
        tails = self.home[:100]

        def redraw(path: Any) -> None:
            path.set_arrows(in_frame(tails), in_frame(swirl(tails, clock.get_value() + 0.2)))

        field.add_updater(redraw)
        redraw(field)
        return field


class ArrowsAsArrows(_Picture):
    """100 arrows, each with its own ends."""

    def picture(self, clock: ValueTracker) -> VMobject:
        tails = in_frame(self.home[:100])
        tips = in_frame(swirl(self.home[:100], 0.2))
        arrows = VGroup(
            *(Arrow(tail, tip, buff=0, color=theme.QUANTIZED) for tail, tip in zip(tails, tips, strict=True))
        )
        for arrow, at in zip(arrows, self.home[:100], strict=True):
            arrow.add_updater(
                lambda mob, at=at: mob.put_start_and_end_on(
                    in_frame(at[None])[0], in_frame(swirl(at[None], clock.get_value() + 0.2))[0]
                )
            )
        return arrows


def _squares() -> np.ndarray:
    corners = 0.17 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    grid = np.stack(np.meshgrid(np.linspace(-3, 3, 15), np.linspace(-3, 3, 15)), axis=-1).reshape(-1, 1, 2)
    return np.asarray(grid + corners)


class CellsAsPaths(_Picture):
    """225 cells in two filled paths, one a colour."""

    def picture(self, clock: ValueTracker) -> VMobject:
        cells = _squares()
        paths = VGroup(*(CellPath(color) for color in theme.CELL_TINTS[:2]))

        def redraw(group: Any) -> None:
            now = in_frame(swirl(cells.reshape(-1, 2), clock.get_value())).reshape(-1, 4, 3)
            for k, path in enumerate(group):
                path.set_polygons(now[k::2])

        paths.add_updater(redraw)
        redraw(paths)
        return paths


class CellsAsPolygons(_Picture):
    """225 polygons, each with its own corners."""

    def picture(self, clock: ValueTracker) -> VMobject:
        cells = _squares()
        polygons = VGroup(
            *(
                Polygon(*in_frame(cell), color=theme.CELL_TINTS[k % 2], fill_opacity=1.0, stroke_width=0)
                for k, cell in enumerate(cells)
            )
        )
        for polygon, cell in zip(polygons, cells, strict=True):
            polygon.add_updater(
                lambda mob, cell=cell: mob.set_points_as_corners(
                    in_frame(swirl(np.vstack([cell, cell[:1]]), clock.get_value()))
                )
            )
        return polygons


def _grid() -> np.ndarray:
    offsets, along = np.meshgrid(np.linspace(-3, 3, 13), np.linspace(-3, 3, 41), indexing="ij")
    return np.concatenate([np.stack([offsets, along], -1), np.stack([along, offsets], -1)])


class GridAsPath(_Picture):
    """26 lines in one path of straight pieces."""

    def picture(self, clock: ValueTracker) -> VMobject:
        lines = _grid()
        path = SegmentPath(theme.GRID)

        def redraw(grid: Any) -> None:
            now = in_frame(swirl(lines.reshape(-1, 2), clock.get_value())).reshape(*lines.shape[:2], 3)
            grid.set_segments(now[:, :-1].reshape(-1, 3), now[:, 1:].reshape(-1, 3))

        path.add_updater(redraw)
        redraw(path)
        return path


class GridAsCurves(_Picture):
    """26 curves, each drawn smoothly."""

    def picture(self, clock: ValueTracker) -> VMobject:
        curves = VGroup(*(VMobject(stroke_color=theme.GRID) for _ in _grid()))
        for curve, line in zip(curves, _grid(), strict=True):
            curve.add_updater(lambda mob, line=line: mob.set_points_smoothly(in_frame(swirl(line, clock.get_value()))))
        return curves


PAIRS = [
    (CloudAsPath, CloudAsDots),
    (ArrowsAsPath, ArrowsAsArrows),
    (CellsAsPaths, CellsAsPolygons),
    (GridAsPath, GridAsCurves),
]
PICTURES = [scene for pair in PAIRS for scene in pair]


# --- measuring: a process of its own for each figure


def settings(folder: str) -> dict[str, Any]:
    """480p15 without the cache, into a folder that is thrown away."""
    return {
        "quality": "low_quality",
        "disable_caching": True,
        "media_dir": folder,
        "verbosity": "ERROR",
        "progress_bar": "none",
    }


def render(name: str) -> dict[str, float]:
    """Render a scene; wall seconds, seconds of video, peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder, tempconfig(settings(folder)):
        scene = scene_classes()[name]()
        start = time.perf_counter()
        scene.render()
        wall = time.perf_counter() - start
    peak = _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return {"wall": wall, "video": float(scene.time), "memory": peak}


def _megabytes(reported: int) -> float:
    """The peak that the system reports, in kB or on macOS in bytes."""
    return reported / (1024**2 if sys.platform == "darwin" else 1024)


def floor(name: str) -> dict[str, float]:
    """Record every frame that a scene hands to its encoder, then time the encoder alone on the same segments."""
    segments: list[list[tuple[int, np.ndarray]]] = []
    recorded = scene_classes()[name]

    class Recording(recorded):  # type: ignore[misc, valid-type]
        def play(self, *args: Any, **kwargs: Any) -> None:
            writer = self.renderer.file_writer
            write = writer.write_frame
            segments.append([])

            def noted(pixels: np.ndarray, *, repeat: int = 1) -> None:
                segments[-1].append((repeat, pixels.copy()))
                write(pixels, repeat=repeat)

            writer.write_frame = noted
            super().play(*args, **kwargs)
            writer.write_frame = write

    class Replay(Scene):
        def construct(self) -> None:
            writer = self.renderer.file_writer
            for number, frames in enumerate(segments):
                writer.add_partial_movie_file(f"replay_{number:05}")
                writer.begin_animation(True, animation_index=number)
                for repeat, pixels in frames:
                    writer.write_frame(pixels, repeat=repeat)
                writer.end_animation(True)

    with tempfile.TemporaryDirectory() as folder, tempconfig(settings(folder)):
        Recording().render()
        scene = Replay()
        start = time.perf_counter()
        scene.render()
        return {"floor": time.perf_counter() - start}


def measured(what: str, *names: str) -> dict[str, float]:
    """Run one measurement in a fresh process."""
    command = [sys.executable, __file__, "--measure", what, *names]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise SystemExit(f"{what} {names[0]}: {finished.stderr.strip().splitlines()[-1]}")
    return dict(json.loads(finished.stdout.strip().splitlines()[-1]))


def report_scenes(names: list[str]) -> float:
    """A line a scene; returns the sum of their floors in seconds."""
    floors = 0.0
    print(f"{'scene':28}{'video s':>9}{'floor s':>9}{'wall s':>9}{'ratio':>8}{'MB':>7}")
    for name in names:
        wall, base = measured("render", name), measured("floor", name)
        ratio = wall["wall"] / base["floor"]
        floors += base["floor"]
        print(
            f"{name:28}{wall['video']:9.1f}{base['floor']:9.2f}{wall['wall']:9.2f}{ratio:8.2f}{wall['memory']:7.0f}",
            flush=True,
        )

    return floors


def production(jobs: int, names: list[str]) -> dict[str, float]:
    """Render all scenes with so many workers into an empty folder; seconds, and the largest memory of one process."""
    with tempfile.TemporaryDirectory() as folder:
        tool = [str(Path(sys.executable).with_name("quantization-story")), "render", *names, "--quality", "l"]
        start = time.perf_counter()
        subprocess.run([*tool, "--jobs", str(jobs), "--output", folder], check=True, stdout=subprocess.DEVNULL)
        wall = time.perf_counter() - start
    return {"wall": wall, "memory": _megabytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)}


def report_production(names: list[str], floors: float) -> None:
    """A line for one worker and one for two."""
    print(f"\n{'workers':28}{'wall s':>9}{'floors/n':>9}{'ratio':>8}{'MB':>7}{'of one':>8}")
    alone = 0.0
    for jobs in (1, 2):
        taken = measured(f"production {jobs}", *names)
        alone, share = alone or taken["wall"], floors / jobs
        figures = f"{taken['wall']:9.1f}{share:9.1f}{taken['wall'] / share:8.2f}{taken['memory']:7.0f}"
        print(f"{jobs:<28}{figures}{taken['wall'] / alone:8.2f}", flush=True)


def report_pictures() -> None:
    """A line a picture: what its build as objects costs against one path, for the same motion."""
    print(f"{'picture':14}{'one path s':>12}{'objects s':>12}{'gain':>8}")
    for ours, idiomatic in PAIRS:
        fast, slow = (measured("render", scene.__name__)["wall"] for scene in (ours, idiomatic))
        print(f"{ours.__name__.split('As')[0]:14}{fast:12.2f}{slow:12.2f}{slow / fast:8.1f}", flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*")
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument(
        "--measure", choices=("render", "floor", "production 1", "production 2"), help=argparse.SUPPRESS
    )
    args = parser.parse_args()
    if args.measure:
        what, _, jobs = args.measure.partition(" ")
        if what == "production":
            figures = production(int(jobs), args.scenes)
        else:
            figures = {"render": render, "floor": floor}[what](args.scenes[0])
        print(json.dumps(figures))
        return
    print(f"manim {manim.__version__}, numpy {np.__version__}, 480p15")
    if args.pictures:
        report_pictures()
    else:
        # The narrative plays the others once more; it is measured only if it is named.
        left_out = {FullNarrativeScene.__name__, *(scene.__name__ for scene in PICTURES)}
        own = [name for name in scene_classes() if name not in left_out]
        floors = report_scenes(args.scenes or own)
        if args.all:
            report_production(args.scenes or own, floors)


if __name__ == "__main__":
    main()
