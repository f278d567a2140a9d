"""What the last part of an array's name gives away: layers that are no fully connected ones."""

import re

_LEAVES = (
    (re.compile(r"(weight|bias)_[ih]h_l\d+(_reverse)?"), "a recurrent layer"),
    (re.compile(r"in_proj_(weight|bias)"), "an attention layer"),
    (re.compile(r"weight_[gv]|original[01]"), "a weight norm that is still on"),
    (re.compile(r"_packed_params|scale|zero_point|weight_scale|qweight|qzeros|scales"), "weights already quantized"),
    (re.compile(r"gamma|beta|moving_mean|moving_variance"), "a norm"),
    (re.compile(r"embedding|embeddings"), "an embedding"),
)


def foreign_leaf(leaf: str) -> str | None:
    """What an array of this name, without what comes before its last dot, belongs to, in words; None for the rest."""
    return next((words for pattern, words in _LEAVES if pattern.fullmatch(leaf)), None)
