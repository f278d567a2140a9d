"""The palettes of the videos as a style sheet, so that a colour on a page means what it means in them."""

from pathlib import Path

from quantization_story.style.palettes import PALETTES, Palette

# What a page calls a colour, and which of the palette's it is.
ROLES = {
    "background": "background",
    "ink": "ink",
    "quiet": "quiet",
    "guide": "guide",
    "float": "float_net",
    "rounded": "quantized",
    "same": "same",
    "other": "crossed",
    "repaired": "repaired",
    "crease": "boundary",
    "hero": "hero",
}
LISTS = {"class": "classes", "cell": "cells", "heat": "heat", "face": "faces"}


def variables(palette: Palette) -> str:
    """A palette as custom properties of CSS: --float, --rounded, ..., and --class-0, --class-1, ... of its lists."""
    colours = {name: getattr(palette, role) for name, role in ROLES.items()}
    for name, role in LISTS.items():
        colours |= {f"{name}-{number}": colour for number, colour in enumerate(getattr(palette, role))}
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def shared_style() -> str:
    """What all pages have in common: the colours of the videos, letters, buttons, what the keyboard is at."""
    base = Path(__file__).parent / "page" / "base.css"
    return palettes_style() + base.read_text(encoding="utf-8")


def palettes_style() -> str:
    """Both palettes: the light one where the reader has chosen light, and wherever the page says so."""
    dark, light = (variables(PALETTES[theme]) for theme in ("dark", "light"))
    return (
        f":root {{ color-scheme: dark; {dark} }}\n"
        f"@media (prefers-color-scheme: light) {{ :root:not([data-theme]) {{ color-scheme: light; {light} }} }}\n"
        f':root[data-theme="light"] {{ color-scheme: light; {light} }}\n'
    )
