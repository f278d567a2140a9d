"""What importing the mathematics brings along: no manim anywhere, and no scipy for the core."""

import json
import pkgutil
import subprocess
import sys

import pytest

import quantization_story

# Run in a fresh interpreter: the named packages cannot be imported, and an attempt is an error.
BLOCKED_IMPORT = """
import importlib, json, sys

blocked, names = json.loads(sys.argv[1]), sys.argv[2:]


class Blocker:
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"{fullname} is blocked")


already = sorted(set(blocked) & set(sys.modules))
sys.meta_path.insert(0, Blocker())
modules = [importlib.import_module(name) for name in names]
print(json.dumps({
    "already": already,
    "loaded": sorted({loaded.partition(".")[0] for loaded in sys.modules}),
    "missing": [name for module in modules for name in getattr(module, "__all__", []) if not hasattr(module, name)],
}))
"""


def import_alone(names, blocked):
    """Import modules in a fresh interpreter in which the `blocked` packages are out of reach."""
    command = [sys.executable, "-W", "error", "-c", BLOCKED_IMPORT, json.dumps(blocked), *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_mathematics_needs_neither_manim_nor_scipy():
    done = import_alone(["quantization_story.common"], ["manim", "scipy"])
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["already"] == []
    assert report["missing"] == []
    assert {"numpy", "quantization_story"} <= set(report["loaded"])
    assert not {"manim", "scipy"} & set(report["loaded"])


@pytest.mark.parametrize("package", ["manim", "scipy"])
def test_a_blocked_package_would_be_noticed(package):
    done = import_alone([package], ["manim", "scipy"])
    assert done.returncode != 0
    assert f"{package} is blocked" in done.stderr


def test_only_the_stage_needs_manim():
    names = [module.name for module in pkgutil.iter_modules(quantization_story.__path__)]
    stage = [name for name in names if name in ("theme", "mobjects") or "scene" in name.split("_")]
    numerics = [f"quantization_story.{name}" for name in names if name not in stage]
    assert "quantization_story.common" in numerics
    done = import_alone(numerics, ["manim"])
    assert done.returncode == 0, done.stderr
    assert "manim" not in json.loads(done.stdout)["loaded"]
