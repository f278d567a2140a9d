/**
 * Symmetric round-to-nearest (RTN) quantization of weights, narrow range, ties to even:
 * s = max|W| / q_max, code = clip(round(W / s), -q_max, q_max), W_q = s code.
 */

/** q_max = 2^(bits - 1) - 1, the largest code; bits: 2 to 8. */
export function largestCode(bits) {
  return 2 ** (bits - 1) - 1;
}

/** The nearest whole number, of two equally near ones the even one (`Math.round` takes the upper one). */
export function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value - Math.trunc(value)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * The width of one quantization step for every row of a weight matrix: (rows), one number throughout unless per channel.
 * It is 0 where all the weights that share it are 0.
 * @param {import("./network.js").Matrix} weight
 * @param {number} bits
 * @param {boolean} perChannel  one scale for each output row instead of one for the matrix
 * @returns {Float64Array}
 */
export function scalesOf(weight, bits, perChannel) {
  const magnitude = new Float64Array(weight.rows);
  weight.data.forEach((value, place) => {
    const row = Math.floor(place / weight.columns);
    magnitude[row] = Math.max(magnitude[row], Math.abs(value));
  });
  if (!perChannel) magnitude.fill(Math.max(...magnitude));
  return magnitude.map((value) => value / largestCode(bits));
}

/** The whole-number code of every weight, row-major, (rows columns). */
export function codesOf(weight, bits, perChannel) {
  const scales = scalesOf(weight, bits, perChannel);
  const most = largestCode(bits);
  return Int32Array.from(weight.data, (value, place) => {
    const scale = scales[Math.floor(place / weight.columns)];
    return scale > 0 ? Math.min(most, Math.max(-most, roundHalfToEven(value / scale))) : 0;
  });
}

/** The weights that codes (rows columns) stand for: W_q = s code. */
export function decoded(weight, codes, scales) {
  return { ...weight, data: Float64Array.from(codes, (code, place) => scales[Math.floor(place / weight.columns)] * code) };
}

/** All levels of a scale, from the lowest to the highest, (2 q_max + 1). */
export function levelsOf(scale, bits) {
  const most = largestCode(bits);
  return Float64Array.from({ length: 2 * most + 1 }, (_, place) => scale * (place - most));
}

/** A part, 0 to 1, of the straight way between two matrices of one shape: (1 - part) start + part end; ends exact. */
export function blended(start, end, part) {
  return { ...start, data: start.data.map((value, place) => (1 - part) * value + part * end.data[place]) };
}

/**
 * A network whose weights are on their levels, or part of the way there; the biases are kept.
 * @param {import("./network.js").Network} network
 * @param {Int32Array[]} codes  of every layer, row-major
 * @param {number} bits
 * @param {boolean} perChannel
 * @param {number} amount  0, the float weights, to 1, the levels
 * @returns {import("./network.js").Network}
 */
export function roundedNetwork(network, codes, bits, perChannel, amount) {
  const weights = network.weights.map((weight, layer) =>
    blended(weight, decoded(weight, codes[layer], scalesOf(weight, bits, perChannel)), amount),
  );
  return { weights, biases: network.biases };
}
