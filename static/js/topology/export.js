// Turns the picture into a file of its own: the styles it has on the page become its attributes.
// @ts-check

import { shape } from "./shapes.js";

const STYLES = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity"],
  ...["font-family", "font-size", "font-weight", "text-anchor"],
];
const MARGIN = 16;
const DROPPED = ["class", "role", "tabindex", "aria-label", "data-key", "aria-describedby", "data-selected"];

/** @param {SVGSVGElement} svg @param {string} background @returns {string} a whole SVG file */
export function asFile(svg, background) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const originals = [...svg.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((element, at) => {
    const original = originals[at];
    if (original) bake(element, getComputedStyle(original));
  });
  const { width, height } = svg.viewBox.baseVal;
  const [wide, tall] = [width + 2 * MARGIN, height + 2 * MARGIN];
  for (const { name } of [...copy.attributes]) copy.removeAttribute(name);
  copy.setAttribute("viewBox", `${-MARGIN} ${-MARGIN} ${wide} ${tall}`);
  copy.setAttribute("width", `${wide}`);
  copy.setAttribute("height", `${tall}`);
  copy.prepend(shape("rect", { x: -MARGIN, y: -MARGIN, width: wide, height: tall, fill: background }));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

/** @param {Element} element @param {CSSStyleDeclaration} style */
function bake(element, style) {
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    if (value && value !== "none" || name === "fill") element.setAttribute(name, value.replaceAll('"', "'"));
  }
  for (const name of DROPPED) element.removeAttribute(name);
}

/** @param {string} text @param {string} name of the file */
export function download(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
