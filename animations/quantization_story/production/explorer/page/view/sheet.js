/** The sheet: one output as a height over the plane of inputs, turned by hand; the float network's as a net of blue lines. */

import { outputsOf } from "../geometry/network.js";
import { creaseWidth, drawProbe, traceCell } from "./inputs.js";
import { drawFlashes, drawMarks, drawRings, markRadius } from "./marks.js";
import { channelsOf, colourOf, drawGrid, mixed } from "./plane.js";

const TALL = 0.55; // the sheet's height, as a share of the width of its box
const LIGHT = [-0.72, -0.2, 0.66]; // where light comes from, in front of the picture

const FEW_CELLS = 1500; // beyond, creases are so dense that neither seams nor a grid are seen between them

/**
 * How a place and a height come to the canvas, seen from `up` degrees off straight above, turned `around` degrees.
 * @typedef {{at: (x: number, y: number, h: number) => [number, number], away: [number, number], lit: Function,
 *   ground: (right: number, down: number) => [number, number]}} Projection  at: a pixel. away: the direction in the
 *   plane that leads away from the viewer. lit: the light, 0 to 1, on a face of two slopes. ground: how far in the plane a pixel's way is
 */

/** The middle of some heights, and half their range. */
export function heightsOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { middle: (low + high) / 2, half: Math.max((high - low) / 2, 1e-12) };
}

/** @returns {Projection} */
export function projectionOf(frame, box, [around, up], { middle, half }) {
  const [turn, tilt] = [(around * Math.PI) / 180, (up * Math.PI) / 180];
  const [cos, sin, flat, steep] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const [x0, y0] = [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2];
  const tall = (TALL * (box[1] - box[0])) / 2 / half;
  const scale = frame.scale / (Math.abs(cos) + Math.abs(sin)); // its corners stay within the frame as it turns
  const across = (x, y) => cos * (x - x0) - sin * (y - y0);
  const along = (x, y) => sin * (x - x0) + cos * (y - y0);
  return {
    at: (x, y, h) => [
      frame.width / 2 + scale * across(x, y),
      frame.height / 2 - scale * (flat * along(x, y) + steep * tall * (h - middle)),
    ],
    away: [sin, cos],
    ground: (right, down) => {
      const [u, v] = [right / scale, -down / scale / Math.max(flat, 0.2)];
      return [cos * u + sin * v, cos * v - sin * u];
    },
    lit: (slopeX, slopeY) => {
      const normal = [-slopeX * tall, -slopeY * tall, 1];
      const length = Math.hypot(...normal);
      const [u, v, w] = [cos * normal[0] - sin * normal[1], sin * normal[0] + cos * normal[1], normal[2]];
      return Math.max(0, (LIGHT[0] * u + LIGHT[1] * v + LIGHT[2] * w) / length);
    },
  };
}

/** Across each edge the cell beside it, -1 at the box: one number for every corner, from which its edge leads on. */
export function neighboursOf(cut) {
  const beside = new Map();
  const neighbours = new Int32Array(cut.corners.length).fill(-1);
  const vertices = cut.vertices.length / 2;
  for (let cell = 0; cell < cut.count; cell++) {
    for (let k = cut.starts[cell]; k < cut.starts[cell + 1]; k++) {
      const [here, next] = edgeOf(cut, cell, k);
      const edge = Math.min(here, next) * vertices + Math.max(here, next);
      const other = beside.get(edge);
      if (other === undefined) {
        beside.set(edge, [cell, k]);
      } else {
        neighbours[k] = other[0];
        neighbours[other[1]] = cell;
      }
    }
  }
  return neighbours;
}

/** The vertices between which the edge behind corner k of a cell runs. */
function edgeOf(cut, cell, k) {
  return [cut.corners[k], cut.corners[k + 1 < cut.starts[cell + 1] ? k + 1 : cut.starts[cell]]];
}

/**
 * The cells from the farthest to the nearest: of two that share an edge the one behind comes first. For convex cells of
 * a plane there always is such an order.
 */
export function farthestFirst(cut, neighbours, [awayX, awayY]) {
  const nearer = Array.from({ length: cut.count }, () => []);
  const before = new Int32Array(cut.count); // how many cells have to come before
  for (let cell = 0; cell < cut.count; cell++) {
    for (let k = cut.starts[cell]; k < cut.starts[cell + 1]; k++) {
      const other = neighbours[k];
      if (other < cell) continue; // the edge of a box, or one that was met already
      const [here, next] = edgeOf(cut, cell, k);
      const [dx, dy] = [0, 1].map((axis) => cut.vertices[2 * next + axis] - cut.vertices[2 * here + axis]);
      // Corners go around counter-clockwise: (dy, -dx) points out of this cell, into the other.
      const [far, near] = dy * awayX - dx * awayY > 0 ? [other, cell] : [cell, other];
      nearer[far].push(near);
      before[near]++;
    }
  }
  const order = [];
  for (let cell = 0; cell < cut.count; cell++) if (before[cell] === 0) order.push(cell);
  for (let k = 0; k < order.length; k++) for (const near of nearer[order[k]]) if (--before[near] === 0) order.push(near);
  return order;
}

/** Draw the sheet of the output that is chosen as its height, its points, and over it what moves: see `drawInputs`. */
export function drawSheet(layers, frame, picture) {
  const { measured, colours, projection, turn, height, amount, reached, flashes, probe } = picture;
  layers.draw(frame, 0, [measured, colours, turn, height, amount, reached], (context) => {
    drawFaces(context, frame, picture);
    if (amount > 0) strokeFloat(context, frame, picture);
    drawPointsOver(context, frame, picture);
  });
  layers.draw(frame, 1, [], () => {});
  layers.draw(frame, 2, null, (context) => {
    const radius = markRadius(frame);
    drawFlashes(context, (n) => pixelOver(picture, n, measured.heldOut.rounded), flashes, radius, colours.hero);
    const over = outputsOf(measured.rounded, Float64Array.from(probe))[height];
    drawProbe(context, ...projection.at(...probe, over), radius, colours);
  });
}

/** The pixel above a point, by its number, at the height of its output. */
function pixelOver({ subject, projection, height, dimension }, n, outputs) {
  const { points } = subject.heldOut;
  return projection.at(points[2 * n], points[2 * n + 1], outputs[n * dimension + height]);
}

function drawFaces(context, frame, picture) {
  const { measured, colours, projection, amount, reached, height } = picture;
  drawGrid(context, frame, colours);
  drawFloor(context, picture);
  const { cut, maps, roundedPatterns } = measured.refinement;
  const dimension = maps.rounded.length / cut.count / 3;
  const paint = mixed(channelsOf(colours.float), channelsOf(reached), amount);
  const few = cut.count <= FEW_CELLS;
  const rulings = few ? rulingsOf(picture) : new Map();
  const pixel = (vertex) =>
    projection.at(cut.vertices[2 * vertex], cut.vertices[2 * vertex + 1], measured.corners.rounded[vertex * dimension + height]);
  const neighbours = neighboursOf(cut);
  const [shadow, light] = colours.face.map(Number); // how much of its colour a face keeps
  context.lineJoin = "round";
  for (const cell of farthestFirst(cut, neighbours, projection.away)) {
    const [slopeX, slopeY] = [0, 1].map((k) => maps.rounded[(3 * cell + k) * dimension + height]);
    context.beginPath();
    traceCell(context, cut, cell, pixel);
    context.closePath();
    const kept = shadow + (light - shadow) * projection.lit(slopeX, slopeY);
    context.fillStyle = colourOf(mixed(channelsOf(colours.background), paint, kept));
    context.fill();
    if (few) {
      context.strokeStyle = context.fillStyle; // no seam between two pieces of one plane
      context.lineWidth = 0.7;
      context.stroke();
    }
    if (rulings.has(cell)) strokeRulings(context, projection, rulings.get(cell), colours.background);
    context.beginPath();
    for (let k = cut.starts[cell]; k < cut.starts[cell + 1]; k++) {
      if (neighbours[k] < 0 || roundedPatterns[neighbours[k]] === roundedPatterns[cell]) continue;
      const [here, next] = edgeOf(cut, cell, k);
      context.moveTo(...pixel(here));
      context.lineTo(...pixel(next));
    }
    context.strokeStyle = colours.crease;
    context.lineWidth = creaseWidth(frame, cut.count);
    context.stroke();
  }
}

/** The pieces of the grid on the sheet, by the cell that they lie in: x, y and height of both ends, one after the other. */
function rulingsOf({ ends, rulings, dimension, height }) {
  const byCell = new Map();
  for (let n = 0; n < ends.length / 3; n++) {
    const cell = ends[3 * n];
    if (!byCell.has(cell)) byCell.set(cell, []);
    byCell.get(cell).push(ends[3 * n + 1], ends[3 * n + 2], rulings[n * dimension + height]);
  }
  return byCell;
}

function strokeRulings(context, projection, pieces, colour) {
  context.beginPath();
  for (let k = 0; k < pieces.length; k += 6) {
    context.moveTo(...projection.at(...pieces.slice(k, k + 3)));
    context.lineTo(...projection.at(...pieces.slice(k + 3, k + 6)));
  }
  context.globalAlpha = 0.35;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

/** The box below the sheet, so that one sees how it is turned. */
function drawFloor(context, { projection, subject, heights, colours }) {
  const [left, right, bottom, top] = subject.box;
  const low = heights.middle - heights.half;
  context.beginPath();
  for (const [x, y] of [[left, bottom], [right, bottom], [right, top], [left, top]]) {
    context.lineTo(...projection.at(x, y, low));
  }
  context.closePath();
  context.strokeStyle = colours.quiet;
  context.lineWidth = 1;
  context.stroke();
}

/** The creases and the rim of the float network's sheet. */
function strokeFloat(context, frame, { measured, creases, projection, subject, colours, height }) {
  const [left, right, bottom, top] = subject.box;
  const { segments } = creases.float;
  const outputs = outputsOf(measured.float, segments);
  const dimension = outputs.length / (segments.length / 2);
  context.beginPath();
  for (let k = 0; k < segments.length / 2; k++) {
    const pixel = projection.at(segments[2 * k], segments[2 * k + 1], outputs[k * dimension + height]);
    if (k % 2 === 0) context.moveTo(...pixel);
    else context.lineTo(...pixel);
  }
  const steps = 96;
  const rim = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]];
  const along = rim.slice(1).flatMap(([x1, y1], side) =>
    Array.from({ length: steps }, (_, k) => {
      const [x0, y0] = rim[side];
      return [x0 + ((x1 - x0) * (k + 1)) / steps, y0 + ((y1 - y0) * (k + 1)) / steps];
    }),
  );
  const values = outputsOf(measured.float, Float64Array.from(along.flat()));
  along.forEach(([x, y], k) => {
    const pixel = projection.at(x, y, values[k * dimension + height]);
    if (k === 0) context.moveTo(...pixel);
    else context.lineTo(...pixel);
  });
  context.closePath();
  context.strokeStyle = colours.float;
  context.lineWidth = 1.3 * frame.ink;
  context.stroke();
}

function drawPointsOver(context, frame, picture) {
  const { measured, colours, shown, labels, wrong } = picture;
  const pixels = new Float64Array(2 * shown);
  context.beginPath();
  for (let n = 0; n < shown; n++) {
    const above = pixelOver(picture, n, measured.heldOut.rounded);
    context.moveTo(...pixelOver(picture, n, measured.heldOut.float));
    context.lineTo(...above);
    pixels.set(above, 2 * n);
  }
  context.strokeStyle = colours.float;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
  const radius = markRadius(frame);
  drawMarks(context, pixels, labels, radius, (kind) => colours.class[kind % colours.class.length], colours.background);
  drawRings(context, pixels, wrong, radius * 1.75, colours.hero);
}
