"""The Dockerfile as a linter reads it: pinned, slim, nothing left behind, and no root at the end."""

import re

import pytest

from source_tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction and what it says, on one line."""
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], " ".join(line.split()[1:])) for line in lines.splitlines() if line.strip()]


def faults(text: str) -> list[str]:
    """What is wrong with a Dockerfile, in a few words each."""
    steps = instructions(text)
    runs = [said for kind, said in steps if kind == "RUN"]
    last = max(number for number, (kind, _) in enumerate(steps) if kind == "FROM")
    users = [said for kind, said in steps[last:] if kind == "USER"]
    found = [
        f"base not pinned and slim: {said}"
        for kind, said in steps
        if kind == "FROM" and not re.match(r"\w+:\d+\.\d+\.\d+-slim-\w+( AS \w+)?$", said)
    ]
    found += [
        f"packages beyond those that are named: {said}"
        for said in runs
        if "apt-get install" in said and "--no-install-recommends" not in said
    ]
    found += [
        f"lists of packages left behind: {said}"
        for said in runs
        if "apt-get update" in said and "rm -rf /var/lib/apt/lists/*" not in said
    ]
    found += [f"versions not pinned: {said}" for said in runs if "pip install" in said and "--constraint" not in said]
    found += [f"a cache left behind: {said}" for said in runs if "pip install" in said and "--no-cache-dir" not in said]
    found += [
        f"a folder that depends on the one before: {said}"
        for kind, said in steps
        if kind == "WORKDIR" and not said.startswith("/")
    ]
    found += [
        f"a command in a shell: {said}" for kind, said in steps if kind in ("CMD", "ENTRYPOINT") and said[0] != "["
    ]
    found += [f"not copied: {said}" for kind, said in steps if kind == "ADD"]
    found += ["it runs as root"] if not users or users[-1].split(":")[0] in ("root", "0") else []
    return found


def test_the_dockerfile_keeps_the_rules() -> None:
    assert faults(DOCKERFILE) == []
    assert [kind for kind, _ in instructions(DOCKERFILE)].count("CMD") == 1


def test_its_system_headers_are_those_of_the_set_up() -> None:
    asked = set(
        re.findall(
            r"echo ((?:build-essential|pkg-config|lib[\w.-]+-dev)) ;;", (ROOT / "scripts" / "setup.sh").read_text()
        )
    )
    assert asked == {"build-essential", "pkg-config", "libcairo2-dev", "libpango1.0-dev"}
    assert asked <= set(DOCKERFILE.split())


def test_what_it_copies_is_let_through() -> None:
    copied = [said.split()[:-1] for kind, said in instructions(DOCKERFILE) if kind == "COPY" and "--from" not in said]
    let = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name for names in copied for name in names} == let
    assert all((ROOT / name).exists() for name in let)


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("python:3.11.14-slim-bookworm\n", "python:latest\n", "base not pinned"),
        ("--no-install-recommends ", "", "packages beyond"),
        ("rm -rf /var/lib/apt/lists/*", "true", "lists of packages"),
        ("--constraint constraints.txt ", "", "versions not pinned"),
        ("--no-cache-dir ", "", "a cache left behind"),
        ("WORKDIR /story", "WORKDIR story", "a folder that depends"),
        ('CMD ["quantization-story"', "CMD quantization-story", "a command in a shell"),
        ("COPY Snakefile", "ADD Snakefile", "not copied"),
        ("USER 1000", "USER root", "it runs as root"),
    ],
)
def test_a_fault_is_noticed(right: str, wrong: str, words: str) -> None:
    assert right in DOCKERFILE
    assert any(fault.startswith(words) for fault in faults(DOCKERFILE.replace(right, wrong)))
