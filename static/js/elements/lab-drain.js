// <lab-drain>: says that all sandboxes end at a time, and counts down to it.
// @ts-check
//
// Beside the lesson it stays. Where it would lie over the text (a narrow window), it can be put away until the
// last minutes. The clock is no live region: DrainVoice has what is read out.

import { DrainVoice, clock, secondsLeft, timeOfDay } from "../countdown.js";
import { keepingFocus } from "../focus.js";
import { link } from "../sandbox-link.js";
import { serverNow } from "../server.js";

const TICK_MS = 1_000;

class LabDrain extends HTMLElement {
  #lifetime = new AbortController();
  #voice = new DrainVoice();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #endsAt = "";

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.querySelector("button")?.addEventListener("click", () => this.#putAway(), { signal });
    link.watch(() => this.#show(), signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    clearInterval(this.#timer);
  }

  #show() {
    const { state, drain } = link.status.sandbox;
    const shown = Boolean(drain) && (state === "ready" || state === "starting");
    if (drain?.ends_at !== this.#endsAt || drain.soon) this.removeAttribute("data-away");
    this.#endsAt = drain?.ends_at ?? "";
    this.toggleAttribute("data-soon", Boolean(drain?.soon));
    clearInterval(this.#timer);
    keepingFocus(() => {
      const banner = this.querySelector(".drain");
      if (banner instanceof HTMLElement) banner.hidden = !shown;
    }, document.querySelector(".sandbox-state"));
    if (!shown || !drain) {
      this.#voice.rest();
      this.#text("[role=status]", "");
      return;
    }
    this.#text("[data-at]", timeOfDay(drain.ends_at));
    this.#text("[data-reason]", drain.reason);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  #tick() {
    const seconds = secondsLeft(this.#endsAt, serverNow());
    // A busy server may come a little later than it said.
    this.#text("[data-when]", seconds > 0 ? `in ${clock(seconds)}` : "any moment");
    const said = this.#voice.next(seconds, link.status.sandbox.drain?.reason ?? "");
    if (said) this.#text("[role=status]", said);
  }

  #putAway() {
    this.setAttribute("data-away", "");
    const refuge = document.querySelector(".sandbox-state");
    if (refuge instanceof HTMLElement) refuge.focus({ preventScroll: true });
  }

  /** @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = this.querySelector(selector);
    if (element && element.textContent !== text) element.textContent = text;
  }
}

customElements.define("lab-drain", LabDrain);
