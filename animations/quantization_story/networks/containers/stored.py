"""What a reader of files hands on."""

from dataclasses import dataclass
from typing import Any

# What the order of the arrays in a file says: the order in which they act, that in which they were written, nothing.
ACTED, WRITTEN, UNORDERED = "acted", "written", "unordered"


@dataclass(frozen=True, eq=False)
class Stored:
    """The arrays of a file by name, in its order.

    order: what that order says. said: what was decided in reading, a sentence each. left_out: names of what belongs to
    no network. half: whether numbers of 16 bits are among them.
    """

    arrays: dict[str, Any]
    order: str
    said: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    half: bool = False


def first_line(error: Exception) -> str:
    """The first line of an error, cut at a word where it is long."""
    lines = str(error).strip().splitlines()
    if not lines:
        return type(error).__name__
    if len(lines[0]) <= 160:
        return lines[0]
    return f"{lines[0][:160].rpartition(' ')[0]} …"


def not_shown(what: str) -> ValueError:
    """The error for a part of a network that no scene can show."""
    return ValueError(f"found {what}; only fully connected layers with ReLUs between them can be shown")
