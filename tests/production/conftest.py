"""What the tests of production share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from browsers import CHROMIUM, chromium
from explorer_engines import NODE, in_chromium, in_node
from explorer_reader import Reader, reading
from quantization_story.networks.settings import Settings
from quantization_story.production.explorer.assembly import write_explorer
from quantization_story.production.folder import OutputFolder


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    """An empty folder for finished videos."""
    output = OutputFolder(tmp_path / "videos")
    output.prepare()
    return output


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for all pages; its driver cannot run twice in a process."""
    with chromium() as running:
        yield running


@pytest.fixture
def geometry(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls the explorer's own geometry, `geometry(function, *values)`: in node, else in the browser."""
    if NODE is not None:
        return in_node
    if CHROMIUM is None:
        pytest.skip("neither node nor Chromium on this machine")
    browser = request.getfixturevalue("browser")
    return lambda call, *values: in_chromium(browser, call, *values)


@pytest.fixture(scope="session")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small network, which is measured at once, and of one that a worker measures."""
    return write_explorer(("pinwheel", "bottleneck"), tmp_path_factory.mktemp("explorer") / "explorer.html", Settings())


@pytest.fixture
def reader(browser: Any, explorer: Path) -> Iterator[Reader]:
    """The page in a usual window."""
    yield from reading(browser, explorer, viewport={"width": 1280, "height": 720}, color_scheme="dark")


@pytest.fixture
def phone(browser: Any, explorer: Path) -> Iterator[Reader]:
    """The page on a phone."""
    yield from reading(browser, explorer, viewport={"width": 360, "height": 740}, has_touch=True)


@pytest.fixture
def still(browser: Any, explorer: Path) -> Iterator[Reader]:
    """The page of a reader who wants no motion."""
    yield from reading(browser, explorer, reduced_motion="reduce", color_scheme="light")
