/** What is drawn of a measured network: its points with their twins, the two grids, what is wrong, and the scales. */

import { errorAt } from "../geometry/errors.js";
import { drawnOutputs } from "../geometry/json.js";
import { preActivations, widths } from "../geometry/network.js";
import { spreadOf } from "./heat.js";
import { endsMapped, gridEnds, tieRays } from "./outputs.js";
import { heightsOf } from "./sheet.js";

const MOST_SHOWN = 300; // points on screen; figures count all of them

/** Which of the first points (n) have the same pattern in both networks: 1 or 0 each. */
export function samePatterns(float, rounded, points) {
  const [first, second] = [float, rounded].map((network) => preActivations(network, points).slice(0, -1));
  const same = new Uint8Array(points.length / 2).fill(1);
  first.forEach((z, layer) => {
    const width = z.length / same.length;
    z.forEach((value, place) => {
      if (value > 0 !== second[layer][place] > 0) same[Math.floor(place / width)] = 0;
    });
  });
  return same;
}

/**
 * All that a picture needs beyond what was measured, worked out once for each measurement.
 * @param {import("../geometry/explore.js").Measured} measured
 * @param {import("../geometry/json.js").Subject} subject
 */
export function pictureOf(measured, subject) {
  const { points, labels: given } = subject.heldOut;
  const dimension = widths(measured.float).at(-1);
  const shown = Math.min(MOST_SHOWN, points.length / 2);
  const labels = given.slice(0, shown);
  const { refinement, classes, heldOut } = measured;
  const wrong = [];
  if (classes !== null) labels.forEach((label, n) => classes.rounded[n] !== label && wrong.push(n));
  const ends = gridEnds(refinement, subject.box);
  const rulings = endsMapped(ends, refinement.maps.rounded, dimension);
  const drawn = (outputs) => drawnOutputs(subject, outputs);
  return {
    measured,
    subject,
    dimension,
    shown,
    labels,
    wrong,
    ends,
    rulings,
    creases: measured.creases,
    same: samePatterns(measured.float, measured.rounded, points.slice(0, 2 * shown)),
    twins: {
      float: drawn(heldOut.float.slice(0, shown * dimension)),
      rounded: drawn(heldOut.rounded.slice(0, shown * dimension)),
    },
    grids: {
      float: drawn(endsMapped(ends, refinement.maps.float, dimension)),
      rounded: drawn(rulings),
    },
    rays: subject.readout !== null && dimension === 2 ? tieRays(subject.readout) : [],
    rampEnd: spreadOf(shown > 0 ? heldOut.float : measured.corners.float, dimension),
  };
}

/** The heights that a sheet of one output has over the box, in the float network. */
export function heightsOver({ measured, dimension }, output) {
  return heightsOf(measured.corners.float.filter((_, place) => place % dimension === output));
}

/** The error at one point, and where it is drawn: the float output, that on held routing, and the rounded one. */
export function splitAt(measured, subject, point) {
  const split = errorAt(measured.float, measured.rounded, point);
  const [float, held, rounded] = [split.float, split.held, split.rounded].map((outputs) =>
    Array.from(drawnOutputs(subject, Float64Array.from(outputs))),
  );
  return { ...split, places: { float, held, rounded } };
}

/**
 * The box (xmin, xmax, ymin, ymax) of the outputs: all float points, and nearly all rounded ones; never flat. Without
 * points it is that of the grid.
 */
export function outputBox({ twins, grids, shown }) {
  const seenThere = shown > 0 ? twins : grids;
  const spans = [0, 1].map((axis) => {
    const along = (places) => Float64Array.from(places.filter((_, k) => k % 2 === axis)).sort();
    const [float, rounded] = [along(seenThere.float), along(seenThere.rounded)];
    const trim = Math.floor(rounded.length / 50);
    return [Math.min(float[0], rounded[trim]), Math.max(float.at(-1), rounded[rounded.length - 1 - trim])];
  });
  const side = Math.max(...spans.map(([low, high]) => high - low), 1e-9);
  return spans.flatMap(([low, high]) => {
    const [middle, half] = [(low + high) / 2, Math.max((high - low) / 2, side / 6)];
    return [middle - half, middle + half];
  });
}

/** Which of the shown points have changed class between two measurements of one network. */
export function changedClass(before, after, shown) {
  const changed = [];
  for (let n = 0; n < shown; n++) if (before.classes.rounded[n] !== after.classes.rounded[n]) changed.push(n);
  return changed;
}
