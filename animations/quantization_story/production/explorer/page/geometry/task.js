/** The classification task: the read-out by prototypes, and accuracy. */

/**
 * The class whose prototype has the largest logit, (n), at outputs (n, d).
 * @param {Float64Array} outputs
 * @param {import("./network.js").Matrix} readout  (classes, d)
 * @returns {Uint8Array}
 */
export function classesOf(outputs, readout) {
  throw new Error("not yet");
}

/** The share, 0 to 1, of classes (n) that are as labels (n) say. */
export function shareRight(classes, labels) {
  throw new Error("not yet");
}
