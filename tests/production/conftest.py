"""What the tests of production share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browsers import chromium
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
