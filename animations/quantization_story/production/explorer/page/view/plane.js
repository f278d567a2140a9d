/**
 * A plane seen on a canvas: places to pixels and back, the canvas's size, its colours, the grid behind everything.
 *
 * @typedef {{width: number, height: number, ratio: number, ink: number, x: number, y: number, scale: number}} Frame  a
 *   canvas of width times height CSS pixels, `ratio` device pixels each; lines `ink` times as wide as in a usual window;
 *   (x, y) in its middle; `scale` pixels a unit
 */

const AT_ONCE = 64; // segments in a path: all of them in one take several times as long
const MOST_PIXELS = 2600 ** 2; // of a canvas: above, finer pixels are not seen, only waited for

/** The size of a canvas on screen, in CSS pixels, and how many pixels it is to have for each of them. */
export function sizeOf({ clientWidth: width, clientHeight: height }) {
  const finest = Math.sqrt(MOST_PIXELS / Math.max(1, width * height));
  return { width, height, ratio: Math.min(window.devicePixelRatio || 1, 2, Math.max(1, finest)) };
}

/** Give a canvas as many pixels as its size asks for; returns its context, in CSS pixels. */
export function contextOf(canvas, { width, height, ratio }) {
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** The frame in which a box (xmin, xmax, ymin, ymax) fits a canvas, with as many pixels around it as `margin` says. */
export function framed({ width, height, ratio }, [left, right, bottom, top], margin) {
  const scale = Math.min((width - 2 * margin) / (right - left), (height - 2 * margin) / (top - bottom));
  const ink = Math.max(1, Math.min(width, height) / 800);
  return { width, height, ratio, ink, x: (left + right) / 2, y: (bottom + top) / 2, scale: Math.max(scale, 1e-9) };
}

/** The pixel column of a place. */
export function columnOf(frame, x) {
  return frame.width / 2 + (x - frame.x) * frame.scale;
}

/** The pixel row of a place. */
export function rowOf(frame, y) {
  return frame.height / 2 - (y - frame.y) * frame.scale;
}

/** The place of a pixel. */
export function placeOf(frame, column, row) {
  return [frame.x + (column - frame.width / 2) / frame.scale, frame.y - (row - frame.height / 2) / frame.scale];
}

/** A step of 1, 2 or 5 times a power of ten, at least this large. */
export function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9));
}

/** Empty the canvas, and rule it from edge to edge. */
export function drawGrid(context, frame, colours) {
  context.fillStyle = colours.background;
  context.fillRect(0, 0, frame.width, frame.height);
  const step = niceStep(56 / frame.scale);
  const [left, top] = placeOf(frame, 0, 0);
  const [right, bottom] = placeOf(frame, frame.width, frame.height);
  context.beginPath();
  for (let k = Math.ceil(left / step); k * step <= right; k++) {
    context.moveTo(columnOf(frame, k * step), 0);
    context.lineTo(columnOf(frame, k * step), frame.height);
  }
  for (let k = Math.ceil(bottom / step); k * step <= top; k++) {
    context.moveTo(0, rowOf(frame, k * step));
    context.lineTo(frame.width, rowOf(frame, k * step));
  }
  context.strokeStyle = colours.guide;
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

/** Draw segments, both ends (x, y) one after the other. */
export function strokeSegments(context, frame, segments, { colour, width, alpha = 1, dash = [] }) {
  context.strokeStyle = colour;
  context.globalAlpha = alpha;
  context.lineWidth = width;
  context.setLineDash(dash);
  for (let first = 0; first < segments.length; first += 4 * AT_ONCE) {
    const end = Math.min(segments.length, first + 4 * AT_ONCE);
    context.beginPath();
    for (let k = first; k < end; k += 4) {
      context.moveTo(columnOf(frame, segments[k]), rowOf(frame, segments[k + 1]));
      context.lineTo(columnOf(frame, segments[k + 2]), rowOf(frame, segments[k + 3]));
    }
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

const LISTS = ["class", "cell", "heat", "face"];

/** The colours of the page's theme, by role, from its style sheet; of classes, cells, heat and faces a list each. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const one = (name) => style.getPropertyValue(`--${name}`).trim();
  const roles = ["background", "ink", "quiet", "guide", "float", "rounded", "same", "other", "repaired", "crease", "hero"];
  const colours = Object.fromEntries(roles.map((name) => [name, one(name)]));
  for (const name of LISTS) {
    colours[name] = [];
    while (one(`${name}-${colours[name].length}`)) colours[name].push(one(`${name}-${colours[name].length}`));
  }
  return colours;
}

/** The red, green and blue, 0 to 255, of #RRGGBB. */
export function channelsOf(colour) {
  return [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
}

/** Channels part of the way, 0 to 1, from some to others. */
export function mixed(start, end, part) {
  return start.map((value, k) => value + part * (end[k] - value));
}

/** Channels as a colour of the canvas. */
export function colourOf(channels) {
  return `rgb(${channels.map(Math.round).join(" ")})`;
}
