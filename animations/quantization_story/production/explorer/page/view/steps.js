/**
 * Eight questions to try, each with what the page has to show for it and an answer that is measured, not written.
 *
 * @typedef {object} Step
 * @property {string} scene  whose question it is
 * @property {string} question
 * @property {string} task  what the reader does
 * @property {string} [network]  where it is on the page; else the question is put to the network that is first
 * @property {(subject: object) => boolean} suits  whether it can be put to a network
 * @property {object} start  the choices with which it begins
 * @property {(asked: Asked) => Promise<Answer>} answer
 *
 * @typedef {object} Asked  the subject, its story's choice at full amount, and measure: a promise for some other choice
 * @typedef {{says: string[], offer?: {words: string, choose: object}}} Answer  sentences, the first one the answer
 */

import { mapped } from "../geometry/network.js";
import { classesOf, shareRight } from "../geometry/task.js";
import { samePatterns } from "./picture.js";
import { counted, percent } from "./words.js";

const FEW_WEIGHTS = 40; // so many are tried one by one while a reader waits
const BREAKS = 0.02; // accuracy lost at one bit less that is called a break
const learns = (subject) => subject.readout !== null && subject.network.weights.length > 1;

/** Where the rounded network is wrong and the float one was right, (n). */
function lostPoints(measured, subject) {
  const { float, rounded } = measured.classes;
  return subject.heldOut.labels.map((label, n) => Number(float[n] === label && rounded[n] !== label));
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

async function whyItBreaks({ subject, story, measure }) {
  const measured = await measure(story);
  const lost = lostPoints(measured, subject);
  const same = samePatterns(measured.float, measured.rounded, subject.heldOut.points);
  const kept = sum(lost.map((each, n) => each && same[n])) / Math.max(1, sum(lost));
  const all = sum(same) / same.length;
  return {
    says: [
      kept > 0.5
        ? `Flat pieces tilt. ${percent(kept, 0)} of the lost points keep their pattern: no crease passed over them.`
        : `Creases pass over points. Only ${percent(kept, 0)} of the lost points keep their pattern.`,
      `Of all points, ${percent(all, 0)} keep theirs. ${counted(sum(lost))} of ${counted(lost.length)} points are lost.`,
    ],
    offer: { words: "Show them", choose: { amount: 100, colour: "same" } },
  };
}

async function howFewBits({ story, measure }) {
  const reached = new Map();
  for (const bits of [8, 7, 6, 5, 4, 3, 2]) {
    reached.set(bits, (await measure({ ...story, bits })).figures.accuracy.rounded);
  }
  const first = [7, 6, 5, 4, 3, 2].find((bits) => reached.get(bits + 1) - reached.get(bits) >= BREAKS);
  if (first === undefined) {
    return { says: [`It holds down to 2 bits: ${percent(reached.get(2))} are right there.`] };
  }
  return {
    says: [
      `${first + 1} bits are enough: ${percent(reached.get(first + 1))} are right.`,
      `At ${first} bits it is ${percent(reached.get(first))}. Each bit less makes the steps about twice as wide.`,
    ],
  };
}

async function twoWays({ story, measure }) {
  const { changedArea, boxArea } = (await measure(story)).figures;
  return {
    says: [
      "Yes. On green only a piece has tilted: one green arrow, the metric error.",
      "On red a crease has passed, and another piece answers. That adds a red arrow, the topological error.",
      `Red covers ${percent(changedArea / boxArea)} of the square.`,
    ],
  };
}

async function oneWeight({ subject, story, measure }) {
  const before = await measure(story);
  let best = { right: before.figures.accuracy.rounded, change: null };
  for (const [layer, codes] of before.codes.entries()) {
    const { columns } = subject.network.weights[layer];
    for (const [place, code] of codes.entries()) {
      for (const step of [-1, 1]) {
        const change = { layer, row: Math.floor(place / columns), column: place % columns, code: code + step };
        if (Math.abs(change.code) > 2 ** (story.bits - 1) - 1) continue;
        const right = (await measure({ ...story, changes: [change] })).figures.accuracy.rounded;
        if (right > best.right) best = { right, change, step };
      }
    }
  }
  if (best.change === null) return { says: ["None: whichever weight goes one level on, no more points are right."] };
  const { layer, row, column } = best.change;
  return {
    says: [
      `One in layer ${layer + 1}: from input ${column + 1} to unit ${row + 1}.`,
      `One level ${best.step > 0 ? "up" : "down"}, and ${percent(best.right)} are right instead of `
        + `${percent(before.figures.accuracy.rounded)}.`,
    ],
    offer: { words: "Put it there", choose: { changes: [best.change], weight: [layer, row, column] } },
  };
}

async function onlyMoved({ story, measure }) {
  const [plain, repaired] = [await measure(story), await measure({ ...story, correction: "map" })];
  const { float, rounded } = plain.figures.accuracy;
  const after = repaired.figures.accuracy.rounded;
  const share = float > rounded ? (after - rounded) / (float - rounded) : 0;
  return {
    says: [
      share > 0.5
        ? `Mostly moved: with one map ${percent(after)} are right.`
        : `Not only moved: with one map ${percent(after)} are right.`,
      `Without it ${percent(rounded)}, in the float network ${percent(float)}.`,
    ],
  };
}

async function justNumbers({ subject, story, measure }) {
  const { map, heldOut, figures } = await measure({ ...story, correction: "map" });
  const width = map.offset.length;
  const moved = new Float64Array(heldOut.float.length);
  for (let n = 0; n < moved.length; n += width) moved.set(mapped(map, heldOut.float.subarray(n, n + width)), n);
  const control = shareRight(classesOf(moved, subject.readout), subject.heldOut.labels);
  const { float, rounded } = figures.accuracy;
  return {
    says: [
      control <= float
        ? `A repair. Over the float network the same map helps nothing: ${percent(control)} instead of ${percent(float)}.`
        : `More than a repair: the float network gains from it too, ${percent(control)} instead of ${percent(float)}.`,
      `Over the rounded network it leads to ${percent(rounded)}.`,
    ],
  };
}

async function whereNoMap({ story, measure }) {
  const { refinement, figures } = await measure({ ...story, correction: "map" });
  const red = sum(refinement.energies.total.map((energy, cell) => energy * refinement.changed[cell]));
  return {
    says: [
      "Where a crease has moved: float bends there, and no map of the rounded output does.",
      `These red strips are ${percent(figures.changedArea / figures.boxArea, 0)} of the square and hold `
        + `${percent(red / figures.energy.total, 0)} of the squared error that one map leaves.`,
      "The rest is on green, where each piece would need a map of its own.",
    ],
    offer: { words: "Show the strips", choose: { colour: "same" } },
  };
}

async function narrowLayer({ story, measure }) {
  const reached = {};
  for (const correction of ["none", "map", "rank1"]) {
    reached[correction] = (await measure({ ...story, correction })).figures.accuracy.rounded;
  }
  const helps = reached.rank1 > reached.map;
  return {
    says: [
      helps
        ? `A map at the end comes too late: ${percent(reached.map)} are right. A rank-1 term in the weights: ${percent(reached.rank1)}.`
        : `Here a map at the end does as well: ${percent(reached.map)} are right, with a rank-1 term in the weights ${percent(reached.rank1)}.`,
      `Without either ${percent(reached.none)}. What falls together in a narrow layer, nothing behind it can part.`,
    ],
  };
}

/** @type {Step[]} */
export const STEPS = [
  {
    scene: "OpeningScene", network: "pinwheel", suits: learns,
    question: "Each weight is rounded a little. Why does so much break?",
    task: "Press play, or pull the amount to 100 %. Which points flash?",
    start: { amount: 0, colour: "pattern" }, answer: whyItBreaks,
  },
  {
    scene: "QuantizationComparisonScene", network: "pinwheel", suits: learns,
    question: "How few bits are enough?",
    task: "Turn the bits down from 8, one by one. Where does it break?",
    start: { bits: 8, amount: 100, colour: "error" }, answer: howFewBits,
  },
  {
    scene: "TwoErrorKindsScene", network: "pinwheel", suits: () => true,
    question: "Are there two ways to be wrong?",
    task: "Pull the white point from green into red, and watch its arrows among the outputs.",
    start: { amount: 100, colour: "same" }, answer: twoWays,
  },
  {
    scene: "OpeningScene", network: "pinwheel",
    suits: (subject) => learns(subject) && sum(subject.network.weights.map(({ data }) => data.length)) <= FEW_WEIGHTS,
    question: "Which single weight does the most harm?",
    task: "Under “Weight”, put one of them a level up or down. How many points are right then?",
    start: { amount: 100, colour: "pattern" }, answer: oneWeight,
  },
  {
    scene: "LinearCorrectionScene", network: "pinwheel", suits: learns,
    question: "Is it broken, or only moved?",
    task: "Choose the correction “One map”: six numbers that pull all outputs at once. Which points come back?",
    start: { amount: 100, colour: "same" }, answer: onlyMoved,
  },
  {
    scene: "CorrectionControlsScene", network: "pinwheel", suits: learns,
    question: "A repair, or just six more numbers?",
    task: "What would the same map do to the float network, which needs no repair? Guess first.",
    start: { amount: 100, colour: "same", correction: "map" }, answer: justNumbers,
  },
  {
    scene: "TopologyFailureScene", network: "pinwheel", suits: () => true,
    question: "Where can no single map help?",
    task: "Colour is the error that one map leaves. Where is it strong beside a crease?",
    start: { amount: 100, colour: "error", correction: "map" }, answer: whereNoMap,
  },
  {
    scene: "BottleneckScene", network: "bottleneck", suits: (subject) => learns(subject),
    question: "What can a map at the end not bring back?",
    task: "This network narrows to two units. Try the correction “One map”, then “Rank 1”.",
    start: { amount: 100, colour: "same" }, answer: narrowLayer,
  },
];

/** The steps that can be put to the networks of a page, each with the name of its network. */
export function stepsFor(subjects) {
  const first = subjects.values().next().value;
  return STEPS.map((step) => ({ ...step, network: subjects.has(step.network) ? step.network : first.name }))
    .filter((step) => step.suits(subjects.get(step.network)))
    .filter((step) => step.answer !== narrowLayer || step.network === "bottleneck");
}
