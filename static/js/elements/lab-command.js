// <lab-command>: gives a block of commands its Run and Copy buttons.
// @ts-check
//
// After every line that was run it dispatches `lab-ran` (bubbling, detail {node}), by which a step
// knows that it may be worth looking whether it is done. Where there are several nodes, the student may
// choose another than the lesson's.

import { copyText } from "../clipboard.js";
import { unknownYet } from "../own-values.js";
import { hasTerminalInto, terminalInto } from "./lab-terminals.js";
import { LabValue } from "./lab-value.js";

const NOTICE_MS = 6_000;
const NODES = ["node1", "node2", "node3"];

class LabCommand extends HTMLElement {
  /** @type {HTMLElement | null} */
  #bar = null;
  #notice = document.createElement("span");
  /** @type {number | undefined} */
  #timer;
  #isTyping = false;
  /** @type {HTMLSelectElement | null} */
  #choice = null;

  connectedCallback() {
    const bar = document.createElement("div");
    bar.className = "command-bar";
    if (hasTerminalInto(this.node)) bar.append(...this.#runners());
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
    this.#choice = null;
  }

  /** The student's choice, or the lesson's. */
  get node() {
    return this.#choice?.value || this.dataset.node || "node1";
  }

  /** The button; and where there are several nodes, the one that is meant, to be chosen. */
  #runners() {
    const nodes = NODES.filter(hasTerminalInto);
    const run = button(nodes.length > 1 ? "Run in" : "Run", "command-run");
    run.addEventListener("click", () => void this.#run());
    const name = () => {
      run.setAttribute("aria-label", `Run in ${this.node}`);
      run.title = `Run in ${this.node}`;
    };
    name();
    if (nodes.length < 2) return [run];
    const choice = document.createElement("select");
    choice.className = "command-node";
    choice.setAttribute("aria-label", "Node to run it in");
    choice.append(...nodes.map((node) => new Option(node, node, node === this.node, node === this.node)));
    choice.addEventListener("change", name);
    this.#choice = choice;
    return [run, choice];
  }

  get commands() {
    return (this.querySelector("pre")?.textContent ?? "").replace(/\n+$/, "");
  }

  /** What the student's own values in it will be that nobody knows yet. */
  get unknown() {
    const values = [...this.querySelectorAll("lab-value:not([data-known])")];
    return values.map((value) => (value instanceof LabValue ? value.words : ""));
  }

  /** With a hole in it a command is another one. @param {string} refusal */
  #lacks(refusal) {
    const { unknown } = this;
    if (unknown.length) this.#say(`${refusal}: ${unknownYet(unknown)}`, "refused");
    return unknown.length > 0;
  }

  async #run() {
    const terminal = terminalInto(this.node);
    if (!terminal) return;
    // Until the last line is in, a second click would mix its lines with these.
    if (this.#isTyping || this.#lacks("Not run")) return;
    this.#isTyping = true;
    try {
      const { outcome, text } = await terminal.run(this.commands.split("\n"), {
        from: this.closest("[id]")?.id ?? "",
        stopOnFailure: this.hasAttribute("data-stop"),
        onLine: () => {
          this.#say(`Sent to ${this.node}`, "done");
          this.dispatchEvent(new CustomEvent("lab-ran", { bubbles: true, detail: { node: this.node } }));
        },
      });
      this.#say(text, outcome === "sent" ? "done" : "refused");
    } finally {
      this.#isTyping = false;
    }
  }

  async #copy() {
    if (this.#lacks("Not copied")) return;
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
