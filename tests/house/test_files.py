"""Files that can be read: none is longer than four hundred lines; what the environment says is read when asked for."""

import json
import subprocess
import sys

from source_tree import ROOT

MOST_LINES = 400
FOLDERS = ("animations", "benchmarks", "scripts", "tests")
# The theme is constants, which every picture takes as it is built: it is chosen once, when the theme is imported.
CHOSEN_AT_IMPORT = {"QUANT_STORY_FORMAT", "QUANT_STORY_PACE", "QUANT_STORY_THEME"}
# Run in a fresh interpreter: imports every module of the package, and tells which variables were read meanwhile.
READ_AT_IMPORT = """
import importlib, json, os, pkgutil

class Watched(dict):
    asked = set()
    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)
    def __contains__(self, name):
        self.asked.add(name)
        return super().__contains__(name)
    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)
    def items(self):
        self.asked.add("everything")
        return super().items()

import manim
import quantization_story
os.environ = Watched(os.environ)
for module in pkgutil.walk_packages(quantization_story.__path__, "quantization_story."):
    importlib.import_module(module.name)
print(json.dumps(sorted(name for name in Watched.asked if name.startswith(("QUANT_STORY_", "LAYER_", "everything")))))
"""


def test_no_file_is_too_long() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_only_the_theme_is_chosen_at_import() -> None:
    done = subprocess.run([sys.executable, "-c", READ_AT_IMPORT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == CHOSEN_AT_IMPORT
