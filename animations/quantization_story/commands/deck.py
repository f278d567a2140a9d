"""quantization-story deck: finished videos as slides, one for each beat."""

from pathlib import Path

import click


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[SCENE …] OUT")
@click.option("--videos", type=click.Path(path_type=Path), help="Their folder [media/story/QUALITY, the best].")
def command(words: tuple[str, ...], videos: Path | None) -> None:
    """Write a deck, OUT.pptx, OUT.pdf or OUT.html, of the finished SCENEs, or of all that are finished.

    Each beat is a slide that plays and stops; its notes are the narration. A page (.html) holds all of it: the arrow
    keys go on and back, N shows the notes.
    """
    from quantization_story.production.catalogue import scene_named, scenes_by_name
    from quantization_story.production.places import best_folder
    from quantization_story.production.talk.deck import check_deck, make_deck

    *names, out = words
    target = Path(out)
    check_deck(target)
    for name in names:
        scene_named(name)
    folder = best_folder(videos)
    found = {name: folder.finished(name) for name in names or scenes_by_name()}
    missing = [name for name, finished in found.items() if finished is None and names]
    if missing:
        raise ValueError(f"no finished video of {', '.join(missing)} in {folder.path}; render it first")
    finished = [each for each in found.values() if each is not None]
    if not finished:
        raise ValueError(f"no finished video in {folder.path}; render some first")
    click.echo(f"{target}: {make_deck(finished, target)} slides")
