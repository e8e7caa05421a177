// <lab-setup>: has the app prepare the nodes for a lesson or a step, and says how that went.
// @ts-check

import { ask, asServerError } from "../server.js";

// The server has a limit of its own for each node; this one is for a server that does not answer.
const TIMEOUT_MS = 120_000;

class LabSetup extends HTMLElement {
  #lifetime = new AbortController();
  #busy = false;

  connectedCallback() {
    this.#lifetime = new AbortController();
    this.button?.addEventListener("click", this.#prepare, { signal: this.#lifetime.signal });
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get button() {
    return this.querySelector("button");
  }

  #prepare = async () => {
    if (this.#busy) return;
    this.#busy = true;
    // Not "disabled": who pressed it with the keyboard would lose their place.
    this.button?.setAttribute("aria-disabled", "true");
    this.#say("Preparing your machine …", "working");
    const { signal } = this.#lifetime;
    try {
      await ask("POST", this.dataset.path ?? "", { timeoutMs: TIMEOUT_MS, signal });
      this.#say("Ready. Go on below.", "done");
    } catch (error) {
      if (signal.aborted) return;
      const { message, hint } = asServerError(error);
      this.#say([message, hint].filter(Boolean).join(" "), "unable");
    } finally {
      this.#busy = false;
      this.button?.removeAttribute("aria-disabled");
    }
  };

  /** @param {string} text @param {"working" | "done" | "unable"} outcome */
  #say(text, outcome) {
    const status = this.querySelector(".setup-status");
    if (!(status instanceof HTMLElement)) return;
    status.textContent = text;
    status.dataset.outcome = outcome;
  }
}

customElements.define("lab-setup", LabSetup);
