// <lab-queue>: shows how far a student has come in the queue for a sandbox.
// @ts-check

import { link } from "../sandbox-link.js";

class LabQueue extends HTMLElement {
  #lifetime = new AbortController();
  /** The position at which this page began to wait. */
  #began = 0;

  connectedCallback() {
    this.#lifetime = new AbortController();
    link.watch(({ sandbox, lost }) => {
      const position = sandbox.state === "queued" ? (sandbox.position ?? 0) : 0;
      this.#began = position ? Math.max(this.#began, position) : 0;
      this.hidden = position === 0 || lost;
      const bar = this.querySelector("progress");
      if (!bar || !position) return;
      // One more than there are positions: who is first still has a step to go, and who is last has made one.
      bar.max = this.#began + 1;
      bar.value = this.#began - position + 1;
    }, this.#lifetime.signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }
}

customElements.define("lab-queue", LabQueue);
