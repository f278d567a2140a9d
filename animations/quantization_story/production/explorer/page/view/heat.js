/** The size of an error all over the plane, as colour: it is affine in each cell, so every pixel is exact. */

import { channelsOf, columnOf, mixed, rowOf } from "./plane.js";

const SHADES = 256;
const COARSE = 2; // device pixels a side of what is coloured at once

/** Which two of a refinement's maps an error is the difference of: [minuend, subtrahend]. */
export const ERRORS = { error: ["rounded", "float"], metric: ["held", "float"], topological: ["rounded", "held"] };

/** The colours of an error from none to much, as #RRGGBB. */
export function rampOf(kind, colours) {
  if (kind === "metric") return [colours.background, colours.same];
  return kind === "topological" ? [colours.background, colours.other] : colours.heat;
}

/** How far the outputs (n, d) lie from their mean, as the root of the mean square: what an error is held against. */
export function spreadOf(outputs, dimension) {
  const count = outputs.length / dimension;
  const sums = new Float64Array(dimension);
  let squares = 0;
  outputs.forEach((value, place) => {
    sums[place % dimension] += value;
    squares += value * value;
  });
  return Math.sqrt(Math.max(0, squares / count - sums.reduce((sum, value) => sum + (value / count) ** 2, 0)));
}

/** SHADES colours along a ramp, as the numbers that an image holds. */
function shadesOf(ramp) {
  const stops = ramp.map(channelsOf);
  return Uint32Array.from({ length: SHADES }, (_, shade) => {
    const at = (shade / (SHADES - 1)) * (stops.length - 1);
    const first = Math.min(stops.length - 2, Math.floor(at));
    const [red, green, blue] = mixed(stops[first], stops[first + 1], at - first).map(Math.round);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/**
 * Colour a box by the size of an error.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} buffer  a canvas to work on, kept from frame to frame
 * @param {import("./plane.js").Frame} frame
 * @param {import("../geometry/explore.js").Measured} measured
 * @param {string} kind  one of ERRORS
 * @param {string[]} ramp
 * @param {number} end  the error at the end of the ramp
 */
export function drawHeat(context, buffer, frame, measured, box, kind, ramp, end) {
  const unit = COARSE / frame.ratio;
  const [left, top] = [columnOf(frame, box[0]), rowOf(frame, box[3])];
  const [width, height] = [(box[1] - box[0]) * frame.scale, (box[3] - box[2]) * frame.scale];
  const [columns, rows] = [Math.ceil(width / unit), Math.ceil(height / unit)];
  if (columns < 1 || rows < 1) return;
  if (buffer.width !== columns || buffer.height !== rows) [buffer.width, buffer.height] = [columns, rows];
  const image = new ImageData(columns, rows);
  fillHeat(new Uint32Array(image.data.buffer), columns, rows, measured.refinement, kind, shadesOf(ramp), end, {
    left: box[0], top: box[3], step: unit / frame.scale,
  });
  buffer.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(buffer, left, top, columns * unit, rows * unit);
}

function fillHeat(pixels, columns, rows, refinement, kind, shades, end, grid) {
  const { cut, maps } = refinement;
  const [minuend, subtrahend] = ERRORS[kind].map((name) => maps[name]);
  const dimension = minuend.length / cut.count / 3;
  const slope = new Float64Array(dimension);
  const start = new Float64Array(dimension);
  for (let cell = 0; cell < cut.count; cell++) {
    const [first, last] = rowsOf(cut, cell, grid, rows);
    for (let row = first; row <= last; row++) {
      const y = grid.top - (row + 0.5) * grid.step;
      const [from, to] = spanOf(cut, cell, y);
      const begin = Math.max(0, Math.ceil((from - grid.left) / grid.step - 0.5));
      const stop = Math.min(columns - 1, Math.ceil((to - grid.left) / grid.step - 0.5) - 1);
      if (begin > stop) continue;
      for (let j = 0; j < dimension; j++) {
        const entry = 3 * cell * dimension + j;
        const up = minuend[entry + dimension] - subtrahend[entry + dimension];
        slope[j] = minuend[entry] - subtrahend[entry];
        start[j] = up * y + minuend[entry + 2 * dimension] - subtrahend[entry + 2 * dimension];
      }
      for (let column = begin; column <= stop; column++) {
        const place = grid.left + (column + 0.5) * grid.step;
        let square = 0;
        for (let j = 0; j < dimension; j++) square += (slope[j] * place + start[j]) ** 2;
        const shade = Math.min(SHADES - 1, Math.round((Math.sqrt(square) / end) * (SHADES - 1)));
        pixels[row * columns + column] = shades[shade];
      }
    }
  }
}

/** The first and the last row of pixels whose middles a cell may hold. */
function rowsOf(cut, cell, grid, rows) {
  let [low, high] = [Infinity, -Infinity];
  for (let k = cut.starts[cell]; k < cut.starts[cell + 1]; k++) {
    const y = cut.vertices[2 * cut.corners[k] + 1];
    if (y < low) low = y;
    if (y > high) high = y;
  }
  return [
    Math.max(0, Math.ceil((grid.top - high) / grid.step - 0.5)),
    Math.min(rows - 1, Math.floor((grid.top - low) / grid.step - 0.5)),
  ];
}

/** Where a horizontal line enters and leaves a cell: two places x, the first above the second if it misses it. */
function spanOf(cut, cell, y) {
  let [from, to] = [Infinity, -Infinity];
  const [begin, stop] = [cut.starts[cell], cut.starts[cell + 1]];
  for (let k = begin; k < stop; k++) {
    const [here, next] = [cut.corners[k], cut.corners[k + 1 < stop ? k + 1 : begin]];
    const [y0, y1] = [cut.vertices[2 * here + 1], cut.vertices[2 * next + 1]];
    if (y0 <= y === y1 <= y) continue;
    const [x0, x1] = [cut.vertices[2 * here], cut.vertices[2 * next]];
    const x = x0 + ((y - y0) / (y1 - y0)) * (x1 - x0);
    if (x < from) from = x;
    if (x > to) to = x;
  }
  return [from, to];
}
