/**
 * What is chosen on the page; the address holds it, so that a picture can be sent, and every choice can be undone.
 *
 * @typedef {object} State
 * @property {string} network  its name
 * @property {number|null} bits  null: those of the network's story
 * @property {number} amount  of the rounding, whole per cent
 * @property {string} rounding  "nearest", "gptq" or "closest"
 * @property {string} correction  "none", "bias", "map" or "rank1"
 * @property {string} colour  what the cells show: one of COLOURS
 * @property {string} view  "both", "inputs" or "outputs"
 * @property {string} tab  the open panel: one of TABS
 * @property {number} step  the guided question, from 1 on
 * @property {[number, number]} probe  the point that is followed, in the plane of inputs
 * @property {[number, number, number]} weight  the weight that is looked at: layer, row, column, from 0 on
 * @property {{layer: number, row: number, column: number, code: number}[]} changes  weights put on another level
 * @property {[number, number]} turn  of the sheet, in degrees: around, and up from above
 * @property {number} height  which output is the height of the sheet, from 0 on
 */

import { roundingsOf } from "../geometry/json.js";

export const COLOURS = ["pattern", "same", "error", "metric", "topological", "height"];
export const TABS = ["steps", "point", "weight", "key"];
const ONE_OF = {
  colour: COLOURS,
  tab: TABS,
  rounding: ["nearest", "gptq", "closest"],
  correction: ["none", "bias", "map", "rank1"],
  view: ["both", "inputs", "outputs"],
};

/** @type {State} */
export const START = Object.freeze({
  network: "", bits: null, amount: 0, rounding: "nearest", correction: "none", colour: "pattern", view: "both",
  tab: "steps", step: 1, probe: [-1.2, 1.5], weight: [0, 0, 1], changes: [], turn: [-30, 52], height: 0,
});

/** A state as the part of an address behind the #: only what is not as at the start. */
export function addressOf(state) {
  const parts = [];
  for (const [name, value] of Object.entries(state)) {
    if (JSON.stringify(value) === JSON.stringify(START[name])) continue;
    parts.push(`${name}=${encodeURIComponent(wordsOf(name, value))}`);
  }
  return parts.join("&");
}

function wordsOf(name, value) {
  if (name === "changes") {
    return value.map(({ layer, row, column, code }) => [layer, row, column, code].join("_")).join("~");
  }
  return Array.isArray(value) ? value.map((each) => Number(each.toFixed(3))).join("_") : String(value);
}

/** The state of an address; what is not understood there is as at the start. */
export function stateOf(address) {
  const state = { ...START };
  for (const [name, words] of new URLSearchParams(address.replace(/^#/, ""))) {
    if (!(name in START)) continue;
    const value = valueOf(name, words);
    if (value !== undefined) state[name] = value;
  }
  return state;
}

function valueOf(name, words) {
  if (name in ONE_OF) return ONE_OF[name].includes(words) ? words : undefined;
  if (name === "network") return words;
  if (name === "changes") {
    const changes = words.split("~").map((each) => each.split("_").map(Number));
    if (changes.some((each) => each.length !== 4 || !each.every(Number.isInteger))) return undefined;
    return changes.map(([layer, row, column, code]) => ({ layer, row, column, code }));
  }
  const numbers = words.split("_").map((each) => (each === "" ? NaN : Number(each)));
  const wanted = Array.isArray(START[name]) ? START[name].length : 1;
  if (numbers.length !== wanted || !numbers.every(Number.isFinite)) return undefined;
  if (name === "weight" && !numbers.every((each) => Number.isInteger(each) && each >= 0)) return undefined;
  if (wanted > 1) return numbers;
  const [least, most] = { bits: [2, 8], amount: [0, 100], step: [1, 8], height: [0, 1] }[name];
  return Math.min(most, Math.max(least, Math.round(numbers[0])));
}

/**
 * The state with nothing that a network does not have: weights and outputs that are not there, roundings that it came
 * without, a probe beside its box.
 */
export function fittedTo(state, subject) {
  const { weights } = subject.network;
  const [left, right, bottom, top] = subject.box;
  const there = ({ layer, row, column }) =>
    layer in weights && row >= 0 && row < weights[layer].rows && column >= 0 && column < weights[layer].columns;
  const known = roundingsOf(subject, state.bits ?? subject.bits, subject.perChannel);
  const [x, y] = state.probe;
  return {
    ...state,
    changes: state.changes.every(there) ? state.changes : state.changes.filter(there),
    rounding: known.includes(state.rounding) ? state.rounding : "nearest",
    height: Math.min(state.height, weights.at(-1).rows - 1),
    probe: [Math.min(right, Math.max(left, x)), Math.min(top, Math.max(bottom, y))],
  };
}

/** A history that holds this state alone. */
export function historyOf(state) {
  return { past: [], now: state, future: [] };
}

/** The history with a new state, which can be undone. */
export function pushed(history, state) {
  return { past: [...history.past.slice(-199), history.now], now: state, future: [] };
}

/** The history one state back; as it is, if there is none. */
export function undone({ past, now, future }) {
  if (past.length === 0) return { past, now, future };
  return { past: past.slice(0, -1), now: past.at(-1), future: [now, ...future] };
}

/** The history one state forth; as it is, if there is none. */
export function redone({ past, now, future }) {
  if (future.length === 0) return { past, now, future };
  return { past: [...past, now], now: future[0], future: future.slice(1) };
}

/** What of a state is measured, as `measured` takes it. */
export function choiceOf(state, subject) {
  return {
    bits: state.bits ?? subject.bits,
    perChannel: subject.perChannel,
    amount: state.amount / 100,
    rounding: state.rounding,
    changes: state.changes,
    correction: state.correction,
  };
}
