// <lab-node>: the head of a terminal, which tells how its node is and restarts one that has stopped.
// @ts-check

import { keepingFocus } from "../focus.js";
import { link } from "../sandbox-link.js";
import { nodeOf, nodeWords } from "../sandbox-words.js";

class LabNode extends HTMLElement {
  #lifetime = new AbortController();

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const name = this.dataset.node ?? "";
    this.querySelector("button")?.addEventListener("click", () => void link.restart(name), { signal });
    link.watch(({ sandbox, lost }) => {
      const { mark, word, notice, restart } = nodeWords(sandbox, name);
      this.dataset.mark = lost ? "off" : mark;
      this.#text("[data-ip]", nodeOf(sandbox, name)?.ip ?? "");
      this.#text("[data-word]", word);
      this.#text("[data-notice]", notice);
      keepingFocus(() => {
        this.#hide(".node-notice", !notice);
        this.#hide("button", !restart || lost);
      }, this.querySelector(".terminal-name"));
    }, signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  /** Leaves equal text alone, so that it is not announced again. @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = this.querySelector(selector);
    if (element && element.textContent !== text) element.textContent = text;
  }

  /** @param {string} selector @param {boolean} hidden */
  #hide(selector, hidden) {
    const element = this.querySelector(selector);
    if (element instanceof HTMLElement) element.hidden = hidden;
  }
}

customElements.define("lab-node", LabNode);
