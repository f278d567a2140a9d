/** The plane of inputs from above: its cells by colour, the creases of both networks, the points, and the probe. */

import { drawHeat, ERRORS, rampOf } from "./heat.js";
import { drawFlashes, drawMarks, drawRings, markRadius } from "./marks.js";
import { columnOf, drawGrid, rowOf } from "./plane.js";

const FEW_UNITS = 20; // hidden units: with more, some ReLU differs nearly everywhere, and so it is said how many do
const AT_ONCE = 64; // cells in a path: with all of them it is filled several times as slowly

/** Whether so few ReLUs can differ that the area where any does says something. */
export function tellsPatterns(cut) {
  return cut.levels.reduce((sum, { parents, bits }) => sum + bits.length / parents.length / 2, 0) <= FEW_UNITS;
}

/** For each cell the sum over all units of what `one` gives for it: (its number, its bit in float, and in rounded). */
function summedOver(cut, one) {
  let sums = new Uint16Array(1);
  let first = 0;
  for (const { parents, bits } of cut.levels) {
    const units = bits.length / parents.length / 2;
    sums = Uint16Array.from(parents, (parent, cell) => {
      let sum = sums[parent];
      for (let k = 0; k < units; k++) sum += one(first + k, bits[2 * cell * units + k], bits[(2 * cell + 1) * units + k]);
      return sum;
    });
    first += units;
  }
  return sums;
}

/**
 * A number from 0 to 3 for each cell, other than that of any neighbour across one crease of the rounded network: the
 * units that are on count 1, 2 or 3 each, so that switching one always changes the sum modulo 4.
 */
export function tintsOf(cut) {
  return summedOver(cut, (unit, _, rounded) => rounded * ((unit % 3) + 1)).map((sum) => sum % 4);
}

/** How strongly the red of each cell is seen, in tenths: fully, or by how many of the ReLUs differ where there are many. */
function rednessOf(cut, changed) {
  if (tellsPatterns(cut)) return changed.map((each) => 10 * each);
  const differing = summedOver(cut, (_, float, rounded) => Number(float !== rounded));
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

function fillTints(context, frame, { cut, changed }, colour, colours) {
  const kinds = colour === "pattern" ? tintsOf(cut) : rednessOf(cut, changed);
  const place = (vertex) => [columnOf(frame, cut.vertices[2 * vertex]), rowOf(frame, cut.vertices[2 * vertex + 1])];
  for (const kind of new Set(kinds)) {
    const cells = [];
    for (let cell = 0; cell < cut.count; cell++) if (kinds[cell] === kind) cells.push(cell);
    if (colour === "pattern") {
      context.fillStyle = colours.cell[kind];
      context.globalAlpha = 0.9;
    } else {
      context.fillStyle = kind === 0 ? colours.same : colours.other;
      context.globalAlpha = kind === 0 ? 0.28 : 0.085 * kind; // so far apart in lightness that all eyes tell them apart
    }
    for (let first = 0; first < cells.length; first += AT_ONCE) {
      context.beginPath();
      for (const cell of cells.slice(first, first + AT_ONCE)) traceCell(context, cut, cell, place);
      context.fill();
    }
  }
  context.globalAlpha = 1;
}

function strokeCreases(context, frame, { segments }, colour, width, dash) {
  context.beginPath();
  for (let k = 0; k < segments.length; k += 4) {
    context.moveTo(columnOf(frame, segments[k]), rowOf(frame, segments[k + 1]));
    context.lineTo(columnOf(frame, segments[k + 2]), rowOf(frame, segments[k + 3]));
  }
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

/** The pixels (n, 2) of the first n points. */
export function pixelsOf(frame, points, count) {
  return Float64Array.from({ length: 2 * count }, (_, k) =>
    k % 2 === 0 ? columnOf(frame, points[k]) : rowOf(frame, points[k]),
  );
}

/** Grid, cells and creases: what stays while points flash and the probe is moved. */
function drawGround(context, frame, picture) {
  const { measured, subject, colours, colour } = picture;
  drawGrid(context, frame, colours);
  if (colour in ERRORS) {
    const ramp = rampOf(colour, colours);
    drawHeat(context, picture.buffer, frame, measured, subject.box, colour, ramp, picture.rampEnd);
  } else {
    fillTints(context, frame, measured.refinement, colour, colours);
  }
  const width = creaseWidth(frame, measured.refinement.cut.count);
  strokeCreases(context, frame, picture.creases.float, colours.crease, width, []);
  strokeCreases(context, frame, picture.creases.rounded, colours.crease, width, [5 * frame.ink, 4 * frame.ink]);
}

/**
 * Draw all of it.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./plane.js").Frame} frame
 * @param {object} picture  see `pictureOf`; ground: {canvas, of}, the ground that was drawn last, and of what
 */
export function drawInputs(context, frame, picture) {
  const { measured, subject, colours, colour, shown, labels, wrong, flashes, probe, ground } = picture;
  const of = [measured, colours, colour, context.canvas.width, context.canvas.height];
  if (of.some((each, k) => each !== ground.of[k])) {
    [ground.canvas.width, ground.canvas.height] = [context.canvas.width, context.canvas.height];
    const kept = ground.canvas.getContext("2d");
    kept.setTransform(context.getTransform());
    drawGround(kept, frame, picture);
    ground.of = of;
  }
  context.drawImage(ground.canvas, 0, 0, ground.canvas.width / frame.ratio, ground.canvas.height / frame.ratio);
  const pixels = pixelsOf(frame, subject.heldOut.points, shown);
  const radius = markRadius(frame);
  drawMarks(context, pixels, labels, radius, (kind) => colours.class[kind % colours.class.length], colours.background);
  drawRings(context, pixels, wrong, radius * 1.75, colours.hero);
  drawFlashes(context, pixels, flashes, radius, colours.hero);
  drawProbe(context, columnOf(frame, probe[0]), rowOf(frame, probe[1]), radius, colours);
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
