// One xterm.js screen, set up for this page: its colours, keys, links, search, size and CSP.
// @ts-check

import { FitAddon } from "../vendor/addon-fit/addon-fit.mjs";
import { SearchAddon } from "../vendor/addon-search/addon-search.mjs";
import { Unicode11Addon } from "../vendor/addon-unicode11/addon-unicode11.mjs";
import { WebLinksAddon } from "../vendor/addon-web-links/addon-web-links.mjs";
import { Terminal } from "../vendor/xterm/xterm.mjs";
import { copyText } from "./clipboard.js";
import { styleCellsThroughCssom, withStyleNonce } from "./csp.js";
import { clampSize } from "./protocol.js";
import { PromptPlace } from "./prompt-place.js";
import { ShellMarks } from "./shell-marks.js";

const SCROLLBACK_LINES = 5_000;
const MENU_INDENT_PX = 24;
const COLOURS = [
  ...["background", "foreground", "cursor", "cursorAccent", "selectionBackground"],
  ...["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"],
  ...["brightBlack", "brightRed", "brightGreen", "brightYellow"],
  ...["brightBlue", "brightMagenta", "brightCyan", "brightWhite"],
];

// Answers that xterm.js itself gives to questions in the output (cursor position, device
// attributes, colours). A replay must not have them typed into the shell a second time.
const REPORT = /\u001b(?:\[[?>=]?[\d;]*[Rnc]|\[\?[\d;]*\$y|\][\d;]+[^\u0007\u001b]*(?:\u0007|\u001b\\)|P[^\u001b]*\u001b\\)/g;

/**
 * @typedef {object} Listener
 * @property {(data: string) => void} onInput
 * @property {(size: import("./protocol.js").Size) => void} onResize
 * @property {(text: string) => void} onPaste
 * @property {(x: number, y: number) => void} onMenu asked for a menu, at a place in the window
 * @property {() => void} onSearch
 */

export class TerminalScreen {
  #fit = new FitAddon();
  #leaving = false;
  /** @type {import("./protocol.js").Size | null} */
  #followed = null;
  #frame = 0;
  search = new SearchAddon();
  marks = new ShellMarks();
  /** While true, what the terminal itself answers is kept from `onInput`; keys still get through. */
  replaying = false;

  /**
   * @param {HTMLElement} host an element without padding, whose size the screen takes
   * @param {Listener} listener
   */
  constructor(host, listener) {
    this.host = host;
    this.listener = listener;
    const terminal = new Terminal({
      allowProposedApi: true, // what is found is coloured, and the width of characters is Unicode 11's
      // A blinking one is a CSS animation, which asks for a frame sixty times a second; and Chromium
      // holds back the shell's answer to a key until the frame that is due has been made.
      cursorBlink: false,
      fontFamily: token(host, "--font-mono"),
      lineHeight: 1.15,
      logLevel: "off", // it would tell the console of every byte that makes no sense
      linkHandler: { activate: (_event, uri) => openLink(uri, "ask") },
      macOptionClickForcesSelection: true,
      minimumContrastRatio: 4.5,
      scrollback: SCROLLBACK_LINES,
    });
    this.terminal = terminal;
    this.place = new PromptPlace(terminal, this.marks);
    this.marks.onEnded = () => document.dispatchEvent(new CustomEvent("lab-command-ended"));
    terminal.loadAddon(this.#fit);
    terminal.loadAddon(this.search);
    terminal.loadAddon(new WebLinksAddon((_event, uri) => openLink(uri, "trust")));
    // As the programs of a node count them; otherwise an emoji puts the cursor in the wrong place.
    terminal.loadAddon(new Unicode11Addon());
    terminal.unicode.activeVersion = "11";
    terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    terminal.onData((data) => {
      const input = this.replaying ? data.replace(REPORT, "") : data;
      if (input) listener.onInput(input);
    });
    terminal.onBinary((data) => listener.onInput(data));
    terminal.onResize(listener.onResize);
    withStyleNonce(() => terminal.open(host));
    styleCellsThroughCssom(terminal);
    host.addEventListener("paste", this.#paste, { capture: true });
    host.addEventListener("contextmenu", this.#menu, { capture: true });
    this.observer = new ResizeObserver(() => this.#refit());
    this.observer.observe(host);
  }

  /** Takes the colours of the page's style sheets as they are now. @param {number} textSize in pixels */
  dress(textSize) {
    const colours = COLOURS.map((name) => [name, token(this.host, `--terminal-${kebab(name)}`)]);
    this.terminal.options.theme = Object.fromEntries(colours);
    this.terminal.options.fontSize = textSize;
    this.fit();
  }

  get foundColours() {
    const [all, one] = [token(this.host, "--terminal-found"), token(this.host, "--terminal-found-now")];
    return {
      ...{ matchBackground: all, matchOverviewRuler: all },
      ...{ activeMatchBackground: one, activeMatchColorOverviewRuler: one },
    };
  }

  /** @param {(found: {resultIndex: number, resultCount: number}) => void} told */
  onFound(told) {
    this.search.onDidChangeResults(told);
  }

  get size() {
    return clampSize({ rows: this.terminal.rows, cols: this.terminal.cols });
  }

  /** All text in the buffer, as lines; soft-wrapped rows are joined. */
  get text() {
    const buffer = this.terminal.buffer.active;
    /** @type {string[]} */
    const lines = [];
    for (let row = 0; row < buffer.length; row += 1) {
      const line = buffer.getLine(row);
      const text = line?.translateToString(!buffer.getLine(row + 1)?.isWrapped) ?? "";
      if (line?.isWrapped && lines.length > 0) lines.push(lines.pop() + text);
      else lines.push(text);
    }
    return lines.join("\n").trimEnd();
  }

  /** Takes whole rows only, so that the last line is never cut; leaves hidden boxes alone. */
  fit() {
    if (this.#followed) return;
    const size = this.#fit.proposeDimensions();
    if (!size || this.host.clientHeight === 0 || Number.isNaN(size.cols)) return;
    const { rows, cols } = clampSize(size);
    if (rows !== this.terminal.rows || cols !== this.terminal.cols) this.terminal.resize(cols, rows);
  }

  /** Takes a size that another window has set; null: the one that fits here. @param {import("./protocol.js").Size | null} size */
  follow(size) {
    this.#followed = size;
    this.host.toggleAttribute("data-followed", size !== null);
    if (size) this.terminal.resize(size.cols, size.rows);
    else this.fit();
  }

  /** Empties the screen for another shell, once what was written before is through (RIS). @param {boolean} isCut its beginning will not come */
  startAfresh(isCut) {
    this.terminal.write("\u001bc", () => this.marks.reset({ cut: isCut }));
  }

  /** A shell may die inside an editor: back to the normal screen, no mouse, a visible cursor. */
  leaveProgram() {
    // Only from the other screen: on the normal one this would jump to an old cursor position.
    if (this.terminal.buffer.active.type === "alternate") this.terminal.write("\u001b[?1049l");
    this.terminal.write("\u001b[?1000;1002;1003;1006;2004l\u001b[!p\u001b[?25h\r\n");
  }

  dispose() {
    cancelAnimationFrame(this.#frame);
    this.observer.disconnect();
    this.host.removeEventListener("paste", this.#paste, { capture: true });
    this.host.removeEventListener("contextmenu", this.#menu, { capture: true });
    this.terminal.dispose();
  }

  #refit() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.fit());
  }

  /**
   * Keys that are the page's and not the shell's. False keeps a key from the shell.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    if (event.type !== "keydown") return true;
    // Tab belongs to the shell, so it can't lead out; Esc first and then Tab (or Shift+Tab) does.
    if (event.key === "Tab" && this.#leaving) {
      this.#leaving = false;
      return false;
    }
    if (event.key !== "Shift") this.#leaving = event.key === "Escape";

    const key = event.key.toLowerCase();
    if (key === "contextmenu" || (key === "f10" && event.shiftKey)) {
      event.preventDefault();
      const { x, y } = this.#cursorPlace;
      this.listener.onMenu(x, y);
      return false;
    }
    if (key === "f" && event.shiftKey && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.listener.onSearch();
      return false;
    }
    const copies = key === "c" && (event.metaKey || event.ctrlKey);
    if (copies && this.terminal.hasSelection()) {
      event.preventDefault();
      void copyText(this.terminal.getSelection());
      // Ctrl+C once more is then the interrupt it always was.
      if (!event.shiftKey) this.terminal.clearSelection();
      return false;
    }
    if (copies && event.ctrlKey && event.shiftKey) {
      event.preventDefault(); // nothing to copy, and the browser's inspector is not wanted either
      return false;
    }
    // The browser then pastes by itself, which ends in #paste.
    return !(key === "v" && (event.metaKey || (event.ctrlKey && event.shiftKey)));
  }

  get #cursorPlace() {
    const { left, top, height } = this.host.getBoundingClientRect();
    const row = this.terminal.buffer.active.cursorY + 1;
    return { x: left + MENU_INDENT_PX, y: top + (height * row) / this.terminal.rows };
  }

  /** @param {ClipboardEvent} event */
  #paste = (event) => {
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text) this.listener.onPaste(text);
  };

  /** With Shift the browser's own menu comes. @param {MouseEvent} event */
  #menu = (event) => {
    if (event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.listener.onMenu(event.clientX, event.clientY);
  };
}

/**
 * Opens a link from the output. The text of an OSC 8 link may name another place: ask first.
 * @param {string} uri
 * @param {"ask" | "trust"} manner
 */
function openLink(uri, manner) {
  if (!/^https?:\/\//i.test(uri)) return;
  if (manner === "ask" && !window.confirm(`Open this address in a new tab?\n\n${uri}`)) return;
  window.open(uri, "_blank", "noopener,noreferrer");
}

/** @param {HTMLElement} host @param {string} name */
function token(host, name) {
  return getComputedStyle(host).getPropertyValue(name).trim();
}

/** @param {string} name */
function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
