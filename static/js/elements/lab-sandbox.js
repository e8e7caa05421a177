// <lab-sandbox>: makes sure the student has a sandbox, and tells the truth about its state.
// @ts-check
//
// Dispatches on itself, bubbling to document: `lab-sandbox-state` (detail: the sandbox) at every
// change, and `lab-step-news` (detail {lesson, step, passed}) for results found elsewhere.

import { ask, asServerError } from "../server.js";
import { sentence } from "../sandbox-words.js";

/** @typedef {import("../sandbox-words.js").Sandbox} Sandbox */

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;
const TICK_MS = 1_000;

class LabSandbox extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {EventSource | null} */
  #events = null;
  #retryMs = FIRST_RETRY_MS;
  /** @type {number | undefined} */
  #retryTimer;
  /** @type {number | undefined} */
  #tickTimer;
  #startedAt = 0;
  #ensured = false;
  /** Why the last request failed; it says nothing about the sandbox's state. */
  #refusal = "";
  /** The last state heard of. @type {Sandbox} */
  sandbox = { state: "none", nodes: [] };

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.addEventListener("click", this.#click, { signal });
    this.querySelector("dialog")?.addEventListener("close", this.#confirmed, { signal });
    // `pagehide` and back again: a page out of the back/forward cache must listen anew.
    document.addEventListener("visibilitychange", () => this.#listen(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#listen(), { signal });
    void this.#request("POST", "/api/sandbox");
    this.#listen();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    this.#events?.close();
    clearTimeout(this.#retryTimer);
    clearInterval(this.#tickTimer);
  }

  /** Listens while the page is visible: over HTTP/1.1 six streams of hidden tabs would block the site. */
  #listen() {
    clearTimeout(this.#retryTimer);
    this.#events?.close();
    this.#events = null;
    if (document.hidden) return;
    const events = new EventSource("/api/events");
    this.#events = events;
    events.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#refusal = "";
      this.removeAttribute("data-lost");
      this.#show();
      // The first wish for a sandbox may have fallen into the gap.
      if (!this.#ensured) void this.#request("POST", "/api/sandbox");
    };
    events.onerror = () => {
      this.setAttribute("data-lost", "");
      this.#show();
      if (events.readyState !== EventSource.CLOSED) return; // it comes back by itself
      this.#retryTimer = window.setTimeout(() => this.#listen(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    };
    events.addEventListener("sandbox", ({ data }) => this.#heard(JSON.parse(data)));
    events.addEventListener("step", ({ data }) => this.#tell("lab-step-news", JSON.parse(data)));
  }

  /** @param {"POST" | "DELETE"} method @param {string} path */
  async #request(method, path) {
    this.setAttribute("aria-busy", "true");
    this.#refusal = "";
    this.#text("[data-reason]", "");
    try {
      const answer = await ask(method, path, { signal: this.#lifetime.signal });
      this.#ensured = true;
      if (answer?.state) this.#heard(answer);
    } catch (error) {
      if (this.#lifetime.signal.aborted) return;
      const { code, message, hint } = asServerError(error);
      // Only a stream that opens takes `data-lost` back, so one that is open must not be declared lost.
      const listening = this.#events?.readyState === EventSource.OPEN;
      if (code === "unreachable" && !listening) this.setAttribute("data-lost", "");
      else this.#refusal = [message, hint].join(" ").trim();
      this.#show();
    } finally {
      this.removeAttribute("aria-busy");
    }
  }

  /** @param {Sandbox} sandbox */
  #heard(sandbox) {
    const before = this.sandbox.state;
    if (sandbox.state !== before) this.#refusal = "";
    this.sandbox = { ...sandbox, nodes: sandbox.nodes ?? [] };
    if (sandbox.state === "starting" && before !== "starting") this.#startedAt = Date.now();
    this.#show();
    this.#tell("lab-sandbox-state", this.sandbox);
  }

  #show() {
    const { state, nodes, reason = "" } = this.sandbox;
    const lost = this.hasAttribute("data-lost");
    const stopped = state === "ready" ? nodes.find((node) => node.state === "stopped") : undefined;
    this.dataset.state = stopped ? "stopped" : state;
    this.#text("[data-text]", sentence(this.sandbox, lost));
    const why = this.#refusal || (["failed", "ended"].includes(state) ? reason : "");
    this.#text("[data-reason]", lost ? "" : why);
    const asked = this.#ensured || this.#refusal;
    const start = { failed: "Try again", ended: "Start again", none: asked ? "Start" : "" };
    const label = Object.entries(start).find(([name]) => name === state)?.[1] ?? "";
    this.#button("start", label !== "" && !lost, label);
    this.#button("restart", Boolean(stopped) && !lost, `Restart ${stopped?.name ?? ""}`, stopped?.name);
    this.#button("reset", ["ready", "failed"].includes(state) && !lost, "Reset");
    this.#tick(state === "starting" && !lost);
  }

  /** Seconds go beside the live region, not into it: nobody wants them read out. @param {boolean} running */
  #tick(running) {
    clearInterval(this.#tickTimer);
    const show = () => {
      const seconds = Math.floor((Date.now() - this.#startedAt) / 1000);
      this.#text("[data-elapsed]", running ? `${seconds} s` : "");
    };
    show();
    if (running) this.#tickTimer = window.setInterval(show, TICK_MS);
  }

  /** @param {MouseEvent} event */
  #click = (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    const node = button.dataset.node ?? "";
    if (button.dataset.action === "start") void this.#request("POST", "/api/sandbox");
    if (button.dataset.action === "restart") {
      void this.#request("POST", `/api/sandbox/nodes/${encodeURIComponent(node)}/restart`);
    }
    if (button.dataset.action === "reset") this.querySelector("dialog")?.showModal();
  };

  #confirmed = () => {
    const dialog = this.querySelector("dialog");
    if (dialog?.returnValue === "reset") void this.#request("DELETE", "/api/sandbox");
    if (dialog) dialog.returnValue = "";
  };

  /** @param {string} action @param {boolean} shown @param {string} label @param {string} [node] */
  #button(action, shown, label, node = "") {
    const button = this.querySelector(`button[data-action="${action}"]`);
    if (!(button instanceof HTMLButtonElement)) return;
    button.hidden = !shown;
    if (button.textContent !== label) button.textContent = label;
    button.dataset.node = node;
  }

  /** Leaves equal text alone, so that it is not announced again. @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = this.querySelector(selector);
    if (element && element.textContent !== text) element.textContent = text;
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("lab-sandbox", LabSandbox);
