// <lab-catch-up>: has everything before its step done in a fresh sandbox, and says how far that is.
// @ts-check

import { ask, asServerError } from "../server.js";

/** @typedef {{lesson: string, step: string, steps: number, done: number, state: "working" | "done" | "failed", message: string}} CatchUp */

class LabCatchUp extends HTMLElement {
  #lifetime = new AbortController();

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#at("[data-ask]")?.addEventListener("click", () => this.#question(true), { signal });
    this.#at("[data-stay]")?.addEventListener("click", () => this.#question(false), { signal });
    this.#at("[data-go]")?.addEventListener("click", () => void this.#go(), { signal });
    document.addEventListener("lab-catch-up-news", this.#news, { signal });
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  /** @param {string} selector */
  #at(selector) {
    const found = this.querySelector(selector);
    return found instanceof HTMLElement ? found : null;
  }

  /** @param {boolean} open */
  #question(open) {
    this.#at(".catch-up-ask")?.toggleAttribute("hidden", !open);
    this.#at("[data-ask]")?.toggleAttribute("hidden", open);
    this.#at(open ? "[data-go]" : "[data-ask]")?.focus();
  }

  async #go() {
    const { lesson = "", step = "" } = this.dataset;
    this.#question(false);
    this.#say("Waiting for a fresh sandbox …", "working");
    try {
      await ask("POST", `/api/lessons/${encodeURIComponent(lesson)}/steps/${encodeURIComponent(step)}/catch-up`);
    } catch (error) {
      const { message, hint } = asServerError(error);
      this.#say([message, hint].filter(Boolean).join(" "), "failed");
    }
  }

  /** @param {Event} event */
  #news = (event) => {
    /** @type {CatchUp} */
    const { lesson, step, steps, done, state, message } = /** @type {CustomEvent} */ (event).detail;
    if (lesson !== this.dataset.lesson || step !== this.dataset.step) return;
    const doing = `Doing step ${Math.min(done + 1, steps)} of ${steps} …`;
    this.#say({ working: doing, done: "You are here. Go on.", failed: message }[state], state);
  };

  /** @param {string} text @param {CatchUp["state"]} state */
  #say(text, state) {
    const said = this.#at(".catch-up-said");
    if (!said) return;
    said.textContent = text;
    said.dataset.state = state;
  }
}

customElements.define("lab-catch-up", LabCatchUp);
