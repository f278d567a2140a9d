"""quantization-story train: a small network of one's own, with its points, in one file."""

from pathlib import Path

import click

from quantization_story.networks.settings import FEWEST_BITS, MOST_BITS
from quantization_story.production.network_options import check_output


@click.command()
@click.argument("task")
@click.option("--widths", default="2,2,2,2", show_default=True, help="Inputs, hidden units, outputs, between commas.")
@click.option("--seeds", default=20, show_default=True, type=click.IntRange(min=1), help="How many starts are tried.")
@click.option("--first-seed", default=0, show_default=True, type=click.IntRange(min=0), help="The first of them.")
@click.option("--l2", default=5e-4, show_default=True, type=click.FloatRange(min=0), help="The penalty on weights.")
@click.option("--iterations", default=300, show_default=True, type=click.IntRange(min=1), help="At most, of L-BFGS.")
@click.option("--out", type=click.Path(path_type=Path), help="The file [TASK.npz].")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(
    task: str, widths: str, seeds: int, first_seed: int, l2: float, iterations: int, out: Path | None, force: bool
) -> None:
    """Train a network on TASK (pinwheel, spirals or moons) and write it with fresh points, labels and prototypes.

    The first start that learns is taken, and it is said how many were tried; if none does, nothing is written.
    """
    from quantization_story.training.own_network import parse_widths, train_first, write_trained

    path = check_output(Path(f"{task}.npz") if out is None else out, ".npz", "--out")
    if path.exists() and not force:
        raise ValueError(f"{path}: is there already; --force writes over it")
    trained = train_first(task, parse_widths(widths, "--widths"), range(first_seed, first_seed + seeds), l2, iterations)
    write_trained(trained, path)
    click.echo(f"{path}: seed {trained.seed}, {trained.tried} tried; accuracy {100 * trained.accuracy:.1f} %")
    click.echo(f"quantization-story report {path} --bits {FEWEST_BITS},4,8,{MOST_BITS}")
