"""quantization-story list: the scenes in the order of the story, and which of them a network can play."""

from typing import Any

import click

from quantization_story.production.network_options import choosing, chosen_settings


@click.command()
@choosing("network", "bits", "per_channel", "plane", "allow_unlearned", "layers", "transposed", "rounding")
def command(**chosen: Any) -> None:
    """The scenes in the order of the story, each with its sentence and whether the chosen network can play it."""
    from rich.console import Console
    from rich.padding import Padding

    from quantization_story.networks.subject import load_subject
    from quantization_story.production.catalogue import SCENES, playing

    settings = chosen_settings(chosen)
    read: tuple[str, ...] = ()
    if settings.network is not None:
        # What is wrong with the choice itself is said once, and so is how a file was read.
        read = load_subject(settings, settings.network).learned.read
    console = Console(highlight=False)
    for line in read:
        console.print(line, soft_wrap=True, markup=False)
    for scene in SCENES:
        console.print(f"[bold]{scene.__name__}[/bold] · {playing(scene, settings)}")
        console.print(Padding(" ".join((scene.__doc__ or "").split()), (0, 0, 0, 4)))
