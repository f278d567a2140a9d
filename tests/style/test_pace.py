"""What may be chosen as the pace of the story."""

import pytest

from quantization_story.style.pace import PACE, chosen_pace


@pytest.mark.parametrize(("value", "pace"), [("", 1.0), (" ", 1.0), ("0.8", 0.8), (" 1.25 ", 1.25), ("2", 2.0)])
def test_a_number_is_taken(value: str, pace: float) -> None:
    assert chosen_pace({PACE: value}) == pace
    assert chosen_pace({}) == 1.0


@pytest.mark.parametrize("value", ["fast", "0", "-1", "nan", "inf", "100", "1,25"])
def test_another_value_is_refused_in_one_line(value: str) -> None:
    with pytest.raises(
        ValueError, match=r"QUANT_STORY_PACE: .*; expected a number from 0.25 \(slower\) to 4"
    ) as refused:
        chosen_pace({PACE: value})
    assert "\n" not in str(refused.value)
