// One half of the panel: its row of tabs and buttons, and the terminals of which one is in front.
// @ts-check

import { openMenu } from "./menu.js";
import { TabStrip } from "./tab-strip.js";
import { keyOf } from "./terminal-layout.js";

/**
 * @typedef {import("./terminal-layout.js").Tab} Tab
 * @typedef {import("./elements/lab-terminals.js").Terminals} Terminals
 */

export class TerminalPane {
  /** The tab in front, as its key. */
  #shown = "";
  #node = "";

  /** @param {HTMLElement} element @param {0 | 1} number @param {Terminals} owner @param {AbortSignal} signal */
  constructor(element, number, owner, signal) {
    this.element = element;
    this.number = number;
    this.owner = owner;
    this.panels = /** @type {HTMLElement} */ (element.querySelector(".panels"));
    const list = /** @type {HTMLElement} */ (element.querySelector("[role=tablist]"));
    list.setAttribute("aria-label", number === 0 ? "Terminals" : "Terminals below");
    this.strip = new TabStrip(
      list,
      {
        onShow: (key, enters) => owner.show(key, enters),
        onClose: (key) => owner.close(key),
        onRename: (key, title) => owner.rename(key, title),
        onMenu: (key, x, y) => owner.openMenu(key, x, y, "tab"),
      },
      signal,
    );
    element.querySelector(".terminal-head")?.addEventListener("click", this.#act, { signal });
  }

  /**
   * @param {Tab[]} tabs
   * @param {Tab | undefined} shown
   * @param {{split: boolean, canClose: (key: string) => boolean, markOf: (node: string) => string}} how
   */
  draw(tabs, shown, { split, canClose, markOf }) {
    this.element.hidden = tabs.length === 0;
    if (!shown) return;
    this.#shown = keyOf(shown);
    this.#node = shown.node;
    this.strip.draw(tabs, this.#shown, canClose, markOf);
    const head = this.element.querySelector("lab-node");
    if (head instanceof HTMLElement && head.dataset.node !== shown.node) head.dataset.node = shown.node;
    const button = this.element.querySelector("[data-action=split]");
    const label = split ? "Close the split" : "Split below";
    if (button?.getAttribute("aria-label") === label) return;
    button?.setAttribute("aria-label", label);
    button?.setAttribute("title", label);
    button?.toggleAttribute("data-split", split);
  }

  /** @param {Event} event */
  #act = ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-action]") : null;
    if (!(button instanceof HTMLElement)) return;
    const { left, bottom } = button.getBoundingClientRect();
    const terminal = this.owner.terminalIn(this.number);
    /** @type {Record<string, () => void>} */
    const acts = {
      open: () => this.#open(left, bottom),
      copy: () => void terminal?.copy(),
      paste: () => void terminal?.paste(),
      find: () => terminal?.find(),
      split: () => (button.hasAttribute("data-split") ? this.owner.join(this.#shown) : this.owner.split(this.#shown)),
      menu: () => this.owner.openMenu(this.#shown, left, bottom),
    };
    acts[button.dataset.action ?? ""]?.();
  };

  /** On the only node, or on one that is chosen. @param {number} x @param {number} y */
  #open(x, y) {
    const { nodes } = this.owner;
    if (nodes.length === 1) {
      this.owner.open(this.#node, this.number);
      return;
    }
    const items = nodes.map((node) => ({ label: `On ${node}`, act: () => this.owner.open(node, this.number) }));
    openMenu(this.owner, items, { x, y, label: "Another terminal" });
  }
}
