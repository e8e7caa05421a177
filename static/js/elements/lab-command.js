// <lab-command>: gives a block of commands its Run and Copy buttons.
// @ts-check
//
// After a Run it dispatches `lab-ran` (bubbling, detail {node, lines}), by which a step knows
// that it may be worth looking whether it is done.

import { copyText } from "../clipboard.js";
import { terminalOf } from "./lab-terminal.js";

const NOTICE_MS = 6_000;

class LabCommand extends HTMLElement {
  /** @type {HTMLElement | null} */
  #bar = null;
  #notice = document.createElement("span");
  /** @type {number | undefined} */
  #timer;

  connectedCallback() {
    const bar = document.createElement("div");
    bar.className = "command-bar";
    const node = this.node;
    if (terminalOf(node)) {
      const run = button("Run", "command-run");
      run.setAttribute("aria-label", `Run in ${node}`);
      run.title = `Run in ${node}`;
      run.addEventListener("click", () => this.#run());
      bar.append(run);
    }
    const copy = button("Copy", "command-copy");
    copy.setAttribute("aria-label", "Copy the command");
    copy.addEventListener("click", () => this.#copy());
    this.#notice.className = "command-notice";
    this.#notice.setAttribute("role", "status");
    bar.append(copy, this.#notice);
    this.append(bar);
    this.#bar = bar;
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#bar?.remove();
    this.#bar = null;
  }

  get node() {
    return this.dataset.node || "node1";
  }

  get commands() {
    return (this.querySelector("pre")?.textContent ?? "").replace(/\n+$/, "");
  }

  #run() {
    const lines = this.commands.split("\n");
    const refusal = terminalOf(this.node)?.run(lines, this.closest("[id]")?.id ?? "");
    if (refusal) {
      this.#say(refusal, "refused");
      return;
    }
    this.#say(`Sent to ${this.node}`, "done");
    this.dispatchEvent(new CustomEvent("lab-ran", { bubbles: true, detail: { node: this.node, lines } }));
  }

  async #copy() {
    const copied = await copyText(this.commands);
    if (copied) this.#say("Copied", "done");
    else this.#say("The browser did not allow copying. Select the text instead.", "refused");
  }

  /** @param {string} text @param {"done" | "refused"} outcome */
  #say(text, outcome) {
    clearTimeout(this.#timer);
    this.#notice.textContent = text;
    this.#notice.dataset.outcome = outcome;
    this.#timer = window.setTimeout(() => {
      this.#notice.textContent = "";
    }, NOTICE_MS);
  }
}

/** @param {string} text @param {string} className */
function button(text, className) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button button-quiet ${className}`;
  made.textContent = text;
  return made;
}

customElements.define("lab-command", LabCommand);
