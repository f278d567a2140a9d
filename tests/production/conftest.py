"""What the tests of production share."""

from pathlib import Path

import pytest

from quantization_story.production.folder import OutputFolder


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    """An empty folder for finished videos."""
    output = OutputFolder(tmp_path / "videos")
    output.prepare()
    return output
