// Keeps the focus on the page when what had it goes away.
// @ts-check

/**
 * Makes a change; if that hides what has the focus, the focus goes to `refuge` and not to nowhere.
 * @param {() => void} change
 * @param {Element | null} refuge
 */
export function keepingFocus(change, refuge) {
  const focused = document.activeElement;
  change();
  if (focused?.closest("[hidden]") && refuge instanceof HTMLElement) refuge.focus({ preventScroll: true });
}
