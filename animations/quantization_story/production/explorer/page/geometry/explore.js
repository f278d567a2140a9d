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
 * @property {{float: Float64Array, rounded: Float64Array}} corners  the outputs (V, d_L) at the vertices of the cells
 * @property {{float: Float64Array, rounded: Float64Array}} heldOut  the outputs (n, d_L) at the held-out points
 * @property {{float: Uint8Array, rounded: Uint8Array}|null} classes  of the held-out points; null without a read-out
 */

/**
 * Measure a network under a choice. Plain data in and out, so that it runs on the page and in a worker alike.
 * @param {import("./json.js").Subject} subject
 * @param {Choice} choice
 * @returns {Measured}
 */
export function measured(subject, choice) {
  throw new Error("not yet");
}
