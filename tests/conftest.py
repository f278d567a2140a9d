"""Shared by the tests: how hypothesis runs, and a network with its points."""

import os

import numpy as np
import pytest
from hypothesis import settings

from small_networks import he_network

# What a user has chosen for scenes is not what the tests are about.
for variable in [name for name in os.environ if name.startswith("QUANT_STORY_")]:
    del os.environ[variable]

# The same few examples in every run; and, for a run a night, many that no run has seen before:
# HYPOTHESIS_PROFILE=nightly pytest tests/core tests/partition
settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=20)
settings.register_profile("nightly", deadline=None, derandomize=False, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture
def net():
    """A 2-5-4-3 network: every layer is rectangular, so that a transposed matrix cannot pass."""
    return he_network((2, 5, 4, 3), seed=3)


@pytest.fixture
def points():
    """400 points of the square [-3, 3]^2."""
    return np.random.default_rng(11).uniform(-3.0, 3.0, (400, 2))
