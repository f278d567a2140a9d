"""Number formats that numpy lacks."""

from typing import Any

import numpy as np
import numpy.typing as npt


def from_bfloat16(content: Any) -> npt.NDArray[np.float32]:
    """Bytes of little-endian bfloat16 numbers as float32 (n,), whose upper halves they are."""
    halves = np.frombuffer(content, dtype="<u2")
    return (halves.astype(np.uint32) << 16).view(np.float32)
