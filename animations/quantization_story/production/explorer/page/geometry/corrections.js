/**
 * Corrections of a rounded network, fitted on calibration points: a bias in every layer, one affine map of the output, a
 * term of rank 1 in every layer.
 *
 * @typedef {object} Calibration  what the float network makes of its calibration points
 * @property {Float64Array} points  (n, d_0), row-major
 * @property {Float64Array} outputs  (n, d_L)
 * @property {Float64Array[]} inputs  a of every layer, (n, d_(l-1))
 */
import { eigen, nearestOfRankOne, singular } from "./linear_algebra.js";
import { activations, affine, outputsOf, product, transposed } from "./network.js";

/** The share of the largest singular value below which a direction is not fitted: such a map would fit noise. */
const LEAST_DIRECTION = 0.01;

/**
 * What corrections need of the float network, worked out once.
 * @param {import("./network.js").Network} float
 * @param {Float64Array} points  (n, d_0), row-major, n at least 1
 * @returns {Calibration}
 */
export function calibrationOf(float, points) {
  return { points, outputs: outputsOf(float, points), inputs: activations(float, points) };
}

/** The mean (d) of n rows. */
function meanOf(rows, d) {
  const mean = new Float64Array(d);
  rows.forEach((value, place) => {
    mean[place % d] += value;
  });
  return mean.map((sum) => (sum * d) / rows.length);
}

/** R = E[a a^T], (d, d), of n rows a. */
function momentsOf(rows, d) {
  const matrix = { rows: rows.length / d, columns: d, data: rows };
  const sums = product(transposed(matrix), matrix);
  return { ...sums, data: sums.data.map((sum) => sum / matrix.rows) };
}

const rootsKnown = new WeakMap(); // by calibration: they are the same at every amount of rounding

/** R^1/2 and R^-1/2 of the inputs of every layer, R = E[a a^T]. */
function rootsOfLayers(float, calibration) {
  if (!rootsKnown.has(calibration)) {
    const roots = calibration.inputs.map((a, layer) => rootsOf(momentsOf(a, float.weights[layer].columns)));
    rootsKnown.set(calibration, roots);
  }
  return rootsKnown.get(calibration);
}

/** The symmetric roots R^1/2 and R^-1/2 of moments, each without the directions that have none. */
function rootsOf(moments) {
  const { values, vectors } = eigen(moments);
  const least = Math.max(...values) * values.length * Number.EPSILON;
  const power = (of) => {
    const scaled = vectors.data.map((entry, place) => {
      const value = values[place % vectors.columns];
      return value > least ? entry * of(value) : 0;
    });
    return product({ ...vectors, data: scaled }, transposed(vectors));
  };
  return { root: power(Math.sqrt), inverse: power((value) => 1 / Math.sqrt(value)) };
}

/**
 * The affine map (T, t) that minimises the sum of |T source_i + t - target_i|^2, source and target n rows of d.
 *
 * Directions of the source whose singular value is below a share `cut` of the largest, or within the rounding of the
 * source itself, are left out: T is then the solution of minimum Frobenius norm.
 * @param {Float64Array} source
 * @param {Float64Array} target
 * @param {number} d
 * @param {number} cut
 * @returns {import("./network.js").AffineMap}
 */
export function fitAffine(source, target, d, cut = LEAST_DIRECTION) {
  const count = source.length / d;
  const mean = meanOf(source, d);
  const targetMean = meanOf(target, d);
  const { scaled, values, right } = singular({ rows: count, columns: d, data: source.map((x, place) => x - mean[place % d]) });
  const rounding = Number.EPSILON * Math.max(count, d) * Math.sqrt(source.reduce((sum, x) => sum + x * x, 0));
  const least = cut * Math.max(...values);
  const spanned = right.data.map((entry, place) => {
    const value = values[place % d];
    return value > rounding && value >= least ? entry / (value * value) : 0;
  });
  const centred = { rows: count, columns: d, data: target.map((z, place) => z - targetMean[place % d]) };
  const linear = product(product(transposed(centred), scaled), transposed({ ...right, data: spanned }));
  return { linear, offset: affine({ ...linear, data: linear.data.map((entry) => -entry) }, mean, targetMean) };
}

/**
 * The rounded network with a correction folded in, and the output map where that is the correction.
 *
 * bias: t = (W - W_q) E[a]. map: T, t of the output by least squares. rank1: C = SVD_1((W - W_q) R^1/2) R^-1/2.
 * @param {import("./network.js").Network} float
 * @param {import("./network.js").Network} rounded
 * @param {Calibration} calibration
 * @param {"none"|"bias"|"map"|"rank1"} kind
 * @returns {{network: import("./network.js").Network, map: import("./network.js").AffineMap|null}}
 */
export function corrected(float, rounded, calibration, kind) {
  if (kind === "map") return withOutputMap(rounded, calibration);
  const lost = (layer) => ({
    ...float.weights[layer],
    data: float.weights[layer].data.map((value, place) => value - rounded.weights[layer].data[place]),
  });
  let { weights, biases } = rounded;
  if (kind === "bias") {
    const mean = (layer) => meanOf(calibration.inputs[layer], float.weights[layer].columns);
    biases = biases.map((bias, layer) => affine(lost(layer), mean(layer), bias));
  }
  if (kind === "rank1") {
    const roots = rootsOfLayers(float, calibration);
    weights = weights.map((weight, layer) => {
      const { root, inverse } = roots[layer];
      const term = product(nearestOfRankOne(product(lost(layer), root)), inverse);
      return { ...weight, data: weight.data.map((value, place) => value + term.data[place]) };
    });
  }
  return { network: { weights, biases }, map: null };
}

function withOutputMap(rounded, calibration) {
  const last = rounded.weights.length - 1;
  const map = fitAffine(outputsOf(rounded, calibration.points), calibration.outputs, rounded.weights[last].rows);
  const weights = [...rounded.weights.slice(0, last), product(map.linear, rounded.weights[last])];
  const biases = [...rounded.biases.slice(0, last), affine(map.linear, rounded.biases[last], map.offset)];
  return { network: { weights, biases }, map };
}
