// Which terminals a page has, in which half of the panel, under which names; no elements in it.
// @ts-check
//
// It is kept in the browser, which is what a student is to the server: another tab of it shows the
// same. Tabs of nodes that a lesson lacks are kept for the lessons that have them.

/**
 * @typedef {object} Tab
 * @property {string} node
 * @property {string} name the shell's, which no other one gets
 * @property {number} number counts the terminals of a node, from 1
 * @property {string} title given by the student, "" for none
 * @property {0 | 1} pane the upper or the lower half
 */

export const MAX_TITLE_CHARACTERS = 24;
const MAX_TABS = 64;
const [LEAST_SHARE, MOST_SHARE] = [0.15, 0.85];
const NAME = /^[a-z0-9-]{1,32}$/;
const NODE = /^node[1-3]$/;

/** @param {Pick<Tab, "node" | "name">} tab */
export function keyOf({ node, name }) {
  return `${node}/${name}`;
}

/** @param {Tab} tab */
export function labelOf({ node, number, title }) {
  return title || (number === 1 ? node : `${node} · ${number}`);
}

export class TerminalLayout {
  /** @type {Tab[]} */
  #tabs = [];
  /** The tab in front of each half. @type {[string, string]} */
  #shown = ["", ""];
  #share = 0.5;

  /**
   * @param {string[]} nodes those of the page
   * @param {{stored?: string | null, halves?: boolean}} [options] `halves`: whether there is room
   *   for two terminals one above the other, where nothing is stored
   */
  constructor(nodes, { stored = null, halves = true } = {}) {
    this.nodes = nodes;
    const { tabs, shown, share } = parse(stored);
    this.#tabs = tabs;
    this.#shown = shown;
    this.share = share;
    for (const [at, node] of nodes.entries()) {
      if (this.#tabs.some((tab) => tab.node === node)) continue;
      this.#tabs.push({ node, name: "main", number: 1, title: "", pane: at > 0 && halves ? 1 : 0 });
    }
  }

  /** How much of the height is the upper half's. */
  get share() {
    return this.#share;
  }

  set share(share) {
    this.#share = Math.min(Math.max(share, LEAST_SHARE), MOST_SHARE);
  }

  /** Those of the page's nodes, by node and number. */
  get tabs() {
    return this.#tabs.filter((tab) => this.nodes.includes(tab.node)).sort(byNode);
  }

  get split() {
    return this.tabsIn(0).length > 0 && this.tabsIn(1).length > 0;
  }

  /** @param {number} pane */
  tabsIn(pane) {
    return this.tabs.filter((tab) => tab.pane === pane);
  }

  /** The tab in front. @param {0 | 1} pane @returns {Tab | undefined} */
  shownIn(pane) {
    const tabs = this.tabsIn(pane);
    return tabs.find((tab) => keyOf(tab) === this.#shown[pane]) ?? tabs[0];
  }

  /** @param {string} key @returns {Tab | undefined} */
  find(key) {
    return this.#tabs.find((tab) => keyOf(tab) === key);
  }

  /** @param {string} key */
  show(key) {
    const tab = this.find(key);
    if (tab) this.#shown[tab.pane] = key;
  }

  /** Another terminal, in front. @param {string} node @param {0 | 1} pane @param {string} id distinguishes it from closed ones @returns {string} */
  open(node, pane, id) {
    const taken = this.#tabs.filter((tab) => tab.node === node).map((tab) => tab.number);
    let number = 1;
    while (taken.includes(number)) number += 1;
    const tab = { node, name: `${number}-${id}`, number, title: "", pane };
    this.#tabs.push(tab);
    this.show(keyOf(tab));
    return keyOf(tab);
  }

  /** A node keeps one terminal, so that there is always a way into it. @param {string} key */
  canClose(key) {
    const closing = this.find(key);
    return this.#tabs.some((tab) => tab.node === closing?.node && tab !== closing);
  }

  /** @param {string} key */
  close(key) {
    if (!this.canClose(key)) return;
    this.#nextInFrontOf(key);
    this.#tabs = this.#tabs.filter((tab) => keyOf(tab) !== key);
  }

  /** @param {string} key @param {string} title */
  rename(key, title) {
    const tab = this.find(key);
    const cut = [...title.trim()].slice(0, MAX_TITLE_CHARACTERS).join("");
    if (tab) tab.title = cut === labelOf({ ...tab, title: "" }) ? "" : cut;
  }

  /** @param {string} key @param {0 | 1} pane */
  move(key, pane) {
    const tab = this.find(key);
    if (!tab || tab.pane === pane) return;
    this.#nextInFrontOf(key);
    tab.pane = pane;
    this.show(key);
  }

  /** Everything into the upper half. @param {string} key what is in front then */
  join(key) {
    for (const tab of this.tabs) tab.pane = 0;
    this.show(key);
  }

  /** Takes over what another tab of the browser has changed; what is in front here stays. @param {string | null} stored */
  follow(stored) {
    const theirs = new TerminalLayout(this.nodes, { stored });
    this.#tabs = theirs.#tabs;
    this.share = theirs.share;
  }

  toString() {
    return JSON.stringify({ tabs: this.#tabs, shown: this.#shown, share: this.#share });
  }

  /** The neighbour comes to the front when the tab in front goes. @param {string} key */
  #nextInFrontOf(key) {
    const tab = this.find(key);
    if (!tab || this.shownIn(tab.pane) !== tab) return;
    const tabs = this.tabsIn(tab.pane);
    const at = tabs.indexOf(tab);
    const next = tabs[at + 1] ?? tabs[at - 1];
    this.#shown[tab.pane] = next ? keyOf(next) : "";
  }
}

/** @param {Tab} one @param {Tab} other */
function byNode(one, other) {
  return one.node.localeCompare(other.node) || one.number - other.number;
}

/** What was stored, as far as it makes sense. @param {string | null} stored @returns {{tabs: Tab[], shown: [string, string], share: number}} */
function parse(stored) {
  /** @type {any} */
  let found = null;
  try {
    found = JSON.parse(stored ?? "null");
  } catch {
    // Somebody else's, or of another version: begin anew.
  }
  /** @type {Tab[]} */
  const tabs = (Array.isArray(found?.tabs) ? found.tabs : []).filter(isTab).slice(0, MAX_TABS);
  return {
    tabs: tabs.map(({ node, name, number, title, pane }) => ({ node, name, number, title, pane })),
    shown: [`${found?.shown?.[0] ?? ""}`, `${found?.shown?.[1] ?? ""}`],
    share: typeof found?.share === "number" ? found.share : 0.5,
  };
}

/** @param {any} tab @param {number} at @param {any[]} all @returns {tab is Tab} */
function isTab(tab, at, all) {
  if (!NODE.test(tab?.node) || !NAME.test(tab.name) || (tab.pane !== 0 && tab.pane !== 1)) return false;
  if (!Number.isInteger(tab.number) || tab.number < 1 || typeof tab.title !== "string") return false;
  if (tab.title.length > 2 * MAX_TITLE_CHARACTERS) return false;
  return all.findIndex((other) => other?.node === tab.node && other?.name === tab.name) === at;
}
