/** The error of a rounded network at a point, split by the routing of the float network. */
import { affineMap, mapped, outputsOf, patternAt } from "./network.js";

/**
 * e = f_q - f at a point, total = metric + topological. metric: the rounded weights on the float network's routing, minus
 * f: the right region, the wrong affine map. topological: what the rounded network's own routing adds; zero wherever
 * samePattern.
 * @param {import("./network.js").Network} float
 * @param {import("./network.js").Network} rounded
 * @param {ArrayLike<number>} point  (2)
 * @returns {{float: Float64Array, rounded: Float64Array, held: Float64Array, total: Float64Array, metric: Float64Array,
 *   topological: Float64Array, samePattern: boolean, floatPattern: Uint8Array, roundedPattern: Uint8Array}} outputs and
 *   errors (d_L); patterns (H)
 */
export function errorAt(float, rounded, point) {
  const place = Float64Array.from(point);
  const [floatPattern, roundedPattern] = [float, rounded].map((network) => patternAt(network, place));
  const samePattern = floatPattern.every((bit, unit) => bit === roundedPattern[unit]);
  const exact = outputsOf(float, place);
  const own = outputsOf(rounded, place);
  const held = samePattern ? own : mapped(affineMap(rounded, floatPattern), place);
  const minus = (end, start) => end.map((value, output) => value - start[output]);
  return {
    float: exact,
    rounded: own,
    held,
    total: minus(own, exact),
    metric: minus(held, exact),
    topological: minus(own, held),
    samePattern,
    floatPattern,
    roundedPattern,
  };
}
