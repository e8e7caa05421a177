// <lab-return>: on a page that came without a terminal, offers one as soon as there can be one.
// @ts-check
//
// It offers and does not reload by itself: somebody is reading here.

import { ask } from "../server.js";

const LOOK_MS = 5_000;

class LabReturn extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  connectedCallback() {
    this.#timer = setTimeout(this.#look, LOOK_MS);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #look = async () => {
    const sandbox = document.hidden ? null : await ask("GET", "/api/sandbox").catch(() => null);
    if (!this.isConnected) return;
    if (!sandbox || sandbox.trouble) {
      this.#timer = setTimeout(this.#look, LOOK_MS);
      return;
    }
    const text = this.querySelector("[data-text]");
    if (text) text.textContent = "Terminals are back.";
    const open = this.querySelector("a");
    if (open) open.hidden = false;
  };
}

customElements.define("lab-return", LabReturn);
