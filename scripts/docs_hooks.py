"""What the site needs beyond MkDocs: formulas in Typst become pictures as it is built, and scale with the text."""

from typing import Any

import typst

# The size of the text around it, and no page: the picture is as large as the formula.
_PAGE = "#set page(width: auto, height: auto, margin: 2pt, fill: none)\n#set text(size: 14pt)\n"


def typeset(source: str, language: str, *_: Any, **__: Any) -> str:
    """The HTML of a formula, drawn in the colour of the text."""
    drawn = typst.compile(f"{_PAGE}$ {source} $".encode(), format="svg").decode()
    return f'<div class="formula" role="math" aria-label="{_quoted(source)}">{_in_text_colour(drawn)}</div>'


def on_config(config: Any) -> Any:
    """Have fences of `typst` drawn."""
    fences = config.mdx_configs.setdefault("pymdownx.superfences", {}).setdefault("custom_fences", [])
    fences.append({"name": "typst", "class": "formula", "format": typeset})
    return config


def _in_text_colour(drawn: str) -> str:
    return drawn.replace('fill="#000000"', 'fill="currentColor"').replace('stroke="#000000"', 'stroke="currentColor"')


def _quoted(text: str) -> str:
    return text.strip().replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
