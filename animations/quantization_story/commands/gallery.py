"""quantization-story gallery: a static page of the finished videos."""

from pathlib import Path
from typing import Any

import click

from quantization_story.production.network_options import choosing, chosen_settings


@click.command()
@click.argument("target", type=click.Path(path_type=Path), metavar="OUT")
@click.option("--videos", type=click.Path(path_type=Path), help="The folder of finished videos [media/story/h].")
@click.option("--bits", default="2,3,4,8", show_default=True, help="Bit widths of the figures, between commas.")
@choosing("network", "per_channel", "plane", "allow_unlearned")
def command(target: Path, videos: Path | None, bits: str, **chosen: Any) -> None:
    """Write a page of the finished videos into OUT: open OUT/index.html, no server is needed.

    It shows them in story order with posters, captions, chapters, the narration and the figures of the report.
    """
    from quantization_story.commands.render import NARRATIVE_FILE
    from quantization_story.networks.chosen import load_chosen
    from quantization_story.networks.settings import parse_bit_list
    from quantization_story.production.folder import OutputFolder
    from quantization_story.production.gallery import make_gallery
    from quantization_story.report.measure import make_report
    from quantization_story.report.tables import report_notes, report_tables

    widths = parse_bit_list(bits, "--bits")
    settings = chosen_settings({**chosen, "bits": str(widths[0])})
    folder = OutputFolder((videos or Path("media") / "story" / "h").resolve())
    report = make_report(load_chosen(settings, "pinwheel"), widths, allow_unlearned=settings.allow_unlearned)
    file = make_gallery(folder, target, folder.path / NARRATIVE_FILE, report_notes(report), report_tables(report))
    click.echo(file)
