"""quantization-story voice: a sheet to record from, or the narration read by a voice of this machine."""

from pathlib import Path

import click

from quantization_story.production.network_options import check_output


@click.command()
@click.argument("scenes", nargs=-1, metavar="SCENE …", required=True)
@click.option("--record-sheet", is_flag=True, help="Write SCENE.md: what to read in each beat, and how long it lasts.")
@click.option("--speak", metavar="VOICE", help="espeak, piper:MODEL.onnx, kokoro:MODEL.onnx, or a command with {file}.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=".", help="The folder [here].")
def command(scenes: tuple[str, ...], record_sheet: bool, speak: str | None, output: Path) -> None:
    """Prepare what is spoken over SCENEs: sheets to record from, or a voice's recordings, for `render --voice`."""
    from quantization_story.production.catalogue import scene_named
    from quantization_story.production.storyboard import played_dry
    from quantization_story.production.talk.narration import sheet, timed
    from quantization_story.production.talk.voices import spoken_folder
    from quantization_story.stage.narration import narration

    if record_sheet == (speak is not None):
        raise ValueError("voice: either --record-sheet or --speak VOICE")
    classes = {name: scene_named(name) for name in scenes}
    if speak is not None:
        output.mkdir(parents=True, exist_ok=True)
        click.echo(f"spoken     {spoken_folder(speak, scenes, output, click.echo)}")
        return
    for name, scene in classes.items():
        target = check_output(output / f"{name}.md", ".md", "--output")
        target.write_text(sheet(name, timed(narration(name), played_dry(scene))), encoding="utf-8")
        click.echo(f"written    {target}")
