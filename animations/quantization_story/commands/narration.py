"""quantization-story narration: what is spoken over a scene, with the times of its beats."""

import os
from typing import Any

import click

from quantization_story.production.network_options import as_variables, choosing


@click.command()
@click.argument("scene")
@choosing("network", "bits", "per_channel", "plane", "allow_unlearned", "layers", "transposed", "rounding")
def command(scene: str, **chosen: Any) -> None:
    """Print the narration of SCENE: for each beat when it begins and ends, what is spoken, and what is seen."""
    from quantization_story.production.catalogue import scene_named
    from quantization_story.production.storyboard import played_dry
    from quantization_story.production.talk.narration import timed
    from quantization_story.stage.narration import narration

    scene_class = scene_named(scene)
    os.environ.update(as_variables(chosen))
    for beat, start, end in timed(narration(scene), played_dry(scene_class)):
        click.echo(f"{start:6.1f} – {end:5.1f} s  {beat.name}")
        click.echo(f"    {beat.words or '(silent)'}")
        click.echo(f"    [{beat.seen}]\n")
