"""quantization-story explore: networks in the reader's own hand, on one page that opens from the disk."""

from pathlib import Path
from typing import Any

import click

from quantization_story.production.network_options import choosing, chosen_settings


@click.command()
@click.argument("networks", nargs=-1, metavar="[NETWORK …]")
@click.argument("target", type=click.Path(path_type=Path), metavar="OUT.html")
@choosing("bits", "per_channel", "plane", "allow_unlearned", "layers", "transposed")
def command(networks: tuple[str, ...], target: Path, **chosen: Any) -> None:
    """Write a page on which readers round the weights themselves: open OUT.html, no server is needed.

    It shows each NETWORK, the first of them at first; without one, all that are shipped. OUT.json holds a single
    network, to be dropped on any such page.
    """
    from quantization_story.production.explorer.assembly import write_explorer

    click.echo(write_explorer(networks, target, chosen_settings(chosen)))
