"""How energies are shared out: by hand, and against sums over the cells."""

import pytest

from quantization_story.analysis.error_shares import changed_energy_share, density_ratio, energy_left
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.partition import EnergySplit, refine
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)


def test_shares_and_densities_by_hand() -> None:
    split = EnergySplit(same=6.0, changed=2.0, same_area=12.0, changed_area=2.0)
    assert changed_energy_share(split) == 0.25
    assert density_ratio(split) == 2.0
    assert density_ratio(EnergySplit(6.0, 0.5, 12.0, 2.0)) == 0.5
    assert density_ratio(EnergySplit(0.0, 1.0, 1.0, 1.0)) == float("inf")
    assert density_ratio(EnergySplit(0.0, 0.0, 1.0, 1.0)) == 1.0
    assert changed_energy_share(EnergySplit(0.0, 0.0, 1.0, 1.0)) == 0.0


def test_what_is_left_is_a_share_of_the_uncorrected_error() -> None:
    net = he_network((2, 4, 3, 2), seed=1)
    cells = refine(net, net.quantized(UniformQuantizer(3)), BOX)
    assert energy_left(cells, cells.error_energy()) == 1.0
    assert energy_left(cells, cells.error_energy() / 4) == pytest.approx(0.25)


def test_where_there_is_no_error_there_is_nothing_to_share(net: ReluNetwork) -> None:
    cells = refine(net, net, BOX)
    with pytest.raises(ValueError, match="no error to correct"):
        energy_left(cells, 0.0)
