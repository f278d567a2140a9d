"""What pyproject.toml cannot say: a wheel brings the narration along, which lies among the pages of the docs."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

NARRATION = Path("docs", "narrative_outline.md")


class BuildWithNarration(build_py):
    """Builds the package with the narration in it."""

    def run(self) -> None:
        """Copy the page beside the module that reads it; an editable installation finds it where it lies."""
        super().run()
        if not self.editable_mode:
            self.copy_file(str(NARRATION), str(Path(self.build_lib, "quantization_story", "stage", NARRATION.name)))


setup(cmdclass={"build_py": BuildWithNarration})
