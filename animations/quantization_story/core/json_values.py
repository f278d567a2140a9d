"""Values in the types of JSON, for records and reports."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(value: Any, decimals: int | None = None) -> Any:
    """The value in the types of JSON: tuples as lists, numpy's numbers as Python's, what is not a number as null.

    decimals: how many of them numbers keep; all of them if left out.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(entry, decimals) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry, decimals) for entry in value]
    if isinstance(value, float | np.floating):
        number = float(value)
        return None if number != number else number if decimals is None else round(number, decimals)
    return value.item() if isinstance(value, np.bool_ | np.integer) else value
