"""What the tests of production share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from browsers import CHROMIUM, chromium
from explorer_engines import NODE, in_chromium, in_node
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
