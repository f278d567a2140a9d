"""Shared by the tests of the core: the small network, rounded coarsely."""

import pytest

from small_networks import COARSE


@pytest.fixture
def quantized(net):
    """The 2-5-4-3 network at three bits, where every layer loses something."""
    return net.quantized(COARSE)
