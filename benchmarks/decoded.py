"""What the benchmarks of the main command share: where a scene's entry is, and what the frames of a video are."""

import hashlib
from pathlib import Path

import av

ANIMATIONS = Path(__file__).resolve().parent.parent / "animations"
ENTRIES = (ANIMATIONS / "geometric_weight_quantization.py", ANIMATIONS / "layer_clustering_viz.py")


def entry_of(scene: str) -> Path:
    """The entry file that declares a scene; raises SystemExit if none does."""
    for entry in ENTRIES:
        if f"class {scene}(" in entry.read_text(encoding="utf-8"):
            return entry
    raise SystemExit(f"{scene}: no scene of this name in {', '.join(entry.name for entry in ENTRIES)}")


def digest_of_frames(video: Path) -> str:
    """A digest of all decoded frames of a video."""
    digest = hashlib.sha256()
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray(format="rgb24").tobytes())
    return digest.hexdigest()
