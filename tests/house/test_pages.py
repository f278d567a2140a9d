"""The pages: no link leads nowhere, every page is in the site, and what the mathematics names is there."""

import re
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

from source_tree import ROOT

DOCS = ROOT / "docs"
MATHEMATICS = (DOCS / "mathematics.md").read_text()
FORMULAS = re.split(r"^### ", MATHEMATICS, flags=re.MULTILINE)[1:]


def named(entry: str) -> object:
    """What a dotted name of the package stands for; raises where there is none."""
    parts = entry.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            module = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return attrgetter(".".join(parts[length:]))(module)
    raise ModuleNotFoundError(entry)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text())
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_every_page_is_in_the_site() -> None:
    text = (ROOT / "mkdocs.yml").read_text()
    listed = re.findall(r"([\w/]+\.md)$", text[text.index("\nnav:") :], flags=re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def test_the_site_fetches_nothing() -> None:
    chosen = (ROOT / "mkdocs.yml").read_text()
    assert "\nstrict: true\n" in chosen
    assert "\n  font: false" in chosen
    assert not re.search(r"^extra_\w+:", chosen, flags=re.MULTILINE)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.split("\n")[0])
def test_a_formula_has_its_function_its_source_and_its_test(formula: str) -> None:
    assert formula.count("```typst") == 1
    assert re.search(r"^- source: \w", formula, flags=re.MULTILINE)
    functions = re.findall(r"\[`([\w.]+)`\]\(api/\w+\.md#([\w.]+)\)", formula)
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", formula)
    assert functions
    assert tests
    for shown, dotted in functions:
        assert dotted.endswith(f".{shown}")
        assert named(dotted) is not None
    for file, test in tests:
        assert f"def {test}(" in (ROOT / file).read_text()


def test_what_is_not_there_is_noticed() -> None:
    with pytest.raises(AttributeError):
        named("quantization_story.core.errors.nothing")
    with pytest.raises(ModuleNotFoundError):
        named("nowhere.at.all")


def test_the_api_pages_name_modules() -> None:
    modules = [
        name for page in (DOCS / "api").glob("*.md") for name in re.findall(r"^::: (\S+)", page.read_text(), re.M)
    ]
    assert len(modules) == len(set(modules)) > 40
    assert [
        name
        for name in modules
        if not Path(ROOT / "animations" / name.replace(".", "/")).with_suffix(".py").exists()
        and not (ROOT / "animations" / name.replace(".", "/") / "__init__.py").exists()
    ] == []
