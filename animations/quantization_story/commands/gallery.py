"""quantization-story gallery: a static page of the finished videos."""

from pathlib import Path
from typing import Any

import click

from quantization_story.production.network_options import choosing, chosen_settings


@click.command()
@click.argument("target", type=click.Path(path_type=Path), metavar="OUT")
@click.option("--videos", type=click.Path(path_type=Path), help="Their folder [media/story/QUALITY, the best].")
@choosing("network")
def command(target: Path, videos: Path | None, **chosen: Any) -> None:
    """Write a page of the finished videos into OUT: open OUT/index.html, no server is needed.

    It shows them in story order with posters, captions, chapters and the narration; and the figures of each network
    that they play, at the bit widths at which they play it. A file that was moved since is found by --network.
    """
    from quantization_story.commands.render import NARRATIVE_FILE
    from quantization_story.production.gallery import make_gallery
    from quantization_story.production.places import best_folder

    folder = best_folder(videos)
    click.echo(make_gallery(folder, target, folder.path / NARRATIVE_FILE, chosen_settings(chosen).network))
