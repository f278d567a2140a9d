"""How energies are shared out: by hand, and against sums over the cells."""

import numpy as np
import pytest

from quantization_story.common import ReluNetwork, UniformQuantizer, decompose_error
from quantization_story.error_shares import changed_energy_share, density_ratio, energy_left, kind_energies
from quantization_story.partition import EnergySplit, refine
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)


def ramp(bias: float) -> ReluNetwork:
    """The network max(x + bias, 0) of two inputs (x, y)."""
    return ReluNetwork((np.array([[1.0, 0.0]]), np.array([[1.0]])), (np.array([bias]), np.zeros(1)))


def test_shares_and_densities_by_hand() -> None:
    split = EnergySplit(same=6.0, changed=2.0, same_area=12.0, changed_area=2.0)
    assert changed_energy_share(split) == 0.25
    assert density_ratio(split) == 2.0
    assert density_ratio(EnergySplit(6.0, 0.5, 12.0, 2.0)) == 0.5
    assert density_ratio(EnergySplit(0.0, 1.0, 1.0, 1.0)) == float("inf")
    assert density_ratio(EnergySplit(0.0, 0.0, 1.0, 1.0)) == 1.0
    assert changed_energy_share(EnergySplit(0.0, 0.0, 1.0, 1.0)) == 0.0


def test_the_kinds_of_two_ramps_by_hand() -> None:
    # f = max(x, 0), f_q = max(x + 1, 0) on [-2, 2]^2. e = 1 for x > 0, x + 1 between -1 and 0. Held on the routing of
    # f the second is x + 1 for x > 0 and 0 elsewhere: the metric error is 1 for x > 0, the rest is topological.
    cells = refine(ramp(0.0), ramp(1.0), BOX)
    kinds = kind_energies(cells)
    assert kinds.metric == pytest.approx(8.0)
    assert kinds.topological == pytest.approx(4 / 3)
    assert kinds.total == pytest.approx(8.0 + 4 / 3)
    assert kinds.overlap == pytest.approx(0.0, abs=1e-12)
    assert kinds.share(kinds.metric) == pytest.approx(8.0 / (8.0 + 4 / 3))
    assert energy_left(cells, kinds.total / 4) == pytest.approx(0.25)


def test_the_overlap_is_twice_the_integral_of_the_product() -> None:
    net = he_network((2, 4, 3, 2), seed=1)
    quantized = net.quantized(UniformQuantizer(3))
    at = (np.arange(600) + 0.5) / 150 - 2.0
    parts = decompose_error(net, quantized, np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2))
    product = 2 * 16.0 * np.mean(np.sum(parts.metric * parts.topological, axis=1))
    kinds = kind_energies(refine(net, quantized, BOX))
    assert abs(kinds.overlap) > 1e-3
    assert kinds.overlap == pytest.approx(product, rel=2e-2)


def test_where_there_is_no_error_there_is_nothing_to_share(net: ReluNetwork) -> None:
    cells = refine(net, net, BOX)
    assert kind_energies(cells).share(0.0) == 0.0
    with pytest.raises(ValueError, match="no error to correct"):
        energy_left(cells, 0.0)
