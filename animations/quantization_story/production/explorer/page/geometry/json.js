/**
 * Networks as JSON: reads what Python wrote or a hand did, checks it, and says what cannot be shown and why.
 *
 * Arrays are nested lists of numbers, or {"float64" | "float32" | "int8" | "uint8": base64, "shape": [...]},
 * little-endian. Needed are "weights" and "biases"; the rest may be missing.
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
 * @property {Points} calibration  what corrections are fitted on
 * @property {Points} heldOut  what accuracy is measured on
 * @property {object} roundings  codes that Python found; see `givenCodes`
 */

/**
 * The subject of a network's JSON text or of what was parsed from it. Throws an Error whose message is one sentence for
 * readers: what is wrong, where, or what cannot be shown.
 * @param {string|object} source
 * @param {string} name  used where the JSON holds none
 * @returns {Subject}
 */
export function readSubject(source, name = "network") {
  throw new Error("not yet");
}

/** Which roundings a subject has at a bit width and a scheme: "nearest", and those that Python wrote. */
export function roundingsOf(subject, bits, perChannel) {
  throw new Error("not yet");
}

/** The codes (of every layer, row-major) of a rounding that Python wrote. */
export function givenCodes(subject, rounding, bits, perChannel) {
  throw new Error("not yet");
}

/** The outputs (n, d_L) as places (n, 2) on the plane where they are drawn. */
export function drawnOutputs(subject, outputs) {
  throw new Error("not yet");
}
