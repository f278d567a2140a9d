"""Runs the page's geometry: in node, where it is there, and in the machine's Chromium."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from quantization_story.production.explorer.assembly import GEOMETRY, WORKER, in_order, script

NODE = shutil.which("node")
FIGURES = (Path(__file__).parent / "explorer_figures.js").read_text(encoding="utf-8")
GEOMETRY_SCRIPT = script(in_order(sorted(GEOMETRY.glob("*.js")), without=(WORKER,)))
_LAST = """
const [call, values] = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(eval(call)(...values)));
"""


def in_node(call: str, *values: Any) -> Any:
    """What a function of the page's geometry, or one written out, returns for values of JSON; skipped without node."""
    if NODE is None:
        pytest.skip("no node on this machine")
    done = subprocess.run(
        [NODE, "-e", GEOMETRY_SCRIPT + FIGURES + _LAST],
        input=json.dumps([call, values]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_chromium(browser: Any, call: str, *values: Any) -> Any:
    """The same in a blank page of the browser."""
    page = browser.new_page()
    page.add_script_tag(content=GEOMETRY_SCRIPT)
    page.add_script_tag(content=FIGURES)
    result = page.evaluate("([call, values]) => eval(call)(...values)", [call, list(values)])
    page.close()
    return result
