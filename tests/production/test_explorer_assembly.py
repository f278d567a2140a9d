"""The explorer as one file: what it holds, what it may not, and what cannot be shown."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from quantization_story.cli import main
from quantization_story.networks import known_networks
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import load_subject
from quantization_story.production.explorer import network_data
from quantization_story.production.explorer.assembly import GEOMETRY, PAGE, SHIPPED, in_order, script, write_explorer

LARGEST = 400_000  # bytes, with all shipped networks
TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of all shipped networks."""
    return write_explorer((), tmp_path_factory.mktemp("explorer") / "all.html", Settings()).read_text(encoding="utf-8")


def networks_of(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script id="networks" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    networks: list[dict[str, Any]] = json.loads(found.group(1))["networks"]
    return networks


def test_one_small_file_holds_every_shipped_network(page: str) -> None:
    assert len(page.encode()) <= LARGEST
    assert [network["name"] for network in networks_of(page)] == list(SHIPPED)
    assert sorted(SHIPPED) == sorted(known_networks())


def test_the_file_asks_for_nothing_else(page: str) -> None:
    assert re.findall(r"https?://[^\s\"'`)]+", page.replace("http://www.w3.org/2000/svg", "")) == []
    assert re.findall(r"<(?:link|img|iframe|source)\b|<script[^>]*\bsrc|@import|url\((?!#|data:)", page) == []
    assert re.findall(r"^(?:import|export)\b.*", page, re.MULTILINE) == []
    assert re.findall(r"\{\{\w+\}\}", page) == []


def test_no_two_modules_declare_the_same_name() -> None:
    modules = sorted(PAGE.rglob("*.js"))
    names = [name for module in modules for name in TOP_LEVEL.findall(module.read_text(encoding="utf-8"))]
    assert len(modules) > 10
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_modules_come_behind_what_they_import(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import {\n  b,\n} from "./b.js";\nexport const a = b;\n')
    (tmp_path / "b.js").write_text('import { c } from "./c.js";\nexport const b = c;\n')
    (tmp_path / "c.js").write_text("export const c = 3; // </script>\n")
    modules = in_order([tmp_path / "a.js"])
    assert [module.stem for module in modules] == ["c", "b", "a"]
    assert script(modules) == '"use strict";\n\nconst c = 3; // <\\/script>\n\nconst b = c;\n\nconst a = b;\n'


@pytest.mark.parametrize("line", ['import * as all from "./b.js";', "export default 3;", "export { a };"])
def test_other_imports_and_exports_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.js").write_text(f"const a = 1;\n{line}\n")
    with pytest.raises(ValueError, match=r"a\.js.*by names only"):
        script([tmp_path / "a.js"])


def test_points_that_networks_share_are_held_once(page: str, geometry: Callable[..., Any]) -> None:
    networks = {network["name"]: network for network in networks_of(page)}
    assert networks["pinwheel_wide"]["pointsOf"] == "pinwheel"
    assert "heldOut" not in networks["pinwheel_wide"]
    read = "(page) => sourcesOf(page).map((source) => [...readSubject(source).heldOut.points.slice(0, 4)])"
    got = geometry(read, {"networks": list(networks.values())})
    for name, points in zip(networks, got, strict=True):
        subject = load_subject(Settings(network=name), SHIPPED[0])
        np.testing.assert_allclose(points, subject.data.points[:2].ravel(), rtol=1e-6)


def test_the_limits_are_the_same_in_both_languages() -> None:
    text = "".join(module.read_text(encoding="utf-8") for module in GEOMETRY.glob("*.js"))
    stated = {name: int(number) for name, number in re.findall(r"const (MOST_\w+|FEWEST_\w+) = (\d+);", text)}
    bits = network_data.BITS
    assert (stated["FEWEST_BITS"], stated["MOST_BITS"]) == (bits[0], bits[-1])
    assert stated["MOST_WEIGHTS"] == network_data.MOST_WEIGHTS
    assert stated["MOST_CELLS"] == network_data.MOST_CELLS
    assert stated["MOST_CLASSES"] == network_data.MOST_CLASSES


# --- the command


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["explore", *arguments])
    return result.exit_code, result.output


def own_network(folder: Path, widths: tuple[int, ...], **data: Any) -> str:
    """A file of a network with random weights, and the data given."""
    rng = np.random.default_rng(4)
    arrays = dict(data)
    for layer, (fan_in, fan_out) in enumerate(pairwise(widths), start=1):
        arrays[f"W{layer}"], arrays[f"b{layer}"] = rng.normal(size=(fan_out, fan_in)), rng.normal(size=fan_out)
    file = folder / "mine.npz"
    np.savez(file, **arrays)
    return str(file)


def test_a_network_of_one_s_own_stands_first_where_it_is_named_first(tmp_path: Path) -> None:
    mine, out = own_network(tmp_path, (2, 5, 4, 2)), tmp_path / "mine.html"
    assert run(mine, "pinwheel", str(out)) == (0, f"{out}\n")
    first, second = networks_of(out.read_text(encoding="utf-8"))
    assert (first["name"], first["readout"], second["name"]) == ("mine.npz", None, "pinwheel")


def test_a_network_with_more_inputs_and_outputs_is_seen_on_planes(tmp_path: Path, geometry: Callable[..., Any]) -> None:
    points = np.random.default_rng(5).normal(size=(60, 5)) * [3.0, 2.0, 1.0, 1.0, 1.0]
    mine, out = own_network(tmp_path, (5, 6, 4, 3), points=points), tmp_path / "mine.json"
    assert run(mine, str(out)) == (0, f"{out}\n")
    written = json.loads(out.read_text(encoding="utf-8"))
    call = (
        "(text) => { const s = readSubject(text); const z = outputsOf(s.seen, s.heldOut.points.slice(0, 20));"
        " return [widths(s.seen), [...drawnOutputs(s, z)], s.notes]; }"
    )
    widths, drawn, notes = geometry(call, out.read_text(encoding="utf-8"))
    subject = load_subject(Settings(network=mine), SHIPPED[0])
    plane = written["outputPlane"]
    outputs = subject.network(subject.data.points[:10].astype(np.float32).astype(np.float64))
    expected = (outputs - plane["origin"]) @ np.transpose(plane["directions"])
    assert widths == [2, 6, 4, 3]
    np.testing.assert_allclose(np.reshape(drawn, (-1, 2)), expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())
    assert notes == ["5 inputs on the plane of 2 principal directions"]


@pytest.mark.parametrize(
    ("widths", "data", "words"),
    [
        ((1, 4, 2), {}, "needs 2 inputs; the network mine.npz is 1-4-2"),
        ((2, 2), {}, "needs 1 hidden layers or more"),
        ((2, 400, 400, 2), {}, "161600 weights; the explorer shows networks of at most 100000"),
        ((2, 60, 60, 60, 2), {}, r"\d+ pieces in the window; the explorer draws at most 20000"),
    ],
)
def test_what_cannot_be_shown_says_why(tmp_path: Path, widths: tuple[int, ...], data: Any, words: str) -> None:
    code, said = run(own_network(tmp_path, widths, **data), str(tmp_path / "out.html"))
    assert code == 1
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    assert re.search(words, said)


def test_the_target_decides_what_is_written(tmp_path: Path) -> None:
    assert "the file is written as .html" in run("pinwheel", str(tmp_path / "out.txt"))[1]
    assert "a .json holds one network, not 2" in run("pinwheel", "deep", str(tmp_path / "out.json"))[1]
    assert "there is no folder" in run("pinwheel", str(tmp_path / "none" / "out.html"))[1]
    assert "no network 'pinwhel'" in run("pinwhel", str(tmp_path / "out.html"))[1]
    assert "the explorer rounds to 2 to 8" in run("pinwheel", str(tmp_path / "out.html"), "--bits", "12")[1]
    assert list(tmp_path.iterdir()) == []
