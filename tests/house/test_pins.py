"""The pinned versions: one line a package, and each is for the oldest Python that we promise, too."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.metadata import metadata as about

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from source_tree import ROOT

# That of Debian 12, which asks for 3.11; some releases of others begin with a later 3.11.
OLDEST = "3.11.2"
PINS = {
    canonicalize_name(name): pinned
    for name, pinned in re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE)
}


def too_new(name: str) -> str | None:
    """What Python a package asks for, if that is a newer one than the oldest; None too where it is not installed."""
    try:
        wanted = about(name).get("Requires-Python")
    except PackageNotFoundError:
        return None
    return wanted if wanted is not None and OLDEST not in SpecifierSet(wanted) else None


def test_the_oldest_python_is_one_that_we_promise() -> None:
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert OLDEST in SpecifierSet(promised)


def test_no_pin_asks_for_a_newer_python() -> None:
    assert {name: too_new(name) for name in PINS if too_new(name) is not None} == {}


def test_each_package_is_pinned_once_and_in_order() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()[1:]
    names = [canonicalize_name(line.split("==")[0]) for line in lines]
    assert names == sorted(set(names))
    assert len(names) == len(PINS)


def test_what_the_package_needs_is_pinned() -> None:
    needed = [Requirement(line) for line in requires("quantization-story") or ()]
    asked = {
        canonicalize_name(each.name) for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})
    }
    assert asked - {"quantization-story"} <= PINS.keys()


@pytest.mark.parametrize("name", ["manim", "numpy", "scipy"])
def test_what_is_installed_is_what_is_pinned(name: str) -> None:
    assert version(name) == PINS[name]
