// Asks before several lines are pasted, and shows what they are.
// @ts-check

import { preview } from "./paste.js";

/**
 * @param {HTMLDialogElement} dialog
 * @param {string[]} lines
 * @returns {Promise<{how: "paste" | "line" | "", asksAgain: boolean}>} `how` is empty for: not at all
 */
export function askBeforePaste(dialog, lines) {
  const { shown, rest } = preview(lines);
  const text = (/** @type {string} */ selector, /** @type {string} */ said) => {
    const place = dialog.querySelector(selector);
    if (place) place.textContent = said;
  };
  text("[data-count]", `${lines.length}`);
  text("pre", shown);
  text("[data-rest]", rest ? `… and ${rest} more ${rest === 1 ? "line" : "lines"}` : "");
  const box = dialog.querySelector("input");
  if (box) box.checked = true;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      const how = dialog.returnValue === "paste" || dialog.returnValue === "line" ? dialog.returnValue : "";
      resolve({ how, asksAgain: how === "" || (box?.checked ?? true) });
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}
