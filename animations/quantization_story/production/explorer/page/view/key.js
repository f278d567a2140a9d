/** What each mark and colour means. */

import { byId, drawnPart, made } from "./dom.js";

const keyLine = (colour, dash = null) => drawnPart("line", { x1: 2, x2: 38, y1: 12, y2: 12, stroke: `var(--${colour})`, "stroke-width": 3, "stroke-dasharray": dash });
const area = (colour) => drawnPart("rect", { x: 2, y: 3, width: 36, height: 18, rx: 2, fill: `var(--${colour})` });
const ring = (radius, width) => drawnPart("circle", { cx: 20, cy: 12, r: radius, fill: "none", stroke: "var(--hero)", "stroke-width": width });
const dot = (colour, radius = 5, x = 20) => drawnPart("circle", { cx: x, cy: 12, r: radius, fill: `var(--${colour})` });

/** Fill the list. */
export function showKey() {
  const entries = [
    [[keyLine("float")], "Blue is the float network, before its weights are rounded."],
    [[keyLine("rounded")], "Orange is the rounded network."],
    [[keyLine("repaired")], "Violet is the rounded network with a correction."],
    [[keyLine("crease")], "Yellow is a crease, where a ReLU switches; in the float network solid, …"],
    [[keyLine("crease", "5 4")], "… in the rounded network dashed."],
    [[area("same")], "Green: both networks have the same pattern of ReLUs."],
    [[area("other")], "Red: another pattern."],
    [[dot("class-0", 5, 7), drawnPart("path", { d: "M20 6l5.5 10h-11z", fill: "var(--class-1)" }), drawnPart("rect", { x: 29, y: 7.5, width: 9, height: 9, fill: "var(--class-2)" })], "A mark is a point, its shape the class that it belongs to."],
    [[dot("class-0"), ring(9, 1.6)], "A ring: the network puts it in another class. It flashes as it changes."],
    [[drawnPart("line", { x1: 8, x2: 32, y1: 16, y2: 8, stroke: "var(--same)", "stroke-width": 1.5 }), drawnPart("circle", { cx: 8, cy: 16, r: 3.5, fill: "var(--float)" }), drawnPart("circle", { cx: 32, cy: 8, r: 5, fill: "var(--class-0)", stroke: "var(--rounded)", "stroke-width": 1.5 })], "A thread holds the outputs of one point in both networks together: its twins."],
    [[dot("hero"), ring(9, 2)], "The probe: drag it. Among the outputs, arrows are its error: green the metric part, red the topological."],
    [[keyLine("quiet")], "Grey rays among the outputs: on them two classes tie."],
  ];
  byId("key").replaceChildren(...entries.map(([parts, words]) =>
    made("li", {}, drawnPart("svg", { viewBox: "0 0 40 24", "aria-hidden": "true" }, ...parts), made("span", {}, words))));
}
