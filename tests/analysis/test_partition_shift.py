"""What rounding does to a partition: two ramps by hand, sampled checks, and the shipped network's provenance."""

import numpy as np
import pytest

from quantization_story.analysis.partition_shift import (
    Shift,
    flip_shares,
    lone_neuron,
    most_flipped,
    overstated,
    region_count,
    require_few_neurons,
    rms_error,
    shifts,
    topological_share,
    widest_without_loss,
)
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.networks import load_network
from quantization_story.partition import partition, refine
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)


def ramp(bias: float) -> ReluNetwork:
    """The network max(x + bias, 0) of two inputs (x, y)."""
    return ReluNetwork((np.array([[1.0, 0.0]]), np.array([[1.0]])), (np.array([bias]), np.zeros(1)))


def shift(bits: int, changed: float, lost: float, flips: tuple[float, ...] = (0.0,), topological: float = 0.0) -> Shift:
    return Shift(bits, changed, 1, np.array(flips), 0.0, topological, lost)


@pytest.fixture(params=range(4))
def pair(request: pytest.FixtureRequest) -> tuple[ReluNetwork, ReluNetwork]:
    net = he_network((2, 3, 3, 2), seed=request.param)
    return net, net.quantized(UniformQuantizer(3))


def test_two_ramps_by_hand() -> None:
    # max(x, 0) and max(x + 1, 0): the error is x + 1 for -1 < x < 0, all of it by re-routing, and 1 for x > 0.
    cells = refine(ramp(0.0), ramp(1.0), BOX)
    assert flip_shares(cells) == pytest.approx([0.25])
    assert rms_error(cells) == pytest.approx(np.sqrt((1 / 3 + 2) / 4))
    assert topological_share(cells) == pytest.approx((1 / 3) / (1 / 3 + 2))
    assert (region_count(cells, 0), region_count(cells, 1)) == (2, 2)
    found = shifts(ramp(0.0), lambda _: ramp(1.0), [4], BOX, np.zeros((2, 2)) + 0.5, [0, 0], 1)[4]
    assert found.error_inside == pytest.approx((1 / 3) / (1 / 3 + 2))
    assert (found.changed, found.lost) == (pytest.approx(0.25), 0.0)


def test_equal_networks_share_no_error(net: ReluNetwork) -> None:
    cells = refine(net, net, BOX)
    assert topological_share(cells) == 0.0
    assert rms_error(cells) == 0.0
    assert not flip_shares(cells).any()


def test_figures_agree_with_random_points(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    net, quantized = pair
    cells = refine(net, quantized, BOX)
    x = np.random.default_rng(5).uniform(-2, 2, (40000, 2))
    flipped = net.activation_patterns(x) != quantized.activation_patterns(x)
    assert flip_shares(cells) == pytest.approx(flipped.mean(axis=0), abs=0.01)
    error = quantized(x) - net(x)
    assert rms_error(cells) == pytest.approx(np.sqrt((error**2).sum(axis=1).mean()), rel=0.03)
    rerouted = quantized(x) - quantized.routed(x, net.activation_patterns(x))
    sampled = (rerouted**2).sum() / (error**2).sum()
    assert topological_share(cells) == pytest.approx(sampled, rel=0.15, abs=0.002)


def test_regions_are_counted_as_by_the_partition_of_each_network(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    cells = refine(*pair, BOX)
    for number, each in enumerate(pair):
        assert region_count(cells, number) == len(partition(each, BOX))


def test_a_lone_neuron_is_that_unit(net: ReluNetwork, points: np.ndarray) -> None:
    for unit in range(net.widths[1]):
        alone = lone_neuron(net, unit)
        assert alone(points)[:, 0] == pytest.approx(net.activations(points)[1][:, unit])
    for unit in (-1, net.widths[1]):
        with pytest.raises(ValueError, match=f"unit {unit}"):
            lone_neuron(net, unit)
    with pytest.raises(ValueError, match="no such unit"):
        lone_neuron(ReluNetwork((np.eye(2),), (np.zeros(2),)), 0)


def test_only_small_networks_pass() -> None:
    assert require_few_neurons(he_network((2, 10, 10, 2), 0)) == 20
    for widths in ((2, 10, 11, 2), (2, 2)):
        with pytest.raises(ValueError, match="1 to 20"):
            require_few_neurons(he_network(widths, 0))


def test_the_figures_of_the_shipped_network_are_those_of_its_provenance() -> None:
    learned = load_network("pinwheel_wide")
    data, bits = learned.held_out, learned.bits
    found = shifts(
        learned.network, learned.quantized, [bits], (-3, 3, -3, 3), data.points, data.labels, learned.task.classes
    )[bits]
    written = learned.provenance.figures
    assert found.changed == pytest.approx(written["changed_area"], abs=1e-6)
    assert found.regions == written["quantized_regions"]
    loss = next(criterion for criterion in learned.provenance.criteria if criterion.name == "loss")
    assert found.lost == pytest.approx(loss.value, abs=1e-6)
    assert 0 < found.topological < 1
    assert found.changed <= found.flips.sum()


def test_of_those_that_hold_the_one_with_the_most_changed_area_is_chosen() -> None:
    found = {8: shift(8, 0.01, 0.0), 5: shift(5, 0.2, 0.004), 4: shift(4, 0.3, 0.006)}
    assert widest_without_loss(found, 0.005) is found[5]
    assert widest_without_loss(found, 0.01) is found[4]
    assert widest_without_loss({4: found[4]}, 0.005) is None
    # A loss of the tolerance itself is held, also as a difference of accuracies, which rounding puts just above it.
    exactly = shift(3, 0.4, 0.99 - 0.985)
    assert exactly.lost > 0.005
    assert widest_without_loss({**found, 3: exactly}, 0.005) is exactly


def test_the_area_overstates_only_if_it_does_at_every_width() -> None:
    assert overstated({4: shift(4, 0.2, 0.0, topological=0.1), 3: shift(3, 0.3, 0.0, topological=0.2)})
    assert not overstated({4: shift(4, 0.2, 0.0, topological=0.1), 3: shift(3, 0.3, 0.0, topological=0.3)})


def test_the_neurons_that_flip_most_are_kept_in_order() -> None:
    found = {4: shift(4, 0.0, 0.0, (0.1, 0.0, 0.3, 0.2)), 3: shift(3, 0.0, 0.0, (0.4, 0.0, 0.1, 0.2))}
    assert most_flipped(found, 2).tolist() == [0, 2]
    assert most_flipped(found, 9).tolist() == [0, 1, 2, 3]
