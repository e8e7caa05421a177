// <lab-edge>: the line between the picture and the terminals, to be dragged or moved by arrow keys; remembered.
// @ts-check

import { movable } from "../pane-divider.js";
import { remember } from "../remembered.js";

// theme.js applies it before the first paint.
const KEY = "slipway-picture-share";
const PROPERTY = "--picture-share";
const FIRST = 0.46;
const LEAST = 0.15;
const MOST = 0.8;

class LabEdge extends HTMLElement {
  #lifetime = new AbortController();

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.setAttribute("role", "separator");
    this.setAttribute("aria-orientation", "horizontal");
    this.setAttribute("aria-label", "Height of the picture");
    this.setAttribute("aria-valuemin", `${LEAST * 100}`);
    this.setAttribute("aria-valuemax", `${MOST * 100}`);
    this.title = "Drag, or use the arrow keys; double-click to reset";
    this.tabIndex = 0;
    movable(this, { share: () => this.#share, onMove: (share) => this.#move(share), onDone: () => this.#keep() }, signal);
    this.addEventListener("dblclick", () => this.#reset(), { signal });
    this.#tell();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get #share() {
    const set = Number.parseFloat(document.documentElement.style.getPropertyValue(PROPERTY));
    return Number.isNaN(set) ? FIRST : set / 100;
  }

  /** @param {number} share */
  #move(share) {
    const percent = Math.min(Math.max(share, LEAST), MOST) * 100;
    document.documentElement.style.setProperty(PROPERTY, `${percent.toFixed(1)}%`);
    this.#tell();
  }

  #keep() {
    remember(KEY, (this.#share * 100).toFixed(1));
  }

  #reset() {
    document.documentElement.style.removeProperty(PROPERTY);
    remember(KEY, null);
    this.#tell();
  }

  #tell() {
    const percent = Math.round(this.#share * 100);
    this.setAttribute("aria-valuenow", `${percent}`);
    this.setAttribute("aria-valuetext", `${percent} percent of the height`);
  }
}

customElements.define("lab-edge", LabEdge);
