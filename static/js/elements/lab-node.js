// <lab-node>: the head of a terminal, which tells how its node is and restarts one that has stopped.
// @ts-check

import { keepingFocus } from "../focus.js";
import { link } from "../sandbox-link.js";
import { nodeOf, nodeWords } from "../sandbox-words.js";

class LabNode extends HTMLElement {
  static observedAttributes = ["data-node"];

  #lifetime = new AbortController();

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const restart = () => void link.restart(this.name);
    this.querySelector("[data-action=restart]")?.addEventListener("click", restart, { signal });
    link.watch(() => this.#show(), signal);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get name() {
    return this.dataset.node ?? "";
  }

  #show() {
    const { sandbox, lost } = link.status;
    const { mark, word, notice, restart } = nodeWords(sandbox, this.name);
    this.dataset.mark = lost ? "off" : mark;
    this.#text("[data-ip]", nodeOf(sandbox, this.name)?.ip ?? "");
    this.#text("[data-word]", word);
    this.#text("[data-notice]", notice);
    this.#text("[data-action=restart]", `Restart ${this.name}`);
    keepingFocus(() => {
      this.#hide(".node-notice", !notice);
      this.#hide("[data-action=restart]", !restart || lost);
    }, this.querySelector("[role=tab][aria-selected=true]"));
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
