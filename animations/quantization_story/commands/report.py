"""quantization-story report: the figures of a network at several bit widths."""

from pathlib import Path
from typing import Any

import click

from quantization_story.production.network_options import choosing, chosen_settings


@click.command()
@click.argument("network", required=False)
@click.option("--bits", default="2,3,4,8", show_default=True, help="Bit widths between commas, 2 to 16.")
@click.option(
    "--rank", default=1, show_default=True, type=click.IntRange(min=1), help="The rank of the low-rank terms."
)
@click.option("--draws", default=32, show_default=True, type=click.IntRange(min=1), help="Draws of the null control.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Where the JSON goes.")
@click.option("--markdown", "markdown_file", type=click.Path(path_type=Path), help="Where the Markdown goes.")
@click.option("--quiet", is_flag=True, help="No tables in the terminal.")
@click.option("--exit-zero", is_flag=True, help="Exit code 0 also for a network that has not learned its task.")
@choosing("per_channel", "plane", "allow_unlearned", "layers", "transposed", "rounding")
def command(
    network: str | None,
    bits: str,
    rank: int,
    draws: int,
    json_file: Path | None,
    markdown_file: Path | None,
    quiet: bool,
    exit_zero: bool,
    **chosen: Any,
) -> None:
    """The figures of NETWORK: tables here, JSON and Markdown where asked for.

    Without NETWORK it is the one of the environment, else pinwheel. A network that has not learned its task gets its
    accuracies, but no geometric conclusions; what is written says so, and the exit code is 1.
    """
    from quantization_story.networks.chosen import load_chosen
    from quantization_story.networks.settings import parse_bit_list
    from quantization_story.report.measure import make_report
    from quantization_story.report.tables import to_json, to_markdown

    widths = parse_bit_list(bits, "--bits")
    settings = chosen_settings({"network": network, "bits": str(widths[0]), **chosen})
    report = make_report(load_chosen(settings, "pinwheel"), widths, rank, settings.allow_unlearned, draws)
    if not quiet:
        _show(report)
    for file, content in ((json_file, to_json(report)), (markdown_file, to_markdown(report))):
        if file is not None:
            file.write_text(content, encoding="utf-8")
    if report.refused is not None and not exit_zero:
        raise SystemExit(1)


def _show(report: Any) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from quantization_story.report.tables import report_notes, report_tables

    console = Console()
    for line in report_notes(report):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    for table in (part for whole in report_tables(report) for part in whole.parts(console.width - 2)):
        shown = Table(
            title=table.title,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            padding=(0, 1),
            pad_edge=False,
        )
        for position, (head, width) in enumerate(zip(table.heads, table.spread(console.width - 2), strict=True)):
            shown.add_column(head, justify="left" if position == 0 else "right", width=width)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown, markup=False)
