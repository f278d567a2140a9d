"""Shared by the tests: how hypothesis runs, and a network with its points."""

import os
import re

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep on one worker what shares something: the tests of a file, and those that ask for the audit of one scene."""
    for item in items:
        scene = getattr(item, "callspec", None) and item.callspec.params.get("scene")
        told = scene.__module__ if item.path.stem == "test_scenes" and isinstance(scene, type) else item.path.stem
        numbered = re.search(r"scene_\d\d", told)
        item.add_marker(pytest.mark.xdist_group(numbered[0] if numbered else told))
