/**
 * A picture in layers: canvases of one size, one over the other, of which only those are drawn anew whose part of the
 * picture has changed. What moves often lies on top; what takes long to draw, below.
 */

import { contextOf, sizeOf } from "./plane.js";

/**
 * @typedef {{width: number, height: number, ratio: number}} Size
 *
 * @param {HTMLCanvasElement} canvas  the lowest; the others are put over it, and let the pointer through
 * @param {number} count  of them all
 * @returns {{size: () => Size, draw: (size: Size, layer: number, of: object[]|null,
 *   paint: (context: CanvasRenderingContext2D) => void) => void}}  draw: paint a layer, a higher one emptied first, unless it is of
 *   the same as last time; null never is
 */
export function layersOf(canvas, count) {
  const canvases = [canvas];
  while (canvases.length < count) {
    const next = document.createElement("canvas");
    next.setAttribute("aria-hidden", "true");
    next.className = "over";
    canvases.at(-1).after(next);
    canvases.push(next);
  }
  const drawn = canvases.map(() => null);
  return {
    draw(size, layer, of, paint) {
      const all = of === null ? null : [size.width, size.height, size.ratio, ...of];
      if (all !== null && drawn[layer] !== null && all.every((each, k) => each === drawn[layer][k])) return;
      const context = contextOf(canvases[layer], size);
      if (layer > 0) context.clearRect(0, 0, size.width, size.height); // the lowest covers what it had
      paint(context);
      drawn[layer] = all;
    },
    size: () => sizeOf(canvas),
  };
}
