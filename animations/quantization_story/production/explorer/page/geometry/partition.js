/**
 * The exact partition of a 2-D box into the convex cells on which ReLU networks are affine.
 *
 * @typedef {[number, number, number, number]} Box  xmin, xmax, ymin, ymax
 *
 * @typedef {object} Cut  a box cut into N convex cells
 * @property {number} count  N
 * @property {Float64Array} vertices  (V, 2), row-major
 * @property {Int32Array} corners  the vertex numbers of all cells, one cell after the other, counter-clockwise
 * @property {Int32Array} starts  (N + 1), where the corners of each cell begin: those of cell i are
 *   corners[starts[i]] ... corners[starts[i + 1] - 1]
 * @property {Level[]} levels  one for each hidden layer; the cells of the last are the N cells
 *
 * @typedef {object} Level  what a hidden layer adds; its cells are those of the partition by the layers up to it
 * @property {Int32Array} parents  the cell of the level before that each one lies in
 * @property {Uint8Array} bits  row-major, a row for each cell: which units are on, those of the first network first
 */

/**
 * Cut a box along all ReLU boundaries of networks of 2 inputs and equal depth.
 * @param {import("./network.js").Network[]} networks
 * @param {Box} box
 * @returns {Cut}
 */
export function cutBox(networks, box) {
  throw new Error("not yet");
}

/**
 * What is exact about the shape of each cell: areas (N), centroids (N, 2), and spreads (N, 3) = (s00, s10, s11) of the
 * lower triangle S with S S^T the integral of r r^T, r = x - centroid.
 * @param {Cut} cut
 * @returns {{areas: Float64Array, centroids: Float64Array, spreads: Float64Array}}
 */
export function shapesOf(cut) {
  throw new Error("not yet");
}

/** The number of the cell that the point (x, y) lies in, -1 outside the box. */
export function cellAt(cut, x, y) {
  throw new Error("not yet");
}

/**
 * Where the units of one network switch: the edges between cells in which a bit of it differs.
 * @param {Cut} cut
 * @param {number} network  its number among those of the cut
 * @returns {{segments: Float64Array, layers: Uint8Array}} segments (m, 4) = (x0, y0, x1, y1); layers (m), from 1 on: the
 *   first whose unit switches there
 */
export function creasesOf(cut, network) {
  throw new Error("not yet");
}
