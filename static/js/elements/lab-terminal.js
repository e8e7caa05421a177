// <lab-terminal>: one shell of the student's, on a screen in the page; joins connection and screen.
// @ts-check
//
// It connects when its node is ready, tells in a line below the screen what is going on, and
// refuses input while there is no shell to take it.

import { link } from "../sandbox-link.js";
import { nodeOf, whyNoShell } from "../sandbox-words.js";
import { TerminalScreen } from "../terminal-screen.js";
import { TtyConnection } from "../tty-connection.js";

/**
 * @typedef {import("../tty-connection.js").Phase} Phase
 * @typedef {import("../sandbox-words.js").Sandbox} Sandbox
 */

const RESIZE_PAUSE_MS = 80;
const REFUSED = "Your keys were not typed.";
const READER_KEY = "slipway-screen-reader";

export class LabTerminal extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {TerminalScreen | null} */
  #screen = null;
  /** @type {TtyConnection | null} */
  #connection = null;
  /** @type {number | undefined} */
  #resizeTimer;
  /** Bytes of a replay that are not on the screen yet. */
  #replayed = 0;

  connectedCallback() {
    const host = this.querySelector(".terminal-host");
    if (!(host instanceof HTMLElement)) return;
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#connection = new TtyConnection(`/ws/terminals/${this.node}/${this.dataset.name || "main"}`, {
      onPhase: (phase, detail) => this.#phase(phase, detail),
      onNewShell: () => this.#screen?.startAfresh(),
      onSkipped: (lost, why, modes) => this.#skipped(lost, why, modes),
      onOutput: (bytes, isReplay) => this.#output(bytes, isReplay),
      onSize: (size, mine) => this.#sized(size, mine),
      size: () => this.size,
    });
    // First, so that the socket opens while the screen is being made; nothing comes over it before.
    link.watch(({ sandbox }) => this.#follow(sandbox), signal);
    this.#screen = new TerminalScreen(host, {
      onInput: (data) => this.#input(data),
      onResize: () => this.#resized(),
    });
    this.querySelector("[data-action=connect]")?.addEventListener("click", this.#connectAgain, { signal });
    this.querySelector("[data-action=reader]")?.addEventListener("click", this.#toggleReader, { signal });
    this.querySelector("[data-action=size]")?.addEventListener("click", this.#useMySize, { signal });
    this.#reader(remembered(READER_KEY) === "on");
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    clearTimeout(this.#resizeTimer);
    this.#connection?.dispose();
    this.#screen?.dispose();
    this.#connection = null;
    this.#screen = null;
  }

  get node() {
    return this.dataset.node || "node1";
  }

  /** @returns {import("../protocol.js").Size} */
  get size() {
    return this.#screen?.size ?? { rows: 24, cols: 80 };
  }

  /** Everything on the screen and above it, as text. */
  screenText() {
    return this.#screen?.text ?? "";
  }

  /**
   * Types lines into the shell, each followed by Enter, and goes there.
   * @param {string[]} lines
   * @param {string} [from] the id of the place to offer as a way back
   * @returns {string} why not, or ""
   */
  run(lines, from = "") {
    if (!this.#connection?.send(lines.map((line) => `${line}\r`).join(""))) {
      return `${this.node}'s terminal is not connected, so nothing was typed.`;
    }
    const back = this.querySelector(".terminal-back");
    if (back instanceof HTMLAnchorElement && from) {
      back.href = `#${from}`;
      back.hidden = false;
    }
    this.#screen?.terminal.scrollToBottom();
    this.#screen?.terminal.focus();
    // Beside the text this moves nothing; below it, on a phone, the screen would be out of sight.
    this.scrollIntoView({ block: "nearest" });
    return "";
  }

  /** Other nodes come and go without a word here. @param {Sandbox} sandbox */
  #follow(sandbox) {
    this.#trouble(sandbox.trouble ?? "");
    const ready = sandbox.state === "ready" && nodeOf(sandbox, this.node)?.state === "ready";
    const phase = this.#connection?.phase;
    // A shell that ended, or a refusal, waits for the student's word.
    if (ready && phase === "idle") this.#connection?.connect();
    if (ready) return;
    const why = whyNoShell(sandbox, this.node);
    if (phase === "idle") this.#say(why);
    else this.#connection?.disconnect(why);
  }

  /** An open line leads nowhere while the engine is away, so it is not what there is to say then. @param {string} trouble */
  #trouble(trouble) {
    this.toggleAttribute("data-trouble", Boolean(trouble));
    const place = this.querySelector(".terminal-trouble");
    // Not announced, and no more than its first sentence: the banner says all, once for all terminals.
    if (place) place.textContent = trouble.split(/(?<=\.) /)[0] ?? "";
  }

  #connectAgain = () => {
    this.#screen?.terminal.focus();
    this.#connection?.connect();
  };

  /** @param {Phase} phase @param {{reason: string, retryAt?: number}} detail */
  #phase(phase, { reason, retryAt }) {
    this.dataset.phase = phase;
    if (phase === "exited") this.#screen?.leaveProgram();
    const seconds = Math.max(Math.round(((retryAt ?? 0) - Date.now()) / 1000), 1);
    /** @type {Record<Phase, string>} */
    const words = {
      idle: reason,
      connecting: "Connecting …",
      open: "Connected.",
      waiting: `${reason} Trying again ${seconds > 1 ? `in ${seconds} s` : "now"} …`,
      exited: reason,
      stopped: reason,
    };
    this.#say(words[phase]);
    const button = this.querySelector("[data-action=connect]");
    if (!(button instanceof HTMLButtonElement)) return;
    button.hidden = phase !== "exited" && phase !== "stopped";
    button.textContent = phase === "exited" ? "New shell" : "Connect again";
  }

  /** @param {Uint8Array} bytes @param {boolean} isReplay */
  #output(bytes, isReplay) {
    const screen = this.#screen;
    if (!screen) return;
    // Until a replay is on the screen, what the terminal answers to it must not be typed again.
    if (isReplay) {
      this.#replayed += bytes.length;
      screen.replaying = true;
    }
    screen.terminal.write(bytes, () => {
      if (isReplay) this.#replayed -= bytes.length;
      if (this.#replayed === 0) screen.replaying = false;
      this.#connection?.parsed(bytes.length);
    });
  }

  /** @param {number | null} lost @param {string} why @param {string} modes */
  #skipped(lost, why, modes) {
    if (modes) this.#screen?.terminal.write(modes);
    const what = lost === null ? "Some output was" : `${lost.toLocaleString()} bytes of output were`;
    const reason = { interrupted: " after the interrupt", "too slow": ": this page could not keep up" }[why] ?? "";
    this.#say(`Connected. ${what} skipped${reason}.`);
  }

  /** @param {import("../protocol.js").Size} size @param {boolean} mine */
  #sized(size, mine) {
    this.#screen?.follow(mine ? null : size);
    const button = this.querySelector("[data-action=size]");
    if (button instanceof HTMLButtonElement) button.hidden = mine;
    if (mine) this.#resized();
  }

  #useMySize = () => {
    this.#screen?.terminal.focus();
    this.#screen?.follow(null);
    if (this.#screen) this.#connection?.resize(this.#screen.size);
    this.#connection?.takeControl();
  };

  /** @param {string} data */
  #input(data) {
    if (this.#connection?.send(data)) return;
    // Kept keys would end up in a shell the student can't see yet: drop them, and say so.
    const said = this.querySelector(".terminal-status")?.textContent ?? "";
    if (!said.includes(REFUSED)) this.#say(`${said} ${REFUSED}`.trim());
    this.dataset.refused = "";
  }

  #resized() {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = window.setTimeout(() => {
      if (this.#screen) this.#connection?.resize(this.#screen.size);
    }, RESIZE_PAUSE_MS);
  }

  #toggleReader = () => {
    const on = !this.#screen?.terminal.options.screenReaderMode;
    this.#reader(on);
    remember(READER_KEY, on ? "on" : "off");
  };

  /** @param {boolean} on */
  #reader(on) {
    if (this.#screen) this.#screen.terminal.options.screenReaderMode = on;
    this.querySelector("[data-action=reader]")?.setAttribute("aria-pressed", `${on}`);
  }

  /** @param {string} text */
  #say(text) {
    const status = this.querySelector(".terminal-status");
    if (status && status.textContent !== text) status.textContent = text;
    delete this.dataset.refused;
  }
}

/** The page's terminal into a node. @param {string} node @returns {LabTerminal | null} */
export function terminalOf(node) {
  return document.querySelector(`lab-terminal[data-node="${CSS.escape(node)}"]`);
}

/** @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // No storage: it holds for this page.
  }
}

customElements.define("lab-terminal", LabTerminal);
