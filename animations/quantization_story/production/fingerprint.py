"""What decides whether a video is up to date: code, inputs, choices, quality and versions; never a date."""

import ast
import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_SOURCES = _PACKAGE.parent
_VERSIONS = ("manim", "numpy", "scipy", "typst", "pycairo", "av")
# How a scene is played and written; what these files import is found with the scene.
_TOOLS = tuple(Path(__file__).with_name(name) for name in ("worker.py", "manim_settings.py"))


@cache
def _imports(file: Path) -> tuple[Path, ...]:
    """The files of this package that are run where one of its files imports them, anywhere in it."""
    found: list[Path] = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            # A name that is imported from a package can be a module of it.
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [path for module in modules for path in _files_of(module)]
    return tuple(found)


def _files_of(module: str) -> list[Path]:
    """The file of a module of this package, and those of the packages around it, which Python runs before it."""
    parts = module.split(".")
    if parts[0] != _PACKAGE.name:
        return []
    bases = [_SOURCES.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    return [path for base in bases for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()]


def sources(file: Path) -> list[Path]:
    """A file of the package and all others that Python runs for it, directly or through others, sorted."""
    module = file.relative_to(_SOURCES).with_suffix("").parts
    seen: set[Path] = set()
    waiting = [file, *_files_of(".".join(module))]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _imports(path)
    return sorted(seen)


def _content(files: Iterable[Path]) -> Iterator[bytes]:
    for path in files:
        yield path.relative_to(_PACKAGE).as_posix().encode()
        yield hashlib.sha256(path.read_bytes()).digest()


def fingerprint(scene: type, settings: Mapping[str, object], inputs: Mapping[str, str]) -> str:
    """The hash of all that a scene's video depends on, 64 hex digits.

    settings: quality, format and the user's choices, plain values. inputs: what the scene reads from outside the
    package, see `inputs.inputs_of`. The shipped networks and layers count whole: they are small and hardly change.
    """
    parts: Sequence[type] = (scene, *getattr(scene, "scenes", ()))  # the narrative plays others
    bases = {Path(str(sys.modules[base.__module__].__file__)) for part in parts for base in part.__mro__[:-1]}
    code = {path for base in bases if _PACKAGE in base.parents for path in sources(base)}
    folders = (_PACKAGE / "networks", _PACKAGE / "layers")
    shipped = sorted(path for folder in folders for path in folder.iterdir() if path.suffix in {".npz", ".json"})
    digest = hashlib.sha256()
    digest.update(" ".join(part.__name__ for part in parts).encode())
    for piece in _content([*sorted(code), *_TOOLS, *shipped]):
        digest.update(piece)
    versions = {name: importlib.metadata.version(name) for name in _VERSIONS}
    plain = [dict(settings), dict(inputs), versions, sys.version_info[:2]]
    digest.update(json.dumps(plain, sort_keys=True).encode())
    return digest.hexdigest()
