// Knows from a shell's own marks (OSC 133) whether it waits at its prompt or runs a program.
// @ts-check
//
// The node's bash sends A before its prompt, B after it, C when a command starts and D with its
// status when it has ended; A with k=s stands before the prompt for more of an unfinished command.
// They are part of the output, so a replay tells them again. Other shells send none: what was known
// last holds, and a container's shell looks like the running program that it is.

/**
 * "sent": Enter was pressed at a prompt, and the shell has not answered yet.
 * @typedef {"unknown" | "prompt" | "more" | "sent" | "running"} ShellState
 */

export class ShellMarks {
  /** @type {ShellState} */
  state = "unknown";
  /** The exit status of the last command. */
  status = 0;
  /** Told when a command has ended. @type {() => void} */
  onEnded = () => {};
  #more = false;
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /** Another shell, of which nothing is known; `cut`: its beginning was not seen. */
  reset({ cut = false } = {}) {
    this.#more = false;
    this.#enter(cut ? "running" : "unknown");
  }

  /** @param {string} data what stood between `OSC 133 ;` and its end */
  mark(data) {
    const [kind, ...options] = data.split(";");
    if (kind === "A") this.#more = options.includes("k=s");
    if (kind === "B") this.#enter(this.#more ? "more" : "prompt");
    if (kind === "C") this.#enter("running");
    if (kind === "D") {
      this.status = Number.parseInt(options[0] ?? "", 10) || 0;
      this.onEnded();
    }
  }

  /** Input is on its way to the shell. @param {string} input */
  typed(input) {
    const waits = this.state === "prompt" || this.state === "more";
    if (waits && /[\r\n\u0004]/.test(input)) this.#enter("sent");
  }

  /**
   * Resolves when the shell waits for a line, or false after so long or when it is another shell.
   * @param {number} withinMs @returns {Promise<boolean>}
   */
  prompted(withinMs) {
    return new Promise((resolve) => {
      const done = (/** @type {boolean} */ came) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(came);
      };
      const look = () => {
        if (this.state === "prompt" || this.state === "more") done(true);
        else if (this.state === "unknown") done(false);
      };
      const timer = setTimeout(() => done(false), withinMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** @param {ShellState} state */
  #enter(state) {
    this.state = state;
    for (const look of [...this.#watchers]) look();
  }
}
