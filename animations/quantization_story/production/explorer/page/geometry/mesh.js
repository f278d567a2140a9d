/**
 * The engine of the exact partition: it cuts a box along the ReLU boundaries, one unit after the other.
 *
 * Within a cell of the layers before, every unit is affine, so its boundary cuts the cell along a straight line. The cells
 * share their vertices by number, and every vertex carries the values of the layer's units. So a cell is cut exactly if it
 * has vertices on both sides, and two cells that share an edge cut it in the same vertex: no gaps and no overlaps, however
 * small the cells. A value that rounding alone could make is zero: its vertex lies on the boundary.
 */

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
    const stride = this.units;
    this.layer = layer;
    this.units = this.networks.reduce((sum, network) => sum + network.weights[layer].rows, 0);
    this.values = new Float64Array(Math.max(256, 3 * this.count) * this.units);
    this.bound = new Float64Array(this.units);
    let from = 0;
    let to = 0;
    this.networks.forEach((network, each) => {
      const weight = network.weights[layer];
      const bias = network.biases[layer];
      const { rows, columns, data } = weight;
      const a = new Float64Array(columns);
      const largest = new Float64Array(columns);
      for (let vertex = 0; vertex < this.count; vertex++) {
        for (let j = 0; j < columns; j++) {
          const value = layer === 0 ? this.vertices[2 * vertex + j] : before[vertex * stride + from + j];
          a[j] = layer === 0 || value > 0 ? value : 0;
          if (Math.abs(a[j]) > largest[j]) largest[j] = Math.abs(a[j]);
        }
        const place = vertex * this.units + to;
        for (let i = 0; i < rows; i++) {
          let sum = 0;
          for (let j = 0; j < columns; j++) sum += a[j] * data[i * columns + j];
          this.values[place + i] = sum + bias[i];
        }
      }
      // An error grows with the inputs, so the largest inputs of all vertices give a bound for all.
      this.errors[each] = roundingError(weight, largest, this.errors[each]);
      this.bound.set(this.errors[each], to);
      from += columns;
      to += rows;
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

  /** Which units have a corner of this sign in each cell: (N, units) as bytes. */
  anyCorner(sign) {
    const { values, units, cells } = this;
    const result = new Uint8Array(cells.length * units);
    cells.forEach((corners, cell) => {
      for (const corner of corners) {
        const from = corner * units;
        const to = cell * units;
        for (let unit = 0; unit < units; unit++) if (values[from + unit] * sign > 0) result[to + unit] = 1;
      }
    });
    return result;
  }

  /** Cut all cells along the boundaries of the layer's units, and return the level that this makes. */
  cutLayer() {
    const { units } = this;
    const above = this.cells.length;
    const crossed = this.anyCorner(1);
    const below = this.anyCorner(-1);
    for (let place = 0; place < crossed.length; place++) crossed[place] &= below[place];
    const parents = Array.from({ length: above }, (_, cell) => cell);
    for (let unit = 0; unit < units; unit++) {
      // Only in a cell that had corners on both sides when the layer began can there be such cells now.
      const candidates = [];
      parents.forEach((parent, cell) => {
        if (crossed[parent * units + unit]) candidates.push(cell);
      });
      this.cutUnit(candidates, unit, parents);
    }
    const order = sortedByKey(parents, above);
    this.cells = Array.from(order, (cell) => this.cells[cell]);
    return { parents: Int32Array.from(order, (cell) => parents[cell]), bits: this.anyCorner(1) };
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
    for (const { cell, rise, fall } of cut) {
      const corners = this.cells[cell];
      const after = (place) => corners[(place + 1) % corners.length];
      const rising = crossing(corners[rise], after(rise));
      const falling = crossing(corners[fall], after(fall));
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

  /** Those of the cells with corners on both sides of a unit, and the places of the edges that rise and fall there. */
  sidesOf(candidates, unit) {
    for (;;) {
      const both = [];
      let again = false;
      for (const cell of candidates) {
        const found = this.edgesAcross(cell, unit);
        if (found === null) continue;
        if (found.once) both.push(found);
        else {
          // A line crosses a convex cell once. Where it seems to do so twice, the cell is flat to rounding there: put the
          // corner nearest to the line on it.
          this.values[found.nearest * this.units + unit] = 0;
          again = true;
        }
      }
      if (!again) return both;
    }
  }

  /** Where the edges of a cell rise to the positive side of a unit and fall from it; null if it has only one side. */
  edgesAcross(cell, unit) {
    const corners = this.cells[cell];
    const { values, units } = this;
    let above = false;
    let below = false;
    let before = 0; // the last sign that is not zero, going round: a corner on the boundary counts like the one before it
    for (const corner of corners) {
      const value = values[corner * units + unit];
      if (value > 0) above = true;
      else if (value < 0) below = true;
      if (value !== 0) before = value;
    }
    if (!above || !below) return null;
    let rise = -1;
    let fall = -1;
    let rises = 0;
    let nearest = -1;
    let distance = Infinity;
    for (let place = 0; place < corners.length; place++) {
      const value = values[corners[place] * units + unit];
      if (value !== 0 && Math.abs(value) < distance) {
        distance = Math.abs(value);
        nearest = corners[place];
      }
      const now = value === 0 ? before : value;
      const edge = place === 0 ? corners.length - 1 : place - 1;
      if (now > 0 && before < 0) {
        rise = edge;
        rises++;
      } else if (now < 0 && before > 0) fall = edge;
      before = now;
    }
    return { cell, rise, fall, nearest, once: rises === 1 };
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
