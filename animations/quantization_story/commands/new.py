"""quantization-story new: a file with a scene of one's own, or with one of the story, for manim to play."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scene", metavar="SCENE", help="One of the story, to be varied [a short scene to begin with].")
def command(file: Path, scene: str | None) -> None:
    """Write FILE.py, which `manim -pql FILE.py` plays from any folder: a scene on the stage of the story.

    A file that is there already is left as it is.
    """
    from quantization_story.production.entry_file import entry_text, require_module_name

    require_module_name(file)
    text = entry_text(scene)
    with file.open("x", encoding="utf-8") as new:
        new.write(text)
    click.echo(f"{file}: play it with  manim -pql {file}")
