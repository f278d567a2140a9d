"""What is written to records is JSON, whatever it came as."""

import json

import numpy as np

from quantization_story.core.json_values import plain


def test_values_come_in_the_types_of_json() -> None:
    given = {3: (np.float64(0.5), np.int64(2), np.bool_(True)), "rest": [1.25, None, "word", False]}
    shown = plain(given)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown == {"3": [0.5, 2, True], "rest": [1.25, None, "word", False]}
    assert [type(entry) for entry in shown["3"]] == [float, int, bool]


def test_what_is_not_a_number_is_null_and_decimals_are_kept_as_asked() -> None:
    assert plain({"a": float("nan"), "b": np.nan}) == {"a": None, "b": None}
    assert plain([0.12345678, np.float64(2.5)], 6) == [0.123457, 2.5]
    assert plain(0.12345678) == 0.12345678
