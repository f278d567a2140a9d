"""The captions of scene 03 that follow from its figures."""


def repair_verdict(removed: float) -> str:
    """What one map is worth, by the share of the squared error that it removes."""
    if removed <= 0:
        return "One map does not lay it back: this error is no wrong chart"
    return f"One map lays {'most' if removed >= 0.5 else 'part'} of it back, but not all"


def removed_words(removed: float) -> str:
    """The share of the squared error that one map removes, and what that means."""
    if removed <= 0:
        return "On new points the map removes none of the squared error"
    return f"{100 * removed:.0f} % of the squared error was a wrong chart"


def capacity_words(change: float) -> str:
    """Whether the map's numbers help the float network too, and so are more than a repair, by what accuracy does."""
    moves = "falls" if change < 0 else "rises" if change > 0 else "stays"
    helped = "help the float network too" if change > 0 else "do not help the float network"
    return f"They {helped}: accuracy {moves}"


def reaching_words(far: int, count: int) -> str:
    """How many of the fits on permuted weights get as far as the map, before the raw input is tried."""
    return f"{far} of {count} {'gets' if far == 1 else 'get'} as far. Now from the raw input"
