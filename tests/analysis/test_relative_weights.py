"""Weights as shares of the largest on their scale, beside the quantizer itself."""

import numpy as np
import pytest

from quantization_story.analysis.network_distances import relative_weights
from quantization_story.common import UniformQuantizer

WEIGHT = np.array([[3.0, -1.0, 0.4], [0.02, 0.05, -0.05], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("bits", [2, 3, 8])
def test_shares_times_their_largest_are_the_weights_and_what_they_are_rounded_to(bits: int, per_channel: bool) -> None:
    quantizer = UniformQuantizer(bits, per_channel=per_channel)
    shares = relative_weights(WEIGHT, quantizer)
    largest = np.abs(WEIGHT).max(axis=1 if per_channel else None, keepdims=True)
    assert shares.values.reshape(3, 3) * largest == pytest.approx(WEIGHT)
    assert shares.rounded.reshape(3, 3) * largest == pytest.approx(quantizer.quantize(WEIGHT))
    assert np.abs(shares.values).max() == pytest.approx(1.0)
    assert shares.levels[[0, -1]] == pytest.approx([-1.0, 1.0])
    assert np.abs(shares.errors).max() <= shares.scale / 2 + 1e-12


def test_a_fixed_step_has_no_largest_weight() -> None:
    with pytest.raises(ValueError, match="taken from the weights"):
        relative_weights(WEIGHT, UniformQuantizer.with_fixed_step(4))
