// <lab-reset>: asks what to reset, the whole sandbox or one of its nodes, and says what is lost.
// @ts-check

import { link } from "../sandbox-link.js";
import { staysAsItIs } from "../sandbox-words.js";

const WHOLE = "sandbox";

class LabReset extends HTMLElement {
  #lifetime = new AbortController();

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.querySelector("[data-action=reset]")?.addEventListener("click", () => this.#ask(), { signal });
    this.dialog?.addEventListener("close", () => this.#answered(), { signal });
    link.watch(({ sandbox, lost }) => {
      this.hidden = lost || !["ready", "failed"].includes(sandbox.state);
    }, signal);
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    this.dialog?.close();
  }

  get dialog() {
    return this.querySelector("dialog");
  }

  /** With one node there is nothing to choose. */
  #ask() {
    const { state, nodes } = link.status.sandbox;
    // One that was never made has nothing in it; a restart makes it.
    const names = state === "ready" ? nodes.filter(({ ip }) => ip).map(({ name }) => name) : [];
    const several = nodes.length > 1 && names.length > 0;
    const choices = this.querySelector("[data-choices]");
    const lone = this.querySelector("[data-lone]");
    if (!(choices instanceof HTMLElement) || !(lone instanceof HTMLElement)) return;
    choices.hidden = !several;
    lone.hidden = several;
    for (const old of choices.querySelectorAll("[data-node]")) old.remove();
    if (several) choices.append(...names.map((name) => this.#choice(name, nodes)));
    const whole = this.querySelector("input");
    if (whole) whole.checked = true;
    this.dialog?.showModal();
  }

  /** @param {string} name @param {import("../sandbox-words.js").Node[]} nodes */
  #choice(name, nodes) {
    const template = this.querySelector("template");
    const choice = /** @type {HTMLElement} */ (template?.content.firstElementChild?.cloneNode(true));
    choice.dataset.node = name;
    const input = choice.querySelector("input");
    if (input) input.value = name;
    for (const place of choice.querySelectorAll("[data-name]")) place.textContent = name;
    const others = nodes.map((node) => node.name).filter((other) => other !== name);
    const stays = choice.querySelector("[data-stays]");
    if (stays) stays.textContent = staysAsItIs(others);
    return choice;
  }

  #answered() {
    const { dialog } = this;
    if (!dialog) return;
    const confirmed = dialog.returnValue === "reset";
    dialog.returnValue = "";
    if (!confirmed) return;
    const checked = this.querySelector("input:checked");
    const what = checked instanceof HTMLInputElement ? checked.value : WHOLE;
    void link.reset(what === WHOLE ? "" : what);
  }
}

customElements.define("lab-reset", LabReset);
