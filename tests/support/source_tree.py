"""The code of the package as it is written: its modules, the rooms that they lie in, and what they import."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ANIMATIONS = ROOT / "animations"
PACKAGE = ANIMATIONS / "quantization_story"
# From left to right: a module imports from its own room and from those at the left of it. Scenes lie at the top.
ROOMS = (
    "core", "partition", "error_regions", "analysis", "networks", "training", "layers", "report", "figures", "style",
    "mobjects", "pictures", "stage", "scenes", "production", "commands",
)  # fmt: skip
# Beside the scenes at the top: each is a door to one room.
DOORS = {"common": "core", "recipes": "training", "cli": "commands"}


@dataclass(frozen=True)
class Source:
    """A module of the package: its dotted name below the package, and its text."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The module, parsed."""
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """Where it lies; "" for the package itself."""
        first = self.name.split(".")[0]
        return "scenes" if first.startswith("scene_") else DOORS.get(first, first)

    @property
    def imports(self) -> set[str]:
        """What it imports anywhere, dotted and in full: of `from a import b` it is `a.b`, a module or a name in one."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found

    @property
    def neighbours(self) -> set[str]:
        """The modules of the package, or names in them, that it imports, without the name of the package."""
        return {name.removeprefix(f"{PACKAGE.name}.") for name in self.imports if name.startswith(f"{PACKAGE.name}.")}

    @property
    def uses_manim(self) -> bool:
        """Whether it imports manim itself."""
        return any(name.split(".")[0] == "manim" for name in self.imports)


def read(path: Path) -> Source:
    """A file of the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return Source(".".join(part for part in parts if part != "__init__"), path.read_text(encoding="utf-8"))


def sources() -> list[Source]:
    """Every module of the package."""
    return [read(path) for path in sorted(PACKAGE.rglob("*.py"))]
