// A menu of the page's own: opened at a place, gone with a choice, Escape or a click elsewhere.
// @ts-check

/**
 * `checked` makes it a choice that is on or off; a `null` item draws a line.
 * @typedef {{label: string, keys?: string, checked?: boolean, disabled?: boolean, act: () => void}} Item
 */

const EDGE_PX = 8;

/**
 * @param {Element} owner what it belongs to: its colours are taken, and it gets the focus back
 * @param {(Item | null)[]} items
 * @param {{x: number, y: number, label: string, back?: (() => void) | undefined}} options
 *   `back` gives the focus back where it was
 */
export function openMenu(owner, items, { x, y, label, back }) {
  const menu = document.createElement("div");
  menu.className = "menu";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", label);
  const before = document.activeElement;
  const lifetime = new AbortController();
  const { signal } = lifetime;

  const close = (returnFocus = true) => {
    if (signal.aborted) return;
    lifetime.abort();
    menu.remove();
    if (!returnFocus) return;
    if (back) back();
    else if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };

  for (const item of items) menu.append(item ? entry(item, close) : line());
  owner.append(menu);
  place(menu, x, y);
  const entries = [...menu.querySelectorAll("button")];
  menu.addEventListener("keydown", (event) => key(event, entries, close), { signal });
  menu.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  document.addEventListener("pointerdown", ({ target }) => target instanceof Node && !menu.contains(target) && close(false), {
    signal,
    capture: true,
  });
  window.addEventListener("blur", () => close(false), { signal });
  window.addEventListener("resize", () => close(), { signal });
  entries[0]?.focus({ preventScroll: true });
}

/** @param {Item} item @param {() => void} close */
function entry({ label, keys = "", checked, disabled = false, act }, close) {
  const made = document.createElement("button");
  made.type = "button";
  made.tabIndex = -1;
  made.setAttribute("role", checked === undefined ? "menuitem" : "menuitemcheckbox");
  if (checked !== undefined) made.setAttribute("aria-checked", `${checked}`);
  if (disabled) made.setAttribute("aria-disabled", "true");
  const name = document.createElement("span");
  name.textContent = label;
  made.append(name);
  if (keys) {
    const hint = document.createElement("span");
    hint.className = "menu-keys";
    hint.setAttribute("aria-hidden", "true");
    hint.textContent = keys;
    made.append(hint);
    made.setAttribute("aria-keyshortcuts", keys.replaceAll(" ", "+").replace("Ctrl", "Control"));
  }
  made.addEventListener("click", () => {
    if (disabled) return;
    close();
    act();
  });
  made.addEventListener("pointerenter", () => made.focus({ preventScroll: true }));
  return made;
}

function line() {
  const made = document.createElement("div");
  made.className = "menu-line";
  made.setAttribute("role", "separator");
  return made;
}

/** @param {HTMLElement} menu @param {number} x @param {number} y */
function place(menu, x, y) {
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(Math.min(x, window.innerWidth - width - EDGE_PX), EDGE_PX)}px`;
  menu.style.top = `${Math.max(Math.min(y, window.innerHeight - height - EDGE_PX), EDGE_PX)}px`;
}

/** @param {KeyboardEvent} event @param {HTMLButtonElement[]} entries @param {() => void} close */
function key(event, entries, close) {
  const at = entries.findIndex((entry) => entry === document.activeElement);
  const last = entries.length - 1;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => entries[at === last ? 0 : at + 1]?.focus(),
    ArrowUp: () => entries[at <= 0 ? last : at - 1]?.focus(),
    Home: () => entries[0]?.focus(),
    End: () => entries[last]?.focus(),
    Escape: close,
    Tab: close,
  };
  const does = keys[event.key];
  if (!does) return;
  event.preventDefault();
  event.stopPropagation();
  does();
}
