/**
 * The exact partition of a 2-D box into the convex cells on which ReLU networks are affine.
 *
 * @typedef {[number, number, number, number]} Box  xmin, xmax, ymin, ymax
 *
 * @typedef {object} Cut  a box cut into N convex cells
 * @property {number} count  N
 * @property {number[][]} widths  for each network the units of its hidden layers
 * @property {Float64Array} vertices  (V, 2), row-major
 * @property {Int32Array} corners  the vertex numbers of all cells, one cell after the other, counter-clockwise
 * @property {Int32Array} starts  (N + 1), where the corners of each cell begin: those of cell i are
 *   corners[starts[i]] ... corners[starts[i + 1] - 1]
 * @property {Level[]} levels  one for each hidden layer; the cells of the last are the N cells
 *
 * @typedef {object} Level  what a hidden layer adds; its cells are those of the partition by the layers up to it
 * @property {Int32Array} parents  the cell of the level before that each one lies in, never falling
 * @property {Uint8Array} bits  row-major, a row for each cell: which units are on, those of the first network first
 */
import { meshOf } from "./mesh.js";

/** The most cells that are made: beyond, a picture shows nothing and the page would stand still. */
export const MOST_CELLS = 20000;

/**
 * Cut a box along all ReLU boundaries of networks of 2 inputs and equal depth. Throws an Error beyond MOST_CELLS.
 * @param {import("./network.js").Network[]} networks
 * @param {Box} box
 * @returns {Cut}
 */
export function cutBox(networks, box) {
  const { vertices, cells, levels } = meshOf(networks, box, MOST_CELLS);
  const starts = new Int32Array(cells.length + 1);
  cells.forEach((corners, cell) => {
    starts[cell + 1] = starts[cell] + corners.length;
  });
  const corners = new Int32Array(starts.at(-1));
  cells.forEach((each, cell) => corners.set(each, starts[cell]));
  const widths = networks.map((network) => network.weights.slice(0, -1).map((weight) => weight.rows));
  return { count: cells.length, widths, vertices, corners, starts, levels };
}

/**
 * What is exact about the shape of each cell: areas (N), centroids (N, 2), and spreads (N, 3) = (s00, s10, s11) of the
 * lower triangle S with S S^T the integral of r r^T, r = x - centroid.
 *
 * Summed over the triangles of a fan from the first corner: over a triangle (0, p, q) with c = det(p, q), the integrals of
 * 1, r and r r^T are c/2, c/6 (p + q) and c/24 ((p + q)(p + q)^T + p p^T + q q^T).
 * @param {Cut} cut
 * @returns {{areas: Float64Array, centroids: Float64Array, spreads: Float64Array}}
 */
export function shapesOf(cut) {
  const { count, vertices, corners, starts } = cut;
  const areas = new Float64Array(count);
  const centroids = new Float64Array(2 * count);
  const spreads = new Float64Array(3 * count);
  for (let cell = 0; cell < count; cell++) {
    const first = 2 * corners[starts[cell]];
    const x0 = vertices[first];
    const y0 = vertices[first + 1];
    let twice = 0;
    let mx = 0;
    let my = 0;
    let xx = 0;
    let xy = 0;
    let yy = 0;
    for (let place = starts[cell] + 1; place + 1 < starts[cell + 1]; place++) {
      const p = 2 * corners[place];
      const q = 2 * corners[place + 1];
      const px = vertices[p] - x0;
      const py = vertices[p + 1] - y0;
      const qx = vertices[q] - x0;
      const qy = vertices[q + 1] - y0;
      const c = px * qy - qx * py;
      const sx = px + qx;
      const sy = py + qy;
      twice += c;
      mx += c * sx;
      my += c * sy;
      xx += c * (sx * sx + px * px + qx * qx);
      xy += c * (sx * sy + px * py + qx * qy);
      yy += c * (sy * sy + py * py + qy * qy);
    }
    const area = twice / 2;
    const scale = area > 0 ? 1 / area : 0;
    mx *= scale / 6;
    my *= scale / 6;
    const s00 = Math.sqrt(Math.max(xx / 24 - area * mx * mx, 0));
    const s10 = s00 > 0 ? (xy / 24 - area * mx * my) / s00 : 0;
    areas[cell] = area;
    centroids[2 * cell] = mx + x0;
    centroids[2 * cell + 1] = my + y0;
    spreads[3 * cell] = s00;
    spreads[3 * cell + 1] = s10;
    spreads[3 * cell + 2] = Math.sqrt(Math.max(yy / 24 - area * my * my - s10 * s10, 0));
  }
  return { areas, centroids, spreads };
}

/** The number of the cell that the point (x, y) lies in, of several that share it the first; -1 outside the box. */
export function cellAt(cut, x, y) {
  const { count, vertices, corners, starts } = cut;
  for (let cell = 0; cell < count; cell++) {
    let inside = true;
    let before = 2 * corners[starts[cell + 1] - 1];
    for (let place = starts[cell]; inside && place < starts[cell + 1]; place++) {
      const corner = 2 * corners[place];
      const dx = vertices[corner] - vertices[before];
      const dy = vertices[corner + 1] - vertices[before + 1];
      inside = dx * (y - vertices[before + 1]) - dy * (x - vertices[before]) >= 0;
      before = corner;
    }
    if (inside) return cell;
  }
  return -1;
}

/**
 * The distinct patterns of one network in the cells of every level.
 *
 * @param {Cut} cut
 * @param {number} network  its number among those of the cut
 * @returns {{parents: Int32Array, bits: Uint8Array, ofCell: Int32Array}[]} one for each hidden layer: of every pattern the
 *   one of the layer before and its own bits, row-major (P, d); and which of them each cell of the level has
 */
export function patternsOf(cut, network) {
  const result = [];
  let above = Int32Array.of(0);
  cut.levels.forEach((level, layer) => {
    const { first, width, units } = placesOf(cut, network, layer);
    const ofCell = new Int32Array(level.parents.length);
    const parents = [];
    const bits = [];
    const known = new Map();
    for (let cell = 0; cell < ofCell.length; cell++) {
      const from = cell * units + first;
      const parent = above[level.parents[cell]];
      const key = keyOf(parent, level.bits, from, from + width);
      let number = known.get(key);
      if (number === undefined) {
        number = parents.length;
        known.set(key, number);
        parents.push(parent);
        for (let place = from; place < from + width; place++) bits.push(level.bits[place]);
      }
      ofCell[cell] = number;
    }
    result.push({ parents: Int32Array.from(parents), bits: Uint8Array.from(bits), ofCell });
    above = ofCell;
  });
  return result;
}

/** Of a hidden layer (from 0): how many units all networks have in it, and how many and from which on one of them has. */
function placesOf(cut, network, layer) {
  const counts = cut.widths.map((widths) => widths[layer]);
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  return { first: sum(counts.slice(0, network)), width: counts[network], units: sum(counts) };
}

/** A number, where few enough bits make one, else a text, for a pattern of the layer before with the bits behind it. */
function keyOf(parent, bits, from, to) {
  if (to - from > 32) return `${parent} ${bits.subarray(from, to).join("")}`;
  let key = parent;
  for (let place = from; place < to; place++) key = 2 * key + bits[place];
  return key;
}

/**
 * Where the units of each network switch: the edges between cells in which a bit of it differs.
 * @param {Cut} cut
 * @returns {{segments: Float64Array, layers: Uint8Array, units: Int32Array}[]} for each network: segments (m, 4) =
 *   (x0, y0, x1, y1); layers (m), from 1 on, and units (m), from 0 on: the first that switches there
 */
export function creasesOf(cut) {
  const { vertices } = cut;
  const ancestors = ancestorsOf(cut);
  const found = cut.widths.map((widths, network) => ({
    segments: [],
    layers: [],
    units: [],
    places: widths.map((_, layer) => placesOf(cut, network, layer)),
  }));
  forEachInnerEdge(cut, (start, end, left, right) => {
    for (const { segments, layers, units, places } of found) {
      const [layer, unit] = firstFlip(cut, places, ancestors, left, right);
      if (layer < 0) continue;
      segments.push(vertices[2 * start], vertices[2 * start + 1], vertices[2 * end], vertices[2 * end + 1]);
      layers.push(layer + 1);
      units.push(unit);
    }
  });
  return found.map(({ segments, layers, units }) => ({
    segments: Float64Array.from(segments),
    layers: Uint8Array.from(layers),
    units: Int32Array.from(units),
  }));
}

/** For each hidden layer the cell of its level that each of the N cells lies in. */
function ancestorsOf(cut) {
  const result = [Int32Array.from({ length: cut.count }, (_, cell) => cell)];
  for (const level of cut.levels.slice(1).reverse()) result.unshift(result[0].map((cell) => level.parents[cell]));
  return result;
}

/** Call `found(start, end, left, right)` with the vertices of each edge that two cells share, and the two cells. */
function forEachInnerEdge(cut, found) {
  const { corners, starts, vertices } = cut;
  const seen = new Map();
  for (let cell = 0; cell < cut.count; cell++) {
    let before = corners[starts[cell + 1] - 1];
    for (let place = starts[cell]; place < starts[cell + 1]; place++) {
      const corner = corners[place];
      const key = (Math.min(before, corner) * vertices.length) / 2 + Math.max(before, corner);
      const other = seen.get(key);
      if (other === undefined) seen.set(key, cell);
      else found(before, corner, cell, other);
      before = corner;
    }
  }
}

/** The layer and the unit, both from 0, of a network that is on in one of two cells only; [-1, -1] if there is none. */
function firstFlip(cut, places, ancestors, left, right) {
  for (let layer = 0; layer < places.length; layer++) {
    const one = ancestors[layer][left];
    const other = ancestors[layer][right];
    if (one === other) continue;
    const { first, width, units } = places[layer];
    const { bits } = cut.levels[layer];
    for (let unit = 0; unit < width; unit++) {
      if (bits[one * units + first + unit] !== bits[other * units + first + unit]) return [layer, unit];
    }
  }
  return [-1, -1];
}
