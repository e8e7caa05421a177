// <lab-ending>: counts down the last minutes of a sandbox that nobody uses, also in the tab's title.
// @ts-check
//
// The clock is no live region: it is read out twice, by the two sentences of EndingVoice.

import { EndingVoice, clock, secondsLeft } from "../countdown.js";
import { keepingFocus } from "../focus.js";
import { link } from "../sandbox-link.js";
import { titlePrefix } from "../sandbox-words.js";
import { serverNow } from "../server.js";

const TICK_MS = 1_000;

class LabEnding extends HTMLElement {
  #lifetime = new AbortController();
  #voice = new EndingVoice();
  #title = document.title;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.querySelector("button")?.addEventListener("click", () => void link.ensure(), { signal });
    document.addEventListener("visibilitychange", this.#entitle, { signal });
    link.watch(() => this.#show(), signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    clearInterval(this.#timer);
    document.title = this.#title;
  }

  #show() {
    const { state, ending, ends_at: endsAt } = link.status.sandbox;
    const shown = state === "ready" && Boolean(ending) && Boolean(endsAt);
    this.#entitle();
    clearInterval(this.#timer);
    keepingFocus(() => {
      const banner = this.querySelector(".ending");
      if (banner instanceof HTMLElement) banner.hidden = !shown;
    }, document.querySelector(".sandbox-state"));
    if (!shown) {
      this.#voice.rest();
      this.#speak("");
      return;
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  #tick() {
    const seconds = secondsLeft(link.status.sandbox.ends_at ?? "", serverNow());
    const when = this.querySelector("[data-when]");
    // A busy server may come a little later than it said.
    if (when) when.textContent = seconds > 0 ? `in ${clock(seconds)}` : "any moment";
    const said = this.#voice.next(seconds);
    if (said) this.#speak(said);
  }

  /** The live region is there from the start: one that appears with its text may not be read. @param {string} text */
  #speak(text) {
    const spoken = this.querySelector("[role=status]");
    if (spoken) spoken.textContent = text;
  }

  #entitle = () => {
    const title = (document.hidden ? titlePrefix(link.status.sandbox) : "") + this.#title;
    if (document.title !== title) document.title = title;
  };
}

customElements.define("lab-ending", LabEnding);
