/** The plane of inputs from above: its cells by colour, the creases of both networks, the points, and the probe. */

import { drawHeat, ERRORS, rampOf } from "./heat.js";
import { drawFlashes, drawMarks, drawRings, markRadius } from "./marks.js";
import { colourCells, pixelOf } from "./pixels.js";
import { channelsOf, columnOf, drawGrid, rowOf, strokeSegments } from "./plane.js";

const FEW_UNITS = 20; // hidden units: with more, some ReLU differs nearly everywhere, and so it is said how many do

/** Whether so few ReLUs can differ that the area where any does says something. */
export function tellsPatterns(cut) {
  return cut.levels.reduce((sum, { parents, bits }) => sum + bits.length / parents.length / 2, 0) <= FEW_UNITS;
}

/**
 * For each cell the sum over all units of what `table` gives for (its number modulo 3, its bit in float, and in rounded):
 * entry 4 * number + 2 * float + rounded.
 */
function summedOver({ levels }, table) {
  let sums = new Uint16Array(1);
  let first = 0;
  for (const { parents, bits } of levels) {
    const count = parents.length;
    const units = bits.length / count / 2;
    const next = new Uint16Array(count);
    for (let cell = 0; cell < count; cell++) {
      let sum = sums[parents[cell]];
      const [float, rounded] = [2 * cell * units, (2 * cell + 1) * units];
      for (let k = 0; k < units; k++) sum += table[4 * ((first + k) % 3) + 2 * bits[float + k] + bits[rounded + k]];
      next[cell] = sum;
    }
    sums = next;
    first += units;
  }
  return sums;
}

const TINT = [0, 1, 0, 1, 0, 2, 0, 2, 0, 3, 0, 3]; // on in the rounded network: 1, 2 or 3
const DIFFER = [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0];

/**
 * A number from 0 to 3 for each cell, other than that of any neighbour across one crease of the rounded network: the
 * units that are on count 1, 2 or 3 each, so that switching one always changes the sum modulo 4.
 */
export function tintsOf(cut) {
  return summedOver(cut, TINT).map((sum) => sum % 4);
}

/** How strongly the red of each cell is seen, in tenths: fully, or by how many of the ReLUs differ where there are many. */
function rednessOf(cut, changed) {
  if (tellsPatterns(cut)) return changed.map((each) => 10 * each);
  const differing = summedOver(cut, DIFFER);
  const most = differing.reduce((highest, each) => Math.max(highest, each), 1);
  return differing.map((each) => Math.ceil((10 * each) / most));
}

/** Put a cell's outline, left open, into the current path; `place` gives the pixel of a vertex, by its number. */
export function traceCell(context, cut, cell, place) {
  for (let k = cut.starts[cell]; k < cut.starts[cell + 1]; k++) {
    const [column, row] = place(cut.corners[k]);
    if (k === cut.starts[cell]) context.moveTo(column, row);
    else context.lineTo(column, row);
  }
}

/** How wide a crease is drawn: finer where there are many. */
export function creaseWidth(frame, count) {
  return frame.ink * Math.max(0.6, 2.5 - 0.55 * Math.log10(count));
}

/** The colour of each kind of cell, as pixels hold it. */
function tintPixels(colour, colours) {
  if (colour === "pattern") return colours.cell.map((each) => pixelOf(channelsOf(each), 0.9));
  // So far apart in lightness that all eyes tell them apart.
  const red = (tenth) => pixelOf(channelsOf(colours.other), 0.085 * tenth);
  return Array.from({ length: 11 }, (_, tenth) => (tenth === 0 ? pixelOf(channelsOf(colours.same), 0.28) : red(tenth)));
}

function fillTints(context, frame, { measured, subject, buffer, colour, colours }) {
  const { cut, changed } = measured.refinement;
  const kinds = colour === "pattern" ? tintsOf(cut) : rednessOf(cut, changed);
  const tints = tintPixels(colour, colours);
  colourCells(context, buffer, frame, subject.box, 1, cut, (pixels, { cell, begin, end }) => {
    pixels.fill(tints[kinds[cell]], begin, end);
  });
}

/** The pixel of a point, by its number. */
export function pixelAt(frame, points) {
  return (n) => [columnOf(frame, points[2 * n]), rowOf(frame, points[2 * n + 1])];
}

/** The pixels (n, 2) of the first n points. */
export function pixelsOf(frame, points, count) {
  const pixels = new Float64Array(2 * count);
  for (let k = 0; k < pixels.length; k += 2) {
    pixels[k] = columnOf(frame, points[k]);
    pixels[k + 1] = rowOf(frame, points[k + 1]);
  }
  return pixels;
}

function drawCells(context, frame, picture) {
  const { measured, subject, colours, colour } = picture;
  drawGrid(context, frame, colours);
  if (colour in ERRORS) {
    const ramp = rampOf(colour, colours);
    drawHeat(context, picture.buffer, frame, subject.box, measured.refinement, colour, ramp, picture.rampEnd);
  } else {
    fillTints(context, frame, picture);
  }
  const { float, rounded } = picture.creases;
  const line = { colour: colours.crease, width: creaseWidth(frame, measured.refinement.cut.count) };
  strokeSegments(context, frame, float.segments, line);
  strokeSegments(context, frame, rounded.segments, { ...line, dash: [5 * frame.ink, 4 * frame.ink] });
}

/**
 * Draw all of it.
 * @param {ReturnType<import("./layers.js").layersOf>} layers  three: cells, points, and what moves over them
 * @param {import("./plane.js").Frame} frame
 * @param {object} picture  see `pictureOf`
 */
export function drawInputs(layers, frame, picture) {
  const { measured, subject, colours, colour, shown, labels, wrong, flashes, probe } = picture;
  const { points } = subject.heldOut;
  const radius = markRadius(frame);
  layers.draw(frame, 0, [measured, colours, colour], (context) => {
    drawCells(context, frame, picture);
    drawRings(context, pixelsOf(frame, points, shown), wrong, radius * 1.75, colours.hero);
  });
  layers.draw(frame, 1, [subject, colours], (context) => {
    const tint = (kind) => colours.class[kind % colours.class.length];
    drawMarks(context, pixelsOf(frame, points, shown), labels, radius, tint, colours.background);
  });
  layers.draw(frame, 2, null, (context) => {
    drawFlashes(context, pixelAt(frame, points), flashes, radius, colours.hero);
    drawProbe(context, columnOf(frame, probe[0]), rowOf(frame, probe[1]), radius, colours);
  });
}

/** The point that is followed: a white disc within a ring. */
export function drawProbe(context, column, row, radius, colours) {
  context.beginPath();
  context.arc(column, row, radius * 1.15, 0, 2 * Math.PI);
  context.fillStyle = colours.hero;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = colours.background;
  context.stroke();
  context.beginPath();
  context.arc(column, row, radius * 2.4, 0, 2 * Math.PI);
  context.lineWidth = Math.max(2, radius / 3);
  context.strokeStyle = colours.hero;
  context.stroke();
}
