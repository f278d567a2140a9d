"""quantization-story storyboard: a still of every beat of a scene, on one sheet."""

import os
from pathlib import Path
from typing import Any

import click

from quantization_story.production.network_options import as_variables, check_output, choosing


@click.command()
@click.argument("scene")
@click.option("--out", type=click.Path(path_type=Path), help="The file [SCENE.png].")
@click.option("--columns", default=3, show_default=True, type=click.IntRange(1, 8), help="Stills in a row.")
@choosing("network", "bits", "per_channel", "plane", "allow_unlearned", "layers", "transposed", "rounding")
def command(scene: str, out: Path | None, columns: int, **chosen: Any) -> None:
    """One PNG of SCENE: a still a beat, each with its caption; beside it a JSON with the figures that it shows."""
    from quantization_story.production.catalogue import scene_named
    from quantization_story.production.storyboard import storyboard

    path = check_output(Path(f"{scene}.png") if out is None else out, ".png", "--out")
    scene_class = scene_named(scene)
    os.environ.update(as_variables(chosen))
    record = storyboard(scene_class, path, columns)
    figures = record.write_beside(path, record.beats[-1].end if record.beats else 0.0)
    click.echo(f"{path}: {len(record.beats)} beats; figures in {figures}")
