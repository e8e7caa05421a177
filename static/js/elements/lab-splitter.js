// <lab-splitter>: the edge between text and panel, to be dragged or moved by arrow keys; remembered.
// @ts-check

import { LEAST_SHARE, MOST_SHARE, clampShare, readShare, useShare } from "../panel-share.js";

const STEP = 2;

class LabSplitter extends HTMLElement {
  #lifetime = new AbortController();

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.setAttribute("role", "separator");
    this.setAttribute("aria-orientation", "vertical");
    this.setAttribute("aria-label", "Width of the terminals");
    this.setAttribute("aria-valuemin", `${LEAST_SHARE}`);
    this.setAttribute("aria-valuemax", `${MOST_SHARE}`);
    this.title = "Drag, or use the arrow keys; double-click to reset";
    this.tabIndex = 0;
    this.addEventListener("pointerdown", this.#grab, { signal });
    this.addEventListener("pointermove", this.#drag, { signal });
    this.addEventListener("keydown", this.#key, { signal });
    this.addEventListener("dblclick", () => this.#set(null), { signal });
    this.#tell();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  /** @param {PointerEvent} event */
  #grab = (event) => {
    if (event.button === 0) this.setPointerCapture(event.pointerId);
  };

  /** @param {PointerEvent} event */
  #drag = (event) => {
    if (!this.hasPointerCapture(event.pointerId)) return;
    const box = this.closest(".lesson-layout")?.getBoundingClientRect();
    if (box) this.#set(((box.right - event.clientX) / box.width) * 100);
  };

  /** @param {KeyboardEvent} event */
  #key = (event) => {
    const share = readShare();
    /** @type {Record<string, number | null>} */
    const wanted = {
      ArrowLeft: share + STEP,
      ArrowRight: share - STEP,
      Home: MOST_SHARE,
      End: LEAST_SHARE,
      Enter: null,
    };
    if (!(event.key in wanted)) return;
    event.preventDefault();
    this.#set(wanted[event.key] ?? null);
  };

  /** @param {number | null} share percent of the page; null: as it was at first */
  #set(share) {
    useShare(share === null ? null : clampShare(share));
    this.#tell();
  }

  #tell() {
    const share = Math.round(readShare());
    this.setAttribute("aria-valuenow", `${share}`);
    this.setAttribute("aria-valuetext", `${share} percent of the page`);
  }
}

customElements.define("lab-splitter", LabSplitter);
