"""The captions of scene 09 that follow from its figures."""


def closer_words(green: float, red: float, crossed: bool) -> str:
    """What a map does to points of one pattern (green) and crossed ones, by the shares that their mean gaps fall by."""
    if not crossed:
        return f"{'Green comes closer' if green > 0 else 'Green comes no closer'}; nothing here is red"
    if min(green, red) <= 0:
        nearer = [name for name, fall in (("green", green), ("red", red)) if fall > 0]
        return f"Only {nearer[0]} comes closer" if nearer else "Neither green nor red comes closer"
    if green == red:
        return "Both come closer, by the same share"
    return f"Both come closer, {'green more than red' if green > red else 'red more than green'}"
