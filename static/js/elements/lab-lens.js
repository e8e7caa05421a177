// <lab-lens>: sends one packet from one thing of the picture to another, and tells the way it took.
// @ts-check

import { copyText } from "../clipboard.js";
import { choices, containerValue, firstPair, NAME, question } from "../lens/ends.js";
import { told } from "../lens/told.js";
import { link } from "../sandbox-link.js";
import { ask, asServerError } from "../server.js";
import { element } from "../topology/table.js";
import { terminalInto } from "./lab-terminals.js";

/**
 * @typedef {import("../lens/ends.js").Choice} Choice
 * @typedef {import("../lens/way.js").Passage} Passage
 */

class LabLens extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {Choice[]} */
  #choices = [];
  /** Which end the next click in the picture is. @type {"source" | "target"} */
  #next = "source";
  #portChosen = false;
  #isAsking = false;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.addEventListener("submit", (event) => void this.#submit(event), { signal });
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    link.watch(({ topology }) => topology && this.#offer(topology), signal);
    this.#arrange();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get isOpen() {
    return !this.hidden;
  }

  /** @param {boolean} open */
  open(open) {
    this.hidden = !open;
    if (open) this.querySelector("select")?.focus();
    else this.#show(null);
  }

  /** A container that was clicked in the picture: first who sends, then who gets it. @param {string} node @param {string} id */
  choose(node, id) {
    const field = this.#field(this.#next);
    if (!field) return;
    field.value = containerValue(node, id);
    this.#say(this.#next === "source" ? `From ${labelOf(field)}. Now choose who shall get it.` : `To ${labelOf(field)}.`);
    this.#next = this.#next === "source" ? "target" : "source";
    this.#arrange();
  }

  /** @param {import("../topology/model.js").Topology} topology */
  #offer(topology) {
    const found = choices(topology);
    if (JSON.stringify(found) === JSON.stringify(this.#choices)) return;
    this.#choices = found;
    const [one, other] = firstPair(found);
    fill(this.#field("source"), found, one);
    fill(this.#field("target"), found, other, element("option", { value: NAME }, "a name …"));
    this.#arrange();
  }

  /** @param {Event} event */
  #changed({ target }) {
    if (target instanceof HTMLInputElement && target.name === "port") this.#portChosen = true;
    if (target instanceof HTMLSelectElement && target.name === "target") this.#portChosen = false;
    this.#arrange();
  }

  /** Only the fields that count. */
  #arrange() {
    const { target, probe } = this.#chosen();
    this.querySelector("[data-name]")?.toggleAttribute("hidden", target !== NAME);
    this.querySelector("[data-port]")?.toggleAttribute("hidden", probe !== "http");
    const port = this.#input("port");
    if (port && !this.#portChosen) port.value = `${this.#choices.find(({ value }) => value === target)?.port ?? 80}`;
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    if (this.#isAsking) return;
    const asked = question(this.#choices, this.#chosen());
    if (typeof asked === "string") {
      this.#say(asked);
      return;
    }
    this.#isAsking = true;
    this.toggleAttribute("data-asking", true);
    this.#show(null);
    this.#say("On its way …");
    try {
      const passage = await ask("POST", "/api/topology/lens", { body: asked, signal: this.#lifetime.signal });
      this.#show(passage);
      this.#say(`${passage.arrived ? "It arrives." : "It stops."} ${passage.verdict}`, true);
    } catch (error) {
      if (this.#lifetime.signal.aborted) return;
      const { message, hint } = asServerError(error);
      this.#say([message, hint].filter(Boolean).join(" "));
    } finally {
      this.#isAsking = false;
      this.toggleAttribute("data-asking", false);
    }
  }

  /** @param {Passage | null} passage */
  #show(passage) {
    const place = this.querySelector("[data-told]");
    const rows = passage ? told(passage, (command, node) => void this.#insert(command, node || passage.hops[0]?.at.node || "node1")) : [];
    place?.replaceChildren(...rows);
    place?.scrollTo({ top: 0 });
    this.dispatchEvent(new CustomEvent("lens", { bubbles: true, detail: passage }));
  }

  /** @param {string} command @param {string} node */
  async #insert(command, node) {
    if (terminalInto(node)?.insert(command)) return;
    this.#say((await copyText(command)) ? `Copied ${command}` : "The browser did not allow copying.");
  }

  #chosen() {
    return {
      source: this.#field("source")?.value ?? "",
      target: this.#field("target")?.value ?? "",
      probe: this.#field("probe")?.value ?? "ping",
      name: this.#input("name")?.value.trim() ?? "",
      port: Number(this.#input("port")?.value),
    };
  }

  /** Heard; and seen, where it is not in the verdict already. @param {string} text @param {boolean} [isShown] */
  #say(text, isShown = false) {
    const place = this.querySelector("[data-said]");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("visually-hidden", isShown);
  }

  /** @param {string} name @returns {HTMLSelectElement | null} */
  #field(name) {
    return this.querySelector(`select[name=${name}]`);
  }

  /** @param {string} name @returns {HTMLInputElement | null} */
  #input(name) {
    return this.querySelector(`input[name=${name}]`);
  }
}

/** What was chosen stays chosen. @param {HTMLSelectElement | null} field @param {Choice[]} all @param {string} first @param {HTMLElement[]} more */
function fill(field, all, first, ...more) {
  if (!field) return;
  const before = field.value;
  const groups = [...new Set(all.map(({ group }) => group))].map((name) => {
    const own = all.filter(({ group }) => group === name).map(({ value, label }) => element("option", { value }, label));
    return element("optgroup", { label: name }, ...own);
  });
  field.replaceChildren(...groups, ...more);
  field.value = before;
  if (field.selectedIndex < 0) field.value = first;
}

/** @param {HTMLSelectElement} field */
function labelOf(field) {
  return field.selectedOptions[0]?.textContent ?? "";
}

customElements.define("lab-lens", LabLens);
export { LabLens };
