"""The page as one file that opens from the disk: its modules, style and networks set into its HTML, nothing beside it.

The modules are written to be read as ES modules, but a page from the disk may not import any: so they are put one after
the other, each behind those that it imports, without the words `import` and `export`. All their top-level names are
therefore one another's neighbours, and a test holds them apart.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.production.explorer.colours import shared_style
from quantization_story.production.explorer.network_data import network_data, page_data
from quantization_story.production.network_options import check_output

# In the order of the page: the smallest first.
SHIPPED = ("pinwheel", "pinwheel_wide", "bottleneck", "codebook", "deep")
PAGE = Path(__file__).parent / "page"
GEOMETRY, WORKER, VIEW = PAGE / "geometry", PAGE / "geometry" / "worker.js", PAGE / "view"
_IMPORT = re.compile(r'^import\s+\{[^}]*\}\s+from\s+"([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|const|let|class)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def write_explorer(networks: Sequence[str], target: Path, settings: Settings) -> Path:
    """Write the page of some networks, by name or file, the first shown first; or one network as JSON.

    networks: where there are none, that of the settings, else all that are shipped. Raises ValueError, one sentence,
    for what cannot be read or shown, and for a target that is neither .html nor .json.
    """
    check_output(target, ".json" if target.suffix == ".json" else ".html", "OUT")
    names = networks or ((settings.network,) if settings.network else SHIPPED)
    if target.suffix == ".json" and len(names) != 1:
        raise ValueError(f"OUT: {target}; a .json holds one network, not {len(names)}")
    subjects = [load_subject(replace(settings, network=name), SHIPPED[0]) for name in names]
    if target.suffix == ".json":
        text = json.dumps(network_data(subjects[0]), separators=(",", ":"))
    else:
        text = explorer_page(subjects)
    target.write_text(text, encoding="utf-8")
    return target


def explorer_page(subjects: Sequence[StorySubject], videos: Mapping[str, str] | None = None) -> str:
    """The page of some networks; videos: where those of the guided questions are, an address for a scene's name."""
    return assembled({**page_data(subjects), "videos": dict(videos or {})})


def assembled(data: Mapping[str, Any]) -> str:
    """The page around the data of `network_data.page_data`."""
    geometry = in_order(sorted(GEOMETRY.glob("*.js")), without=(WORKER,))
    parts = {
        "shared": shared_style(),
        "style": (PAGE / "style.css").read_text(encoding="utf-8"),
        "networks": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        "geometry": script(geometry),
        "worker": script([WORKER]),
        "view": script(in_order([VIEW / "main.js"], without=geometry)),
    }
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: parts[slot.group(1)], html)


def in_order(modules: Sequence[Path], without: Sequence[Path] = ()) -> list[Path]:
    """Some modules and all that they import, each behind those that it imports; not those `without`."""
    found: list[Path] = []

    def add(module: Path) -> None:
        if module in found or module in without:
            return
        for name in _IMPORT.findall(module.read_text(encoding="utf-8")):
            add((module.parent / name).resolve())
        found.append(module)

    for module in modules:
        add(module)
    return found


def script(modules: Sequence[Path]) -> str:
    """The text of some modules as one classic script. Raises ValueError for an import or export by other than names."""
    texts = ['"use strict";\n']
    for module in modules:
        text = _EXPORT.sub("", _IMPORT.sub("", module.read_text(encoding="utf-8")))
        if (left := _LEFT.search(text)) is not None:
            raise ValueError(f"{module}: {left.group()!r}; a module imports and exports by names only")
        texts.append(text.replace("</script", "<\\/script"))
    return "\n".join(texts)
