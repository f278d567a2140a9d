/**
 * Corrections of a rounded network, fitted on calibration points: a bias in every layer, one affine map of the output, a
 * term of rank 1 in every layer.
 */

/**
 * The affine map (T, t) that minimises the sum of |T source_i + t - target_i|^2; source and target (n, d), row-major.
 * Directions of the source whose singular value is below a share `cut` of the largest are left out.
 * @returns {import("./network.js").AffineMap}
 */
export function fitAffine(source, target, dimension, cut) {
  throw new Error("not yet");
}

/**
 * The rounded network with a correction folded in, and the output map where that is the correction.
 * @param {import("./network.js").Network} float
 * @param {import("./network.js").Network} rounded
 * @param {Float64Array} calibration  (n, d_0)
 * @param {"none"|"bias"|"map"|"rank1"} kind
 * @returns {{network: import("./network.js").Network, map: import("./network.js").AffineMap|null}}
 */
export function corrected(float, rounded, calibration, kind) {
  throw new Error("not yet");
}
