"""What the explorer draws: colours stand where Python says that they do."""

from typing import Any

import numpy as np
import pytest

from browsers import in_a_browser
from explorer_reader import Reader
from quantization_story.core.errors import decompose_error
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.partition import refine
from vision import DEFICIENCIES, lightness, seen_apart

pytestmark = [in_a_browser, pytest.mark.xdist_group("explorer")]

PIXELS = """places => {
  const canvas = document.querySelector("#inputs canvas");
  const ratio = canvas.width / canvas.clientWidth;
  return places.map(([x, y]) => {
    const scale = (Math.min(canvas.clientWidth, canvas.clientHeight) - 20) / 6;
    const at = [canvas.clientWidth / 2 + x * scale, canvas.clientHeight / 2 - y * scale];
    const [column, row] = at.map(each => Math.round(each * ratio));
    return [...canvas.getContext("2d").getImageData(column, row, 1, 1).data].slice(0, 3);
  });
}"""


def free_places(subject: StorySubject) -> Any:
    """Places (n, 2) with no crease and no point so near that it could lie over them."""
    both = refine(subject.network, subject.quantized, subject.window.box)
    places = np.random.default_rng(0).uniform(-2.9, 2.9, (400, 2))
    around = [both.locate(places + 0.06 * np.array([np.cos(turn), np.sin(turn)])) for turn in range(6)]
    alone = (np.array(around) == around[0]).all(axis=0)
    far = np.linalg.norm(places[:, None] - subject.data.points[None, :300], axis=2).min(axis=1) > 0.2
    return places[alone & far & (np.linalg.norm(places - [-1.2, 1.5], axis=1) > 0.5) & (places[:, 1] < 2.5)]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_red_and_green_are_where_patterns_differ_and_agree(reader: Reader, theme: str) -> None:
    reader.page.emulate_media(color_scheme=theme)
    reader.open("amount=100&colour=same")
    subject = load_subject(Settings(), "pinwheel")
    places = free_places(subject)
    patterns = [net.activation_patterns(places) for net in (subject.network, subject.quantized)]
    differ = (patterns[0] != patterns[1]).any(axis=1)
    pixels = np.array(reader.page.evaluate(PIXELS, places.tolist()))
    assert 3 <= differ.sum() < len(places) - 3
    assert ((pixels[:, 0] > pixels[:, 1]) == differ).all()
    red, green = (f"#{r:02X}{g:02X}{b:02X}" for r, g, b in (pixels[differ][0], pixels[~differ][0]))
    assert min(seen_apart(red, green, kind) for kind in DEFICIENCIES) > 12.0
    assert abs(lightness(red) - lightness(green)) > 10.0


@pytest.mark.parametrize(("colour", "kind"), [("metric", "metric"), ("topological", "topological"), ("error", "total")])
def test_colour_grows_with_the_error_that_it_stands_for(reader: Reader, colour: str, kind: str) -> None:
    reader.open(f"amount=100&colour={colour}")
    subject = load_subject(Settings(), "pinwheel")
    places = free_places(subject)
    error = np.linalg.norm(getattr(decompose_error(subject.network, subject.quantized, places), kind), axis=1)
    light = np.array(reader.page.evaluate(PIXELS, places.tolist())).sum(axis=1)
    end = float(reader.words("#ramp-end").split(",")[0])
    spread = subject.network(subject.data.points)
    assert end == pytest.approx(np.sqrt(((spread - spread.mean(axis=0)) ** 2).sum(axis=1).mean()), abs=0.06)
    within = error < 0.95 * end
    # A colour is that of a place up to a pixel away: of two errors nearly the same the smaller may be the lighter.
    assert (np.diff(light[within][np.argsort(error[within])]) >= -6).all()


@pytest.mark.parametrize("network", ["pinwheel", "bottleneck"])
def test_the_sheet_is_drawn_from_the_farthest_cell_to_the_nearest(reader: Reader, network: str) -> None:
    wrong = reader.page.evaluate(
        """name => {
          const subject = readPage(JSON.parse(byId("networks").textContent)).subjects.get(name);
          const choice = { bits: 3, perChannel: false, amount: 1, rounding: "nearest", changes: [],
            correction: "none" };
          const { cut } = measured(subject, choice).refinement;
          const neighbours = neighboursOf(cut);
          let wrong = 0;
          for (let k = 0; k < 12; k++) {
            const away = [Math.sin(0.1 + k), Math.cos(0.1 + k)];
            const order = farthestFirst(cut, neighbours, away);
            const place = new Map(order.map((cell, n) => [cell, n]));
            if (place.size !== cut.count) wrong++;
            const depth = cell => {
              let sum = 0;
              for (let c = cut.starts[cell]; c < cut.starts[cell + 1]; c++) {
                sum += away[0] * cut.vertices[2 * cut.corners[c]] + away[1] * cut.vertices[2 * cut.corners[c] + 1];
              }
              return sum / (cut.starts[cell + 1] - cut.starts[cell]);
            };
            if (depth(order[0]) < depth(order[order.length - 1])) wrong++;
          }
          return wrong;
        }""",
        network,
    )
    assert wrong == 0
