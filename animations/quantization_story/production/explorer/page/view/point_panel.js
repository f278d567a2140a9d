/** What is known of the probe: both patterns, both maps, and its error split in two arrows. */

import { affineMap } from "../geometry/network.js";
import { byId, drawnPart, made } from "./dom.js";
import { figure } from "./words.js";

/**
 * @param {object} split  see `splitAt`
 * @param {import("../geometry/explore.js").Measured} measured
 */
export function showPoint(measured, split, probe, colours) {
  const there = `(${figure(probe[0])}, ${figure(probe[1])})`;
  byId("point-words").textContent = split.samePattern
    ? `At ${there} both networks have the same pattern: all of its error is metric.`
    : `At ${there} the rounded network has another pattern.`;
  const sizes = measured.float.weights.slice(0, -1).map(({ rows }) => rows);
  byId("point-patterns").replaceChildren(
    made("span", { class: "float" }, "float"), bitsOf(split.floatPattern, split.roundedPattern, sizes, "float"),
    made("span", { class: reachedClass(measured) }, "rounded"),
    bitsOf(split.roundedPattern, split.floatPattern, sizes, reachedClass(measured)),
  );
  byId("point-maps").replaceChildren(
    mapTable("float", "float", affineMap(measured.float, split.floatPattern)),
    mapTable("rounded", reachedClass(measured), affineMap(measured.rounded, split.roundedPattern)),
  );
  showArrows(split, colours);
}

function reachedClass(measured) {
  return measured.choice.correction === "none" ? "rounded" : "repaired";
}

/** A pattern as squares, a run for each layer; filled is on, ringed is other than in the other network. */
function bitsOf(pattern, others, sizes, kind) {
  let first = 0;
  const runs = sizes.map((size) => {
    const squares = Array.from({ length: size }, (_, unit) => {
      const k = first + unit;
      return made("i", { class: `${pattern[k] ? "on" : ""} ${pattern[k] === others[k] ? "" : "other"}` });
    });
    first += size;
    return made("span", {}, ...squares);
  });
  const words = `${pattern.reduce((total, bit) => total + bit, 0)} of ${pattern.length} ReLUs on: ${pattern.join("")}`;
  return made("div", { class: `bits ${kind}`, role: "img", "aria-label": words }, ...runs);
}

function mapTable(name, kind, { linear, offset }) {
  const rows = Array.from(offset, (shift, row) => {
    const entries = [...linear.data.slice(row * linear.columns, (row + 1) * linear.columns), shift];
    return made("tr", {}, ...entries.map((value) => made("td", {}, figure(value))));
  });
  return made("table", {}, made("caption", { class: kind }, `${name}: A | c`), made("tbody", {}, ...rows));
}

function showArrows({ places, total, metric, topological }, colours) {
  const { float, held, rounded } = places;
  const ends = [0, 1].map((axis) => [float, held, rounded].map((place) => place[axis]));
  const spans = ends.map((along) => Math.max(...along) - Math.min(...along));
  const far = Math.max(spans[0], 2 * spans[1], 1e-9); // the drawing is half as high as it is wide
  const middle = ends.map((along) => (Math.max(...along) + Math.min(...along)) / 2);
  const at = (place) => [(170 * (place[0] - middle[0])) / far, (-170 * (place[1] - middle[1])) / far].map((each) => each.toFixed(2));
  const [a, b, c] = [float, held, rounded].map(at);
  const arrow = (from, to, colour, dash, width) => drawnPart("line", {
    x1: from[0], y1: from[1], x2: to[0], y2: to[1], stroke: colour, "stroke-width": width, "stroke-dasharray": dash,
    "marker-end": `url(#head-${colour === colours.same ? "same" : "other"})`,
  });
  const heads = [["same", colours.same], ["other", colours.other]].map(([name, fill]) =>
    drawnPart("marker", { id: `head-${name}`, viewBox: "0 0 10 10", refX: 8, refY: 5, markerWidth: 4, markerHeight: 4, orient: "auto" },
      drawnPart("path", { d: "M0 0 10 5 0 10z", fill })));
  const parts = [drawnPart("defs", {}, ...heads)];
  if (far > 1e-6) {
    parts.push(drawnPart("line", { x1: a[0], y1: a[1], x2: c[0], y2: c[1], stroke: colours.quiet, "stroke-width": 1.5 }));
    if (size(metric) > 1e-6) parts.push(arrow(a, b, colours.same, null, 3.5));
    if (size(topological) > 1e-6) parts.push(arrow(b, c, colours.other, "7 4", 3.5));
  }
  parts.push(drawnPart("circle", { cx: a[0], cy: a[1], r: 4, fill: colours.background, stroke: colours.float, "stroke-width": 2.5 }));
  parts.push(drawnPart("circle", { cx: c[0], cy: c[1], r: 4, fill: colours.hero }));
  const drawing = byId("point-error");
  drawing.replaceChildren(...parts);
  drawing.setAttribute("aria-label", `From the float output to the rounded one: ${figure(size(total))} in all`);
  byId("point-parts").replaceChildren(...[
    ["same", "metric", metric], ["other", "topological", topological], ["quiet", "together", total],
  ].flatMap(([kind, words, error]) => [
    made("dt", { style: `--mark: var(--${kind})` }, words), made("dd", { "data-part": words }, figure(size(error))),
  ]));
}

function size(error) {
  return Math.hypot(...error);
}
