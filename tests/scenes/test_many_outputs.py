"""A network of 64 inputs and 10 outputs, both seen on planes, plays in the scenes that need no more than that."""

import pytest

from layout import audit
from quantization_story.networks.settings import NETWORK, Settings
from quantization_story.production.catalogue import playing, scenes_by_name

SCENES = scenes_by_name()
PLAYED = (
    "TopologyFailureScene",
    "PartitionShiftScene",
    "GridDistortionScene",
    "PartitionToTransportScene",
    "ErrorDecompositionScene",
)

ON_A_PLANE = "10 outputs on their 2 principal directions"


@pytest.mark.parametrize("name", PLAYED)
def test_it_plays_and_says_what_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NETWORK, "digits")
    assert playing(SCENES[name], Settings("digits")) == "yes"
    played = audit(SCENES[name])
    assert not played.findings
    assert played.captions
    assert any(
        each["widths"] == [64, 32, 10] and each["outputs"] == (ON_A_PLANE if SCENES[name].needs.output_plane else None)
        for each in played.scene.record.networks
    )
