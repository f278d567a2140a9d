/**
 * The engine of the exact partition: it cuts a box along the ReLU boundaries, one unit after the other.
 *
 * Within a cell of the layers before, every unit is affine, so its boundary cuts the cell along a straight line. The cells
 * share their vertices by number, and every vertex carries the values of the layer's units. So a cell is cut exactly if it
 * has vertices on both sides, and two cells that share an edge cut it in the same vertex: no gaps and no overlaps, however
 * small the cells. A value that rounding alone could make is zero: its vertex lies on the boundary.
 */

import { writeLayer } from "./network.js";

// What one rounding is taken to move a number by, relative to it: room for the few roundings behind every coordinate.
const ROUNDING = 16 * Number.EPSILON;

/** How far rounding moves z of a layer, (d_l), given its inputs a (d_(l-1)) and how far it moves those. */
function roundingError(weight, a, error) {
  const { rows, columns, data } = weight;
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const w = data[i * columns + j];
      const own = ROUNDING * a[j];
      sum += (error[j] * error[j] + own * own) * w * w;
    }
    result[i] = Math.sqrt(sum);
  }
  return result;
}

/** How far rounding moves a coordinate in a box. */
function positionError(box) {
  return ROUNDING * Math.max(...box.map(Math.abs));
}

/** How far rounding moves z of the hidden layer with this number (from 0) at one point, (d). */
function errorsAt(network, layer, x, y, box) {
  let a = [x, y];
  let error = [positionError(box), positionError(box)];
  for (let each = 0; ; each++) {
    const weight = network.weights[each];
    const moved = roundingError(weight, a, error);
    if (each === layer) return moved;
    const z = network.biases[each].slice();
    for (let i = 0; i < weight.rows; i++) {
      for (let j = 0; j < weight.columns; j++) z[i] += weight.data[i * weight.columns + j] * a[j];
    }
    a = z.map((value, unit) => (value > moved[unit] ? value : 0));
    error = moved.map((value, unit) => (z[unit] > value ? value : 0)); // a unit that is off is off without error
  }
}

/** An array with room for `size` numbers that begins with what is in `array`. */
function grown(array, size) {
  if (array.length >= size) return array;
  const larger = new array.constructor(Math.max(size, 2 * array.length));
  larger.set(array);
  return larger;
}

/** The cells while they are cut. */
class Mesh {
  constructor(networks, box, most) {
    const [xmin, xmax, ymin, ymax] = box;
    this.networks = networks;
    this.box = box;
    this.most = most;
    this.vertices = Float64Array.of(xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax);
    this.count = 4; // of the vertices
    this.cells = [[0, 1, 2, 3]]; // the vertex numbers of each, counter-clockwise
    this.parents = Int32Array.of(0);
    this.values = new Float64Array(0); // (V, units), of the layer that is being cut
    this.units = 0;
    // How far rounding moves the inputs of the next layer at most, for each network.
    this.errors = networks.map(() => [positionError(box), positionError(box)]);
  }

  /** Evaluate the hidden layer with this number, from 0 on, at all vertices. */
  beginLayer(layer) {
    const before = this.values;
    const stride = layer === 0 ? 2 : this.units;
    this.layer = layer;
    this.units = this.networks.reduce((sum, network) => sum + network.weights[layer].rows, 0);
    this.values = new Float64Array(Math.max(256, 3 * this.count) * this.units);
    this.bound = new Float64Array(this.units);
    let from = 0;
    let to = 0;
    this.networks.forEach(({ weights, biases }, each) => {
      const inputs = [layer === 0 ? this.vertices : before, stride, from];
      const values = [this.values, this.units, to];
      const largest = writeLayer(weights[layer], biases[layer], this.count, layer > 0, inputs, values);
      // An error grows with the inputs, so the largest inputs of all vertices give a bound for all.
      this.errors[each] = roundingError(weights[layer], largest, this.errors[each]);
      this.bound.set(this.errors[each], to);
      from += layer === 0 ? 0 : weights[layer].columns;
      to += weights[layer].rows;
    });
    for (let vertex = 0; vertex < this.count; vertex++) this.dropRounding(vertex, 0);
  }

  /** Set to zero the values of a vertex, from a unit on, that rounding alone could make. */
  dropRounding(vertex, unit) {
    const { values, bound, units } = this;
    const place = vertex * units;
    let own = null;
    for (let i = unit; i < units; i++) {
      const value = values[place + i];
      if (value === 0 || value > bound[i] || value < -bound[i]) continue;
      own ??= this.ownErrors(vertex);
      if (Math.abs(value) <= own[i]) values[place + i] = 0;
    }
  }

  /** How far rounding moves the values of the units at one vertex, (units). */
  ownErrors(vertex) {
    const x = this.vertices[2 * vertex];
    const y = this.vertices[2 * vertex + 1];
    return this.networks.flatMap((network) => Array.from(errorsAt(network, this.layer, x, y, this.box)));
  }

  /** Which units have a corner of this sign, 1 or -1, in each cell: a bit each, (N, words). */
  anyCorner(sign) {
    const { cells } = this;
    const words = Math.ceil(this.units / 32);
    const marks = this.marksOf(sign, words);
    const result = new Uint32Array(cells.length * words);
    for (let cell = 0, to = 0; cell < cells.length; cell++, to += words) {
      const corners = cells[cell];
      for (let place = 0; place < corners.length; place++) {
        for (let word = 0; word < words; word++) result[to + word] |= marks[corners[place] * words + word];
      }
    }
    return result;
  }

  /** Which units have this sign at each vertex: a bit each, (V, words). */
  marksOf(sign, words) {
    const { values, units } = this;
    const marks = new Uint32Array(this.count * words);
    for (let vertex = 0, from = 0, to = 0; vertex < this.count; vertex++, to += words) {
      for (let unit = 0; unit < units; unit++) {
        if (values[from++] * sign > 0) marks[to + (unit >> 5)] |= 1 << (unit & 31);
      }
    }
    return marks;
  }

  /** Cut all cells along the boundaries of the layer's units, and return the level that this makes. */
  cutLayer() {
    const { units } = this;
    const words = Math.ceil(units / 32);
    const above = this.cells.length;
    const crossed = this.anyCorner(1);
    const below = this.anyCorner(-1);
    for (let place = 0; place < crossed.length; place++) crossed[place] &= below[place];
    const parents = Array.from({ length: above }, (_, cell) => cell);
    for (let unit = 0; unit < units; unit++) {
      // Only in a cell that had corners on both sides when the layer began can there be such cells now.
      const word = unit >> 5;
      const bit = 1 << (unit & 31);
      const candidates = [];
      for (let cell = 0; cell < parents.length; cell++) {
        if (crossed[parents[cell] * words + word] & bit) candidates.push(cell);
      }
      this.cutUnit(candidates, unit, parents);
    }
    const order = sortedByKey(parents, above);
    this.cells = Array.from(order, (cell) => this.cells[cell]);
    return { parents: order.map((cell) => parents[cell]), bits: bytesOf(this.anyCorner(1), units) };
  }

  /** Cut those of some cells that have corners on both sides of a unit. */
  cutUnit(candidates, unit, parents) {
    const cut = this.sidesOf(candidates, unit);
    const made = new Map(); // the new vertex on each edge that is cut; the two cells beside it name it alike
    const first = this.count;
    const crossing = (start, end) => {
      if (this.values[start * this.units + unit] === 0) return start;
      const low = Math.min(start, end);
      const high = Math.max(start, end);
      const key = low * first + high;
      let vertex = made.get(key);
      if (vertex === undefined) {
        vertex = this.addVertex(low, high, unit);
        made.set(key, vertex);
      }
      return vertex;
    };
    for (let place = 0; place < cut.length; place += 3) {
      const [cell, rise, fall] = [cut[place], cut[place + 1], cut[place + 2]];
      const corners = this.cells[cell];
      const rising = crossing(corners[rise], corners[(rise + 1) % corners.length]);
      const falling = crossing(corners[fall], corners[(fall + 1) % corners.length]);
      // The positive part runs from the rising crossing along the positive corners to the falling one, the negative part
      // from the falling crossing along the negative corners to the rising one.
      this.cells[cell] = part(corners, falling, fall, rise, rising);
      this.cells.push(part(corners, rising, rise, fall, falling));
      parents.push(parents[cell]);
    }
    if (this.cells.length > this.most) {
      throw new Error(`more than ${this.most} pieces: too many to be drawn`);
    }
  }

  /** Three numbers for each of the cells with corners on both sides of a unit: the cell, the places of the edges that
   * rise to the positive side and fall from it. */
  sidesOf(candidates, unit) {
    for (;;) {
      const both = [];
      let again = false;
      for (const cell of candidates) {
        if (!this.hasBothSides(cell, unit)) continue;
        if (this.pushEdgesAcross(cell, unit, both)) continue;
        // A line crosses a convex cell once. Where it seems to do so twice, the cell is flat to rounding there: put the
        // corner nearest to the line on it.
        this.values[this.nearestCorner(cell, unit) * this.units + unit] = 0;
        again = true;
      }
      if (!again) return both;
    }
  }

  /** Whether a cell has corners on both sides of a unit. */
  hasBothSides(cell, unit) {
    const { values, units } = this;
    const corners = this.cells[cell];
    let above = false;
    let below = false;
    for (let place = 0; place < corners.length; place++) {
      const value = values[corners[place] * units + unit];
      if (value > 0) above = true;
      else if (value < 0) below = true;
    }
    return above && below;
  }

  /** Append a cell and its two edges across a unit's boundary to `both`; false, and nothing, if there are more of them. */
  pushEdgesAcross(cell, unit, both) {
    const { values, units } = this;
    const corners = this.cells[cell];
    let before = 0; // the last value that is not zero, going round: a corner on the boundary counts like the one before
    for (let place = corners.length - 1; before === 0; place--) before = values[corners[place] * units + unit];
    let rise = -1;
    let fall = -1;
    for (let place = 0; place < corners.length; place++) {
      const value = values[corners[place] * units + unit];
      if (value === 0) continue;
      if (value > 0 !== before > 0) {
        const edge = place === 0 ? corners.length - 1 : place - 1;
        if ((value > 0 ? rise : fall) >= 0) return false;
        if (value > 0) rise = edge;
        else fall = edge;
      }
      before = value;
    }
    both.push(cell, rise, fall);
    return true;
  }

  /** The corner of a cell that lies nearest to a unit's boundary, but not on it. */
  nearestCorner(cell, unit) {
    const distance = (corner) => Math.abs(this.values[corner * this.units + unit]) || Infinity;
    return this.cells[cell].reduce((nearest, corner) => (distance(corner) < distance(nearest) ? corner : nearest));
  }

  /** Append the vertex where the edge from start to end crosses a unit's boundary; all units are affine along an edge. */
  addVertex(start, end, unit) {
    const { units } = this;
    const vertex = this.count++;
    this.vertices = grown(this.vertices, 2 * this.count);
    this.values = grown(this.values, units * this.count);
    const { vertices, values } = this;
    const at = values[start * units + unit];
    const share = -at / (values[end * units + unit] - at);
    for (let i = 0; i < 2; i++) {
      const from = vertices[2 * start + i];
      vertices[2 * vertex + i] = from + (vertices[2 * end + i] - from) * share;
    }
    for (let i = 0; i < units; i++) {
      const from = values[start * units + i];
      values[vertex * units + i] = from + (values[end * units + i] - from) * share;
    }
    values[vertex * units + unit] = 0;
    // The units before this one have been cut along already: their values keep their sign, however small they are.
    this.dropRounding(vertex, unit + 1);
    return vertex;
  }
}

/**
 * One of the two parts of a cell: from a crossing on the edge `from`, along the corners behind it, to a crossing on the
 * edge `to`, which may be its first corner.
 */
function part(corners, first, from, to, last) {
  const result = [first];
  for (let place = from; place !== to; ) {
    place = (place + 1) % corners.length;
    result.push(corners[place]);
  }
  if (result.at(-1) !== last) result.push(last);
  return result;
}

/** Bits that stand in words (N, words) as bytes, (N, units). */
function bytesOf(words, units) {
  const stride = Math.ceil(units / 32);
  const bytes = new Uint8Array((words.length / stride) * units);
  for (let from = 0, to = 0; from < words.length; from += stride) {
    for (let unit = 0; unit < units; unit++) bytes[to++] = (words[from + (unit >> 5)] >>> (unit & 31)) & 1;
  }
  return bytes;
}

/** The places of keys, whole numbers below `count`, in their order; equal keys keep theirs. */
function sortedByKey(keys, count) {
  const begin = new Int32Array(count + 1);
  for (const key of keys) begin[key + 1]++;
  for (let key = 0; key < count; key++) begin[key + 1] += begin[key];
  const order = new Int32Array(keys.length);
  keys.forEach((key, place) => {
    order[begin[key]++] = place;
  });
  return order;
}

/** The mesh of a box that is cut along all ReLU boundaries of networks of equal depth, and what each layer added. */
export function meshOf(networks, box, most) {
  const mesh = new Mesh(networks, box, most);
  const levels = [];
  for (let layer = 0; layer < networks[0].weights.length - 1; layer++) {
    mesh.beginLayer(layer);
    levels.push(mesh.cutLayer());
  }
  return { vertices: mesh.vertices.slice(0, 2 * mesh.count), cells: mesh.cells, levels };
}
