/** Elements of the page: found by their id, and made. */

const SVG = "http://www.w3.org/2000/svg";

/** @returns {HTMLElement} */
export function byId(id) {
  return document.getElementById(id);
}

/** A new element with these attributes (an `on…` is a listener) and children, elements or words. */
export function made(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for a part of a drawing. */
export function drawnPart(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}
