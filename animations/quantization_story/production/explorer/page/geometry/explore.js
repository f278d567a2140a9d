/**
 * Everything that the page shows of one network and one choice of what is done to it, measured at once.
 *
 * @typedef {object} Choice
 * @property {number} bits  2 to 8
 * @property {boolean} perChannel  one scale for each row of a weight matrix instead of one for the matrix
 * @property {number} amount  of the rounding, 0 to 1: how far each weight has gone to its level
 * @property {"nearest"|"gptq"|"closest"} rounding  which level each weight takes; see `roundingsOf`
 * @property {{layer: number, row: number, column: number, code: number}[]} changes  single weights on another level;
 *   layers count from 0
 * @property {"none"|"bias"|"map"|"rank1"} correction  fitted on the calibration points
 *
 * @typedef {object} Figures
 * @property {number} cells  of the common refinement
 * @property {number} floatCells  distinct patterns of the float network in the box
 * @property {number} roundedCells  of the rounded one
 * @property {number} boxArea
 * @property {number} changedArea  where the patterns differ, in squared units of the box
 * @property {{total: number, metric: number, topological: number}} energy  the integrals of |e|^2 over the box
 * @property {{float: number, rounded: number}|null} accuracy  0 to 1, on the held-out points; null without labels
 *
 * @typedef {object} Measured
 * @property {Choice} choice  what was asked for
 * @property {import("./network.js").Network} float  as a function of the plane's two coordinates
 * @property {import("./network.js").Network} rounded  likewise: its weights rounded as chosen, the correction folded in
 * @property {Int32Array[]} codes  of every layer of the whole network, row-major, the changes made
 * @property {import("./network.js").AffineMap|null} map  the one output map, where it is the correction
 * @property {import("./refinement.js").Refinement} refinement  cells, both patterns, both maps, energies of each cell
 * @property {Figures} figures
 * @property {{float: object, rounded: object}} creases  where the units of each network switch, see `creasesOf`
 * @property {{float: Float64Array, rounded: Float64Array}} corners  the outputs (V, d_L) at the vertices of the cells
 * @property {{float: Float64Array, rounded: Float64Array}} heldOut  the outputs (n, d_L) at the held-out points
 * @property {{float: Uint8Array, rounded: Uint8Array}|null} classes  of the held-out points; null without a read-out
 */

import { corrected } from "./corrections.js";
import { givenCodes, judged } from "./json.js";
import { restricted } from "./network.js";
import { creasesOf } from "./partition.js";
import { codesOf, largestCode, roundedNetwork } from "./quantizer.js";
import { atVertices, refine } from "./refinement.js";

/**
 * Measure a network under a choice. Plain data in and out, so that it runs on the page and in a worker alike. Throws an
 * Error, one sentence, where there is no such rounding, and where there are too many cells.
 * @param {import("./json.js").Subject} subject
 * @param {Choice} choice
 * @returns {Measured}
 */
export function measured(subject, choice) {
  const { seen, box, heldOut, readout, floatHeldOut } = subject;
  const codes = chosenCodes(subject, choice);
  const whole = roundedNetwork(subject.network, codes, choice.bits, choice.perChannel, choice.amount);
  const onPlane = subject.plane === null ? whole : restricted(whole, subject.plane);
  const { network: rounded, map } = corrected(seen, onPlane, subject.calibration, choice.correction);
  const refinement = refine(seen, rounded, box);
  const [floatCreases, roundedCreases] = creasesOf(refinement.cut);
  const roundedHeldOut = judged(rounded, heldOut, readout);
  return {
    choice,
    float: seen,
    rounded,
    codes,
    map,
    refinement,
    figures: figuresOf(refinement, box, floatHeldOut.accuracy, roundedHeldOut.accuracy),
    creases: { float: floatCreases, rounded: roundedCreases },
    corners: {
      float: atVertices(refinement.cut, refinement.maps.float),
      rounded: atVertices(refinement.cut, refinement.maps.rounded),
    },
    heldOut: { float: floatHeldOut.outputs, rounded: roundedHeldOut.outputs },
    classes: readout === null ? null : { float: floatHeldOut.classes, rounded: roundedHeldOut.classes },
  };
}

/** The codes of every layer under a choice; a single weight's code is held to those that there are. */
function chosenCodes(subject, { bits, perChannel, rounding, changes }) {
  const codes =
    rounding === "nearest"
      ? subject.network.weights.map((weight) => codesOf(weight, bits, perChannel))
      : givenCodes(subject, rounding, bits, perChannel);
  const most = largestCode(bits);
  for (const { layer, row, column, code } of changes) {
    codes[layer][row * subject.network.weights[layer].columns + column] = Math.min(most, Math.max(-most, code));
  }
  return codes;
}

function figuresOf(refinement, [xmin, xmax, ymin, ymax], float, rounded) {
  const { areas, changed, counts, energies } = refinement;
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  return {
    cells: areas.length,
    floatCells: counts.float,
    roundedCells: counts.rounded,
    boxArea: (xmax - xmin) * (ymax - ymin),
    changedArea: sum(areas.map((area, cell) => area * changed[cell])),
    energy: { total: sum(energies.total), metric: sum(energies.metric), topological: sum(energies.topological) },
    accuracy: float === null ? null : { float, rounded },
  };
}
