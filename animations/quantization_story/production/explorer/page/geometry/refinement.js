/**
 * The common refinement of a float and a rounded network's cells, and the exact integrals over it.
 *
 * @typedef {object} Refinement
 * @property {import("./partition.js").Cut} cut
 * @property {Float64Array} areas  (N)
 * @property {Float64Array} centroids  (N, 2)
 * @property {Float64Array} spreads  (N, 3), see `shapesOf`
 * @property {Uint8Array} changed  (N), 1 where the patterns differ
 * @property {Int32Array} floatPatterns  (N), which of the distinct patterns of the float network each cell has
 * @property {Int32Array} roundedPatterns  (N), likewise of the rounded network
 * @property {Int32Array} counts  how many distinct patterns there are: float, rounded
 * @property {{float: Float64Array, rounded: Float64Array, held: Float64Array}} maps  (N, 3, d): in cell i the map
 *   (x, y, 1) -> output; entry [(3 i + k) d + j]. held: the rounded weights with the gates of the float network
 * @property {{total: Float64Array, metric: Float64Array, topological: Float64Array}} energies  (N) each: the integral
 *   of |e|^2 over each cell
 */

/**
 * @param {import("./network.js").Network} float
 * @param {import("./network.js").Network} rounded
 * @param {import("./partition.js").Box} box
 * @returns {Refinement}
 */
export function refine(float, rounded, box) {
  throw new Error("not yet");
}
