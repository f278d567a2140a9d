"""quantization-story still: the pictures that scenes end on, for papers and for the front page."""

from pathlib import Path

import click


@click.command()
@click.argument("scenes", nargs=-1, metavar="[SCENE …]")
@click.option("--videos", type=click.Path(path_type=Path), help="Their folder [media/story/QUALITY, the best].")
@click.option("--output", type=click.Path(path_type=Path), default=Path(), help="Where the PNGs go [here].")
@click.option("--width", type=click.IntRange(160, 3840), default=854, show_default=True, help="Pixels.")
def command(scenes: tuple[str, ...], videos: Path | None, output: Path, width: int) -> None:
    """Write the picture that each finished SCENE (all, if none is named) ends on, as a PNG below 100 kB."""
    from quantization_story.production.places import best_folder
    from quantization_story.production.plan import chosen_scenes
    from quantization_story.production.stills import closing_still, save_still

    folder = best_folder(videos)
    output.mkdir(parents=True, exist_ok=True)
    for name in chosen_scenes(scenes, everything=not scenes):
        finished = folder.finished(name)
        if finished is None:
            if scenes:
                raise ValueError(f"{name} is not finished in {folder.path}; render it first")
            continue
        image = closing_still(finished.video, finished.seconds)
        image = image.resize((width, round(image.height * width / image.width)))
        target = output / f"{name}.png"
        click.echo(f"{target} ({save_still(image, target)} bytes)")
