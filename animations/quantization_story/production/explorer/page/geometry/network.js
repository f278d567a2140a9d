/**
 * The ReLU network: forward, activation patterns, and the affine map of each region.
 *
 * @typedef {{rows: number, columns: number, data: Float64Array}} Matrix  row-major
 * @typedef {{weights: Matrix[], biases: Float64Array[]}} Network  z_l = W_l a_(l-1) + b_l, a_l = max(z_l, 0), the last
 *   layer without ReLU; W_l is (d_l, d_(l-1)), layers in arrays count from 0
 * @typedef {{linear: Matrix, offset: Float64Array}} AffineMap  x -> linear x + offset
 * @typedef {{origin: Float64Array, directions: Matrix}} Plane  in a space of d dimensions: origin (d), directions (2, d)
 */

/** A matrix (rows, columns) of zeros. */
export function zeros(rows, columns) {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** The Matrix of nested arrays, a row each, all of one length. */
export function matrixOf(rows) {
  return { rows: rows.length, columns: rows[0].length, data: Float64Array.from(rows.flat()) };
}

/** The product (a.rows, b.columns) of two matrices. */
export function product(a, b) {
  const result = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k];
      for (let j = 0; j < b.columns; j++) result.data[i * b.columns + j] += factor * b.data[k * b.columns + j];
    }
  }
  return result;
}

/** The transpose (columns, rows). */
export function transposed(matrix) {
  const result = zeros(matrix.columns, matrix.rows);
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++) result.data[j * matrix.rows + i] = matrix.data[i * matrix.columns + j];
  }
  return result;
}

/** The matrix (d, c) times a vector (c), plus an offset (d): a vector (d). */
export function affine(matrix, vector, offset) {
  const result = Float64Array.from(offset);
  for (let i = 0; i < matrix.rows; i++) {
    let sum = 0;
    for (let j = 0; j < matrix.columns; j++) sum += matrix.data[i * matrix.columns + j] * vector[j];
    result[i] += sum;
  }
  return result;
}

/** [d_0, d_1, ..., d_L]: the number of inputs, then of the units of every layer. */
export function widths(network) {
  return [network.weights[0].columns, ...network.weights.map((weight) => weight.rows)];
}

/** H, the number of hidden units. */
export function hiddenUnits(network) {
  return widths(network).slice(1, -1).reduce((sum, width) => sum + width, 0);
}

/**
 * Write a layer's z at so many rows of inputs, which where they are gated pass the ReLU first. Inputs and values are
 * [array, numbers in a row, where in a row they begin]. Returns the largest size of each input, (columns).
 */
export function writeLayer(weight, bias, count, gated, [inputs, inputStride, inputFirst], [values, stride, first]) {
  const { rows, columns } = weight;
  const { data } = transposed(weight); // what one input adds stands together
  const largest = new Float64Array(columns);
  for (let row = 0; row < count; row++) {
    const to = row * stride + first;
    for (let i = 0; i < rows; i++) values[to + i] = bias[i];
    for (let j = 0, from = row * inputStride + inputFirst, place = 0; j < columns; j++, from++, place += rows) {
      const value = inputs[from];
      if (value === 0 || (gated && value < 0)) continue;
      if (value > largest[j]) largest[j] = value;
      else if (-value > largest[j]) largest[j] = -value;
      for (let i = 0; i < rows; i++) values[to + i] += value * data[place + i];
    }
  }
  return largest;
}

/** The entries, those below zero as zero. */
export function relu(z) {
  return z.map((value) => (value > 0 ? value : 0));
}

/**
 * [z_1, ..., z_L] at points, n rows of d_0, row-major; z_l has n rows of d_l, and z_L is the output.
 * @param {Network} network
 * @param {Float64Array} points
 * @returns {Float64Array[]}
 */
export function preActivations(network, points) {
  const result = [];
  const count = points.length / network.weights[0].columns;
  let inputs = points;
  network.weights.forEach((weight, layer) => {
    const z = new Float64Array(count * weight.rows);
    writeLayer(weight, network.biases[layer], count, layer > 0, [inputs, weight.columns, 0], [z, weight.rows, 0]);
    result.push(z);
    inputs = z;
  });
  return result;
}

/** [a_0, ..., a_(L-1)]: the points themselves, then what every hidden layer gives; a_(l-1) is what W_l acts on. */
export function activations(network, points) {
  return [points, ...preActivations(network, points).slice(0, -1).map(relu)];
}

/** The outputs at points, n rows of d_0: n rows of d_L, row-major. */
export function outputsOf(network, points) {
  return preActivations(network, points).at(-1);
}

/**
 * The activation pattern at one point (d_0): the bits z > 0 of all hidden layers, concatenated, (H).
 * @param {Network} network
 * @param {ArrayLike<number>} point
 * @returns {Uint8Array}
 */
export function patternAt(network, point) {
  const hidden = preActivations(network, Float64Array.from(point)).slice(0, -1);
  return Uint8Array.from(hidden.flatMap((z) => Array.from(z, (value) => Number(value > 0))));
}

/**
 * The affine map x -> output that the network is where it has this pattern (H).
 * @param {Network} network
 * @param {Uint8Array} pattern
 * @returns {AffineMap}
 */
export function affineMap(network, pattern) {
  let linear = network.weights[0];
  let offset = network.biases[0];
  let first = 0;
  for (let layer = 1; layer < network.weights.length; layer++) {
    const gates = pattern.subarray(first, first + offset.length);
    first += offset.length;
    const opened = { ...linear, data: linear.data.map((value, place) => value * gates[Math.floor(place / linear.columns)]) };
    offset = affine(network.weights[layer], offset.map((value, unit) => value * gates[unit]), network.biases[layer]);
    linear = product(network.weights[layer], opened);
  }
  return { linear, offset };
}

/** The map's value (out) at a point (in). */
export function mapped(map, point) {
  return affine(map.linear, point, map.offset);
}

/** The network as a function of a plane's two coordinates: x -> network(origin + x directions). */
export function restricted(network, plane) {
  const [first, ...others] = network.weights;
  return {
    weights: [product(first, transposed(plane.directions)), ...others],
    biases: [affine(first, plane.origin, network.biases[0]), ...network.biases.slice(1)],
  };
}
