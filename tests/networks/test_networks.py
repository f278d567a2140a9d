"""The shipped networks: every recorded number is measured again, and what loading refuses."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from quantization_story.common import estimate_correction, fit_corrections, non_capacity_check, null_control
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import accuracy, require_learned
from quantization_story.networks import FOLDER, Population, Provenance, known_networks, load_network
from quantization_story.training.recipes import LEARNED, PINWHEEL, RECIPES
from quantization_story.training.seed_search import make

SHIPPED = ("bottleneck", "codebook", "deep", "pinwheel", "pinwheel_wide")

# An accuracy may differ by one of the 3000 points where another linear algebra library rounds differently.
ONE_POINT = {"rel": 1e-3, "abs": 4e-4}


@pytest.fixture(scope="module")
def shipped():
    """Every shipped network, loaded once."""
    return {name: load_network(name) for name in SHIPPED}


# --- what is shipped


def test_all_networks_are_shipped():
    assert known_networks() == SHIPPED
    assert sorted(RECIPES) == list(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_files_are_small(name):
    assert all((FOLDER / f"{name}.{kind}").stat().st_size < 100_000 for kind in ("npz", "json"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_network_has_learned(name, shipped):
    learned = shipped[name]
    assert require_learned(learned.network, learned.held_out.points, learned.held_out.labels) >= 0.985
    assert len(learned.held_out.points) >= 3000


@pytest.mark.parametrize("name", SHIPPED)
def test_calibration_and_held_out_points_share_none(name, shipped):
    both = np.vstack([shipped[name].calibration.points, shipped[name].held_out.points])
    assert len(np.unique(both, axis=0)) == len(both)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_recorded_number_is_measured_again(name, shipped):
    stored, recipe = shipped[name].provenance, RECIPES[name]
    again = recipe.record(shipped[name].network, stored.seed, stored.populations, stored.qualified)
    assert again.float_accuracy == pytest.approx(stored.float_accuracy, **ONE_POINT)
    assert again.quantized_accuracy == pytest.approx(dict(stored.quantized_accuracy), **ONE_POINT)
    assert list(stored.quantized_accuracy) == list(range(2, 9))
    for now, then in zip(again.criteria, stored.criteria, strict=True):
        assert now.value == pytest.approx(then.value, **ONE_POINT), now.name
        assert replace(now, value=0.0) == replace(then, value=0.0)
    assert list(again.figures) == list(stored.figures)
    for figure, value in again.figures.items():
        assert value == pytest.approx(stored.figures[figure], **ONE_POINT), figure
    left, right = (
        replace(each, float_accuracy=0.0, quantized_accuracy={}, criteria=(), figures={}) for each in (again, stored)
    )
    assert left == right


@pytest.mark.parametrize("name", SHIPPED)
def test_every_criterion_holds(name, shipped):
    assert [criterion.name for criterion in shipped[name].provenance.criteria if not criterion.holds] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_the_chosen_seed_counts_in_its_population(name, shipped):
    provenance, population = shipped[name].provenance, shipped[name].provenance.population
    assert population.bits == provenance.bits
    assert population.seeds == RECIPES[name].seeds
    assert population.seeds >= population.learned >= population.lost >= population.restored > 0
    assert 1 <= provenance.qualified <= population.learned
    assert population.outcomes[provenance.seed] != "-"


# --- the story network, by the functions of the public face


def test_the_story_network_keeps_its_rule(shipped):
    story = shipped["pinwheel"]
    net, quantized, points, labels = story.network, story.quantized(), story.held_out.points, story.held_out.labels
    assert net.widths == (2, 2, 2, 2)
    assert story.bits in (3, 4)
    float_accuracy = accuracy(net, points, labels)
    assert float_accuracy >= 0.985
    assert accuracy(quantized, points, labels) <= float_accuracy - 0.08
    output_map = estimate_correction(net, quantized, story.calibration.points, "affine", layers=[net.depth])
    corrected = output_map.apply(quantized)
    assert accuracy(corrected, points, labels) >= float_accuracy - 0.015
    assert non_capacity_check(net, output_map, points, labels).passed
    changed = np.any(net.activation_patterns(points) != quantized.activation_patterns(points), axis=1)
    assert 0.02 <= changed.mean() <= 0.2
    residual = np.sqrt(((corrected(points) - net(points)) ** 2).sum(axis=1))
    assert residual[changed].mean() >= 1.5 * residual[~changed].mean()
    assert all(np.linalg.matrix_rank(weight) == 2 for weight in quantized.weights)
    assert all(np.linalg.cond(weight) <= 10 for weight in net.weights)
    assert max(np.abs(z).max() for each in (net, quantized) for z in each.pre_activations(points)) <= 25
    control = null_control(net, story.quantizer, story.calibration.points, points, labels)
    assert control.best <= accuracy(corrected, points, labels) - 0.05


@pytest.mark.parametrize("seed", [100, 101, 102])
def test_the_story_rule_holds_on_points_that_took_no_part_in_the_choice(seed, shipped):
    subject = PINWHEEL.subject(shipped["pinwheel"].network)
    fresh = replace(subject, held_out=shipped["pinwheel"].task.sample(3000, seed))
    assert [bound.name for bound in PINWHEEL.bounds if not bound.judged(fresh).holds] == []


def test_both_layers_of_the_story_network_fold_the_data(shipped):
    story = shipped["pinwheel"]
    on = story.network.activation_patterns(story.held_out.points).mean(axis=0)
    assert ((on > 0.1) & (on < 0.9)).all()


def mirrored(network):
    """The network with the two units of its second hidden layer the other way round: layers 2 and 3 mirror."""
    return network.reordered(2, (1, 0))


@pytest.mark.parametrize("name", SHIPPED)
def test_no_layer_of_two_units_mirrors_the_plane(name, shipped):
    network = shipped[name].network
    assert all(np.linalg.det(weight) > 0 for weight in network.weights if weight.shape == (2, 2))
    for now, then in zip(network.oriented().weights, network.weights, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("bits", range(2, 9))
def test_the_order_of_the_units_changes_no_output_and_no_code(bits, shipped):
    story = shipped["pinwheel"]
    quantizer, other = story.quantizer_at(bits), mirrored(story.network)
    points = story.held_out.points
    np.testing.assert_allclose(other(points), story.network(points), rtol=1e-12, atol=1e-12)
    rounded = story.quantized(bits)
    np.testing.assert_allclose(other.quantized(quantizer)(points), rounded(points), rtol=1e-12, atol=1e-12)
    for now, then in zip(mirrored(other).weights, story.network.weights, strict=True):
        np.testing.assert_array_equal(quantizer.codes(now), quantizer.codes(then))
    for now, then in zip(mirrored(other.quantized(quantizer)).weights, rounded.weights, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_order_of_the_units_changes_no_recorded_figure(shipped):
    stored = shipped["pinwheel"].provenance
    then = PINWHEEL.record(mirrored(shipped["pinwheel"].network), stored.seed, stored.populations, stored.qualified)
    assert then.float_accuracy == pytest.approx(stored.float_accuracy, abs=1e-6)
    assert then.quantized_accuracy == pytest.approx(dict(stored.quantized_accuracy), abs=1e-6)
    assert [each.value for each in then.criteria] == pytest.approx([each.value for each in stored.criteria], abs=1e-6)
    for name, value in then.figures.items():
        assert value == pytest.approx(stored.figures[name], abs=1e-6), name


# --- the others


def test_a_rank_two_term_rebuilds_the_bottleneck_network(shipped):
    learned = shipped["bottleneck"]
    x, float_weights = learned.calibration.points, learned.network.weights
    rebuilt = fit_corrections(learned.network, learned.quantized(), x, "low-rank", rank=2)
    outputs, exact = rebuilt(learned.held_out.points), learned.network(learned.held_out.points)
    assert np.abs(outputs - exact).max() <= 1e-9 * np.abs(exact).max()
    assert max(np.linalg.matrix_rank(weight) for weight in float_weights) == 2


def test_propagation_takes_over_in_the_deep_network(shipped):
    shares = shipped["deep"].provenance.figures["propagated_share"]
    assert len(shares) == 9
    assert shares[0] == 0.0
    assert shares[-1] == max(shares)


# --- populations


def test_populations_are_counted_again():
    """The first seeds of the story's search; on another processor a start may take another path."""
    stored = load_network("pinwheel").provenance.populations
    outcomes = [PINWHEEL.outcomes(PINWHEEL.subject(PINWHEEL.trained(seed))) for seed in range(20)]
    for now, then in zip(PINWHEEL.populations(outcomes), stored, strict=True):
        first = then.outcomes[: now.seeds]
        assert sum(left != right for left, right in zip(now.outcomes, first, strict=True)) <= 3
        assert replace(now, outcomes="") == replace(then, outcomes="")


def test_population_counts():
    population = Population(4, 0, "--hhhlr-rr", 0.985, 0.08, 0.015, "one affine map")
    assert (population.seeds, population.learned, population.lost, population.restored) == (10, 7, 4, 3)


# --- making


SMALL = replace(PINWHEEL, name="small", seeds=8, bounds=(LEARNED,), max_iterations=60)


def test_the_same_machine_makes_the_same_bytes(tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        make(SMALL, folder)
    for file in ("small.npz", "small.json"):
        first, second = ((folder / file).read_bytes() for folder in folders)
        assert first == second


def test_the_best_network_is_chosen(tmp_path):
    record = make(SMALL, tmp_path)
    scores = {}
    for seed in range(SMALL.seeds):
        subject = SMALL.subject(SMALL.trained(seed))
        if subject.float_accuracy >= 0.985:
            scores[seed] = SMALL.score(subject)
    assert record.seed == max(scores, key=scores.get)
    assert record.qualified == len(scores) == record.population.learned
    assert load_network("small", tmp_path).provenance.seed == record.seed


def test_a_rule_that_nothing_keeps_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="small: none of 2 networks"):
        make(replace(SMALL, seeds=2, bounds=(replace(LEARNED, at_least=1.1),)), tmp_path)
    assert list(tmp_path.iterdir()) == []


# --- loading


@pytest.fixture
def copied(tmp_path):
    """A folder that holds a copy of the story network."""
    for kind in ("npz", "json"):
        shutil.copy(FOLDER / f"pinwheel.{kind}", tmp_path)
    return tmp_path


def edit(folder, **entries):
    """Change entries of the copied provenance; None removes one."""
    path = folder / "pinwheel.json"
    record = {**json.loads(path.read_text()), **entries}
    path.write_text(json.dumps({name: value for name, value in record.items() if value is not None}))


def test_a_network_can_be_loaded_from_another_folder(copied):
    assert known_networks(copied) == ("pinwheel",)
    np.testing.assert_array_equal(
        load_network("pinwheel", copied).network.weights[0], load_network("pinwheel").network.weights[0]
    )


def test_the_points_are_those_of_the_record():
    learned = load_network("pinwheel")
    for points, sample in (
        (learned.calibration, learned.provenance.calibration),
        (learned.held_out, learned.provenance.held_out),
    ):
        assert len(points.points) == sample.count
        np.testing.assert_array_equal(points.points, learned.task.sample(sample.count, sample.seed).points)


def test_quantized_at_the_story_bits_and_at_others():
    learned = load_network("pinwheel")
    for bits in (None, 2, 8):
        expected = learned.network.quantized(UniformQuantizer(learned.bits if bits is None else bits))
        np.testing.assert_array_equal(learned.quantized(bits).weights[1], expected.weights[1])


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=f"no network 'pinwheels'; there are {', '.join(SHIPPED)}"):
        load_network("pinwheels")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(ValueError, match="no network 'pinwheel'; there are none"):
        load_network("pinwheel", tmp_path)


@pytest.mark.parametrize("kind", ["npz", "json"])
def test_a_missing_file_is_named(copied, kind):
    (copied / f"pinwheel.{kind}").unlink()
    with pytest.raises(ValueError, match=rf"pinwheel\.{kind}: no such file"):
        load_network("pinwheel", copied)


@pytest.mark.parametrize("kind", ["npz", "json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe broken", b"[1, 2]", b'{"name": "pinwheel"}'])
def test_a_broken_file_is_named(copied, kind, content):
    (copied / f"pinwheel.{kind}").write_bytes(content)
    with pytest.raises(ValueError, match=rf"pinwheel\.{kind}"):
        load_network("pinwheel", copied)


@pytest.mark.parametrize("entry", ["task", "widths", "story", "training", "accuracy", "criteria", "populations"])
def test_a_record_that_lacks_an_entry_is_named(copied, entry):
    edit(copied, **{entry: None})
    with pytest.raises(ValueError, match=rf"pinwheel\.json: lacks the entry '{entry}'"):
        load_network("pinwheel", copied)


def test_weights_and_record_must_agree(copied):
    edit(copied, widths=[2, 3, 3, 2])
    with pytest.raises(ValueError, match=r"pinwheel: the weights have widths \(2, 2, 2, 2\)"):
        load_network("pinwheel", copied)


def test_an_unknown_task_is_named(copied):
    edit(copied, task="rings")
    with pytest.raises(ValueError, match="no task 'rings'; there are moons, pinwheel, spirals"):
        load_network("pinwheel", copied)


@pytest.mark.parametrize("story", [{"bits": 1, "per_channel": False}, {"bits": 3.5, "per_channel": False}])
def test_a_bit_width_that_makes_no_quantizer_is_named(copied, story):
    edit(copied, story=story)
    with pytest.raises(ValueError, match=r"pinwheel\.json"):
        load_network("pinwheel", copied)


def test_a_record_survives_writing_and_reading(tmp_path):
    stored = load_network("deep").provenance
    stored.write(tmp_path / "deep.json")
    assert Provenance.read(tmp_path / "deep.json") == stored
    assert (tmp_path / "deep.json").read_bytes() == (FOLDER / "deep.json").read_bytes()


def test_a_criterion_is_found_by_name():
    stored = load_network("pinwheel").provenance
    assert stored.criterion("loss").value == pytest.approx(
        stored.float_accuracy - stored.quantized_accuracy[stored.bits], abs=2e-6
    )
    with pytest.raises(ValueError, match="no criterion 'gain'"):
        stored.criterion("gain")


def test_loading_needs_no_scipy():
    code = "import sys; from quantization_story.networks import load_network; load_network('deep')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print('scipy' in sys.modules)"], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr
