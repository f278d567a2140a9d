"""All that the stage takes of manim beyond its public interface, in one place.

Each name has a test in tests/stage/test_manim_internals.py that says what breaks without it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from manim import Scene
from manim.renderer import cairo_renderer
from manim.utils.hashing import KEYS_TO_FILTER_OUT as KEYS_TO_FILTER_OUT


@contextmanager
def plays_named_by(key: Callable[..., str]) -> Iterator[None]:
    """While this is open, the renderer asks `key` for the name of a play in its cache, and not manim's own function."""
    names = vars(cairo_renderer)
    own = names["get_hash_from_play_call"]
    names["get_hash_from_play_call"] = key
    try:
        yield
    finally:
        names["get_hash_from_play_call"] = own


# The attributes in which manim's own scene keeps its work: their names are those in the code that sets them.
KEPT_BY_MANIM = frozenset(Scene.__init__.__code__.co_names)
