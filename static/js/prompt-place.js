// Remembers where on the screen a shell's prompt ends, to tell whether something stands there already.
// @ts-check

const OSC_MARK = 133;

export class PromptPlace {
  /** @type {ReturnType<import("../vendor/xterm/xterm.mjs").Terminal["registerMarker"]> | undefined} */
  #line;
  #column = 0;
  /** Whether something was typed that the shell has not answered. */
  #unanswered = false;

  /** @param {import("../vendor/xterm/xterm.mjs").Terminal} terminal @param {import("./shell-marks.js").ShellMarks} marks */
  constructor(terminal, marks) {
    this.terminal = terminal;
    terminal.parser.registerOscHandler(OSC_MARK, (data) => {
      if (data.startsWith("B")) this.#remember();
      marks.mark(data);
      return true;
    });
    terminal.onWriteParsed(() => {
      this.#unanswered = false;
    });
  }

  /** Something is on its way to the shell, and may be echoed. */
  typed() {
    this.#unanswered = true;
  }

  /** Whether the cursor stands where the prompt ended, with nothing after it. */
  get isEmpty() {
    const { type, baseY, cursorX, cursorY } = this.terminal.buffer.active;
    if (this.#unanswered || type !== "normal" || !this.#line || this.#line.isDisposed) return false;
    if (this.#line.line !== baseY + cursorY || this.#column !== cursorX) return false;
    const rest = this.terminal.buffer.active.getLine(baseY + cursorY)?.translateToString(true, cursorX) ?? "";
    return rest.trim() === "";
  }

  #remember() {
    this.#line?.dispose();
    this.#line = this.terminal.registerMarker(0);
    this.#column = this.terminal.buffer.active.cursorX;
  }
}
