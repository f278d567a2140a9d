"""What final videos cost: 1080p60, for each second of video, and which setting of the encoder keeps the quality.

    python benchmarks/final.py                         # three scenes: a plane, a folded sheet, a partition
    python benchmarks/final.py Scene ... --plays 20    # other scenes, and how many of their plays are drawn (all: 0)
    python benchmarks/final.py --quality m             # at another quality

Per second of video: `wall`, seconds on the clock, and `cpu`, seconds of work of all cores, of rendering one scene at a
time as `quantization-story render` does; `floor`, the work of the encoder alone, on pictures of that scene; `ratio`, of
all work to that; the peak memory. Then the encoder alone, on the same pictures: its presets and threads, with what a
minute of video takes and how near it comes to the pictures (PSNR). Then what workflows take on several machines, by
that work; then all scenes with one worker and with two. Each is measured in a process of its own. Work and ratios are
what counts; the clock tells what else the machine does, too.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import manim
import numpy as np
from manim import Scene, config, tempconfig

from quantization_story.production.catalogue import scene_named
from quantization_story.production.estimate import shared, time_words
from quantization_story.production.plan import USUAL_SECONDS
from quantization_story.production.worker import Order

SCENES = ("LayerProgressionScene", "OpeningScene", "PartitionShiftScene")
PLAYS = 14
KEPT = 60  # pictures of a scene that the encoder is tried on: a second of 1080p60, half a gigabyte
COMPARED = 12  # and every so-manieth of them is compared with what it has become
# Scenes, networks and bit widths of a workflow, and machines that share it.
WORKFLOWS, MACHINES = ((9, 1, 1), (9, 3, 2), (21, 5, 3)), (1, 4, 16)
# What is asked of x264, each with as many threads as it likes and with one.
PRESETS = ("fast", "veryfast", "ultrafast")


def settings(folder: str, quality: str, plays: int, **encoder: str) -> dict[str, Any]:
    """What a worker tells manim, but for the plays that are drawn and the encoder's options."""
    told = {**Order("", quality, folder, 0).config, "media_dir": folder, "verbosity": "ERROR"}
    limited = {"upto_animation_number": plays - 1} if plays else {}
    return {**told, **limited, "video_encoder_options": encoder}


def render(name: str, quality: str, plays: int, threads: int) -> dict[str, float]:
    """Render a scene: seconds on the clock and of work, seconds of video, peak memory in MB."""
    encoder = {"threads": str(threads)} if threads else {}
    with tempfile.TemporaryDirectory() as folder, tempconfig(settings(folder, quality, plays, **encoder)):
        wall, cpu = time.perf_counter(), time.process_time()
        scene = scene_named(name)()
        scene.render()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        with av.open(str(scene.renderer.file_writer.movie_file_path)) as made:
            video = sum(1 for packet in made.demux(made.streams.video[0]) if packet.size) / config.frame_rate
    # The system reports kB, on macOS bytes.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return {"wall": wall, "cpu": cpu, "video": video, "memory": memory}


def pictures(name: str, quality: str, plays: int) -> list[np.ndarray]:
    """The last pictures (height, width, 4) that a scene gives its encoder, of those that follow each other."""
    kept: list[np.ndarray] = []
    recorded: Any = scene_named(name)

    class Recording(recorded):
        def play(self, *args: Any, **kwargs: Any) -> None:
            writer = self.renderer.file_writer
            write = writer.write_frame

            def noted(pixels: np.ndarray, *, repeat: int = 1) -> None:
                kept.append(pixels.copy())
                del kept[:-KEPT]
                write(pixels, repeat=repeat)

            writer.write_frame = noted
            super().play(*args, **kwargs)
            writer.write_frame = write

    with tempfile.TemporaryDirectory() as folder, tempconfig(settings(folder, quality, plays)):
        Recording().render()
    return kept


def encode(shown: list[np.ndarray], quality: str, encoder: dict[str, str]) -> dict[str, float]:
    """Encode pictures as one play: seconds on the clock and of work, bytes, and the PSNR against them in dB."""

    class Replay(Scene):
        def construct(self) -> None:
            writer = self.renderer.file_writer
            writer.add_partial_movie_file("replay")
            writer.begin_animation(True, animation_index=0)
            for pixels in shown:
                writer.write_frame(pixels)
            writer.end_animation(True)

    with tempfile.TemporaryDirectory() as folder, tempconfig(settings(folder, quality, 0, **encoder)):
        wall, cpu = time.perf_counter(), time.process_time()
        scene = Replay()
        scene.render()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        (made,) = Path(folder).rglob("replay.mp4")  # manim joins only what it has played
        with av.open(str(made)) as container:
            errors = [
                float(np.mean((frame.to_ndarray(format="rgb24").astype(float) - pixels[..., :3]) ** 2))
                for number, (frame, pixels) in enumerate(zip(container.decode(video=0), shown, strict=True))
                if number % COMPARED == 0
            ]
        size = made.stat().st_size
    return {"wall": wall, "cpu": cpu, "bytes": size, "psnr": 10 * float(np.log10(255**2 / max(np.mean(errors), 1e-9)))}


def encoders(name: str, quality: str, plays: int) -> dict[str, dict[str, float]]:
    """The encoder alone, as it comes and with each preset, with its own threads and with one."""
    shown = pictures(name, quality, plays)
    tried: dict[str, dict[str, str]] = {"as it comes": {}, "1 thread": {"threads": "1"}}
    for preset in PRESETS:
        tried |= {preset: {"preset": preset}, f"{preset}, 1 thread": {"preset": preset, "threads": "1"}}
    return {words: {**encode(shown, quality, options), "frames": len(shown)} for words, options in tried.items()}


def measured(what: str, name: str, quality: str, plays: int, threads: int = 0) -> Any:
    """One measurement in a fresh process."""
    command = [sys.executable, __file__, name, "--measure", what, "--quality", quality]
    command += ["--plays", str(plays), "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{what} {name}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def report_scenes(names: list[str], quality: str, plays: int) -> float:
    """A line a scene, then the encoder's settings on average; returns the mean work of a second of video."""
    rate = 60 if quality in "hk" else 30 if quality == "m" else 15
    print("seconds for each second of video")
    print(f"{'scene':26}{'video s':>9}{'wall':>8}{'cpu':>8}{'floor':>8}{'ratio':>8}{'MB':>7}")
    tried, work = {}, []
    for name in names:
        took, tried[name] = measured("render", name, quality, plays), measured("encoders", name, quality, plays)
        alone = tried[name]["as it comes"]
        wall, cpu, floor = (
            took["wall"] / took["video"],
            took["cpu"] / took["video"],
            alone["cpu"] / alone["frames"] * rate,
        )
        work.append(cpu)
        print(
            f"{name:26}{took['video']:9.1f}{wall:8.2f}{cpu:8.2f}{floor:8.2f}{cpu / floor:8.2f}{took['memory']:7.0f}",
            flush=True,
        )
    print(f"\n{'encoder':26}{'wall':>8}{'cpu':>8}{'MB a minute':>13}{'PSNR':>8}")
    for words in tried[names[0]]:
        each = [tried[name][words] for name in names]
        seconds = sum(one["frames"] for one in each) / rate
        wall, cpu, size = (sum(one[kind] for one in each) / seconds for kind in ("wall", "cpu", "bytes"))
        psnr = np.mean([one["psnr"] for one in each])
        print(f"{words:26}{wall:8.2f}{cpu:8.2f}{60 * size / 1e6:13.1f}{psnr:8.2f}", flush=True)
    return float(np.mean(work))


def report_workers(names: list[str], quality: str, plays: int) -> None:
    """All scenes with one at a time, and with two, which share the cores."""
    print(f"\n{'workers':26}{'wall s':>8}{'of one':>8}")
    alone = 0.0
    for jobs in (1, 2):
        threads = max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 else 0
        start = time.perf_counter()
        with ThreadPoolExecutor(jobs) as pool:
            waiting = [pool.submit(measured, "render", name, quality, plays, threads) for name in names]
            for each in waiting:
                each.result()
        wall = time.perf_counter() - start
        alone = alone or wall
        print(f"{jobs:<26}{wall:8.1f}{wall / alone:8.2f}", flush=True)


def report_machines(work: float, cores: int) -> None:
    """How long workflows take on some machines like this one, whose cores do nothing else."""
    heads = "".join(f"{f'{number} machines':>14}" for number in MACHINES)
    print(f"\n{f'workflow, {USUAL_SECONDS:.0f} s a scene':40}{heads}")
    for scenes, networks, bits in WORKFLOWS:
        jobs = [USUAL_SECONDS * work / cores] * (scenes * networks * bits)
        times = "".join(f"{time_words(shared(jobs, number)):>14}" for number in MACHINES)
        print(f"{f'{scenes} scenes, {networks} networks, {bits} bit widths':40}{times}", flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", default=SCENES)
    parser.add_argument("--quality", choices=["l", "m", "h", "k"], default="h")
    parser.add_argument("--plays", type=int, default=PLAYS, help="of each scene, from its beginning; 0: all")
    parser.add_argument("--measure", choices=("render", "encoders"), help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure == "render":
        print(json.dumps(render(args.scenes[0], args.quality, args.plays, args.threads)))
    elif args.measure == "encoders":
        print(json.dumps(encoders(args.scenes[0], args.quality, args.plays)))
    else:
        cores = os.cpu_count() or 1
        print(f"manim {manim.__version__}, quality {args.quality}, {args.plays or 'all'} plays a scene, {cores} cores")
        work = report_scenes(list(args.scenes), args.quality, args.plays)
        report_machines(work, cores)
        report_workers(list(args.scenes), args.quality, args.plays)


if __name__ == "__main__":
    main()
