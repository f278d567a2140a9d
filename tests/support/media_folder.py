"""The fixture of the tests that draw: their media go to a folder of their own."""

import pytest
from manim import config


@pytest.fixture(autouse=True, scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    config.media_dir = str(tmp_path_factory.mktemp("media"))
    config.verbosity = "ERROR"
