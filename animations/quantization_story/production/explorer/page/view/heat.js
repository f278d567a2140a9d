/** The size of an error all over the plane, as colour: it is affine in each cell, so every pixel is exact. */

import { colourCells, pixelOf } from "./pixels.js";
import { channelsOf, mixed } from "./plane.js";

const SHADES = 256;
const COARSE = 2; // device pixels a side of a pixel: an error is smooth, and worked out for each of them

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

/** SHADES colours along a ramp, as pixels hold them. */
function shadesOf(ramp) {
  const stops = ramp.map(channelsOf);
  return Uint32Array.from({ length: SHADES }, (_, shade) => {
    const at = (shade / (SHADES - 1)) * (stops.length - 1);
    const first = Math.min(stops.length - 2, Math.floor(at));
    return pixelOf(mixed(stops[first], stops[first + 1], at - first).map(Math.round), 1);
  });
}

/**
 * Colour a box by the size of an error.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} buffer  a canvas to work on, kept from frame to frame
 * @param {import("./plane.js").Frame} frame
 * @param {import("../geometry/refinement.js").Refinement} refinement
 * @param {string} kind  one of ERRORS
 * @param {string[]} ramp
 * @param {number} end  the error at the end of the ramp
 */
export function drawHeat(context, buffer, frame, box, { cut, maps }, kind, ramp, end) {
  const shades = shadesOf(ramp);
  const [minuend, subtrahend] = ERRORS[kind].map((name) => maps[name]);
  const dimension = minuend.length / cut.count / 3;
  const slope = new Float64Array(dimension);
  const start = new Float64Array(dimension);
  colourCells(context, buffer, frame, box, COARSE, cut, (pixels, run) => {
    for (let j = 0; j < dimension; j++) {
      const entry = 3 * run.cell * dimension + j;
      const up = minuend[entry + dimension] - subtrahend[entry + dimension];
      slope[j] = minuend[entry] - subtrahend[entry];
      start[j] = up * run.y + minuend[entry + 2 * dimension] - subtrahend[entry + 2 * dimension];
    }
    for (let pixel = run.begin, x = run.x; pixel < run.end; pixel++, x += run.step) {
      let square = 0;
      for (let j = 0; j < dimension; j++) square += (slope[j] * x + start[j]) ** 2;
      pixels[pixel] = shades[Math.min(SHADES - 1, Math.round((Math.sqrt(square) / end) * (SHADES - 1)))];
    }
  });
}
