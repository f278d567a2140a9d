"""Objects that keep what they are: no getter sets state, no object changes its class, the figures of a scene stay."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from source_tree import PACKAGE

SOURCES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}


def targets(node: ast.AST) -> Iterator[ast.expr]:
    """What is assigned to anywhere in a piece of code: names, attributes, items."""
    for inner in ast.walk(node):
        found = inner.targets if isinstance(inner, ast.Assign) else [getattr(inner, "target", None)]
        for target in found if isinstance(inner, ast.Assign | ast.AugAssign | ast.AnnAssign) else []:
            yield from target.elts if isinstance(target, ast.Tuple | ast.List) else [target]


def methods(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """All methods of all classes."""
    for each in ast.walk(tree):
        if isinstance(each, ast.ClassDef):
            yield from (part for part in each.body if isinstance(part, ast.FunctionDef))


def breaks(source: str) -> list[str]:
    """Where these rules are broken, as text."""
    found = []
    for method in methods(ast.parse(source)):
        getter = any(ast.unparse(way).endswith("property") for way in method.decorator_list)
        for target in map(ast.unparse, targets(method)):
            if target.endswith(".__class__"):
                found.append(f"{method.name} changes a class: {target}")
            if getter and target.startswith("self."):
                found.append(f"the getter {method.name} sets {target}")
            if target == "self.figures" and method.name not in ("load_story", "__init__"):
                found.append(f"{method.name} puts something else in the place of a scene's figures")
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_objects_keep_what_they_are(name: str) -> None:
    assert breaks(Path(SOURCES[name]).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "    @property\n    def size(self):\n        self._size = 1\n        return 1",
            "the getter size sets self._size",
        ),
        ("    def turn(self):\n        self.__class__ = Other", "turn changes a class: self.__class__"),
        ("    def draw(self):\n        self.figures, other = 1, 2", "draw puts something else in the place"),
    ],
)
def test_a_broken_rule_is_told(body: str, told: str) -> None:
    assert [line[: len(told)] for line in breaks(f"class A:\n{body}\n")] == [told]
