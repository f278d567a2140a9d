"""What decides whether a video is up to date: code, network, bits, quality and versions; never a date."""

import ast
import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from quantization_story.production.catalogue import SOURCES

_PACKAGE = Path(__file__).resolve().parent.parent
_VERSIONS = ("manim", "numpy", "scipy", "typst", "pycairo", "av")


@cache
def _imports(file: Path) -> tuple[Path, ...]:
    """The files of this package that one of its files imports, anywhere in it."""
    found = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found += [_file_of(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            # A name that is imported from a package can be a module of it.
            found += [_file_of(node.module), *(_file_of(f"{node.module}.{alias.name}") for alias in node.names)]
    return tuple(path for path in found if path is not None)


def _file_of(module: str) -> Path | None:
    parts = module.split(".")
    if parts[0] != _PACKAGE.name:
        return None
    base = SOURCES.joinpath(*parts)
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def sources(file: Path) -> list[Path]:
    """A file and all files of the package that it needs, directly or through others, sorted."""
    seen, waiting = set(), [file]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _imports(path)
    return sorted(seen)


def _content(files: Iterator[Path] | list[Path]) -> Iterator[bytes]:
    for path in files:
        yield path.name.encode()
        yield hashlib.sha256(path.read_bytes()).digest()


def fingerprint(scene: type, settings: Mapping[str, object], own_files: list[Path]) -> str:
    """The hash of all that a scene's video depends on, 64 hex digits.

    settings: quality, format and the user's choices, plain values. own_files: the user's own network, where there is
    one. The shipped networks and layers count whole: they are small and hardly change.
    """
    module = sys.modules[scene.__module__]
    bases = {Path(str(sys.modules[base.__module__].__file__)) for base in scene.__mro__ if base is not object}
    code = {path for base in bases if _PACKAGE in base.parents for path in sources(base)}
    folders = (_PACKAGE / "networks", _PACKAGE / "layers")
    shipped = sorted(path for folder in folders for path in folder.iterdir() if path.suffix in {".npz", ".json"})
    digest = hashlib.sha256()
    digest.update(_declaration(Path(str(module.__file__)), scene.__name__).encode())
    for piece in _content([*sorted(code), *shipped, *own_files]):
        digest.update(piece)
    versions = {name: importlib.metadata.version(name) for name in _VERSIONS}
    digest.update(json.dumps([dict(settings), versions, sys.version_info[:2]], sort_keys=True).encode())
    return digest.hexdigest()


def _declaration(file: Path, name: str) -> str:
    """What an entry file says of one scene; other scenes of the same file do not matter to it."""
    tree = ast.parse(file.read_bytes())
    return "".join(ast.dump(node) for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
