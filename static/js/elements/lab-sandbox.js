// <lab-sandbox>: tells the truth about the state of the student's sandbox, and starts one.
// @ts-check
//
// What is to be seen changes at once; what is read out goes through an Announcer.

import { Announcer } from "../announcer.js";
import { keepingFocus } from "../focus.js";
import { link } from "../sandbox-link.js";
import { nodeWords, reasonOf, sentence } from "../sandbox-words.js";

const TICK_MS = 1_000;
const START = { none: "Start", failed: "Try again", ended: "Start again" };

class LabSandbox extends HTMLElement {
  #lifetime = new AbortController();
  #announcer = new Announcer((text) => this.#text("[data-spoken]", text));
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #tickTimer;
  #startedAt = 0;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#start?.addEventListener("click", () => void link.ensure(), { signal });
    link.watch((status) => this.#show(status), signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    this.#announcer.rest();
    clearInterval(this.#tickTimer);
  }

  get #start() {
    const button = this.querySelector("[data-action=start]");
    return button instanceof HTMLButtonElement ? button : null;
  }

  /** @param {import("../sandbox-link.js").Status} status */
  #show({ sandbox, lost, busy, asked, refusal }) {
    const { state, nodes, trouble = "" } = sandbox;
    const stopped = state === "ready" && nodes.some((node) => node.state === "stopped");
    const unasked = state === "none" && !asked;
    const said = unasked && !lost ? "Asking for your sandbox …" : sentence(sandbox, lost);
    // A refusal that only repeats the trouble is said once.
    const refused = trouble && refusal.startsWith(trouble) ? "" : refusal;
    const why = lost ? "" : refused || reasonOf(sandbox);
    this.dataset.state = stopped ? "stopped" : state;
    this.toggleAttribute("data-lost", lost);
    this.toggleAttribute("data-refused", Boolean(refused));
    if (busy) this.setAttribute("aria-busy", "true");
    else this.removeAttribute("aria-busy");
    this.#text("[data-text]", said);
    this.#text("[data-reason]", why);
    this.#trouble(lost ? "" : trouble);
    const label = lost || busy || unasked ? "" : (Object.entries(START).find(([name]) => name === state)?.[1] ?? "");
    keepingFocus(() => {
      if (!this.#start) return;
      this.#start.hidden = !label;
      this.#start.textContent = label;
    }, this.querySelector(".sandbox-state"));
    if (state !== "starting") this.#startedAt = 0;
    else this.#startedAt ||= Date.now();
    this.#tick(state === "starting" && !lost);
    const notices = lost ? [] : nodes.map(({ name }) => nodeWords(sandbox, name).notice);
    const subject = [lost, state, trouble, refused, sandbox.position === 1, ...notices].join();
    this.#announcer.say(subject, [trouble, said, why, ...notices].filter(Boolean).join(" "));
  }

  /** @param {string} trouble */
  #trouble(trouble) {
    const banner = this.querySelector(".sandbox-trouble");
    if (banner instanceof HTMLElement) banner.hidden = !trouble;
    // The last sentence stays while the banner is hidden, which costs nothing.
    if (trouble) this.#text("[data-trouble]", trouble);
  }

  /** Seconds are for the eye only: nobody wants them read out. @param {boolean} running */
  #tick(running) {
    clearInterval(this.#tickTimer);
    const show = () => {
      const seconds = Math.floor((Date.now() - this.#startedAt) / 1000);
      this.#text("[data-elapsed]", running && seconds > 0 ? `${seconds} s` : "");
    };
    show();
    if (running) this.#tickTimer = setInterval(show, TICK_MS);
  }

  /** @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = this.querySelector(selector);
    if (element && element.textContent !== text) element.textContent = text;
  }
}

customElements.define("lab-sandbox", LabSandbox);
