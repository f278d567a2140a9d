"""The explorer's page in a browser: every control moves what it says, figures are Python's, and everyone can use it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from browsers import in_a_browser
from explorer_reader import Reader
from quantization_story.core.affine import fit_affine
from quantization_story.core.shown_numbers import percent
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.partition import refine
from quantization_story.production.explorer.assembly import write_explorer

pytestmark = [in_a_browser, pytest.mark.xdist_group("explorer")]

DIALS = {
    "bits": ("2", "3", "5", "8"),
    "rounding": ("closest", "gptq"),
    "colour": ("same", "error", "metric", "topological", "height"),
    "correction": ("bias", "map", "rank1"),
    "view": ("inputs", "outputs"),
}


# --- the figures are Python's


def figures_of(subject: StorySubject) -> dict[str, str]:
    """What stands below the pictures, from Python's own geometry."""
    box = subject.window.box
    both = refine(subject.network, subject.quantized, box)
    area = (box[1] - box[0]) * (box[3] - box[2])
    return {
        "right": f"{percent(subject.quantized_accuracy)} %",
        "float": f"right; float {percent(subject.float_accuracy)} %",
        "other": f"{100 * both.changed_area / area:.1f} %",
        "cells": f"{len(both):,}",
        "error": f"{np.sqrt(both.error_energy() / area):.3g}",
    }


def shown(reader: Reader) -> dict[str, str]:
    return {name: reader.words(f"#figure-{name}") for name in ("right", "float", "other", "cells", "error")}


@pytest.mark.parametrize(("bits", "rounding"), [(2, "nearest"), (4, "nearest"), (4, "closest"), (3, "gptq")])
def test_figures_are_those_of_python(reader: Reader, bits: int, rounding: Any) -> None:
    reader.open(f"amount=100&bits={bits}&rounding={rounding}")
    expected = figures_of(load_subject(Settings(bits=bits, rounding=rounding), "pinwheel"))
    found = shown(reader)
    assert float(found.pop("error")) == pytest.approx(float(expected.pop("error")), abs=0.0051)
    assert found == expected


def test_a_worker_measures_what_python_does(reader: Reader) -> None:
    reader.page.select_option("#network", "bottleneck")
    reader.choose("bits", "4")
    reader.page.locator("#amount").fill("100")
    reader.settle()
    expected = figures_of(load_subject(Settings(bits=4), "bottleneck"))
    found = {name: reader.words(f"#figure-{name}") for name in ("right", "float", "cells")}
    assert found == {name: expected[name] for name in found}
    # With so many ReLUs one of them differs nearly everywhere: the area where one does is no figure.
    assert reader.page.locator("#figure-other").is_hidden()
    assert any(url.startswith("blob:") for url in reader.asked)


def test_answers_are_those_of_python(reader: Reader) -> None:
    subject = load_subject(Settings(), "pinwheel")
    net, quantized, data = subject.network, subject.quantized, subject.data
    points = subject.calibration.points
    mapped = fit_affine(quantized(points), net(points), cut=0.01)
    lost = (right(subject, net(data.points))) & ~right(subject, quantized(data.points))
    same = (net.activation_patterns(data.points) == quantized.activation_patterns(data.points)).all(axis=1)
    repaired = right(subject, mapped(quantized(data.points))).mean()
    control = right(subject, mapped(net(data.points))).mean()
    expected = {
        1: (f"{percent(same[lost].mean(), 0)} %", f"{percent(same.mean(), 0)} %", f"{lost.sum()} of 3,000"),
        2: ("5 bits are enough: 99.5 %", f"{percent(subject.quantized_accuracy)} %"),
        5: (f"{percent(repaired)} %", f"{percent(subject.quantized_accuracy)} %"),
        6: (f"{percent(control)} %", f"{percent(subject.float_accuracy)} %"),
    }
    for number, words in expected.items():
        reader.page.locator("#step-dots button").nth(number - 1).click()
        reader.page.click("#step-reveal")
        reader.page.wait_for_selector("#step-answer:not([hidden])")
        answer = reader.words("#step-answer")
        assert [each for each in words if each not in answer] == []


def right(subject: StorySubject, outputs: Any) -> Any:
    assert subject.readout is not None
    return np.argmax(outputs @ subject.readout.T, axis=1) == subject.data.labels


# --- every control


def test_every_dial_is_chosen_kept_in_the_address_and_undone(reader: Reader) -> None:
    reader.open("amount=100")
    for name, values in DIALS.items():
        for value in values:
            before = reader.page.evaluate("location.hash")
            reader.choose(name, value)
            assert reader.choices[name] == value
        reader.page.click("#undo")
        reader.settle()
        assert reader.page.evaluate("location.hash") == before
        reader.page.click("#redo")
        reader.settle()
        assert reader.choices[name] == value
    kept = shown(reader)
    reader.page.reload()
    reader.settle()
    assert shown(reader) == kept
    reader.page.click("#reset")
    reader.settle()
    assert set(reader.choices) == {"network"}


def test_an_address_that_speaks_of_what_is_not_there_is_read_as_far_as_it_goes(reader: Reader) -> None:
    reader.open(
        "network=gone&bits=99&amount=7e&colour=mauve&probe=9_9&changes=7_0_0_1~1_0_0_2&weight=-1_0_0&nonsense=1"
    )
    assert reader.choices == {"network": "pinwheel", "bits": "8", "probe": "3_3"}
    reader.open("network=pinwheel&changes=7_0_0_1~1_0_0_2&tab=weight&weight=9_9_9&height=1&colour=height")
    assert reader.choices["changes"] == "1_0_0_2"
    assert reader.page.locator("#weight-line").is_visible()


def test_the_keyboard_reaches_and_moves_everything(reader: Reader) -> None:
    page = reader.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "controls"
    page.locator("#amount").focus()
    page.keyboard.press("End")
    reader.settle()
    assert reader.choices["amount"] == "100"
    page.locator("input[name=bits][value='4']").focus()
    page.keyboard.press("ArrowLeft")
    reader.settle()
    assert reader.choices["bits"] == "3"
    page.keyboard.press("Control+z")
    reader.settle()
    assert "bits" not in reader.choices
    page.locator("#probe").focus()
    page.keyboard.press("Shift+ArrowRight")
    reader.settle()
    assert reader.choices["probe"] == "-0.6_1.5"
    page.locator("#tab-steps").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#panel-point").is_visible()
    page.locator("input[name=colour][value='height']").check(force=True)
    page.locator("#inputs canvas[role=img]").focus()
    page.keyboard.press("ArrowRight")
    reader.settle()
    assert reader.choices["turn"] == "-25_52"


def test_the_probe_is_dragged_and_its_error_is_split(reader: Reader) -> None:
    reader.open("amount=100&tab=point&probe=1.5_1.5")
    subject = load_subject(Settings(), "pinwheel")
    handle = reader.page.locator("#probe").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    reader.page.mouse.move(x, y)
    reader.page.mouse.down()
    reader.page.mouse.move(x - 80, y + 60, steps=4)
    reader.page.mouse.up()
    reader.settle()
    point = np.array([[float(each) for each in reader.choices["probe"].split("_")]])
    assert point[0, 0] < 1.0
    total = np.linalg.norm(subject.quantized(point) - subject.network(point))
    parts = {name: float(reader.words(f"#point-parts [data-part={name}]")) for name in ("metric", "together")}
    assert parts["together"] == pytest.approx(total, abs=0.02)


def test_a_weight_is_put_on_another_level_and_back(reader: Reader) -> None:
    reader.open("amount=100&tab=weight")
    page = reader.page
    before = shown(reader)
    page.locator("input[name=layer][value='1']").check(force=True)
    page.locator("#weight-grid button").nth(3).click()
    page.locator("#weight-line").focus()
    page.keyboard.press("ArrowLeft")
    reader.settle()
    subject = load_subject(Settings(), "pinwheel")
    weights = [weight.copy() for weight in subject.quantized.weights]
    weights[1][1, 1] -= np.abs(subject.network.weights[1]).max() / 7
    accuracy = subject.accuracy(type(subject.network)(tuple(weights), subject.network.biases))
    assert reader.words("#figure-right") == f"{percent(accuracy)} %"
    line = page.locator("#weight-line").bounding_box()
    page.mouse.click(line["x"] + line["width"] - 4, line["y"] + line["height"] / 2)
    reader.settle()
    assert page.locator("#weight-line").get_attribute("aria-valuenow") == "7"
    page.click("#weight-back")
    reader.settle()
    assert shown(reader) == before


def test_points_that_change_class_flash_unless_no_motion_is_wanted(reader: Reader, still: Reader) -> None:
    picture = "document.querySelector('#inputs canvas:last-of-type').toDataURL()"
    for each, flashes in ((reader, True), (still, False)):
        each.open()
        each.page.locator("#amount").fill("100")
        each.page.wait_for_timeout(250)
        first = each.page.evaluate(picture)
        each.page.wait_for_timeout(1200)
        assert (each.page.evaluate(picture) != first) is flashes


def test_playing_rounds_slowly_or_at_once(reader: Reader, still: Reader) -> None:
    reader.page.click("#play")
    reader.page.wait_for_timeout(700)
    reader.page.click("#play")
    reader.settle()
    assert 0 < int(reader.choices["amount"]) < 60
    still.page.click("#play")
    still.settle()
    assert still.choices["amount"] == "100"


# --- one's own network


def test_a_network_is_dropped_and_a_broken_one_says_why(reader: Reader, tmp_path: Path) -> None:
    given = json.loads(write_explorer(("pinwheel_wide",), tmp_path / "mine.json", Settings()).read_text())
    given["name"] = "mine"
    (tmp_path / "mine.json").write_text(json.dumps(given))
    reader.page.set_input_files("#file", str(tmp_path / "mine.json"))
    reader.page.locator("#amount").fill("100")
    reader.settle()
    assert reader.choices["network"] == "mine"
    assert reader.words("#figure-right") == figures_of(load_subject(Settings(), "pinwheel_wide"))["right"]
    given["weights"][1] = [[1.0]]
    (tmp_path / "bent.json").write_text(json.dumps(given))
    reader.page.set_input_files("#file", str(tmp_path / "bent.json"))
    message = reader.page.locator("#message")
    message.wait_for(state="visible")
    assert message.inner_text().startswith("bent.json: ")
    (tmp_path / "net.npz").write_bytes(b"")
    reader.page.set_input_files("#file", str(tmp_path / "net.npz"))
    reader.page.wait_for_function(
        "document.getElementById('message').textContent.includes('quantization-story explore')"
    )
    assert reader.choices["network"] == "mine"


def test_a_bare_network_is_shown_on_its_grid(reader: Reader, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape).tolist() for shape in ((4, 2), (2, 4))]
    bare = {"weights": weights, "biases": [[0.1, -0.2, 0.3, 0.0], [0.0, 0.5]], "notes": ["of nowhere"]}
    (tmp_path / "bare.json").write_text(json.dumps(bare))
    reader.page.set_input_files("#file", str(tmp_path / "bare.json"))
    reader.page.locator("#amount").fill("100")
    reader.settle()
    assert reader.words("#figure-float") == "no task is given"
    assert reader.words("#note") == "of nowhere"
    for colour in ("error", "height"):
        reader.choose("colour", colour)
    inked = """() => { const canvas = document.querySelector("#outputs canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, k) => k % 4 === 2 && value > 150).length; }"""
    assert reader.page.evaluate(inked) > 500


def test_what_has_too_many_cells_says_so_and_the_next_one_is_shown(reader: Reader, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    wide = {"weights": [rng.normal(size=shape).tolist() for shape in ((300, 2), (300, 300), (2, 300))]}
    wide["biases"] = [rng.normal(size=len(weight)).tolist() for weight in wide["weights"]]
    (tmp_path / "wide.json").write_text(json.dumps(wide))
    reader.page.set_input_files("#file", str(tmp_path / "wide.json"))
    reader.page.wait_for_function("document.getElementById('message').textContent.includes('too many')")
    reader.page.select_option("#network", "pinwheel")
    reader.settle()
    assert reader.page.locator("#message").is_hidden()
    assert reader.words("#figure-cells") == "9"


# --- everyone

NAMELESS = """() => [...document.querySelectorAll("button, input, select, [role=slider], [role=tab], canvas[role=img]")]
  .filter(each => !(each.getAttribute("aria-label") || each.innerText?.trim() ||
    [...each.labels ?? []].some(label => label.textContent.trim()))).map(each => each.outerHTML)"""
TOO_SMALL = """() => [...document.querySelectorAll("body *")]
  .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .filter(each => each.getClientRects().length && !["SCRIPT", "STYLE"].includes(each.tagName))
  .filter(each => parseFloat(getComputedStyle(each).fontSize) * (each.getScreenCTM?.().a ?? 1) < 12)
  .map(each => each.outerHTML)"""
TABS = ("steps", "point", "weight", "key")


@pytest.mark.parametrize("width", [320, 1280, 3840])
def test_nothing_runs_over_and_all_can_be_read(reader: Reader, width: int) -> None:
    reader.page.set_viewport_size({"width": width, "height": max(640, width * 9 // 16)})
    reader.open("amount=100&colour=error&correction=map")
    for tab in TABS:
        reader.page.click(f"#tab-{tab}")
        if tab == "steps":
            reader.page.click("#step-reveal")
            reader.page.wait_for_selector("#step-answer:not([hidden])")
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
        assert reader.page.evaluate(TOO_SMALL) == []
        assert reader.page.evaluate(NAMELESS) == []


def test_figures_are_spoken_when_they_have_come_to_rest(reader: Reader) -> None:
    reader.page.locator("#amount").fill("100")
    reader.page.wait_for_function("document.getElementById('live').textContent.includes('100 % rounded')")
    assert "83.2 % of points right" in reader.page.locator("#live").inner_text()


def test_a_swipe_brings_the_other_plane(phone: Reader) -> None:
    seen = "document.querySelector('#outputs').getBoundingClientRect().left"
    assert phone.page.evaluate(seen) >= 360
    phone.page.evaluate("document.getElementById('planes').scrollTo({ left: 360, behavior: 'instant' })")
    phone.page.wait_for_timeout(500)
    assert phone.choices["view"] == "outputs"
    assert phone.page.evaluate(seen) == pytest.approx(0, abs=1)
    phone.choose("view", "inputs")
    phone.page.wait_for_timeout(500)
    assert phone.page.evaluate(seen) >= 360


def test_light_and_dark(reader: Reader, still: Reader) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark, light = reader.page.evaluate(ground), still.page.evaluate(ground)
    assert (dark, light) == ("rgb(16, 19, 26)", "rgb(251, 250, 246)")
    reader.page.click("#theme")
    assert reader.page.evaluate(ground) == light
