"""The scenes as production sees them: by name, and the parts of the full narrative."""

from quantization_story.production.catalogue import catalogue, entry_of
from quantization_story.stage.story_scene import StoryScene

NARRATIVE = "FullNarrativeScene"  # plays the others, so it is joined from them rather than rendered


def scenes_by_name() -> dict[str, type[StoryScene]]:
    """All scenes of the entry files, in story order."""
    return {scene.__name__: scene for scene in catalogue()}


def narrative() -> tuple[type[StoryScene], ...]:
    """The scenes that the full narrative plays, in its order."""
    return tuple(entry_of(NARRATIVE)[1].scenes)  # type: ignore[attr-defined]
