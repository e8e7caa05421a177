// <lab-terminals>: the panel's terminals as tabs in one or two halves, opened, closed, named and kept.
// @ts-check
//
// What there is and where is a TerminalLayout; this element makes the page look like it, keeps it in
// the browser, and follows what another tab of the browser makes of it.

import { openMenu } from "../menu.js";
import { movable } from "../pane-divider.js";
import { remember, remembered } from "../remembered.js";
import { link } from "../sandbox-link.js";
import { nodeWords } from "../sandbox-words.js";
import { ask } from "../server.js";
import { panelId, tabId } from "../tab-strip.js";
import { keyOf, labelOf, TerminalLayout } from "../terminal-layout.js";
import { preferenceItems, screenItems, tabItems } from "../terminal-menu.js";
import { TerminalPane } from "../terminal-pane.js";
import { LabTerminal } from "./lab-terminal.js";

/** @typedef {import("../terminal-layout.js").Tab} Tab */

const KEY = "slipway-terminals";
// Two terminals one above the other are of use from about this height on.
const HALVES_PX = 560;

class LabTerminals extends HTMLElement {
  #lifetime = new AbortController();
  #layout = new TerminalLayout(["node1"]);
  /** @type {TerminalPane[]} */
  #panes = [];
  /** @type {Map<string, LabTerminal>} */
  #terminals = new Map();
  /** The terminal that was used last, as its key. */
  #last = "";
  /** @type {(node: string) => string} */
  #markOf = () => "off";

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const nodes = Array.from({ length: Number(this.dataset.nodes) || 1 }, (_, at) => `node${at + 1}`);
    this.#layout = new TerminalLayout(nodes, { stored: remembered(KEY), halves: window.innerHeight >= HALVES_PX });
    const divider = this.querySelector(".pane-divider");
    for (const number of /** @type {const} */ ([0, 1])) {
      const pane = new TerminalPane(this.#part("pane"), number, this, signal);
      if (number === 0) divider?.before(pane.element);
      else divider?.after(pane.element);
      this.#panes.push(pane);
    }
    this.#draw();
    if (divider instanceof HTMLElement) this.#divide(divider, signal);
    this.addEventListener("focusin", this.#used, { signal });
    this.addEventListener("lab-terminal-menu", this.#menuAt, { signal });
    window.addEventListener("storage", this.#followed, { signal });
    link.watch(({ sandbox, lost }) => {
      this.#markOf = (node) => (lost ? "off" : nodeWords(sandbox, node).mark);
      this.#draw();
    }, signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    for (const pane of this.#panes) pane.element.remove();
    this.#panes = [];
    this.#terminals.clear();
  }

  get nodes() {
    return this.#layout.nodes;
  }

  /** A terminal into a node, in front of the others: the one used last, if it is one. @param {string} node @returns {LabTerminal | null} */
  terminalInto(node) {
    const tabs = this.#layout.tabs.filter((tab) => tab.node === node);
    const shown = tabs.filter((tab) => this.#layout.shownIn(tab.pane) === tab);
    const tab = tabs.find((row) => keyOf(row) === this.#last) ?? shown[0] ?? tabs[0];
    if (!tab) return null;
    this.#change(() => this.#layout.show(keyOf(tab)));
    return this.#terminals.get(keyOf(tab)) ?? null;
  }

  /** What is in front. @param {0 | 1} pane @returns {LabTerminal | undefined} */
  terminalIn(pane) {
    const tab = this.#layout.shownIn(pane);
    return tab && this.#terminals.get(keyOf(tab));
  }

  /** @param {string} key @param {boolean} enters */
  show(key, enters) {
    this.#change(() => this.#layout.show(key));
    if (enters) this.#terminals.get(key)?.enter();
  }

  /** @param {string} node @param {0 | 1} pane */
  open(node, pane) {
    const id = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? "";
    const key = this.#change(() => this.#layout.open(node, pane, id));
    this.#terminals.get(key)?.enter();
  }

  /** Ends the shell, after a question where that ends a program too. @param {string} key */
  close(key) {
    const tab = this.#layout.find(key);
    if (!tab || !this.#layout.canClose(key)) return;
    const question = `A program is running in ${labelOf(tab)}. End it and close the terminal?`;
    if (this.#terminals.get(key)?.isBusy && !window.confirm(question)) return;
    this.#change(() => this.#layout.close(key));
    // Without it the shell ends too, when nobody has looked at it for long enough.
    ask("DELETE", `/api/terminals/${key}`).catch(() => {});
    this.terminalIn(tab.pane)?.enter();
  }

  /** @param {string} key @param {string} title */
  rename(key, title) {
    this.#change(() => this.#layout.rename(key, title));
  }

  /** Two at once: the tab in front goes below, or a new terminal if it is the only one. @param {string} key */
  split(key) {
    const tab = this.#layout.find(key);
    if (!tab) return;
    if (this.#layout.tabsIn(tab.pane).length < 2) {
      this.open(tab.node, 1);
      return;
    }
    this.#change(() => this.#layout.move(key, 1));
    this.#terminals.get(key)?.enter();
  }

  /** One again. @param {string} key what is in front then */
  join(key) {
    this.#change(() => this.#layout.join(key));
    this.#terminals.get(key)?.enter();
  }

  /** What there is to choose for a terminal. @param {string} key @param {number} x @param {number} y @param {"all" | "tab"} [which] */
  openMenu(key, x, y, which = "all") {
    const tab = this.#layout.find(key);
    const terminal = this.#terminals.get(key);
    if (!tab || !terminal) return;
    const tabs = tabItems(this.#layout, key, {
      rename: () => this.#panes[tab.pane]?.strip.rename(key),
      split: () => this.split(key),
      join: () => this.join(key),
      move: () => this.#change(() => this.#layout.move(key, tab.pane === 0 ? 1 : 0)),
      close: () => this.close(key),
    });
    const items = which === "tab" ? tabs : [...screenItems(terminal), null, ...tabs, null, ...preferenceItems()];
    openMenu(this, items, { x, y, label: labelOf(tab) });
  }

  /** @template T @param {() => T} change @returns {T} */
  #change(change) {
    const result = change();
    remember(KEY, `${this.#layout}`);
    this.#draw();
    return result;
  }

  #draw() {
    const layout = this.#layout;
    const tabs = layout.tabs;
    const keys = tabs.map(keyOf);
    for (const [key, terminal] of this.#terminals) {
      if (keys.includes(key)) continue;
      terminal.remove();
      this.#terminals.delete(key);
    }
    for (const tab of tabs) this.#place(tab);
    for (const pane of this.#panes) {
      const own = layout.tabsIn(pane.number);
      const shown = layout.shownIn(pane.number);
      pane.draw(own, shown, { split: layout.split, canClose: (key) => layout.canClose(key), markOf: this.#markOf });
    }
    this.toggleAttribute("data-split", layout.split);
    const divider = this.querySelector(".pane-divider");
    divider?.toggleAttribute("hidden", !layout.split);
    divider?.setAttribute("aria-valuenow", `${Math.round(layout.share * 100)}`);
    this.style.setProperty("--share", `${layout.share}`);
  }

  /** @param {Tab} tab */
  #place(tab) {
    const key = keyOf(tab);
    let terminal = this.#terminals.get(key);
    if (!terminal) {
      const made = this.#part("terminal");
      if (!(made instanceof LabTerminal)) return;
      terminal = made;
      terminal.id = panelId(key);
      terminal.dataset.node = tab.node;
      terminal.dataset.name = tab.name;
      terminal.setAttribute("aria-labelledby", tabId(key));
      this.#terminals.set(key, terminal);
    }
    const panels = this.#panes[tab.pane]?.panels;
    if (panels && terminal.parentElement !== panels) panels.append(terminal);
    terminal.toggleAttribute("data-shown", this.#layout.shownIn(tab.pane) === tab);
  }

  /** A copy of what a template holds. @param {string} name @returns {HTMLElement} */
  #part(name) {
    const template = this.querySelector(`template[data-part=${name}]`);
    const made = template instanceof HTMLTemplateElement && document.importNode(template.content, true).firstElementChild;
    if (!(made instanceof HTMLElement)) throw new Error(`no template for a ${name}`);
    return made;
  }

  /** @param {HTMLElement} divider @param {AbortSignal} signal */
  #divide(divider, signal) {
    const onMove = (/** @type {number} */ share) => {
      this.#layout.share = share;
      this.#draw();
    };
    movable(divider, { share: () => this.#layout.share, onMove, onDone: () => remember(KEY, `${this.#layout}`) }, signal);
  }

  /** @param {Event} event */
  #used = ({ target }) => {
    const terminal = target instanceof Element ? target.closest("lab-terminal") : null;
    if (terminal instanceof LabTerminal) this.#last = keyOf({ node: terminal.node, name: terminal.dataset.name ?? "" });
  };

  /** @param {Event} event */
  #menuAt = (event) => {
    if (!(event.target instanceof LabTerminal) || !(event instanceof CustomEvent)) return;
    const key = keyOf({ node: event.target.node, name: event.target.dataset.name ?? "" });
    this.openMenu(key, event.detail.x, event.detail.y);
  };

  /** @param {StorageEvent} event */
  #followed = ({ key, newValue }) => {
    if (key !== KEY) return;
    this.#layout.follow(newValue);
    this.#draw();
  };
}

/** The page's terminal into a node, in front. @param {string} node @returns {LabTerminal | null} */
export function terminalInto(node) {
  const all = document.querySelector("lab-terminals");
  return all instanceof LabTerminals ? all.terminalInto(node) : null;
}

/** Whether the page has a terminal into a node. @param {string} node */
export function hasTerminalInto(node) {
  const all = document.querySelector("lab-terminals");
  return all instanceof LabTerminals && all.nodes.includes(node);
}

customElements.define("lab-terminals", LabTerminals);

/** @typedef {LabTerminals} Terminals */
