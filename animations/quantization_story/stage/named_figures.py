"""Which thing on screen shows which figure, and what it says."""

from collections.abc import Callable, Iterable

from manim import Mobject, Typst

from quantization_story.mobjects.text import LiveText
from quantization_story.stage.run_record import RunRecord

Shower = Mobject | Callable[[], str]


class NamedFigures(dict[str, Shower]):
    """By the name of its figure: a text, a plate, some of them, or a function that reads the figure off."""

    def note(self, record: RunRecord, mobjects: Iterable[Mobject]) -> None:
        """Note on record what the figures show that can be seen now; a function is asked as long as it is named."""
        seen = {id(member) for mobject in mobjects for member in mobject.get_family()}
        for name, thing in self.items():
            if not isinstance(thing, Mobject):
                record.figure(name, thing())
            elif id(thing) in seen:
                record.figure(name, reading(thing))


def reading(thing: Mobject) -> str:
    """What a thing says: its texts and live numbers, in the order in which they were put together."""
    said = (member for member in thing.get_family() if isinstance(member, LiveText | Typst))
    return " ".join(line.content if isinstance(line, LiveText) else str(line.typst_code) for line in said)
