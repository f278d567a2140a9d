"""Numbers as they are shown."""

import pytest

from quantization_story.core.shown_numbers import decimals, number_word, pair, percent, signed


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0.0, 2), (3.2, 2), (0.1, 2), (99.9, 2), (100.0, 1), (1000.0, 0), (0.05, 3), (0.0005, 4)],
)
def test_decimals_show_numbers_of_their_size(largest, expected):
    assert decimals(largest) == expected


def test_small_counts_are_words() -> None:
    assert [number_word(count) for count in (-1, 0, 1, 12, 13)] == ["-1", "no", "one", "twelve", "13"]


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(1.2, 2, "1.20"), (-0.35, 2, "−0.35"), (-0.004, 2, "0.00"), (-1.5, 0, "−2")]
)
def test_a_minus_is_a_true_one_and_never_stands_before_a_zero(value: float, digits: int, shown: str) -> None:
    assert signed(value, digits) == shown


def test_pairs_and_shares_are_shown_with_their_digits() -> None:
    assert pair((1.2, -0.35)) == "(1.20, −0.35)"
    assert pair((1.26,), 1) == "(1.3)"
    assert (percent(0.9954), percent(0.9954, 0)) == ("99.5", "100")
