// <lab-value>: an own value of the student's: says what it will be until it exists, then shows it.
// @ts-check
//
// The server writes what it will be as its text, which reads without this script. `data-known` tells
// others on the page that the text is the value.

import { lookUp } from "../own-values.js";
import { link } from "../sandbox-link.js";

export class LabValue extends HTMLElement {
  #lifetime = new AbortController();
  #placeholder = "";

  connectedCallback() {
    this.#lifetime = new AbortController();
    if (!this.#placeholder) this.#placeholder = this.textContent ?? "";
    link.watch((status) => this.#show(lookUp(this.dataset.of ?? "", status)), this.#lifetime.signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  /** What it is, without the marks around it. */
  get words() {
    return this.#placeholder.slice(1, -1);
  }

  /** @param {string} value */
  #show(value) {
    const text = value || this.#placeholder;
    if (this.textContent !== text) this.textContent = text;
    this.toggleAttribute("data-known", value !== "");
    this.title = value ? `Yours: ${this.words}` : "It will stand here as soon as it exists.";
  }
}

customElements.define("lab-value", LabValue);
