// The line below a terminal: what its connection is doing, and the buttons that help.
// @ts-check

/** @typedef {import("./tty-connection.js").Phase} Phase */

const REFUSED = "Your keys were not typed.";

export class TerminalFoot {
  /** @param {HTMLElement} terminal the whole of it, whose attributes tell style sheets the same */
  constructor(terminal) {
    this.terminal = terminal;
    this.status = terminal.querySelector(".terminal-status");
  }

  /** @param {string} text */
  say(text) {
    if (this.status && this.status.textContent !== text) this.status.textContent = text;
    delete this.terminal.dataset.refused;
  }

  /** Kept keys would end up in a shell the student can't see yet: they are dropped, and that is said. */
  refuse() {
    const said = this.status?.textContent ?? "";
    if (!said.includes(REFUSED)) this.say(`${said} ${REFUSED}`.trim());
    this.terminal.dataset.refused = "";
  }

  /** @param {Phase} phase @param {{reason: string, retryAt?: number}} detail */
  phase(phase, { reason, retryAt }) {
    this.terminal.dataset.phase = phase;
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
    this.say(words[phase]);
    const button = this.terminal.querySelector("[data-action=connect]");
    if (!(button instanceof HTMLButtonElement)) return;
    button.hidden = phase !== "exited" && phase !== "stopped";
    button.textContent = phase === "exited" ? "New shell" : "Connect again";
  }

  /** @param {number | null} lost @param {string} why */
  skipped(lost, why) {
    const what = lost === null ? "Some output was" : `${lost.toLocaleString()} bytes of output were`;
    const reason = { interrupted: " after the interrupt", "too slow": ": this page could not keep up" }[why] ?? "";
    this.say(`Connected. ${what} skipped${reason}.`);
  }

  /** An open line leads nowhere while the engine is away, so it is not what there is to say then. @param {string} trouble */
  trouble(trouble) {
    this.terminal.toggleAttribute("data-trouble", Boolean(trouble));
    const place = this.terminal.querySelector(".terminal-trouble");
    // Not announced, and no more than its first sentence: the banner says all, once for all terminals.
    if (place) place.textContent = trouble.split(/(?<=\.) /)[0] ?? "";
  }

  /** Whether "Use my size" is of use. @param {boolean} mine */
  sized(mine) {
    const button = this.terminal.querySelector("[data-action=size]");
    if (button instanceof HTMLButtonElement) button.hidden = mine;
  }

  /** The way back to what has led here. @param {string} id */
  backTo(id) {
    const back = this.terminal.querySelector(".terminal-back");
    if (!(back instanceof HTMLAnchorElement) || !id) return;
    back.href = `#${id}`;
    back.hidden = false;
  }
}
