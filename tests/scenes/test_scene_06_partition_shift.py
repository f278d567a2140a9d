"""The scene of the moving boundaries: its rows of shares, its audit, and the figures that it ends on."""

from typing import Any

import numpy as np
import pytest

from layout import audit, audited
from quantization_story.analysis.partition_shift import shifts, widest_without_loss
from quantization_story.mobjects.text import LiveText, percent
from quantization_story.networks import load_network
from quantization_story.partition import partition
from quantization_story.pictures.partition_shift import ShareRows, all_at, round_up_share
from quantization_story.scene_06_partition_shift import PartitionShiftScene
from quantization_story.style import theme

ZONE = theme.Zone(-1.0, 5.0, -1.0, 2.0)


def test_the_scene_is_clean_and_ends_on_the_tested_figures() -> None:
    result = audited(PartitionShiftScene)
    assert result.findings == {}
    assert 30 <= result.seconds <= 66  # at one frame a second every animation is rounded up
    assert len(set(result.beats)) == len(result.beats) >= 3
    scene: Any = result.scene
    assert scene.dial == (8, 5, 4, 3)
    learned = load_network(scene.network_name)
    data, box = learned.held_out, learned.window.box
    found = shifts(learned.network, learned.quantized, scene.dial, box, data.points, data.labels, learned.task.classes)
    kept = widest_without_loss(found, scene.tolerance)
    shown = [m.content for mobject in scene.mobjects for m in mobject.get_family() if isinstance(m, LiveText)]
    for share in (kept.changed, kept.error_inside, kept.topological):
        assert f"{percent(share)} %" in shown
    told = " ".join(caption for caption, _, _ in result.captions)
    after = percent(scene.float_accuracy - kept.lost)
    assert (
        f"At {kept.bits} bits {percent(kept.changed)} % is red; accuracy {percent(scene.float_accuracy)} → {after} %"
        in told
    )
    assert f"holds {percent(kept.error_inside)} % of the squared error" in told
    assert f"themselves add: {percent(kept.topological)} % of it" in told
    assert f"{percent(found[3].changed)} % of the plane" in told
    # The thick line is that of the neuron that flips most: its own boundary in the float network, whole.
    layer, unit = scene.most_flipping
    flips = np.split(found[3].flips, np.cumsum(learned.network.widths[1:-1])[:-1])
    assert flips[layer - 1][unit] == found[3].flips.max()
    own = partition(learned.network, box).boundaries().of(layer, unit)
    length = np.linalg.norm(np.diff(own, axis=1), axis=2).sum() * scene.view.side / (box[1] - box[0])
    ends = scene.most.points
    assert np.linalg.norm(ends[3::4] - ends[0::4], axis=1).sum() == pytest.approx(length)
    # What is red at the end is what changed at the bit width that is spoken of, and nothing is on its way.
    filled = sum(area(part[0::4]) for part in scene.strips.get_subpaths())
    side = scene.view.side**2
    assert filled / side == pytest.approx(kept.changed, abs=1e-6)


def test_a_network_that_is_too_wide_is_refused() -> None:
    class TooWide(PartitionShiftScene):
        network_name = "deep"

    with pytest.raises(ValueError, match="at most 20 hidden units"):
        audit(TooWide)


def area(corners: np.ndarray) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def test_rows_of_shares_share_one_scale_and_are_live() -> None:
    shares = [np.array([0.1, 0.2])]
    rows = ShareRows(ZONE, ["a", "b"], [theme.CROSSED, theme.INK], lambda: shares[0], 0.4, 2.0)
    labels, bars, numbers = rows.submobjects[0::3], rows.submobjects[1::3], rows.submobjects[2::3]
    full = ZONE.width - 2.0 - rows.number_width
    assert [bar.width for bar in bars] == pytest.approx([0.25 * full, 0.5 * full])
    assert [number.content for number in numbers] == ["10.0 %", "20.0 %"]
    assert labels[0].get_center()[1] > labels[1].get_center()[1]
    shares[0] = np.array([0.4, 0.0])
    rows.update()
    assert [bar.width for bar in bars] == pytest.approx([full, 0.0])
    assert numbers[0].content == "40.0 %"


def test_scales_end_on_round_shares() -> None:
    assert [round_up_share(largest) for largest in (0.0, 0.05, 0.051, 0.2, 0.7, 1.0)] == [
        0.05,
        0.05,
        0.1,
        0.2,
        1.0,
        1.0,
    ]
    assert all_at([0.1, 0.3])() == pytest.approx([0.1, 0.3])
