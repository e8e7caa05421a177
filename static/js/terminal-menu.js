// What the menus of a terminal and of its tab offer.
// @ts-check

import { LARGEST_TEXT, NORMAL_TEXT, preferences, SMALLEST_TEXT } from "./terminal-preferences.js";

/** @typedef {import("./menu.js").Item} Item */

/** @param {import("./elements/lab-terminal.js").LabTerminal} terminal @returns {(Item | null)[]} */
export function screenItems(terminal) {
  return [
    { label: "Copy", keys: "Ctrl Shift C", disabled: !terminal.selection, act: () => void terminal.copy() },
    { label: "Paste", keys: "Ctrl Shift V", act: () => void terminal.paste() },
    { label: "Select all", act: () => terminal.selectAll() },
    null,
    { label: "Search …", keys: "Ctrl Shift F", act: () => terminal.find() },
    { label: "Clear scrollback", act: () => terminal.clear() },
    null,
    { label: "Save as text", act: () => save(terminal, "text") },
    { label: "Save the recording", act: () => save(terminal, "cast") },
  ];
}

/**
 * What was said in it so far. Where there is nothing yet, the download fails and the page stays.
 * @param {import("./elements/lab-terminal.js").LabTerminal} terminal @param {"cast" | "text"} format
 */
function save(terminal, format) {
  const link = document.createElement("a");
  link.href = `/api/terminals/${terminal.node}/${terminal.name}/recording?format=${format}`;
  link.download = "";
  link.click();
}

/** @returns {(Item | null)[]} */
export function preferenceItems() {
  const { textSize, colours, reader, asksBeforePaste } = preferences.now;
  const size = (/** @type {number} */ px) => () => preferences.set({ textSize: px });
  return [
    { label: "Larger text", disabled: textSize >= LARGEST_TEXT, act: size(textSize + 1) },
    { label: "Smaller text", disabled: textSize <= SMALLEST_TEXT, act: size(textSize - 1) },
    { label: "Normal text", disabled: textSize === NORMAL_TEXT, act: size(NORMAL_TEXT) },
    {
      label: "Light colours",
      checked: colours === "light",
      act: () => preferences.set({ colours: colours === "light" ? "dark" : "light" }),
    },
    { label: "Screen reader", checked: reader, act: () => preferences.set({ reader: !reader }) },
    {
      label: "Ask before pasting lines",
      checked: asksBeforePaste,
      act: () => preferences.set({ asksBeforePaste: !asksBeforePaste }),
    },
  ];
}

/**
 * @param {import("./terminal-layout.js").TerminalLayout} layout
 * @param {string} key
 * @param {Record<"rename" | "split" | "join" | "move" | "close", () => void>} does
 * @returns {(Item | null)[]}
 */
export function tabItems(layout, key, does) {
  const tab = layout.find(key);
  const half = layout.split
    ? [{ label: "Close the split", act: does.join }]
    : [{ label: "Split below", act: does.split }];
  const alone = !tab || layout.tabsIn(tab.pane).length < 2;
  if (layout.split && !alone) half.unshift({ label: "Move to the other half", act: does.move });
  return [
    { label: "Rename …", keys: "F2", act: does.rename },
    ...half,
    { label: "Close the terminal", disabled: !layout.canClose(key), act: does.close },
  ];
}
