// Tells more about one thing of the picture: its facts, the command that shows them, what to type.
// @ts-check

import { element } from "./table.js";

/**
 * @typedef {import("./drawing.js").Item} Item
 */

export class Detail {
  #shown = "";

  /** @param {HTMLElement} place @param {(item: Item, text: string) => void} insert */
  constructor(place, insert) {
    this.place = place;
    this.insert = insert;
  }

  /** @param {Item} item */
  show(item) {
    const { words, node } = item;
    const content = JSON.stringify([words, node]);
    this.place.hidden = false;
    if (content === this.#shown) return;
    this.#shown = content;
    const facts = words.facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]);
    const inserts = words.inserts.map(([label, text]) => {
      const title = `Type the ${label} at ${node}'s prompt`;
      return this.#button(item, text, title);
    });
    const command = this.#button(item, words.command, `Type this at ${node}'s prompt`);
    command.classList.add("topology-command");
    this.place.replaceChildren(
      element("p", { class: "topology-detail-title" }, words.title, element("span", {}, ` on ${node}`)),
      element("dl", {}, ...facts),
      element("p", { class: "topology-inserts" }, element("span", {}, "Type "), ...inserts, element("span", {}, "Shown by "), command),
    );
  }

  /** In a line below the rest, for a moment. @param {string} text */
  say(text) {
    const line = element("p", { class: "topology-said", role: "status" }, text);
    this.place.querySelector(".topology-said")?.remove();
    this.place.append(line);
  }

  hide() {
    this.place.hidden = true;
  }

  /** @param {Item} item @param {string} text @param {string} title */
  #button(item, text, title) {
    const button = element("button", { type: "button", title }, text);
    button.addEventListener("click", () => this.insert(item, text));
    return button;
  }
}
