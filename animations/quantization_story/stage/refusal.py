"""What a scene cannot do, said on manim's command line in one sentence; of several scenes, the others are rendered."""

import sys

import click
from manim import config
from manim.constants import RendererType

_REFUSED = "quantization_story.refused"


def on_command_line() -> bool:
    """Whether a command is being carried out, so that a sentence can stand for a traceback."""
    return click.get_current_context(silent=True) is not None


def require_cairo() -> None:
    """Refuse manim's other renderer, which knows neither our camera nor our texts. Raises SystemExit or ValueError."""
    if config.renderer is not RendererType.CAIRO:
        sentence = "the story is drawn by manim's renderer cairo alone: leave out --renderer"
        raise SystemExit(f"Error: {sentence}") if on_command_line() else ValueError(sentence)


def refuse(scene: str, error: ValueError) -> None:
    """Say why a scene is not rendered and end the command; but where others wait, name it when they are done.

    Raises SystemExit with the sentence.
    """
    sentence = f"Error: {error}" if scene in str(error) else f"Error: {scene}: {error}"
    context = click.get_current_context()
    if not config.write_all and len(config.scene_names or ()) < 2:
        raise SystemExit(sentence) from None
    print(sentence, file=sys.stderr)
    if _REFUSED not in context.meta:
        context.meta[_REFUSED] = []
        context.call_on_close(lambda: _name_all(context.meta[_REFUSED]))
    context.meta[_REFUSED].append(scene)


def _name_all(refused: list[str]) -> None:
    raise SystemExit(f"Error: not rendered: {', '.join(refused)}")
