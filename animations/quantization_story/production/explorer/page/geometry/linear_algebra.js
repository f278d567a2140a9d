/** Singular values and eigenvalues of small matrices, by Jacobi's rotations: slow for large ones, exact for small. */
import { product, transposed, zeros } from "./network.js";

const MOST_SWEEPS = 60;
const NOTHING = 1e-19;

/** The cosine and sine that turn two directions with these inner products so that they are at right angles. */
function rotation(alpha, beta, gamma) {
  const zeta = (beta - alpha) / (2 * gamma);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  return [c, c * t];
}

/** Turn two columns of a matrix: (p, q) <- (c p - s q, s p + c q). */
function turnColumns(matrix, p, q, c, s) {
  const { rows, columns, data } = matrix;
  for (let i = 0; i < rows; i++) {
    const left = data[i * columns + p];
    const right = data[i * columns + q];
    data[i * columns + p] = c * left - s * right;
    data[i * columns + q] = s * left + c * right;
  }
}

/** The same of two rows. */
function turnRows(matrix, p, q, c, s) {
  const { columns, data } = matrix;
  for (let j = 0; j < columns; j++) {
    const upper = data[p * columns + j];
    const lower = data[q * columns + j];
    data[p * columns + j] = c * upper - s * lower;
    data[q * columns + j] = s * upper + c * lower;
  }
}

function identity(size) {
  const result = zeros(size, size);
  for (let i = 0; i < size; i++) result.data[i * size + i] = 1;
  return result;
}

/** The inner product of two columns. */
function inner(matrix, p, q) {
  const { rows, columns, data } = matrix;
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += data[i * columns + p] * data[i * columns + q];
  return sum;
}

/**
 * The singular value decomposition of a matrix (n, d), one-sided: U S = matrix V.
 * @returns {{scaled: import("./network.js").Matrix, values: Float64Array, right: import("./network.js").Matrix}} scaled:
 *   U S, (n, d), its columns at right angles; values: their lengths S, in no order; right: V, (d, d), a column each
 */
export function singular(matrix) {
  const scaled = { ...matrix, data: matrix.data.slice() };
  const d = matrix.columns;
  const right = identity(d);
  for (let sweep = 0, turned = true; turned && sweep < MOST_SWEEPS; sweep++) {
    turned = false;
    for (let p = 0; p < d; p++) {
      for (let q = p + 1; q < d; q++) {
        const alpha = inner(scaled, p, p);
        const beta = inner(scaled, q, q);
        const gamma = inner(scaled, p, q);
        if (Math.abs(gamma) <= Number.EPSILON * Math.sqrt(alpha * beta)) continue;
        turned = true;
        const [c, s] = rotation(alpha, beta, gamma);
        turnColumns(scaled, p, q, c, s);
        turnColumns(right, p, q, c, s);
      }
    }
  }
  return { scaled, values: Float64Array.from({ length: d }, (_, p) => Math.sqrt(inner(scaled, p, p))), right };
}

/**
 * The eigenvalues of a symmetric matrix (d, d), in no order, and its eigenvectors, a column each.
 * @returns {{values: Float64Array, vectors: import("./network.js").Matrix}}
 */
export function eigen(symmetric) {
  const d = symmetric.rows;
  const matrix = { ...symmetric, data: symmetric.data.slice() };
  const { data } = matrix;
  const vectors = identity(d);
  let nothing = 0; // what is too small to matter to the largest of them
  for (let i = 0; i < d; i++) nothing = Math.max(nothing, NOTHING * data[i * d + i]);
  for (let sweep = 0, turned = true; turned && sweep < MOST_SWEEPS; sweep++) {
    turned = false;
    for (let p = 0; p < d; p++) {
      for (let q = p + 1; q < d; q++) {
        const [alpha, beta, gamma] = [data[p * d + p], data[q * d + q], data[p * d + q]];
        if (Math.abs(gamma) <= Math.max(nothing, Number.EPSILON * Math.sqrt(Math.abs(alpha * beta)))) continue;
        turned = true;
        const [c, s] = rotation(alpha, beta, gamma);
        turnColumns(matrix, p, q, c, s);
        turnRows(matrix, p, q, c, s);
        turnColumns(vectors, p, q, c, s);
      }
    }
  }
  return { values: Float64Array.from({ length: d }, (_, i) => data[i * d + i]), vectors };
}

/** The nearest matrix of rank 1 (Eckart-Young). */
export function nearestOfRankOne(matrix) {
  const { scaled, values, right } = singular(matrix);
  const largest = values.indexOf(Math.max(...values));
  const column = (source) => ({
    rows: source.rows,
    columns: 1,
    data: Float64Array.from({ length: source.rows }, (_, i) => source.data[i * source.columns + largest]),
  });
  return product(column(scaled), transposed(column(right)));
}
