"""Where finished videos lie where nothing else is said."""

from pathlib import Path

from quantization_story.production.folder import OutputFolder
from quantization_story.style.formats import suffix

STORY = Path("media") / "story"
BEST_FIRST = "khml"


def usual_folder(quality: str) -> Path:
    """The folder of a quality, in the format and theme that are chosen."""
    return STORY / (quality + suffix())


def best_folder(given: Path | None) -> OutputFolder:
    """The folder that is named, else that of the best quality in which a scene is finished; ValueError if none is."""
    if given is not None:
        return OutputFolder(given.resolve())
    for quality in BEST_FIRST:
        folder = OutputFolder(usual_folder(quality).resolve())
        if any(folder.finished(file.stem) for file in folder.path.glob("*.json")):
            return folder
    raise ValueError(f"no finished video in {usual_folder('QUALITY')}; render some first, or name their folder")
