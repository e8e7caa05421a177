// Lets xterm.js work under a Content-Security-Policy that allows no inline styles.
// @ts-check
//
// xterm.js does two things such a policy forbids. It makes <style> elements while it opens: those
// are let through by the page's nonce. And it colours cells outside its palette (24-bit colour,
// corrected contrast) with setAttribute("style", …), for which there is no nonce: the same text
// set through the CSSOM is allowed. Nothing global stays changed. Its `documentOverride` option
// would be the place for both, but 6.0.0 makes the elements in question with the real document.

/** The nonce of this page, as base.html gives it. */
export function pageNonce() {
  return document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";
}

/**
 * Runs `open` while every <style> made through `document` gets the page's nonce.
 * @param {() => void} open
 */
export function withStyleNonce(open) {
  const nonce = pageNonce();
  const createElement = document.createElement;
  /** @param {string} name @param {ElementCreationOptions} [options] */
  const stamping = (name, options) => {
    const element = createElement.call(document, name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  // An own property shadows the prototype's method; deleting it brings that one back.
  Object.defineProperty(document, "createElement", { value: stamping, configurable: true });
  try {
    open();
  } finally {
    Reflect.deleteProperty(document, "createElement");
  }
}

/**
 * Has an opened terminal style its cells through the CSSOM. This reaches into private fields, as
 * the fit addon does too; a browser test with 24-bit colours fails if a new version moves them.
 * @param {import("../vendor/xterm/xterm.mjs").Terminal} terminal
 */
export function styleCellsThroughCssom(terminal) {
  const renderer = /** @type {any} */ (terminal)._core?._renderService?._renderer?.value;
  // The one thing the row factory asks of its document is to create elements.
  if (renderer?._rowFactory) renderer._rowFactory._document = { createElement };
}

/** @param {string} name @param {ElementCreationOptions} [options] */
function createElement(name, options) {
  const element = document.createElement(name, options);
  element.setAttribute = setAttribute;
  return element;
}

/** @this {HTMLElement} @param {string} name @param {string} value */
function setAttribute(name, value) {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
