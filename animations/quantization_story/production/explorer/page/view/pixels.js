/** Cells as pixels: a pixel belongs to the cell that holds its middle. With many cells it is faster than their outlines. */

import { columnOf, placeOf, rowOf } from "./plane.js";

/**
 * The pixels that cover a box, `side` device pixels each, in step with those of the canvas.
 * @param {import("./plane.js").Frame} frame
 * @returns {{columns: number, rows: number, column: number, row: number, unit: number, left: number, top: number,
 *   step: number}}  (column, row): the CSS pixel where they begin, `unit` CSS pixels each; (left, top) the place there,
 *   `step` units of the plane each
 */
function pixelGrid(frame, box, side) {
  const unit = side / frame.ratio;
  const [first, last] = [columnOf(frame, box[0]), columnOf(frame, box[1])];
  const [above, below] = [rowOf(frame, box[3]), rowOf(frame, box[2])];
  const [column, row] = [Math.floor(first / unit) * unit, Math.floor(above / unit) * unit];
  const [left, top] = placeOf(frame, column, row);
  const [columns, rows] = [Math.ceil((last - column) / unit), Math.ceil((below - row) / unit)];
  return { columns, rows, column, row, unit, left, top, step: unit / frame.scale };
}

/**
 * Colour the pixels of a box, cell by cell.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} buffer  a canvas to work on, kept from frame to frame
 * @param {import("./plane.js").Frame} frame
 * @param {number} side  of a pixel, in device pixels
 * @param {(pixels: Uint32Array, run: {cell: number, begin: number, end: number, x: number, y: number, step: number})
 *   => void} colour  sets pixels begin to end, that one left out, which lie in one row of a cell: the middle of the
 *   first is (x, y), each next one `step` to the right. The run is one object, filled anew each time
 */
export function colourCells(context, buffer, frame, box, side, cut, colour) {
  const grid = pixelGrid(frame, box, side);
  const { columns, rows, left, top, step } = grid;
  if (columns < 1 || rows < 1) return;
  if (buffer.width !== columns || buffer.height !== rows) [buffer.width, buffer.height] = [columns, rows];
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const run = { cell: 0, begin: 0, end: 0, x: 0, y: 0, step };
  const span = [0, 0];
  for (let cell = 0; cell < cut.count; cell++) {
    const [first, last] = rowsOf(cut, cell, grid);
    for (let row = first; row <= last; row++) {
      run.y = top - (row + 0.5) * step;
      spanOf(cut, cell, run.y, span);
      const begin = Math.max(0, Math.ceil((span[0] - left) / step - 0.5));
      const end = Math.min(columns, Math.ceil((span[1] - left) / step - 0.5));
      if (begin >= end) continue;
      run.cell = cell;
      run.begin = row * columns + begin;
      run.end = row * columns + end;
      run.x = left + (begin + 0.5) * step;
      colour(pixels, run);
    }
  }
  buffer.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(buffer, grid.column, grid.row, columns * grid.unit, rows * grid.unit);
}

/** A colour's channels and opacity (0 to 1) as the number that such a pixel holds. */
export function pixelOf([red, green, blue], opacity) {
  return ((Math.round(255 * opacity) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The first and the last row of pixels whose middles a cell may hold. */
function rowsOf(cut, cell, { top, step, rows }) {
  let [low, high] = [Infinity, -Infinity];
  for (let k = cut.starts[cell]; k < cut.starts[cell + 1]; k++) {
    const y = cut.vertices[2 * cut.corners[k] + 1];
    if (y < low) low = y;
    if (y > high) high = y;
  }
  return [Math.max(0, Math.ceil((top - high) / step - 0.5)), Math.min(rows - 1, Math.floor((top - low) / step - 0.5))];
}

/** Where a horizontal line enters and leaves a cell, put into `span`: two places x, the first above the second if it misses it. */
function spanOf({ vertices, corners, starts }, cell, y, span) {
  let [from, to] = [Infinity, -Infinity];
  const [begin, stop] = [starts[cell], starts[cell + 1]];
  for (let k = begin; k < stop; k++) {
    const here = corners[k];
    const next = corners[k + 1 < stop ? k + 1 : begin];
    const y0 = vertices[2 * here + 1];
    const y1 = vertices[2 * next + 1];
    if (y0 <= y === y1 <= y) continue;
    const x0 = vertices[2 * here];
    const x = x0 + ((y - y0) / (y1 - y0)) * (vertices[2 * next] - x0);
    if (x < from) from = x;
    if (x > to) to = x;
  }
  span[0] = from;
  span[1] = to;
}
