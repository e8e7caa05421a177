// Finds text on a terminal's screen and above it: the bar with the box, the count and the arrows.
// @ts-check

export class TerminalSearch {
  /**
   * @param {HTMLElement} bar
   * @param {import("./terminal-screen.js").TerminalScreen} screen
   * @param {AbortSignal} signal
   */
  constructor(bar, screen, signal) {
    this.bar = bar;
    this.screen = screen;
    this.input = /** @type {HTMLInputElement} */ (bar.querySelector("input"));
    this.input.addEventListener("input", () => this.#find("next", true), { signal });
    bar.addEventListener("keydown", (event) => this.#key(event), { signal });
    bar.addEventListener("click", (event) => this.#click(event), { signal });
    screen.onFound(({ resultIndex, resultCount }) => this.#count(resultIndex, resultCount));
  }

  open() {
    const selected = this.screen.terminal.getSelection();
    if (selected && !selected.includes("\n")) this.input.value = selected;
    this.bar.hidden = false;
    this.input.focus();
    this.input.select();
    if (this.input.value) this.#find("previous", false);
  }

  close() {
    this.bar.hidden = true;
    this.screen.search.clearDecorations();
    this.screen.terminal.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.input) this.#find(event.shiftKey ? "next" : "previous", false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const does = target instanceof Element ? target.closest("button")?.dataset.find : undefined;
    if (does === "close") this.close();
    else if (does === "next" || does === "previous") this.#find(does, false);
  }

  /** The newest is looked for first, so Enter goes up. @param {"next" | "previous"} way @param {boolean} grows while it is being typed */
  #find(way, grows) {
    const { search } = this.screen;
    if (!this.input.value) {
      search.clearDecorations();
      this.#say("");
      return;
    }
    if (grows) this.screen.terminal.clearSelection();
    const options = { decorations: this.screen.foundColours };
    if (way === "next" && !grows) search.findNext(this.input.value, options);
    else search.findPrevious(this.input.value, options);
  }

  /** @param {number} index @param {number} count */
  #count(index, count) {
    if (!this.input.value) this.#say("");
    else if (count === 0) this.#say("not found");
    else this.#say(index < 0 ? `more than ${count}` : `${index + 1} of ${count}`);
  }

  /** @param {string} text */
  #say(text) {
    const place = this.bar.querySelector("output");
    if (place && place.textContent !== text) place.textContent = text;
  }
}
