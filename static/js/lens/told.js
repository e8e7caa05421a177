// Tells a passage in words: the verdict, and each hop with what proves it and the command for it.
// @ts-check

import { element } from "../topology/table.js";

/**
 * @typedef {import("./way.js").Hop} Hop
 * @typedef {import("./way.js").Passage} Passage
 */

/**
 * @param {Passage} passage
 * @param {(command: string, node: string) => void} insert
 * @returns {HTMLElement[]}
 */
export function told({ hops, verdict, hint, arrived }, insert) {
  const said = element("p", { class: "lens-verdict", "data-arrived": `${arrived}` }, element("strong", {}, arrived ? "It arrives. " : "It stops. "), verdict);
  const helps = hint ? [element("p", { class: "lens-hint" }, hint)] : [];
  return [said, ...helps, element("ol", { class: "lens-hops", "aria-label": "Hops" }, ...hops.map((hop) => hopItem(hop, insert)))];
}

/** @param {Hop} hop @param {(command: string, node: string) => void} insert */
function hopItem({ what, title, text, ok, evidence, command, at }, insert) {
  const item = element("li", { "data-what": what, "data-ok": `${ok}` }, element("p", {}, element("b", {}, title), " ", text));
  if (evidence.length) item.append(element("pre", { class: "lens-evidence" }, evidence.join("\n")));
  if (command) {
    const button = element("button", { type: "button", title: `Type this at ${at.node}'s prompt` }, command);
    button.addEventListener("click", () => insert(command, at.node));
    item.append(button);
  }
  return item;
}
