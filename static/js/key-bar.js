// The keys that touch screens lack, in a row below a terminal; Ctrl waits for the key it belongs to.
// @ts-check

/** @type {Record<string, string>} */
const ARROWS = { up: "A", down: "B", right: "C", left: "D" };
/** @type {Record<string, string>} */
const KEYS = { esc: "\u001b", tab: "\t" };

/** What a key of the bar types. @param {string} name @param {boolean} appCursor whether the program wants arrows its own way (DECCKM) */
export function keyInput(name, appCursor) {
  const arrow = ARROWS[name];
  if (arrow) return `\u001b${appCursor ? "O" : "["}${arrow}`;
  return KEYS[name] ?? name;
}

/** The character with Ctrl: Ctrl+C is 0x03. @param {string} typed */
export function withCtrl(typed) {
  const code = typed.toUpperCase().charCodeAt(0);
  if (typed.length !== 1 || !(code >= 0x40 && code <= 0x5f)) return typed === " " ? "\u0000" : typed;
  return String.fromCharCode(code & 0x1f);
}

export class KeyBar {
  #ctrl = false;

  /**
   * @param {HTMLElement} bar
   * @param {{onKey: (input: string) => void, appCursor: () => boolean}} listener
   * @param {AbortSignal} signal
   */
  constructor(bar, { onKey, appCursor }, signal) {
    this.bar = bar;
    // The terminal keeps the focus, and with it the touch keyboard.
    bar.addEventListener("pointerdown", (event) => event.preventDefault(), { signal });
    bar.addEventListener(
      "click",
      ({ target }) => {
        const key = target instanceof Element ? target.closest("button")?.dataset.key : undefined;
        if (key === "ctrl") this.#press(!this.#ctrl);
        else if (key) onKey(this.apply(keyInput(key, appCursor())));
      },
      { signal },
    );
  }

  /** Input as it is with the Ctrl that was pressed before it. @param {string} input */
  apply(input) {
    if (!this.#ctrl) return input;
    this.#press(false);
    return withCtrl(input);
  }

  /** @param {boolean} ctrl */
  #press(ctrl) {
    this.#ctrl = ctrl;
    this.bar.querySelector("[data-key=ctrl]")?.setAttribute("aria-pressed", `${ctrl}`);
  }
}
