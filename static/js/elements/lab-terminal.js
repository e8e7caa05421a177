// <lab-terminal>: one shell of the student's, on a screen in the page; joins connection and screen.
// @ts-check
//
// It connects when its node is ready, tells in a line below the screen what is going on, and
// refuses input while there is no shell to take it. Where a menu is wanted it dispatches
// `lab-terminal-menu` (bubbling, detail {x, y}); the tabs around it are <lab-terminals>.

import { copyText, pastedText } from "../clipboard.js";
import { typeCommands } from "../command-typing.js";
import { KeyBar } from "../key-bar.js";
import { asOneLine, linesOf, sanitisePaste } from "../paste.js";
import { askBeforePaste } from "../paste-question.js";
import { link } from "../sandbox-link.js";
import { nodeOf, whyNoShell } from "../sandbox-words.js";
import { TerminalFoot } from "../terminal-foot.js";
import { preferences } from "../terminal-preferences.js";
import { TerminalScreen } from "../terminal-screen.js";
import { TerminalSearch } from "../terminal-search.js";
import { TtyConnection } from "../tty-connection.js";

/** @typedef {import("../sandbox-words.js").Sandbox} Sandbox */

const RESIZE_PAUSE_MS = 80;

export class LabTerminal extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {TerminalScreen | null} */
  #screen = null;
  /** @type {TtyConnection | null} */
  #connection = null;
  /** @type {TerminalSearch | null} */
  #search = null;
  /** @type {KeyBar | null} */
  #keys = null;
  #foot = new TerminalFoot(this);
  /** @type {number | undefined} */
  #resizeTimer;
  /** Bytes of a replay that are not on the screen yet. */
  #replayed = 0;

  connectedCallback() {
    const host = this.querySelector(".terminal-host");
    if (!(host instanceof HTMLElement) || this.#connection) return; // or it has only been moved
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#foot = new TerminalFoot(this);
    this.#connection = new TtyConnection(`/ws/terminals/${this.node}/${this.name}`, {
      onPhase: (phase, detail) => {
        this.#foot.phase(phase, detail);
        if (phase === "exited") this.#screen?.leaveProgram();
      },
      onNewShell: (isCut) => this.#screen?.startAfresh(isCut),
      onSkipped: (lost, why, modes) => {
        if (modes) this.#screen?.terminal.write(modes);
        this.#foot.skipped(lost, why);
      },
      onOutput: (bytes, isReplay) => this.#output(bytes, isReplay),
      onSize: (size, mine) => this.#sized(size, mine),
      size: () => this.size,
    });
    // First, so that the socket opens while the screen is being made; nothing comes over it before.
    link.watch(({ sandbox }) => this.#follow(sandbox), signal);
    const screen = new TerminalScreen(host, {
      onInput: (data) => void this.#type(this.#keys?.apply(data) ?? data),
      onResize: () => this.#resized(),
      onPaste: (text) => void this.#paste(text),
      onMenu: (x, y) => this.dispatchEvent(new CustomEvent("lab-terminal-menu", { bubbles: true, detail: { x, y } })),
      onSearch: () => this.find(),
    });
    this.#screen = screen;
    const [bar, keys] = [this.querySelector(".terminal-search"), this.querySelector(".key-bar")];
    if (bar instanceof HTMLElement) this.#search = new TerminalSearch(bar, screen, signal);
    if (keys instanceof HTMLElement) {
      const appCursor = () => screen.terminal.modes.applicationCursorKeysMode;
      this.#keys = new KeyBar(keys, { onKey: (input) => void this.#type(input), appCursor }, signal);
    }
    this.#button("connect", () => this.#connectAgain(), signal);
    this.#button("size", () => this.#useMySize(), signal);
    this.#button("reader", () => preferences.set({ reader: !preferences.now.reader }), signal);
    preferences.watch((now) => this.#dress(now), signal);
  }

  disconnectedCallback() {
    // An element that is moved is taken out and put in at once, and must keep its screen.
    queueMicrotask(() => !this.isConnected && this.#dispose());
  }

  #dispose() {
    this.#lifetime.abort();
    clearTimeout(this.#resizeTimer);
    this.#connection?.dispose();
    this.#screen?.dispose();
    this.#connection = this.#screen = this.#search = this.#keys = null;
  }

  get name() {
    return this.dataset.name || "main";
  }

  get node() {
    return this.dataset.node || "node1";
  }

  /** @returns {import("../protocol.js").Size} */
  get size() {
    return this.#screen?.size ?? { rows: 24, cols: 80 };
  }

  /** Whether a program runs in the shell, as far as it tells. */
  get isBusy() {
    const state = this.#screen?.marks.state;
    return this.dataset.phase === "open" && (state === "running" || state === "sent");
  }

  get selection() {
    return this.#screen?.terminal.getSelection() ?? "";
  }

  /** Everything on the screen and above it, as text. */
  screenText() {
    return this.#screen?.text ?? "";
  }

  enter() {
    this.#screen?.terminal.focus();
  }

  find() {
    this.#search?.open();
  }

  selectAll() {
    this.#screen?.terminal.selectAll();
  }

  /** Keeps the line that the cursor is in. */
  clear() {
    this.#screen?.terminal.clear();
  }

  async copy() {
    if (!this.selection) this.#foot.say("Select something to copy first.");
    else if (await copyText(this.selection)) this.#foot.say("Copied.");
    else this.#foot.say("The browser did not allow copying.");
    this.enter();
  }

  async paste() {
    const text = await pastedText();
    this.enter();
    if (text === null) this.#foot.say("The browser keeps its clipboard to itself: paste with Ctrl Shift V.");
    else if (text) await this.#paste(text);
  }

  /** Puts a word where the cursor is, without Enter. @param {string} text @returns {boolean} whether it could */
  insert(text) {
    return this.#send(asOneLine(linesOf(sanitisePaste(text))));
  }

  /**
   * Types a lesson's lines, and goes there.
   * @param {string[]} lines
   * @param {{from: string, stopOnFailure: boolean, onLine: () => void}} options `from` is the id of
   *   the place to offer as a way back
   * @returns {Promise<import("../command-typing.js").Result>}
   */
  run(lines, { from, stopOnFailure, onLine }) {
    const screen = this.#screen;
    if (!screen) throw new Error("a terminal outside of the page");
    const typing = typeCommands(
      {
        marks: screen.marks,
        get lineIsEmpty() {
          return screen.place.isEmpty;
        },
        get takesPastes() {
          return screen.terminal.modes.bracketedPasteMode;
        },
        get isFullScreen() {
          return screen.terminal.buffer.active.type === "alternate";
        },
        send: (input) => this.#send(input),
      },
      lines,
      { node: this.node, stopOnFailure, onLine },
    );
    if (this.dataset.phase === "open") {
      this.#foot.backTo(from);
      screen.terminal.scrollToBottom();
      this.enter();
      // Beside the text this moves nothing; below it, on a phone, the screen would be out of sight.
      this.scrollIntoView({ block: "nearest" });
    }
    return typing;
  }

  /** Other nodes come and go without a word here. @param {Sandbox} sandbox */
  #follow(sandbox) {
    this.#foot.trouble(sandbox.trouble ?? "");
    const ready = sandbox.state === "ready" && nodeOf(sandbox, this.node)?.state === "ready";
    const phase = this.#connection?.phase;
    // A shell that ended, or a refusal, waits for the student's word.
    if (ready && phase === "idle") this.#connection?.connect();
    if (ready) return;
    const why = whyNoShell(sandbox, this.node);
    if (phase === "idle") this.#foot.say(why);
    else this.#connection?.disconnect(why);
  }

  #connectAgain() {
    this.enter();
    this.#connection?.connect();
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

  /** @param {import("../protocol.js").Size} size @param {boolean} mine */
  #sized(size, mine) {
    this.#screen?.follow(mine ? null : size);
    this.#foot.sized(mine);
    const { rows, cols } = this.size;
    if (mine && (size.rows !== rows || size.cols !== cols)) this.#resized();
  }

  #useMySize() {
    this.enter();
    this.#screen?.follow(null);
    if (this.#screen) this.#connection?.resize(this.#screen.size);
    this.#connection?.takeControl();
  }

  /** What the student types. @param {string} input */
  #type(input) {
    if (!this.#send(input)) this.#foot.refuse();
  }

  /** @param {string} input @returns {boolean} whether the shell will get it */
  #send(input) {
    const sent = this.#connection?.send(input) ?? false;
    if (sent) {
      this.#screen?.place.typed();
      this.#screen?.marks.typed(input);
    }
    return sent;
  }

  /** @param {string} pasted */
  async #paste(pasted) {
    let lines = linesOf(sanitisePaste(pasted));
    const dialog = document.querySelector("dialog[data-question=paste]");
    if (lines.length > 1 && preferences.now.asksBeforePaste && dialog instanceof HTMLDialogElement) {
      if (dialog.open) return;
      const { how, asksAgain } = await askBeforePaste(dialog, lines);
      this.enter();
      if (!asksAgain) preferences.set({ asksBeforePaste: false });
      if (how === "") return;
      if (how === "line") lines = [asOneLine(lines)];
    }
    this.#screen?.terminal.paste(lines.join("\n"));
  }

  #resized() {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = window.setTimeout(() => {
      if (this.#screen) this.#connection?.resize(this.#screen.size);
    }, RESIZE_PAUSE_MS);
  }

  /** @param {import("../terminal-preferences.js").Preferences} preferences */
  #dress({ textSize, reader }) {
    const screen = this.#screen;
    if (!screen) return;
    screen.dress(textSize);
    screen.terminal.options.screenReaderMode = reader;
    this.querySelector("[data-action=reader]")?.setAttribute("aria-pressed", `${reader}`);
  }

  /** @param {string} action @param {() => void} act @param {AbortSignal} signal */
  #button(action, act, signal) {
    this.querySelector(`[data-action=${action}]`)?.addEventListener("click", act, { signal });
  }
}

customElements.define("lab-terminal", LabTerminal);
