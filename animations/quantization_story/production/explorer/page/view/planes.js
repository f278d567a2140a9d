/** The two planes on the page: their canvases, the probe's handle, what flashes, the sheet's turn, and the swipe. */

import { outputsOf } from "../geometry/network.js";
import { byId } from "./dom.js";
import { rampOf } from "./heat.js";
import { drawInputs } from "./inputs.js";
import { layersOf } from "./layers.js";
import { FLASH } from "./marks.js";
import { drawOutputs } from "./outputs.js";
import { heightsOver, outputBox } from "./picture.js";
import { columnOf, framed, placeOf, rowOf } from "./plane.js";
import { drawSheet, projectionOf } from "./sheet.js";

const MARGIN = 10; // pixels around the box of inputs
const OUTER = 40; // and around the outputs
const EASE = 0.25; // of the way to its new scale that the plane of outputs goes in a frame
const STEP = 0.02; // of the box's width, for a press of an arrow key
const STEADY = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {object} page  choose(patch, {settled}), now()
 * @returns {{take: Function, draw: Function, flash: Function, showView: Function}}
 */
export function planesOf(page) {
  const figures = { inputs: byId("inputs"), outputs: byId("outputs") };
  const canvases = { inputs: figures.inputs.querySelector("canvas"), outputs: figures.outputs.querySelector("canvas") };
  const buffer = document.createElement("canvas");
  const layers = { inputs: layersOf(canvases.inputs, 3), outputs: layersOf(canvases.outputs, 3) };
  const handle = byId("probe");
  let flashes = new Map(); // a point's number, and when it changed class
  let drawn = null; // what was drawn last, to be drawn again as it flashes or the window changes
  let box = null; // of the outputs, as it is seen now
  let wanted = null; // as it is to be seen
  let frame = null; // of the inputs
  let waiting = false;

  /** Take a new picture; afresh: of another network, so that its outputs are framed anew. */
  function take(picture, afresh) {
    const next = outputBox(picture);
    const { amount } = page.now().state;
    wanted = afresh || amount === 0 || amount === 100 ? next : wider(wanted, next);
    if (afresh || STEADY.matches) box = wanted;
    if (afresh) flashes = new Map();
  }

  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame((time) => {
      waiting = false;
      paint(time);
    });
  }

  function paint(time) {
    if (drawn === null) return;
    const { state, split, colours, picture } = drawn;
    for (const [n, since] of flashes) if (time - since > FLASH) flashes.delete(n);
    const ages = STEADY.matches ? [] : [...flashes].map(([n, since]) => [n, Math.max(0, (time - since) / FLASH)]);
    const scene = {
      ...picture, buffer, colours, colour: state.colour, amount: state.amount / 100, probe: state.probe, flashes: ages,
      reached: state.correction === "none" ? colours.rounded : colours.repaired, height: state.height, probeSplit: split.places,
    };
    paintInputs(scene, state);
    paintOutputs(scene);
    if (ages.length > 0 || !settled()) later();
  }

  function paintInputs(scene, state) {
    const size = layers.inputs.size();
    if (size.width === 0) return;
    frame = framed(size, scene.subject.box, MARGIN);
    const tilted = state.colour === "height";
    figures.inputs.classList.toggle("tilted", tilted);
    canvases.inputs.tabIndex = tilted ? 0 : -1; // the sheet is turned by keys as well
    if (tilted) {
      const heights = heightsOver(scene, state.height);
      const projection = projectionOf(frame, scene.subject.box, state.turn, heights);
      frame.projection = projection;
      drawSheet(layers.inputs, frame, { ...scene, heights, projection, turn: state.turn });
    } else {
      drawInputs(layers.inputs, frame, scene);
      figures.inputs.style.setProperty("--ramp", rampOf(state.colour, scene.colours).join(", "));
    }
    placeHandle(scene, state.probe);
  }

  function placeHandle({ measured, height }, [x, y]) {
    const over = () => outputsOf(measured.rounded, Float64Array.of(x, y))[height];
    const [column, row] = frame.projection ? frame.projection.at(x, y, over()) : [columnOf(frame, x), rowOf(frame, y)];
    handle.style.transform = `translate(${column}px, ${row}px)`;
    handle.setAttribute("aria-label", `Probe at ${x.toFixed(2)}, ${y.toFixed(2)}`);
  }

  function paintOutputs(scene) {
    const size = layers.outputs.size();
    if (size.width === 0) return;
    box = settled() ? wanted : box.map((value, k) => value + EASE * (wanted[k] - value));
    drawOutputs(layers.outputs, framed(size, box, OUTER), box, scene);
  }

  function settled() {
    const side = wanted[1] - wanted[0] + wanted[3] - wanted[2];
    return box.every((value, k) => Math.abs(value - wanted[k]) < side / 2000);
  }

  function moveProbe(x, y, settledNow) {
    page.choose({ probe: [x, y] }, { settled: settledNow });
  }

  function bindProbe() {
    let held = null; // where the pointer took hold, and the probe's place then
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      held = { column: event.clientX, row: event.clientY, probe: page.now().state.probe };
    });
    handle.addEventListener("pointermove", (event) => {
      if (held === null) return;
      const [right, down] = [event.clientX - held.column, event.clientY - held.row];
      const [dx, dy] = frame.projection ? frame.projection.ground(right, down) : [right / frame.scale, -down / frame.scale];
      moveProbe(held.probe[0] + dx, held.probe[1] + dy, false);
    });
    const letGo = () => {
      if (held !== null) moveProbe(...page.now().state.probe, true);
      held = null;
    };
    handle.addEventListener("pointerup", letGo);
    handle.addEventListener("pointercancel", letGo);
    handle.addEventListener("keydown", (event) => {
      const way = arrowOf(event.key);
      if (way === undefined) return;
      event.preventDefault();
      const { state, subject } = page.now();
      const step = STEP * (subject.box[1] - subject.box[0]) * (event.shiftKey ? 5 : 1);
      moveProbe(state.probe[0] + step * way[0], state.probe[1] + step * way[1], true);
    });
    canvases.inputs.addEventListener("click", (event) => {
      if (page.now().state.colour === "height") return;
      moveProbe(...placeOf(frame, event.offsetX, event.offsetY), true);
    });
  }

  function bindTurn() {
    const canvas = canvases.inputs;
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (page.now().state.colour !== "height") return;
      canvas.setPointerCapture(event.pointerId);
      held = { column: event.clientX, row: event.clientY, turn: page.now().state.turn };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held !== null) turn(held.turn[0] + (event.clientX - held.column) / 2, held.turn[1] - (event.clientY - held.row) / 2, false);
    });
    canvas.addEventListener("pointerup", () => {
      if (held !== null) turn(...page.now().state.turn, true);
      held = null;
    });
    canvas.addEventListener("keydown", (event) => {
      const way = arrowOf(event.key);
      if (way === undefined || page.now().state.colour !== "height") return;
      event.preventDefault();
      const [around, up] = page.now().state.turn;
      turn(around + 5 * way[0], up - 5 * way[1], true);
    });
  }

  function turn(around, up, settledNow) {
    page.choose({ turn: [((around + 540) % 360) - 180, Math.min(85, Math.max(0, up))] }, { settled: settledNow });
  }

  /** On a narrow screen a swipe brings the other plane: the choice follows the swipe, and the swipe the choice. */
  function bindSwipe() {
    const planes = byId("planes");
    let still = null;
    planes.addEventListener("scroll", () => {
      clearTimeout(still);
      still = setTimeout(() => {
        if (planes.scrollWidth <= planes.clientWidth + 1) return;
        const view = planes.scrollLeft > planes.clientWidth / 2 ? "outputs" : "inputs";
        if (view !== seen(page.now().state.view)) page.choose({ view }, { silent: true });
      }, 120);
    });
  }

  /** Bring the plane that is chosen into a narrow screen. */
  function showView(view) {
    const planes = byId("planes");
    if (planes.scrollWidth <= planes.clientWidth + 1) return;
    document.querySelector(`input[name="view"][value="${seen(view)}"]`).checked = true;
    const left = seen(view) === "outputs" ? planes.clientWidth : 0;
    if (Math.abs(planes.scrollLeft - left) > 1) planes.scrollTo({ left, behavior: STEADY.matches ? "auto" : "smooth" });
  }

  bindProbe();
  bindTurn();
  bindSwipe();
  new ResizeObserver(later).observe(byId("planes"));
  return {
    take,
    draw(picture, state, split, colours) {
      drawn = { picture, state, split, colours };
      later();
    },
    flash(numbers) {
      const now = performance.now();
      for (const n of numbers) flashes.set(n, now);
    },
    showView,
  };
}

/** What a narrow screen shows of a choice: one plane at a time. */
function seen(view) {
  return view === "outputs" ? "outputs" : "inputs";
}

function arrowOf(key) {
  return { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
}

/** The smallest box around two. */
function wider(one, other) {
  return one.map((value, k) => (k % 2 === 0 ? Math.min(value, other[k]) : Math.max(value, other[k])));
}
