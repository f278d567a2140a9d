"""quantization-story share: all there is to see of one network, in one folder."""

import os
from pathlib import Path
from typing import Any

import click

from quantization_story.production.network_options import as_variables, choosing, chosen_settings


@click.command()
@click.argument("network")
@click.argument("target", type=click.Path(path_type=Path), metavar="OUT")
@click.option("--videos", type=click.Path(path_type=Path), help="Their folder [media/story/QUALITY, the best].")
@choosing("bits", "per_channel", "plane", "allow_unlearned", "layers", "transposed", "rounding")
def command(network: str, target: Path, videos: Path | None, **chosen: Any) -> None:
    """Write what there is to see of NETWORK into OUT: open OUT/index.html, no server is needed.

    The explorer, the picture that each scene of the core story ends on where it can play this network, the report, and
    those of the finished videos that play it.
    """
    from quantization_story.production.places import best_folder
    from quantization_story.production.share import share

    options = {"network": network, **chosen}
    os.environ.update(as_variables(options))
    try:
        folder = best_folder(videos)
    except ValueError:
        folder = None  # nothing is rendered yet: there is enough to see without
    share(chosen_settings(options), folder, target, click.echo)
