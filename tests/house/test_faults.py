"""The faults that tests/mutants.py plants fit the package as it is: each line is there, and so are its tests."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = runpy.run_path(str(ROOT / "tests" / "mutants.py"), run_name="mutants")
FAULTS = MUTANTS["read_faults"](sorted((ROOT / "tests" / "faults").glob("*.toml")))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.file}: {fault.new}")
def test_a_fault_can_be_planted_and_its_tests_exist(fault) -> None:
    text = (ROOT / "animations" / MUTANTS["PACKAGE"] / fault.file).read_text(encoding="utf-8")
    assert fault.planted(text) != text
    for test in fault.tests:
        file, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")


def test_a_line_that_is_not_there_or_stands_twice_is_refused() -> None:
    fault = MUTANTS["Fault"]("core/affine.py", "x = 1", "x = 2", ("tests/core",))
    for text in ("y = 1\n", "x = 1\nx = 1\n"):
        with pytest.raises(ValueError, match="not once"):
            fault.planted(text)


def test_a_fault_that_changes_nothing_has_to_survive() -> None:
    harmful = MUTANTS["Fault"]("core/affine.py", "a", "b", ())
    harmless = MUTANTS["Fault"]("core/affine.py", "a", "b", (), "the same by algebra")
    assert [each.verdict(noticed) for each in (harmful, harmless) for noticed in (True, False)] == [
        "noticed",
        "SURVIVED",
        "NOT HARMLESS",
        "harmless",
    ]
