"""The weights of a layer as shares of the largest one on the same scale: however many scales, one grid."""

from typing import Any

import numpy as np

from quantization_story.analysis.network_distances import RoundedWeights
from quantization_story.core.arrays import finite_array
from quantization_story.core.quantizers import UniformQuantizer, largest_code


def relative_weights(weight: Any, quantizer: UniformQuantizer) -> RoundedWeights:
    """The entries of a weight matrix (out, in), each divided by the largest magnitude on its scale: from -1 to 1.

    The levels are then -1, ..., 0, ..., 1 in 2 q_max steps, with one scale for the matrix or one for each row. Where
    that magnitude is 0, so is the share. Raises ValueError for a fixed step, which has no largest code.
    """
    if quantizer.step is not None:
        raise ValueError(f"shares of the largest weight need a scale taken from the weights, not {quantizer}")
    weight = finite_array(weight, "weight on a grid", (None, None))
    limit = largest_code(quantizer.bits)
    largest = np.broadcast_to(limit * quantizer.scale(weight), weight.shape)
    shares = np.divide(weight, largest, out=np.zeros_like(weight), where=largest > 0)
    return RoundedWeights(shares.ravel(), quantizer.codes(weight).ravel(), 1 / limit, limit)
