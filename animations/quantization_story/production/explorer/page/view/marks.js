/** Points as marks: the mark tells the class first, the tint second; rings around what is wrong, and what just changed. */

const CORNERS = [
  null, // a disc
  [[0, -1.2], [1.1, 0.75], [-1.1, 0.75]], // a triangle
  [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], // a square
  [[0, -1.3], [1.15, 0], [0, 1.3], [-1.15, 0]], // a diamond
];
export const FLASH = 900; // milliseconds

/** Put the mark of a class at a pixel into the current path. */
function traceMark(context, kind, x, y, radius) {
  const corners = CORNERS[kind % CORNERS.length];
  if (corners === null) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  corners.forEach(([across, down], k) => {
    if (k === 0) context.moveTo(x + radius * across, y + radius * down);
    else context.lineTo(x + radius * across, y + radius * down);
  });
  context.closePath();
}

/** How large a mark is in this frame, in pixels. */
export function markRadius(frame) {
  return Math.min(14, Math.max(3, Math.min(frame.width, frame.height) / 130));
}

/**
 * Draw points as filled marks, a path for each class.
 * @param {Float64Array} pixels  (n, 2)
 * @param {Uint8Array} labels  (n)
 * @param {(kind: number) => string} fill  the colour of a class
 * @param {string|null} edge  the colour of the outline
 */
export function drawMarks(context, pixels, labels, radius, fill, edge) {
  for (const kind of new Set(labels)) {
    context.beginPath();
    for (let n = 0; n < labels.length; n++) {
      if (labels[n] === kind) traceMark(context, kind, pixels[2 * n], pixels[2 * n + 1], radius);
    }
    context.fillStyle = fill(kind);
    context.fill();
    if (edge === null) continue;
    context.lineWidth = 1;
    context.strokeStyle = edge;
    context.stroke();
  }
}

/** Rings around points (numbers), a little larger than their marks. */
export function drawRings(context, pixels, numbers, radius, colour) {
  context.beginPath();
  for (const n of numbers) {
    context.moveTo(pixels[2 * n] + radius, pixels[2 * n + 1]);
    context.arc(pixels[2 * n], pixels[2 * n + 1], radius, 0, 2 * Math.PI);
  }
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1.6, radius / 5);
  context.stroke();
}

/** Rings that widen and fade around the points that have just changed class; flashes: [number, age 0 to 1]. */
export function drawFlashes(context, pixelsAt, flashes, radius, colour) {
  context.strokeStyle = colour;
  for (const [n, age] of flashes) {
    context.globalAlpha = 1 - age;
    context.lineWidth = 1 + 3 * (1 - age);
    context.beginPath();
    context.arc(...pixelsAt(n), radius * (1.6 + 4 * age), 0, 2 * Math.PI);
    context.stroke();
  }
  context.globalAlpha = 1;
}
