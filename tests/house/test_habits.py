"""The habits agree with each other: what runs before a commit, in CI and by hand, and what the package says it is."""

import re
import subprocess
import tomllib

import pytest

from source_tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def read(name: str) -> str:
    """A file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_before_a_commit_runs_what_make_check_runs() -> None:
    recipe = re.search(r"^check: setup\n((?:\t.*\n)+)", read("Makefile"), flags=re.MULTILINE)
    assert recipe is not None
    by_hand = re.findall(r"\$\(VENV\)/(.+)", recipe[1])
    assert re.findall(r"entry: \.venv/bin/(.+)", read(".pre-commit-config.yaml")) == by_hand


def test_the_workflow_runs_ci_over_systems_and_pythons() -> None:
    workflow = read(".github/workflows/ci.yml")
    assert "bash .ci/run" in workflow
    assert "[ubuntu-latest, macos-latest]" in workflow
    pythons = re.findall(r'"(3\.\d+)"', workflow.split("python: ")[1].split("\n")[0])
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["requires-python"] == f">={pythons[0]}"


def test_the_version_is_said_alike() -> None:
    version = PROJECT["version"]
    assert f"version: {version}\n" in read("CITATION.cff")
    assert f"\n## {version}\n" in read("CHANGELOG.md")


def test_every_tool_of_the_tests_is_pinned() -> None:
    pins = {line.split("==")[0].lower() for line in read("constraints.txt").splitlines() if "==" in line}
    wanted = {re.split(r"[\[<>=;]", name)[0].strip().lower() for name in PROJECT["optional-dependencies"]["dev"]}
    assert wanted - {"quantization-story"} <= pins
    assert {"coverage", "execnet"} <= pins


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout")
def test_what_a_shell_reads_has_no_crlf_in_any_clone() -> None:
    files = ("scripts/setup.sh", ".ci/run", "Makefile", "Snakefile", "constraints.txt")
    done = subprocess.run(
        ["git", "check-attr", "eol", "--", *files], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [f"{file}: eol: lf" for file in files]
    binary = subprocess.run(
        ["git", "check-attr", "text", "--", "a.npz", "a.pt", "a.png"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.rpartition(" ")[2] for line in binary.stdout.splitlines()] == ["unset"] * 3


def test_what_the_guide_names_is_there() -> None:
    guide = read("CONTRIBUTING.md")
    targets = set(re.findall(r"^(\w+):", read("Makefile"), flags=re.MULTILINE))
    assert set(re.findall(r"`make (\w+)`", guide)) <= targets
    package = ROOT / "animations" / "quantization_story"
    for name in re.findall(r"`((?:stage|partition|production)/[\w.]+)`", guide):
        assert (package / name).exists(), name
