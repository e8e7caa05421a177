// Draws the way of a packet over the picture: a line that runs from its sender, and where it ended.
// @ts-check

import { draw } from "../topology/motion.js";
import { path, shape } from "../topology/shapes.js";
import { wayPoints } from "./way.js";

/**
 * @typedef {import("./way.js").Passage} Passage
 * @typedef {import("../topology/layout.js").Layout} Layout
 */

const END = 5;
const END_ROOM = 40;

export class DrawnWay {
  /** @type {Passage | null} */
  #passage = null;
  #isNew = false;
  #group = shape("g", { class: "way", "aria-hidden": "true" });

  /** @param {SVGElement} svg which it is drawn on top of */
  constructor(svg) {
    svg.append(this.#group);
  }

  /** Drawn with the next layout. @param {Passage | null} passage */
  set(passage) {
    this.#passage = passage;
    this.#isNew = true;
  }

  /** @param {Layout} layout */
  show(layout) {
    const points = this.#passage ? wayPoints(layout, this.#passage.hops) : [];
    const last = points.at(-1);
    this.#group.replaceChildren();
    if (!last || !this.#passage) return;
    const line = path(points);
    const state = this.#passage.arrived ? "arrived" : "stopped";
    const drawn = shape("path", { class: `way-line way-${state}`, d: line, pathLength: 1 });
    this.#group.append(shape("path", { class: "way-halo", d: line }), drawn, this.#passage.arrived ? goal(last) : cross(last));
    if (this.#isNew) {
      draw(drawn);
      this.#show(last, layout.height);
    }
    this.#isNew = false;
  }

  /** Where it ended comes into sight; the page stays where it is. @param {[number, number]} point @param {number} height */
  #show([, y], height) {
    const frame = this.#group.closest("[data-view]");
    const at = (y / height) * (this.#group.ownerSVGElement?.clientHeight ?? 0);
    if (frame && (at < frame.scrollTop || at > frame.scrollTop + frame.clientHeight - END_ROOM)) {
      frame.scrollTo({ top: at - frame.clientHeight / 2 });
    }
  }
}

/** @param {[number, number]} point */
function goal([x, y]) {
  return shape("circle", { class: "way-goal", cx: x, cy: y, r: END });
}

/** @param {[number, number]} point */
function cross([x, y]) {
  const lines = `M${x - END} ${y - END}L${x + END} ${y + END}M${x + END} ${y - END}L${x - END} ${y + END}`;
  return shape("g", {}, shape("circle", { class: "way-end", cx: x, cy: y, r: 2 * END }), shape("path", { class: "way-cross", d: lines }));
}
