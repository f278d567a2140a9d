/**
 * The common refinement of a float and a rounded network's cells, and the exact integrals over it.
 *
 * @typedef {object} Refinement
 * @property {import("./partition.js").Cut} cut  of the float network, number 0, and the rounded one, number 1
 * @property {Float64Array} areas  (N)
 * @property {Float64Array} centroids  (N, 2)
 * @property {Float64Array} spreads  (N, 3), see `shapesOf`
 * @property {Uint8Array} changed  (N), 1 where the patterns differ
 * @property {Int32Array} floatPatterns  (N), which of its distinct patterns the float network has in each cell
 * @property {Int32Array} roundedPatterns  (N), likewise of the rounded network
 * @property {{float: number, rounded: number}} counts  how many distinct patterns there are
 * @property {{float: Float64Array, rounded: Float64Array, held: Float64Array}} maps  (N, 3, d): in cell i the map
 *   (x, y, 1) -> output; entry [(3 i + k) d + j]. held: the rounded weights with the gates of the float network
 * @property {{total: Float64Array, metric: Float64Array, topological: Float64Array}} energies  (N) each: the integral
 *   of |e|^2 over each cell. total: f_q - f; metric: held - f; topological: f_q - held, zero unless changed
 */
import { transposed } from "./network.js";
import { cutBox, patternsOf, shapesOf } from "./partition.js";

/**
 * The cells on which a float and a rounded network, functions of the plane's two coordinates, are both affine.
 * @param {import("./network.js").Network} float
 * @param {import("./network.js").Network} rounded
 * @param {import("./partition.js").Box} box
 * @returns {Refinement}
 */
export function refine(float, rounded, box) {
  const cut = cutBox([float, rounded], box);
  const shapes = shapesOf(cut);
  const [own, other] = [0, 1].map((network) => patternsOf(cut, network));
  const floatPatterns = own.at(-1).ofCell;
  const roundedPatterns = other.at(-1).ofCell;
  const size = 3 * float.weights.at(-1).rows;
  const maps = {
    float: ofEachCell(mapsOf(float, own), floatPatterns, size),
    rounded: ofEachCell(mapsOf(rounded, other), roundedPatterns, size),
    held: ofEachCell(mapsOf(rounded, own), floatPatterns, size),
  };
  return {
    cut,
    ...shapes,
    changed: changedCells(cut),
    floatPatterns,
    roundedPatterns,
    counts: { float: own.at(-1).parents.length, rounded: other.at(-1).parents.length },
    maps,
    energies: {
      total: energiesOf(maps.rounded, maps.float, shapes),
      metric: energiesOf(maps.held, maps.float, shapes),
      topological: energiesOf(maps.rounded, maps.held, shapes),
    },
  };
}

/** 1 for each cell in which the two networks of a cut differ in a bit, (N). */
function changedCells(cut) {
  let above = Uint8Array.of(0);
  cut.levels.forEach(({ parents, bits }, layer) => {
    const width = cut.widths[0][layer];
    const changed = new Uint8Array(parents.length);
    for (let cell = 0, place = 0; cell < changed.length; cell++, place += 2 * width) {
      changed[cell] = above[parents[cell]];
      for (let unit = place; changed[cell] === 0 && unit < place + width; unit++) changed[cell] = bits[unit] ^ bits[unit + width];
    }
    above = changed;
  });
  return above;
}

/** The maps (x, y, 1) -> output that a network is under each of some patterns, see `patternsOf`: (P, 3, d). */
function mapsOf(network, patterns) {
  const [first] = network.weights;
  let maps = new Float64Array(3 * first.rows);
  for (let j = 0; j < first.rows; j++) {
    maps[j] = first.data[2 * j];
    maps[first.rows + j] = first.data[2 * j + 1];
    maps[2 * first.rows + j] = network.biases[0][j];
  }
  patterns.forEach(({ parents, bits }, layer) => {
    maps = behindGates(maps, parents, bits, network.weights[layer + 1], network.biases[layer + 1]);
  });
  return maps;
}

/** From the maps to one layer's pre-activations those to the next layer's, the gates between set by each pattern's bits. */
function behindGates(maps, parents, bits, weight, bias) {
  const { rows, columns } = weight;
  const { data } = transposed(weight); // a row for each unit of the layer before: what it adds stands together
  const result = new Float64Array(parents.length * 3 * rows);
  for (let pattern = 0; pattern < parents.length; pattern++) {
    const to = 3 * pattern * rows;
    for (let i = 0; i < rows; i++) result[to + 2 * rows + i] = bias[i];
    for (let j = 0; j < columns; j++) {
      if (!bits[pattern * columns + j]) continue;
      const from = 3 * parents[pattern] * columns + j;
      const [x, y, one] = [maps[from], maps[from + columns], maps[from + 2 * columns]];
      for (let i = 0; i < rows; i++) {
        const factor = data[j * rows + i];
        result[to + i] += factor * x;
        result[to + rows + i] += factor * y;
        result[to + 2 * rows + i] += factor * one;
      }
    }
  }
  return result;
}

/** The maps of patterns, `size` numbers each, as those of the cells that have them. */
function ofEachCell(maps, patterns, size) {
  const result = new Float64Array(patterns.length * size);
  for (let cell = 0, to = 0; cell < patterns.length; cell++) {
    const from = patterns[cell] * size;
    for (let place = 0; place < size; place++) result[to++] = maps[from + place];
  }
  return result;
}

/** The values (V, d) of the maps (N, 3, d) at the vertices of the cells; any cell of a vertex gives the same. */
export function atVertices(cut, maps) {
  const d = maps.length / cut.count / 3;
  const values = new Float64Array((cut.vertices.length / 2) * d);
  for (let cell = 0; cell < cut.count; cell++) {
    for (let place = cut.starts[cell]; place < cut.starts[cell + 1]; place++) {
      const vertex = cut.corners[place];
      const [x, y] = [cut.vertices[2 * vertex], cut.vertices[2 * vertex + 1]];
      for (let j = 0, from = 3 * d * cell; j < d; j++, from++) {
        values[vertex * d + j] = x * maps[from] + y * maps[from + d] + maps[from + 2 * d];
      }
    }
  }
  return values;
}

/**
 * The integral of |p (A - B)|^2, p = (x, y, 1), over each cell, (N); `end` A and `start` B are (N, 3, d).
 *
 * Taken about the cell's centroid, so that a small cell loses nothing to its distance from the origin.
 */
export function energiesOf(end, start, { areas, centroids, spreads }) {
  const d = end.length / areas.length / 3;
  const energies = new Float64Array(areas.length);
  for (let cell = 0; cell < areas.length; cell++) {
    const [x, y] = [centroids[2 * cell], centroids[2 * cell + 1]];
    const [s00, s10, s11] = [spreads[3 * cell], spreads[3 * cell + 1], spreads[3 * cell + 2]];
    let centre = 0;
    let spread = 0;
    for (let j = 0, place = 3 * d * cell; j < d; j++, place++) {
      const a = end[place] - start[place];
      const b = end[place + d] - start[place + d];
      const middle = x * a + y * b + end[place + 2 * d] - start[place + 2 * d];
      const along = s00 * a + s10 * b;
      const aside = s11 * b;
      centre += middle * middle;
      spread += along * along + aside * aside;
    }
    energies[cell] = areas[cell] * centre + spread;
  }
  return energies;
}
