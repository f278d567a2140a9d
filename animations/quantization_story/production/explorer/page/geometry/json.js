/**
 * Networks as JSON: reads what Python wrote or a hand did, checks it, and says what cannot be shown and why.
 *
 * Arrays are nested lists of numbers, or {"float64" | "float32" | "int8" | "uint8": base64, "shape": [...]},
 * little-endian. Needed are "weights", a list of matrices (d_l, d_(l-1)), and "biases", a list of vectors (d_l); the other
 * entries are those of a Subject, and may be missing: "plane", "outputPlane" ({"origin", "directions"}), "readout", "box",
 * "bits", "perChannel", "calibration", "heldOut" ({"points", "labels"}), "roundings", "name", "notes".
 *
 * @typedef {object} Points
 * @property {Float64Array} points  (n, 2), row-major, in the coordinates of the plane that is seen
 * @property {Uint8Array} labels  (n)
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {string[]} notes  what has to be known beside the name: a plane, a task that is not learned; often none
 * @property {import("./network.js").Network} network  with all its inputs; its weights are what is rounded
 * @property {import("./network.js").Plane|null} plane  where it is seen, if it has more than two inputs
 * @property {import("./network.js").Plane|null} outputPlane  where its outputs are drawn, if there are not two
 * @property {import("./network.js").Network} seen  the float network as a function of the plane's two coordinates
 * @property {import("./network.js").Matrix|null} readout  (classes, d_L); null without a task
 * @property {import("./partition.js").Box} box  the part of the plane that is seen
 * @property {number} bits  the story's bit width
 * @property {boolean} perChannel  the story's scales
 * @property {import("./corrections.js").Calibration} calibration  what corrections are fitted on
 * @property {Points} heldOut  what accuracy is measured on; may be none
 * @property {{outputs: Float64Array, classes: Uint8Array|null, accuracy: number|null}} floatHeldOut  the float network there
 * @property {Object<string, Object<string, Int8Array>>} roundings  codes that Python found; see `givenCodes`
 */
import { arrayOf, listOf, matrixIn, need, vectorIn } from "./json_arrays.js";
import { calibrationOf } from "./corrections.js";
import { outputsOf, restricted, widths } from "./network.js";
import { classesOf, shareRight } from "./task.js";

export const FEWEST_BITS = 2;
export const MOST_BITS = 8;
const MOST_WEIGHTS = 100000;
const MOST_CLASSES = 256;
const GRID = 31; // points a side, to fit corrections on where no points are given

/** The networks of the page's own data, each as a source for `readSubject`: points that several share are held once. */
export function sourcesOf(page) {
  const byName = new Map(page.networks.map((network) => [network.name, network]));
  return page.networks.map((network) => {
    const { calibration, heldOut } = byName.get(network.pointsOf ?? network.name);
    return { ...network, calibration, heldOut };
  });
}

/**
 * The subject of a network's JSON text or of what was parsed from it. Throws an Error whose message is one sentence for
 * readers: what is wrong, where, or what cannot be shown.
 * @param {string|object} source
 * @param {string} name  used where the JSON holds none
 * @returns {Subject}
 */
export function readSubject(source, name = "network") {
  const given = typeof source === "string" ? parsed(source, name) : source;
  try {
    need(given !== null && typeof given === "object" && !Array.isArray(given), "it holds no network");
    return subjectOf(given, String(given.name ?? name));
  } catch (error) {
    throw new Error(`${given?.name ?? name}: ${error.message}`);
  }
}

function parsed(text, name) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name}: this is not JSON; quantization-story explore NETWORK OUT.json writes what the page reads`);
  }
}

function subjectOf(given, name) {
  const network = networkIn(given);
  const [inputs, ...others] = widths(network);
  const outputs = others.at(-1);
  const plane = planeIn(given.plane, "plane", inputs);
  need(
    inputs === 2 || plane !== null,
    `it has ${inputs} inputs and no plane to be seen on; ` +
      "quantization-story explore NETWORK OUT.json writes it with one",
  );
  const seen = plane === null ? network : restricted(network, plane);
  const readout = given.readout == null ? null : matrixIn(given.readout, "readout", null, outputs);
  need(readout === null || (readout.rows >= 2 && readout.rows <= MOST_CLASSES), "readout: 2 to 256 classes are needed");
  const heldOut = pointsIn(given.heldOut, "heldOut", readout);
  const box = boxIn(given.box, heldOut.points);
  const calibration = pointsIn(given.calibration, "calibration", readout).points;
  const bits = given.bits ?? 4;
  need(Number.isInteger(bits) && bits >= FEWEST_BITS && bits <= MOST_BITS, `bits: ${bits}; 2 to 8 can be shown`);
  return {
    name,
    notes: listOf(given.notes ?? [], "notes").map(String),
    network,
    plane,
    outputPlane: planeIn(given.outputPlane, "outputPlane", outputs) ?? firstOutputs(outputs),
    seen,
    readout,
    box,
    bits,
    perChannel: given.perChannel === true,
    calibration: calibrationOf(seen, calibration.length > 0 ? calibration : gridIn(box)),
    heldOut,
    floatHeldOut: judged(seen, heldOut, readout),
    roundings: roundingsIn(given.roundings ?? {}, network),
  };
}

function networkIn(given) {
  need("weights" in given, "weights are missing");
  need("biases" in given, "biases are missing");
  const weights = [];
  for (const each of listOf(given.weights, "weights")) {
    weights.push(matrixIn(each, `weights of layer ${weights.length + 1}`, null, weights.at(-1)?.rows ?? null));
  }
  need(weights.length > 1, "it has no hidden layer: it is one affine map, and nothing folds");
  need(listOf(given.biases, "biases").length === weights.length, `biases: ${weights.length} layers need as many`);
  const biases = weights.map(({ rows }, layer) => vectorIn(given.biases[layer], `biases of layer ${layer + 1}`, rows));
  const numbers = weights.reduce((sum, { data }) => sum + data.length, 0);
  need(numbers <= MOST_WEIGHTS, `it has ${numbers} weights; the page shows networks of at most ${MOST_WEIGHTS}`);
  return { weights, biases };
}

function planeIn(given, what, dimension) {
  if (given == null) return null;
  return {
    origin: vectorIn(given.origin, `origin of ${what}`, dimension),
    directions: matrixIn(given.directions, `directions of ${what}`, 2, dimension),
  };
}

/** Where outputs are drawn if nothing else is said: one along x, of many the first two. */
function firstOutputs(outputs) {
  if (outputs === 2) return null;
  const data = new Float64Array(2 * outputs);
  data[0] = 1;
  if (outputs > 1) data[outputs + 1] = 1;
  return { origin: new Float64Array(outputs), directions: { rows: 2, columns: outputs, data } };
}

/** Points with labels; without a read-out every label is 0, and where nothing is given there are no points. */
function pointsIn(given, what, readout) {
  if (given == null) return { points: new Float64Array(0), labels: new Uint8Array(0) };
  const points = matrixIn(given.points, `points of ${what}`, null, 2);
  if (readout === null) return { points: points.data, labels: new Uint8Array(points.rows) };
  const labels = vectorIn(given.labels, `labels of ${what}`, points.rows);
  const odd = labels.find((label) => !(Number.isInteger(label) && label >= 0 && label < readout.rows));
  need(odd === undefined, `labels of ${what}: ${odd} is none of the classes 0 to ${readout.rows - 1}`);
  return { points: points.data, labels: Uint8Array.from(labels) };
}

/** The box, which where it is not given holds the points with a margin, or reaches from -3 to 3. */
function boxIn(given, points) {
  if (given != null) {
    const [xmin, xmax, ymin, ymax] = vectorIn(given, "box", 4);
    need(xmin < xmax && ymin < ymax, "box: expected [xmin, xmax, ymin, ymax], each smaller than the next of its pair");
    return [xmin, xmax, ymin, ymax];
  }
  const half = 1.1 * points.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 3;
  return [-half, half, -half, half];
}

function gridIn([xmin, xmax, ymin, ymax]) {
  const at = (low, high, step) => low + ((high - low) * (step + 0.5)) / GRID;
  const steps = Array.from({ length: GRID }, (_, step) => step);
  return Float64Array.from(steps.flatMap((i) => steps.flatMap((j) => [at(xmin, xmax, i), at(ymin, ymax, j)])));
}

/**
 * What a network makes of points (n) with labels.
 * @returns {{outputs: Float64Array, classes: Uint8Array|null, accuracy: number|null}} outputs (n, d_L); null without a task
 */
export function judged(network, { points, labels }, readout) {
  const outputs = outputsOf(network, points);
  const classes = readout === null ? null : classesOf(outputs, readout);
  const accuracy = classes === null || classes.length === 0 ? null : shareRight(classes, labels);
  return { outputs, classes, accuracy };
}

function roundingsIn(given, network) {
  const size = network.weights.reduce((sum, { data }) => sum + data.length, 0);
  const codes = (kind) =>
    Object.entries(given[kind]).map(([key, array]) => {
      const { data } = arrayOf(array, `roundings ${kind} ${key}`);
      need(data.length === size, `roundings ${kind} ${key}: ${data.length} codes for ${size} weights`);
      return [key, Int8Array.from(data)];
    });
  return Object.fromEntries(Object.keys(given).map((kind) => [kind, Object.fromEntries(codes(kind))]));
}

function roundingKey(bits, perChannel) {
  return `${bits}${perChannel ? "c" : ""}`;
}

/** Which roundings a subject has at a bit width and a scheme: "nearest", and those that Python wrote. */
export function roundingsOf(subject, bits, perChannel) {
  const key = roundingKey(bits, perChannel);
  return ["nearest", ...Object.keys(subject.roundings).filter((kind) => key in subject.roundings[kind])];
}

/**
 * The codes (of every layer, row-major) of a rounding that Python wrote; throws an Error where it wrote none.
 * @returns {Int32Array[]}
 */
export function givenCodes(subject, rounding, bits, perChannel) {
  const codes = subject.roundings[rounding]?.[roundingKey(bits, perChannel)];
  need(codes !== undefined, `the rounding ${rounding} was not worked out for ${subject.name} at ${bits} bits`);
  let first = 0;
  return subject.network.weights.map(({ data }) => Int32Array.from(codes.subarray(first, (first += data.length))));
}

/** The outputs (n, d_L) as places (n, 2) on the plane where they are drawn. */
export function drawnOutputs(subject, outputs) {
  if (subject.outputPlane === null) return outputs;
  const { origin, directions } = subject.outputPlane;
  const d = origin.length;
  const places = new Float64Array((2 * outputs.length) / d);
  for (let n = 0; n < places.length / 2; n++) {
    for (let k = 0; k < 2; k++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (outputs[n * d + j] - origin[j]) * directions.data[k * d + j];
      places[2 * n + k] = sum;
    }
  }
  return places;
}
