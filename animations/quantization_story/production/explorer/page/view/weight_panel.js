/** One weight on its own number line: where it stood, which levels there are, and on which of them it is put. */

import { largestCode, scalesOf } from "../geometry/quantizer.js";
import { byId, drawnPart, made } from "./dom.js";
import { figure } from "./words.js";

const MOST_TICKS = 31; // beyond, ticks would touch
const WIDE = 300; // the line's drawing, in its own units
const INSET = 14;

/**
 * @param {object} page  now(): the state and the subject; measured(): codes; choose(patch, {settled})
 */
export function weightPanelOf(page) {
  /** The weight that is looked at, within the network. */
  function chosen() {
    const { state, subject } = page.now();
    const { weights } = subject.network;
    const layer = Math.min(state.weight[0], weights.length - 1);
    const { rows, columns } = weights[layer];
    return { layer, row: Math.min(state.weight[1], rows - 1), column: Math.min(state.weight[2], columns - 1) };
  }

  function show() {
    const { state, subject } = page.now();
    const measured = page.measured();
    const { layer, row, column } = chosen();
    const weight = subject.network.weights[layer];
    const { bits, perChannel, amount } = measured.choice;
    const scale = scalesOf(weight, bits, perChannel)[row];
    showLayers(subject.network.weights.length, layer);
    showGrid(weight, measured, layer, row, column, state.changes);
    const value = weight.data[row * weight.columns + column];
    const code = measured.codes[layer][row * weight.columns + column];
    const most = largestCode(bits);
    byId("weight-words").textContent =
      `From input ${column + 1} to unit ${row + 1}: float ${figure(value)}, level ${signed(code)} of ±${most} is ${figure(scale * code)}.`;
    const own = state.changes.some((each) => each.layer === layer && each.row === row && each.column === column);
    byId("weight-back").disabled = !own;
    const line = byId("weight-line");
    const attributes = { valuemin: -most, valuemax: most, valuenow: code, valuetext: `level ${signed(code)}, ${figure(scale * code)}` };
    for (const [name, each] of Object.entries(attributes)) line.setAttribute(`aria-${name}`, each);
    line.replaceChildren(drawnLine(value, code, scale, most, amount));
  }

  function showLayers(count, layer) {
    const box = byId("weight-layers");
    if (box.childElementCount !== count) {
      box.replaceChildren(...Array.from({ length: count }, (_, k) => made("label", {},
        made("input", { type: "radio", name: "layer", value: k, onchange: () => page.choose({ weight: [k, 0, 0] }) }),
        made("span", {}, String(k + 1)))));
    }
    box.querySelectorAll("input")[layer].checked = true;
  }

  function showGrid(weight, measured, layer, row, column, changes) {
    const grid = byId("weight-grid");
    const shape = `${weight.rows} ${weight.columns}`;
    if (grid.dataset.shape !== shape || grid.dataset.layer !== String(layer)) {
      Object.assign(grid.dataset, { shape, layer });
      grid.style.setProperty("--columns", weight.columns);
      grid.style.gridTemplateColumns = `repeat(${weight.columns}, minmax(0, 1fr))`;
      grid.replaceChildren(...Array.from({ length: weight.rows }, (_, i) => made("div", { role: "row", style: "display: contents" },
        ...Array.from({ length: weight.columns }, (_, j) => made("button", {
          type: "button", role: "gridcell", onclick: () => page.choose({ weight: [layer, i, j] }),
        })))));
    }
    const scales = scalesOf(weight, measured.choice.bits, measured.choice.perChannel);
    [...grid.querySelectorAll("button")].forEach((button, place) => {
      const [i, j] = [Math.floor(place / weight.columns), place % weight.columns];
      const moved = scales[i] > 0 ? Math.abs(measured.codes[layer][place] - weight.data[place] / scales[i]) : 0;
      const here = i === row && j === column;
      button.style.setProperty("--moved", Math.min(1, moved * 2 * measured.choice.amount).toFixed(3));
      button.setAttribute("aria-label", `from input ${j + 1} to unit ${i + 1}, moved ${moved.toFixed(2)} of a step`);
      button.setAttribute("aria-selected", String(here));
      button.tabIndex = here ? 0 : -1;
      button.classList.toggle("own", changes.some((each) => each.layer === layer && each.row === i && each.column === j));
    });
  }

  /** Put the weight on a level; on the one that its rounding gives it, it is as the others. */
  function put(code, settled) {
    const { state, subject } = page.now();
    const { layer, row, column } = chosen();
    const bits = state.bits ?? subject.bits;
    const most = largestCode(bits);
    const others = state.changes.filter((each) => each.layer !== layer || each.row !== row || each.column !== column);
    const change = { layer, row, column, code: Math.min(most, Math.max(-most, code)) };
    page.choose({ changes: [...others, change] }, { settled });
  }

  function codeNow() {
    const { layer, row, column } = chosen();
    return page.measured().codes[layer][row * page.now().subject.network.weights[layer].columns + column];
  }

  /** The level that is nearest to a place on the screen. */
  function codeAt(clientX) {
    const { left, width } = byId("weight-line").firstElementChild.getBoundingClientRect();
    const { bits } = page.measured().choice;
    const most = largestCode(bits);
    const along = (clientX - left) / width * WIDE;
    return Math.round(((along - WIDE / 2) / (WIDE / 2 - INSET)) * most);
  }

  byId("weight-line").addEventListener("pointerdown", (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    put(codeAt(event.clientX), false);
  });
  byId("weight-line").addEventListener("pointermove", (event) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) put(codeAt(event.clientX), false);
  });
  byId("weight-line").addEventListener("pointerup", () => put(codeNow(), true));
  byId("weight-line").addEventListener("keydown", (event) => {
    const { bits } = page.measured().choice;
    const most = largestCode(bits);
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    const code = { Home: -most, End: most }[event.key] ?? (step === undefined ? undefined : codeNow() + step);
    if (code === undefined) return;
    event.preventDefault();
    put(code, true);
  });
  byId("weight-back").addEventListener("click", () => {
    const { layer, row, column } = chosen();
    const { state } = page.now();
    page.choose({ changes: state.changes.filter((each) => each.layer !== layer || each.row !== row || each.column !== column) });
    byId("weight-line").focus();
  });
  byId("weight-grid").addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    const { layer, row, column } = chosen();
    const { rows, columns } = page.now().subject.network.weights[layer];
    const [i, j] = [Math.min(rows - 1, Math.max(0, row + way[0])), Math.min(columns - 1, Math.max(0, column + way[1]))];
    page.choose({ weight: [layer, i, j] });
    byId("weight-grid").querySelectorAll("button")[i * columns + j].focus();
  });
  return { show };
}

function signed(code) {
  return code < 0 ? `−${-code}` : String(code);
}

/** The line with its levels; the float weight above it in blue, the weight as it is now below it in orange. */
function drawnLine(value, code, scale, most, amount) {
  const at = (number) => WIDE / 2 + (WIDE / 2 - INSET) * (scale > 0 ? number / (scale * most) : 0);
  const every = Math.ceil((2 * most + 1) / MOST_TICKS);
  const ticks = Array.from({ length: 2 * most + 1 }, (_, k) => k - most).filter((each) => each % every === 0);
  const now = (1 - amount) * value + amount * scale * code;
  const line = (attributes) => drawnPart("line", { stroke: "currentColor", ...attributes });
  return drawnPart("svg", { viewBox: `0 0 ${WIDE} 96`, preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true" },
    line({ x1: 2, x2: WIDE - 2, y1: 48, y2: 48, "stroke-opacity": 0.5 }),
    ...ticks.map((each) => line({
      x1: at(each * scale), x2: at(each * scale), y1: each === 0 ? 37 : 41, y2: each === 0 ? 59 : 55, "stroke-width": each === code ? 3 : 1,
    })),
    drawnPart("text", { x: INSET, y: 84, "text-anchor": "middle" }, signed(-most)),
    drawnPart("text", { x: WIDE / 2, y: 84, "text-anchor": "middle" }, "0"),
    drawnPart("text", { x: WIDE - INSET, y: 84, "text-anchor": "middle" }, String(most)),
    line({ x1: at(value), x2: at(value), y1: 22, y2: 48, stroke: "var(--float)", "stroke-width": 2 }),
    drawnPart("circle", { cx: at(value), cy: 20, r: 6, fill: "var(--float)" }),
    drawnPart("circle", { cx: at(now), cy: 48, r: 8, fill: "var(--rounded)", stroke: "var(--background)", "stroke-width": 2 }));
}
