"""quantization-story check: whether finished videos are what their records say."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def command(folder: Path) -> None:
    """Decode every finished video in FOLDER: its length, its captions and their times must be those on record."""
    from quantization_story.commands.render import NARRATIVE_FILE
    from quantization_story.production.checks import problems
    from quantization_story.production.folder import OutputFolder

    videos = sorted(path for path in folder.glob("*.mp4") if path.name != NARRATIVE_FILE)
    if not videos:
        raise ValueError(f"no video in {folder}")
    wrong = 0
    for video in videos:
        finished = OutputFolder(folder).finished(video.stem)
        found = ["it is not whole: render it again"] if finished is None else problems(finished)
        for problem in found:
            click.echo(f"wrong      {video.name}: {problem}", err=True)
        if finished is not None and not found:
            click.echo(f"checked    {video.name}: {finished.frames} frames, {finished.seconds:.1f} s")
        wrong += bool(found)
    if wrong:
        raise SystemExit(1)
