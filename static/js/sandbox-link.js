// Knows the student's sandbox: asks the server for it, hears of every change, and tells the page.
// @ts-check
//
// One per page, without a place in it. It takes over what early.js has begun, where that is part of
// the page. Who watches is told at once what is known. Results of steps found elsewhere go to
// `document` as `lab-step-news` (detail {lesson, step, passed}), and that lessons were read again as
// `lab-content-news` (detail {findings}), how far a catching up is as `lab-catch-up-news`.

import { ask, asServerError } from "./server.js";

/**
 * @typedef {import("./sandbox-words.js").Sandbox} Sandbox
 *
 * What the page knows at the moment.
 * @typedef {object} Status
 * @property {Sandbox} sandbox the last that was heard of it
 * @property {boolean} lost whether the server can't be heard
 * @property {boolean} busy whether a request is under way
 * @property {boolean} asked whether the server has answered a wish for a sandbox, be it with no
 * @property {import("./topology/model.js").Topology | null} topology the last picture of its networks
 * @property {string} refusal why the last request failed; it says nothing about the sandbox
 *
 * What early.js has begun: a request, and a stream with what came over it.
 * @typedef {object} Early
 * @property {string} lesson
 * @property {Promise<Response>} answer
 * @property {EventSource | null} events
 * @property {{type: string, data: string}[]} heard
 * @property {() => void} rest it hears no more
 */

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;
// A hidden page does not listen; it looks now and then, so that its tab can say what is coming.
const HIDDEN_LOOK_MS = 60_000;
// While there is trouble, students without a sandbox are told of nothing, so they look.
const TROUBLED_LOOK_MS = 5_000;
// For so long a refusal is shown; "wait a minute" is then over.
const REFUSAL_MS = 60_000;
const SANDBOX = "/api/sandbox";
const FOR_THE_DOCUMENT = ["step", "content", "catch-up"];

class SandboxLink {
  /** @type {Status} */
  status = { sandbox: { state: "none", nodes: [] }, lost: false, busy: false, asked: false, topology: null, refusal: "" };
  #lesson = "";
  #begun = false;
  #heard = 0;
  #retryMs = FIRST_RETRY_MS;
  /** @type {EventSource | null} */
  #events = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lookTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #refusalTimer;
  /** @type {Set<(status: Status) => void>} */
  #watchers = new Set();

  /** @param {string} lesson its slug; the sandbox is made as large as it needs @param {Early} [early] */
  begin(lesson, early) {
    if (this.#begun) return;
    this.#begun = true;
    this.#lesson = lesson;
    // `pagehide` and back again: a page out of the back/forward cache must listen anew.
    document.addEventListener("visibilitychange", () => this.#listen());
    window.addEventListener("pageshow", (event) => event.persisted && this.#listen());
    void this.#request("POST", this.#sized(SANDBOX), early?.answer);
    this.#listen(early?.events);
    early?.rest();
    for (const { type, data } of early?.heard ?? []) {
      if (type === "topology") this.#change({ topology: JSON.parse(data) });
      else this.#hear(JSON.parse(data));
    }
  }

  /** @param {(status: Status) => void} watcher called at once, and then at every change @param {AbortSignal} signal */
  watch(watcher, signal) {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher));
    watcher(this.status);
  }

  /** Makes sure that there is a sandbox, and that it stays: the server takes it as a sign of life. */
  ensure() {
    return this.#request("POST", this.#sized(SANDBOX));
  }

  /** @param {string} [node] only this one; without it, the whole sandbox */
  reset(node = "") {
    return this.#request("DELETE", node ? nodePath(node) : this.#sized(SANDBOX));
  }

  /** @param {string} node */
  restart(node) {
    return this.#request("POST", `${nodePath(node)}/restart`);
  }

  /** @param {string} path */
  #sized(path) {
    return this.#lesson ? `${path}?lesson=${encodeURIComponent(this.#lesson)}` : path;
  }

  /**
   * Listens while the page is visible: over HTTP/1.1 six streams of hidden tabs would block the site.
   * @param {EventSource | null} [open] one that there is already
   */
  #listen(open) {
    clearTimeout(this.#retryTimer);
    this.#events?.close();
    this.#events = null;
    this.#lookWhileHidden();
    if (document.hidden) return;
    const events = open ?? new EventSource(this.#sized("/api/events"));
    this.#events = events;
    const opened = () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#change({ lost: false });
      // The first wish for a sandbox may have fallen into the gap.
      if (!this.status.asked && !this.status.busy) void this.ensure();
    };
    events.onopen = opened;
    if (events.readyState === EventSource.OPEN) opened();
    events.onerror = () => {
      this.#change({ lost: true });
      if (events.readyState !== EventSource.CLOSED) return; // it comes back by itself
      this.#retryTimer = setTimeout(() => this.#listen(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    };
    events.addEventListener("sandbox", ({ data }) => this.#hear(JSON.parse(data)));
    events.addEventListener("topology", ({ data }) => this.#change({ topology: JSON.parse(data) }));
    for (const kind of FOR_THE_DOCUMENT) {
      events.addEventListener(kind, ({ data }) => {
        document.dispatchEvent(new CustomEvent(`lab-${kind}-news`, { detail: JSON.parse(data) }));
      });
    }
  }

  /** @param {"POST" | "DELETE"} method @param {string} path @param {Promise<Response>} [underway] */
  async #request(method, path, underway) {
    clearTimeout(this.#refusalTimer);
    this.#change({ busy: true, refusal: "" });
    const heard = this.#heard;
    try {
      const answer = await ask(method, path, { underway });
      this.#change({ busy: false, asked: true });
      // Events come in order and bring every change, so an answer that was overtaken is old.
      if (answer?.state && heard === this.#heard) this.#hear(answer);
    } catch (error) {
      this.#refused(asServerError(error));
    }
  }

  /** @param {import("./server.js").ServerError} error */
  #refused({ code, message, hint }) {
    // Only a stream that opens takes `lost` back, so one that is open must not be declared lost.
    const listening = this.#events?.readyState === EventSource.OPEN;
    if (code === "unreachable" && !listening) {
      this.#change({ busy: false, lost: true });
      return;
    }
    this.#change({ busy: false, asked: code !== "unreachable", refusal: [message, hint].join(" ").trim() });
    this.#refusalTimer = setTimeout(() => this.#change({ refusal: "" }), REFUSAL_MS);
    if (code === "engine_unavailable") this.#lookAfter(TROUBLED_LOOK_MS);
  }

  /** @param {Sandbox} sandbox */
  #hear(sandbox) {
    this.#heard += 1;
    const { refusal, sandbox: before } = this.status;
    const news = { ...sandbox, nodes: sandbox.nodes ?? [] };
    this.#change({ sandbox: news, refusal: news.state === before.state ? refusal : "" });
  }

  #lookWhileHidden() {
    clearTimeout(this.#lookTimer);
    if (document.hidden && this.status.sandbox.state === "ready") this.#lookAfter(HIDDEN_LOOK_MS);
  }

  /** @param {number} pauseMs */
  #lookAfter(pauseMs) {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(() => this.#look(), pauseMs);
  }

  /** Looking is no sign of life. */
  async #look() {
    const sandbox = await ask("GET", SANDBOX).catch(() => null);
    if (sandbox) this.#hear(sandbox);
    const { state, trouble } = this.status.sandbox;
    if (state !== "none") this.#lookWhileHidden();
    else if (trouble || !sandbox) this.#lookAfter(TROUBLED_LOOK_MS);
    else void this.ensure();
  }

  /** @param {Partial<Status>} news */
  #change(news) {
    this.status = { ...this.status, ...news };
    for (const watcher of this.#watchers) watcher(this.status);
  }
}

/** @param {string} node */
function nodePath(node) {
  return `${SANDBOX}/nodes/${encodeURIComponent(node)}`;
}

export const link = new SandboxLink();

/** @type {Early | undefined} */
const early = Reflect.get(globalThis, "slipwayEarly");
if (early) link.begin(early.lesson, early);
