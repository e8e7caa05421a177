// The tabs of one half of the panel (WAI-ARIA tabs): one in the tab order, arrows among them, renamed in place.
// @ts-check

import { keyOf, labelOf, MAX_TITLE_CHARACTERS } from "./terminal-layout.js";

/**
 * @typedef {import("./terminal-layout.js").Tab} Tab
 *
 * @typedef {object} Listener
 * @property {(key: string, enters: boolean) => void} onShow `enters`: and goes into the terminal
 * @property {(key: string) => void} onClose
 * @property {(key: string, title: string) => void} onRename
 * @property {(key: string, x: number, y: number) => void} onMenu
 */

export class TabStrip {
  /** @type {Tab[]} */
  #tabs = [];
  #shown = "";
  #renaming = "";
  /** What is on the page, to leave it alone while nothing has changed. */
  #drawn = "";

  /** @param {HTMLElement} list @param {Listener} listener @param {AbortSignal} signal */
  constructor(list, listener, signal) {
    this.list = list;
    this.listener = listener;
    list.addEventListener("click", this.#click, { signal });
    list.addEventListener("dblclick", (event) => this.rename(tabOf(event)), { signal });
    list.addEventListener("auxclick", (event) => event.button === 1 && listener.onClose(tabOf(event)), { signal });
    list.addEventListener("keydown", this.#key, { signal });
    list.addEventListener("contextmenu", this.#menu, { signal });
  }

  /** @param {Tab[]} tabs @param {string} shown @param {(key: string) => boolean} canClose @param {(node: string) => string} markOf */
  draw(tabs, shown, canClose, markOf) {
    this.#tabs = tabs;
    this.#shown = shown;
    const drawn = JSON.stringify([tabs, shown, tabs.map((tab) => [canClose(keyOf(tab)), markOf(tab.node)])]);
    if (drawn === this.#drawn || this.#renaming) return;
    this.#drawn = drawn;
    const focused = this.list.contains(document.activeElement);
    const old = new Map([...this.list.querySelectorAll("button")].map((tab) => [tab.dataset.tab, tab]));
    const buttons = tabs.map((tab) => {
      const key = keyOf(tab);
      // The same element where there is one: a double click must meet it twice.
      return dressed(old.get(key) ?? bare(key), tab, key === shown, canClose(key), markOf(tab.node));
    });
    if (buttons.some((tab, at) => this.list.children[at] !== tab) || this.list.children.length !== buttons.length) {
      this.list.replaceChildren(...buttons);
    }
    const front = this.list.querySelector("[aria-selected=true]");
    front?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focused) this.focus();
  }

  focus() {
    const front = this.list.querySelector("[aria-selected=true]");
    if (front instanceof HTMLElement) front.focus({ preventScroll: true });
  }

  /** Puts a box in the tab's place. @param {string} key */
  rename(key) {
    const tab = this.#tabs.find((row) => keyOf(row) === key);
    const element = this.list.querySelector(`[data-tab="${CSS.escape(key)}"]`);
    if (!tab || !element || this.#renaming) return;
    const input = document.createElement("input");
    input.className = "tab-title";
    input.value = labelOf(tab);
    input.maxLength = MAX_TITLE_CHARACTERS;
    input.setAttribute("aria-label", `Name of ${labelOf(tab)}`);
    this.#renaming = key;
    element.replaceWith(input);
    input.select();
    const done = (/** @type {boolean} */ keeps) => {
      if (!this.#renaming) return;
      const title = input.value;
      this.#renaming = this.#drawn = "";
      const focused = document.activeElement === input;
      input.replaceWith(element);
      this.listener.onRename(key, keeps ? title : tab.title);
      if (focused) this.focus();
    };
    input.addEventListener("blur", () => done(true));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") {
        event.preventDefault();
        done(event.key === "Enter");
      }
    });
  }

  /** @param {MouseEvent} event */
  #click = (event) => {
    const key = tabOf(event);
    if (!key) return;
    if (event.target instanceof Element && event.target.closest(".tab-close")) this.listener.onClose(key);
    // By keyboard (no detail) or a first click; the second one of two is about the name.
    else if (event.detail < 2) this.listener.onShow(key, true);
  };

  /** @param {KeyboardEvent} event */
  #key = (event) => {
    if (event.target instanceof HTMLInputElement) return;
    const at = this.#tabs.findIndex((tab) => keyOf(tab) === this.#shown);
    const last = this.#tabs.length - 1;
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: at === 0 ? last : at - 1, ArrowRight: at === last ? 0 : at + 1, Home: 0, End: last };
    const next = this.#tabs[places[event.key] ?? -1];
    if (next) this.listener.onShow(keyOf(next), false);
    else if (event.key === "F2") this.rename(this.#shown);
    else if (event.key === "Delete") this.listener.onClose(this.#shown);
    else return;
    event.preventDefault();
    if (next) this.focus();
  };

  /** A right click, or the keyboard's menu key. @param {MouseEvent} event */
  #menu = (event) => {
    const key = tabOf(event);
    const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
    if (!key || !tab) return;
    event.preventDefault();
    const { left, bottom } = tab.getBoundingClientRect();
    const pointed = event.button === 2;
    this.listener.onMenu(key, pointed ? event.clientX : left, pointed ? event.clientY : bottom);
  };
}

/** @param {Event} event the tab it happened in, as its key */
function tabOf({ target }) {
  const tab = target instanceof Element ? target.closest("[role=tab]") : null;
  return tab instanceof HTMLElement ? (tab.dataset.tab ?? "") : "";
}

/** The id of a tab's element. @param {string} key */
export function tabId(key) {
  return `tab-${key.replace("/", "-")}`;
}

/** The id of its terminal's. @param {string} key */
export function panelId(key) {
  return `terminal-${key.replace("/", "-")}`;
}

/** @param {string} key */
function bare(key) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "tab";
  made.id = tabId(key);
  made.dataset.tab = key;
  made.setAttribute("role", "tab");
  made.setAttribute("aria-controls", panelId(key));
  for (const name of ["node-dot", "tab-label", "tab-close"]) {
    const part = document.createElement("span");
    part.className = name;
    made.append(part);
  }
  const close = made.lastElementChild;
  close?.setAttribute("aria-hidden", "true"); // for pointers; Delete and the menu do the same
  if (close) close.textContent = "×";
  return made;
}

/** @param {HTMLButtonElement} button @param {Tab} tab @param {boolean} shown @param {boolean} closes @param {string} mark */
function dressed(button, tab, shown, closes, mark) {
  button.dataset.mark = mark;
  button.setAttribute("aria-selected", `${shown}`);
  button.tabIndex = shown ? 0 : -1;
  button.title = `${closes ? "Delete closes it, " : ""}F2 renames it`;
  button.toggleAttribute("data-closes", closes);
  const label = button.querySelector(".tab-label");
  if (label) label.textContent = labelOf(tab);
  return button;
}
