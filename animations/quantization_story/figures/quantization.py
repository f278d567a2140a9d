"""The captions of scene 02 that follow from its figures."""


def crossing_words(changed: int) -> str:
    """What is to be seen at the borders of the classes when the weights are rounded, by how many points cross them."""
    return f"Rounded again: {'rings mark points that cross' if changed else 'no point crosses'} a border"
