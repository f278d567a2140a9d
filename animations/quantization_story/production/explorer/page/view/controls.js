/** The controls of the page: each tells what is chosen, and shows what is. */

import { roundingsOf } from "../geometry/json.js";
import { byId } from "./dom.js";
import { tellsPatterns } from "./inputs.js";
import { TABS } from "./state.js";
import { counted, figure, percent, spoken } from "./words.js";

const RADIOS = ["bits", "rounding", "correction", "colour", "view", "height"];
const SLOWLY = 6000; // milliseconds from the float weights to their levels

/**
 * Tie the controls to the page.
 * @param {object} page  now(), choose(patch, {settled}), undo, redo, reset
 */
export function bindControls(page) {
  for (const name of RADIOS) {
    for (const radio of document.getElementsByName(name)) {
      const value = name === "bits" || name === "height" ? Number(radio.value) : radio.value;
      radio.addEventListener("change", () => page.choose({ [name]: value, ...(name === "bits" ? { changes: [] } : {}) }));
    }
  }
  byId("network").addEventListener("change", ({ target }) => page.choose({ network: target.value, bits: null, changes: [] }));
  byId("amount").addEventListener("input", ({ target }) => page.choose({ amount: Number(target.value) }, { settled: false }));
  byId("amount").addEventListener("change", ({ target }) => page.choose({ amount: Number(target.value) }));
  byId("undo").addEventListener("click", page.undo);
  byId("redo").addEventListener("click", page.redo);
  byId("reset").addEventListener("click", page.reset);
  byId("link").addEventListener("click", copyLink);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    if (event.shiftKey) page.redo();
    else page.undo();
  });
  bindPlay(page);
  bindTabs(page);
}

/** Round slowly: from the float weights to their levels, or on from where they are. */
function bindPlay(page) {
  let running = null;
  byId("play").addEventListener("click", () => {
    if (running !== null) return stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      return page.choose({ amount: page.now().state.amount === 100 ? 0 : 100 });
    }
    const from = page.now().state.amount % 100;
    const begun = performance.now();
    byId("play").setAttribute("aria-pressed", "true");
    function step(time) {
      const amount = Math.min(100, from + (100 * Math.max(0, time - begun)) / SLOWLY);
      page.choose({ amount }, { settled: amount === 100 });
      if (amount === 100) stop();
      else running = requestAnimationFrame(step);
    }
    running = requestAnimationFrame(step);
    return undefined;
  });
  function stop() {
    cancelAnimationFrame(running);
    running = null;
    byId("play").removeAttribute("aria-pressed");
    page.choose({ amount: Math.round(page.now().state.amount) });
  }
  byId("amount").addEventListener("pointerdown", () => running !== null && stop());
}

function bindTabs(page) {
  for (const tab of TABS) {
    byId(`tab-${tab}`).addEventListener("click", () => page.choose({ tab }, { silent: true }));
    byId(`tab-${tab}`).addEventListener("keydown", ({ key }) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (way === undefined) return;
      const next = TABS[(TABS.indexOf(tab) + way + TABS.length) % TABS.length];
      page.choose({ tab: next }, { silent: true });
      byId(`tab-${next}`).focus();
    });
  }
}

async function copyLink() {
  const field = byId("link");
  try {
    await navigator.clipboard.writeText(location.href);
    field.textContent = "Copied";
  } catch {
    field.textContent = "It is in the address bar";
  }
  setTimeout(() => (field.textContent = "Copy link"), 2000);
}

/** Show a state on all controls. */
export function showControls(state, subject, history) {
  byId("network").value = state.network;
  for (const name of RADIOS) {
    const value = String(name === "bits" ? (state.bits ?? subject.bits) : state[name]);
    for (const radio of document.getElementsByName(name)) radio.checked = radio.value === value;
  }
  const known = roundingsOf(subject, state.bits ?? subject.bits, subject.perChannel);
  for (const radio of document.getElementsByName("rounding")) {
    radio.disabled = !known.includes(radio.value);
    radio.parentElement.title = radio.disabled ? "Not in this file: quantization-story explore writes it for a network" : "";
  }
  for (const radio of document.getElementsByName("height")) {
    radio.disabled = Number(radio.value) >= subject.network.weights.at(-1).rows;
  }
  byId("note").textContent = subject.notes.join(" · ");
  byId("heights").hidden = state.colour !== "height";
  const amount = Math.round(state.amount);
  byId("amount").value = amount;
  byId("amount-words").textContent = `${amount} %`;
  byId("amount").setAttribute("aria-valuetext", `${amount} per cent rounded`);
  byId("undo").disabled = history.past.length === 0;
  byId("redo").disabled = history.future.length === 0;
  byId("planes").dataset.view = state.view;
  for (const tab of TABS) {
    const open = tab === state.tab;
    byId(`tab-${tab}`).setAttribute("aria-selected", String(open));
    byId(`tab-${tab}`).tabIndex = open ? 0 : -1;
    byId(`panel-${tab}`).hidden = !open;
  }
}

const CAPTIONS = {
  pattern: "a tint is a region: one pattern of ReLUs",
  same: "green: same pattern, red: other pattern",
  error: "how large the error is",
  metric: "the error with all ReLUs as in float",
  topological: "what the other ReLUs add",
  height: "the sheet of one output: drag to turn it",
};

const MANY_UNITS = "the redder, the more ReLUs differ";

let lastSpoken = null;

/** Show the figures of a measurement; they are spoken when they have rested. */
export function showFigures(measured, subject, state, rampEnd) {
  const { accuracy, energy, boxArea, changedArea, cells } = measured.figures;
  byId("figure-right").textContent = accuracy === null ? "" : percent(accuracy.rounded);
  byId("figure-float").textContent = accuracy === null ? "no task is given" : `right; float ${percent(accuracy.float)}`;
  byId("figure-error").textContent = figure(Math.sqrt(energy.total / boxArea));
  byId("figure-other").textContent = percent(changedArea / boxArea);
  byId("figure-cells").textContent = counted(cells);
  const telling = tellsPatterns(measured.refinement.cut);
  byId("figure-other").parentElement.hidden = !telling;
  byId("inputs-words").textContent = state.colour === "same" && !telling ? MANY_UNITS : CAPTIONS[state.colour];
  document.querySelector("#inputs canvas").setAttribute("aria-label", state.colour === "height"
    ? "The sheet of one output over the plane of inputs; arrow keys turn it"
    : `The plane of inputs; ${byId("inputs-words").textContent}`);
  byId("outputs-words").textContent = state.correction === "none" ? "blue: float, orange: rounded" : "blue: float, violet: repaired";
  const ramped = ["error", "metric", "topological"].includes(state.colour);
  byId("ramp").hidden = !ramped;
  byId("ramp-end").textContent = `${figure(rampEnd, 2)}, the spread of the outputs`;
  clearTimeout(lastSpoken);
  const words = [spoken(measured, subject, telling), ...subject.notes].join(" ");
  lastSpoken = setTimeout(() => (byId("live").textContent = words), 700);
}
