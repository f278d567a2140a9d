"""What decides whether a video is up to date: what it is made from, and nothing else."""

import os
import time
from pathlib import Path

from quantization_story.production.catalogue import SOURCES
from quantization_story.production.fingerprint import fingerprint, sources
from quantization_story.production.story import scenes_by_name

PACKAGE = SOURCES / "quantization_story"


def test_sources_are_what_a_scene_imports_directly_or_not() -> None:
    found = {path.relative_to(PACKAGE).as_posix() for path in sources(PACKAGE / "scene_04_topology_failure.py")}
    assert {
        "scene_04_topology_failure.py",
        "pictures/topology_failure.py",
        "stage/story_scene.py",
        "style/theme.py",
        "mobjects/paths.py",
        "partition/refinement.py",
    } <= found
    assert "scene_05_1d_error_growth.py" not in found
    assert not any(name.startswith(("production/", "commands/")) for name in found)


def test_settings_and_own_files_count_and_dates_do_not(tmp_path: Path) -> None:
    scenes = scenes_by_name()
    one, other = scenes["LayerProgressionScene"], scenes["OneDErrorGrowthScene"]
    own = tmp_path / "net.npz"
    own.write_bytes(b"weights")
    mark = fingerprint(one, {"quality": "l"}, [own])
    assert mark == fingerprint(one, {"quality": "l"}, [own])
    assert mark != fingerprint(other, {"quality": "l"}, [own])
    assert mark != fingerprint(one, {"quality": "h"}, [own])
    assert mark != fingerprint(one, {"quality": "l"}, [])
    os.utime(own, (time.time() + 100, time.time() + 100))
    assert mark == fingerprint(one, {"quality": "l"}, [own])
    own.write_bytes(b"other weights")
    assert mark != fingerprint(one, {"quality": "l"}, [own])


def test_code_counts(tmp_path: Path, monkeypatch) -> None:
    scene = scenes_by_name()["LayerProgressionScene"]
    mark = fingerprint(scene, {}, [])
    theme = PACKAGE / "style" / "theme.py"
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"# changed" if path == theme else b""))
    assert fingerprint(scene, {}, []) != mark
    one_d = PACKAGE / "scene_05_1d_error_growth.py"
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + (b"# changed" if path == one_d else b""))
    assert fingerprint(scene, {}, []) == mark
