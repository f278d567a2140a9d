/** The plane of outputs: what both networks make of the grid and of the same points, each twin held to its other by a thread. */

import { columnOf, drawGrid, rowOf, strokeSegments } from "./plane.js";
import { drawFlashes, drawMarks, drawRings, markRadius } from "./marks.js";
import { drawProbe, pixelAt, pixelsOf } from "./inputs.js";

const LINES = 12; // of the grid on the inputs, a side

/** A grid's lines cut at the edges of cells: the ends of each piece one after the other, (cell, x, y) each. */
export function gridEnds({ cut }, box) {
  const ends = [];
  for (const axis of [0, 1]) {
    const [first, step] = [box[2 * axis], (box[2 * axis + 1] - box[2 * axis]) / LINES];
    for (let cell = 0; cell < cut.count; cell++) {
      let [low, high] = [Infinity, -Infinity];
      for (let k = cut.starts[cell]; k < cut.starts[cell + 1]; k++) {
        const place = cut.vertices[2 * cut.corners[k] + axis];
        if (place < low) low = place;
        if (place > high) high = place;
      }
      const last = Math.min(LINES, Math.floor((high - first) / step));
      for (let k = Math.max(0, Math.ceil((low - first) / step)); k <= last; k++) cutLine(cut, cell, axis, first + k * step, ends);
    }
  }
  return ends;
}

/** What one of the refinement's maps makes of such ends, exactly: the outputs (n, d). */
export function endsMapped(ends, map, dimension) {
  const count = ends.length / 3;
  const outputs = new Float64Array(count * dimension);
  for (let n = 0; n < count; n++) {
    for (let j = 0; j < dimension; j++) {
      const entry = 3 * ends[3 * n] * dimension + j;
      outputs[n * dimension + j] =
        map[entry] * ends[3 * n + 1] + map[entry + dimension] * ends[3 * n + 2] + map[entry + 2 * dimension];
    }
  }
  return outputs;
}

/** Add the two ends (cell, x, y) of a line's piece within a cell; the line is x or y (axis) = value. */
function cutLine({ vertices, corners, starts }, cell, axis, value, ends) {
  const [begin, stop] = [starts[cell], starts[cell + 1]];
  for (let k = begin; k < stop; k++) {
    const [here, next] = [corners[k], corners[k + 1 < stop ? k + 1 : begin]];
    const [from, to] = [vertices[2 * here + axis], vertices[2 * next + axis]];
    if (from <= value === to <= value) continue;
    const other = vertices[2 * here + 1 - axis];
    const met = other + ((value - from) / (to - from)) * (vertices[2 * next + 1 - axis] - other);
    if (axis === 0) ends.push(cell, value, met);
    else ends.push(cell, met, value);
  }
}

/**
 * The rays on which two classes tie, (m, 2) directions from the origin; for two outputs.
 * @param {import("../geometry/network.js").Matrix} readout  (classes, 2)
 */
export function tieRays(readout) {
  const row = (k) => [readout.data[2 * k], readout.data[2 * k + 1]];
  const rays = [];
  for (let i = 0; i < readout.rows; i++) {
    for (let j = i + 1; j < readout.rows; j++) {
      const [across, up] = [row(i)[0] - row(j)[0], row(i)[1] - row(j)[1]];
      for (const ray of [[-up, across], [up, -across]]) {
        const logit = (k) => row(k)[0] * ray[0] + row(k)[1] * ray[1];
        const highest = Math.max(...Array.from({ length: readout.rows }, (_, k) => logit(k)));
        if (logit(i) >= highest - 1e-9) rays.push(ray);
      }
    }
  }
  return rays;
}

/**
 * Draw all of it.
 * @param {ReturnType<import("./layers.js").layersOf>} layers  three: the float network, the rounded one, and the probe
 * @param {import("./plane.js").Frame} frame
 * @param {number[]} box  what is in the frame
 * @param {object} picture  as for the inputs, with the places of twins and of the grids
 */
export function drawOutputs(layers, frame, box, picture) {
  const { measured, subject, colours, twins, grids, shown, labels, wrong, flashes, same, rays, reached } = picture;
  const radius = markRadius(frame);
  const many = measured.refinement.cut.count > 300;
  layers.draw(frame, 0, [subject, colours, many, box], (context) => {
    drawGrid(context, frame, colours);
    const far = 4 * (frame.width + frame.height) / frame.scale;
    const ties = rays.flatMap(([x, y]) => [0, 0, (x / Math.hypot(x, y)) * far, (y / Math.hypot(x, y)) * far]);
    strokeSegments(context, frame, ties, { colour: colours.quiet, width: 1.5 * frame.ink, alpha: 0.8 });
    strokeSegments(context, frame, grids.float, { colour: colours.float, width: frame.ink, alpha: many ? 0.3 : 0.55 });
    drawMarks(context, pixelsOf(frame, twins.float, shown), labels, radius * 0.62, () => colours.float, null);
  });
  layers.draw(frame, 1, [measured, colours, reached, box], (context) => {
    strokeSegments(context, frame, grids.rounded, { colour: reached, width: frame.ink, alpha: many ? 0.35 : 0.65 });
    const [float, rounded] = [twins.float, twins.rounded].map((places) => pixelsOf(frame, places, shown));
    strokeThreads(context, frame, float, rounded, same, colours);
    drawMarks(context, rounded, labels, radius, (kind) => colours.class[kind % colours.class.length], reached);
    drawRings(context, rounded, wrong, radius * 1.75, colours.hero);
  });
  layers.draw(frame, 2, null, (context) => {
    drawFlashes(context, pixelAt(frame, twins.rounded), flashes, radius, colours.hero);
    drawTwinOfProbe(context, frame, picture, radius);
  });
}

/** A thread from every float point to its rounded twin: green with the same pattern, red and dashed with another. */
function strokeThreads(context, frame, float, rounded, same, colours) {
  for (const kind of [1, 0]) {
    context.beginPath();
    for (let n = 0; n < same.length; n++) {
      if (same[n] !== kind) continue;
      context.moveTo(float[2 * n], float[2 * n + 1]);
      context.lineTo(rounded[2 * n], rounded[2 * n + 1]);
    }
    context.setLineDash(kind ? [] : [4, 3]);
    context.strokeStyle = kind ? colours.same : colours.other;
    context.lineWidth = frame.ink;
    context.globalAlpha = kind ? 0.45 : 0.85;
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** The probe in both networks, and its error as two arrows: first the wrong map, then the other pattern. */
function drawTwinOfProbe(context, frame, { probeSplit, colours }, radius) {
  const at = ([x, y]) => [columnOf(frame, x), rowOf(frame, y)];
  const [start, middle, end] = [probeSplit.float, probeSplit.held, probeSplit.rounded].map(at);
  drawArrow(context, frame, start, middle, colours.same, []);
  drawArrow(context, frame, middle, end, colours.other, [5, 3]);
  context.beginPath();
  context.arc(...start, radius, 0, 2 * Math.PI);
  context.fillStyle = colours.background;
  context.fill();
  context.strokeStyle = colours.float;
  context.lineWidth = 2.5;
  context.stroke();
  drawProbe(context, ...end, radius, colours);
}

/** An arrow between two pixels; none where they are less than three pixels apart. */
function drawArrow(context, { ink }, [x0, y0], [x1, y1], colour, dash) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 3) return;
  const [across, down] = [(x1 - x0) / length, (y1 - y0) / length];
  const head = Math.min(9 * ink, length / 2);
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 3 * ink;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1 - head * across, y1 - head * down);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x1 - head * (across + 0.5 * down), y1 - head * (down - 0.5 * across));
  context.lineTo(x1 - head * (across - 0.5 * down), y1 - head * (down + 0.5 * across));
  context.fill();
}
