/** The error of a rounded network at a point, split by the routing of the float network. */

/**
 * e = f_q - f at a point, total = metric + topological. metric: the rounded weights on the float network's routing, minus
 * f: the right region, the wrong affine map. topological: what the rounded network's own routing adds; zero wherever
 * samePattern.
 * @param {import("./network.js").Network} float
 * @param {import("./network.js").Network} rounded
 * @param {ArrayLike<number>} point  (2)
 * @returns {{float: Float64Array, rounded: Float64Array, held: Float64Array, total: Float64Array, metric: Float64Array,
 *   topological: Float64Array, samePattern: boolean, floatPattern: Uint8Array, roundedPattern: Uint8Array}} outputs and
 *   errors (d_L); patterns (H)
 */
export function errorAt(float, rounded, point) {
  throw new Error("not yet");
}
