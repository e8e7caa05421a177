// How this browser wants its terminals: text size, colours, screen reader mode, questions before a paste.
// @ts-check
//
// theme.js reads the colours of what is stored here before the first paint.

import { remember, remembered } from "./remembered.js";

const KEY = "slipway-terminal";
export const [SMALLEST_TEXT, NORMAL_TEXT, LARGEST_TEXT] = [10, 14, 28];

/** @typedef {{textSize: number, colours: "dark" | "light", reader: boolean, asksBeforePaste: boolean}} Preferences */

/** @param {string | null} stored @returns {Preferences} */
export function parsePreferences(stored) {
  /** @type {any} */
  let found = {};
  try {
    found = JSON.parse(stored ?? "{}") ?? {};
  } catch {
    // Not ours: what is normal holds.
  }
  const size = Number.isFinite(found.textSize) ? Math.round(found.textSize) : NORMAL_TEXT;
  return {
    textSize: Math.min(Math.max(size, SMALLEST_TEXT), LARGEST_TEXT),
    colours: found.colours === "light" ? "light" : "dark",
    reader: found.reader === true,
    asksBeforePaste: found.asksBeforePaste !== false,
  };
}

class TerminalPreferences {
  /** @type {Set<(preferences: Preferences) => void>} */
  #watchers = new Set();
  #now = parsePreferences(remembered(KEY));

  constructor() {
    globalThis.addEventListener?.("storage", ({ key, newValue }) => {
      if (key === KEY) this.#apply(parsePreferences(newValue));
    });
  }

  get now() {
    return this.#now;
  }

  /** @param {Partial<Preferences>} change */
  set(change) {
    const text = JSON.stringify({ ...this.#now, ...change });
    remember(KEY, text);
    this.#apply(parsePreferences(text));
  }

  /** Tells at once, and at every change. @param {(preferences: Preferences) => void} watcher @param {AbortSignal} signal */
  watch(watcher, signal) {
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    watcher(this.#now);
  }

  /** @param {Preferences} preferences */
  #apply(preferences) {
    this.#now = preferences;
    if (preferences.colours === "light") document.documentElement.dataset.terminal = "light";
    else delete document.documentElement.dataset.terminal;
    for (const watcher of this.#watchers) watcher(preferences);
  }
}

export const preferences = new TerminalPreferences();
