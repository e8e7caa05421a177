// <lab-step>: asks the server whether a step is done, and shows the answer where the student looks.
// @ts-check
//
// Three outcomes that must not be mistaken for each other: done, not done yet, and "could not
// look". When a step turns done it dispatches `lab-step-done` (bubbling, detail {lesson, step}).

import { link } from "../sandbox-link.js";
import { canBeLookedAt } from "../sandbox-words.js";
import { ask, asServerError } from "../server.js";

// A step that looks by itself does so a few times: commands take a moment, images have to arrive.
const QUIET_LOOKS_MS = [300, 2_500, 5_000, 8_000];
// After so many clicks that found nothing, the next hint unfolds.
const TRIES_PER_HINT = 2;

/** @typedef {{passed: boolean, message: string, hint: string | null, wanted?: string, saw?: string}} Verdict */

export class LabStep extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {number | undefined} */
  #timer;
  /** The look under way. @type {Promise<Verdict> | null} */
  #look = null;
  /** Whether the step looks by itself, without a word; a click on Check ends that. */
  #quiet = false;
  #tries = 0;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.form?.addEventListener("submit", this.#submit, { signal });
    this.addEventListener("lab-ran", () => this.lookSoon(), { signal });
    document.addEventListener("lab-step-news", this.#news, { signal });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#lifetime.abort();
  }

  get form() {
    const form = this.querySelector("form.step-check");
    return form instanceof HTMLFormElement ? form : null;
  }

  get done() {
    return this.hasAttribute("data-done");
  }

  get answer() {
    const input = this.form?.querySelector("input");
    return input ? input.value.trim() : null;
  }

  /** @param {SubmitEvent} event */
  #submit = async (event) => {
    event.preventDefault();
    clearTimeout(this.#timer);
    if (this.#look && !this.#quiet) return;
    this.#quiet = false;
    if (this.answer === "") {
      this.#show("failed", "Type your answer first.");
      this.form?.querySelector("input")?.focus();
      return;
    }
    this.#show("checking", "Looking …");
    try {
      const verdict = await (this.#look ?? this.#check());
      if (verdict.passed) this.#pass(verdict.message);
      else this.#fail(verdict);
    } catch (error) {
      if (this.#lifetime.signal.aborted) return;
      const { message, hint } = asServerError(error);
      this.#show("unable", message, hint);
    }
  };

  /** @returns {Promise<Verdict>} */
  async #check() {
    const { lesson = "", step = "" } = this.dataset;
    const path = `/api/lessons/${encodeURIComponent(lesson)}/steps/${encodeURIComponent(step)}/check`;
    const button = this.form?.querySelector("button");
    button?.setAttribute("aria-disabled", "true");
    try {
      this.#look = ask("POST", path, { body: { answer: this.answer }, signal: this.#lifetime.signal });
      return await this.#look;
    } finally {
      this.#look = null;
      button?.removeAttribute("aria-disabled");
    }
  }

  /** Whether it can find out what is so without an answer of the student's. */
  get looksAlone() {
    const open = !this.done && !this.hasAttribute("data-unchecked") && this.answer === null && this.form !== null;
    return open && canBeLookedAt(link.status.sandbox);
  }

  /** Looks without a word, and says it if the step is done. */
  lookSoon() {
    if (this.#look || !this.looksAlone) return;
    this.#quiet = true;
    this.#lookLater(0);
  }

  /** Looks without a word unless the step is done. @param {number} look */
  #lookLater(look) {
    clearTimeout(this.#timer);
    const delay = QUIET_LOOKS_MS[look];
    if (delay === undefined || !this.looksAlone) return;
    this.#timer = window.setTimeout(async () => {
      if (this.done || this.#look) return;
      const result = await this.#check().catch(() => null);
      // After a click the verdict is for #submit to show.
      if (this.#lifetime.signal.aborted || !this.#quiet) return;
      if (result?.passed) this.#pass(result.message);
      else this.#lookLater(look + 1);
    }, delay);
  }

  /** Another tab, or the server by itself, found out. @param {Event} event */
  #news = (event) => {
    const { lesson, step, passed } = /** @type {CustomEvent} */ (event).detail;
    if (passed && lesson === this.dataset.lesson && step === this.dataset.step && !this.done) {
      this.#pass("Done.");
    }
  };

  /** @param {string} message */
  #pass(message) {
    clearTimeout(this.#timer);
    const isNews = !this.done;
    this.setAttribute("data-done", "");
    this.#show("passed", message || "Done.");
    this.querySelector(".step-result p")?.append(...this.#goOn());
    if (!isNews) return;
    this.setAttribute("data-fresh", "");
    const mark = this.querySelector(".step-mark");
    mark?.setAttribute("aria-label", "done");
    const button = this.form?.querySelector("button");
    if (button && !this.hasAttribute("data-unchecked")) button.textContent = "Check again";
    const { lesson, step } = this.dataset;
    this.dispatchEvent(new CustomEvent("lab-step-done", { bubbles: true, detail: { lesson, step } }));
  }

  /** Which step that was, for who only hears it; and the way to the next that is open. */
  #goOn() {
    const which = document.createElement("span");
    which.className = "visually-hidden";
    which.textContent = ` with “${titleOf(this)}”. `;
    const steps = [...document.querySelectorAll("lab-step")];
    const later = steps.slice(steps.indexOf(this) + 1);
    const next = later.find((step) => !step.hasAttribute("data-done"));
    if (!next) return [which];
    const link = document.createElement("a");
    link.className = "step-next";
    link.href = `#${next.id}`;
    link.textContent = `Go on: ${titleOf(next)}`;
    return [which, link];
  }

  /** @param {Verdict} verdict with the hint of the mistake that was recognised */
  #fail({ message, hint, wanted, saw }) {
    this.#tries += 1;
    const next = this.querySelector("details.hint:not([open], .solution)");
    const helps = !hint && this.#tries % TRIES_PER_HINT === 0 && next instanceof HTMLDetailsElement;
    if (helps) next.open = true;
    this.#show("failed", message || "Not yet.", helps ? "Perhaps the hint above helps." : "", hint);
    const facts = [["Wanted", wanted], ["Saw", saw]].filter(([, text]) => text);
    if (facts.length) this.querySelector(".step-result p")?.after(list(facts));
  }

  /**
   * @param {"checking" | "passed" | "failed" | "unable"} outcome
   * @param {string} message plain text
   * @param {string} [advice] plain text
   * @param {string | null} [hintHtml] our own Markdown, rendered by the server
   */
  #show(outcome, message, advice = "", hintHtml = null) {
    const result = this.querySelector(".step-result");
    if (!(result instanceof HTMLElement)) return;
    result.dataset.outcome = outcome;
    const lead = { checking: "", passed: "Done", failed: "Not yet", unable: "Couldn't look" }[outcome];
    const said = document.createElement("p");
    if (lead) {
      const strong = document.createElement("strong");
      strong.textContent = lead;
      said.append(strong, " ");
    }
    // Servers may well say "Done." themselves; once is enough.
    const same = message.replace(/[.!]$/, "").toLowerCase() === lead.toLowerCase();
    said.append(document.createTextNode([same ? "" : message, advice].filter(Boolean).join(" ")));
    result.replaceChildren(said);
    if (hintHtml) {
      const hint = document.createElement("div");
      hint.className = "step-result-hint prose";
      hint.innerHTML = hintHtml;
      result.append(hint);
    }
  }
}

/** @param {Element} step */
function titleOf(step) {
  return step.querySelector(".step-title > :last-child > :last-child")?.textContent?.trim() ?? "";
}

/** @param {(string | undefined)[][]} facts their text may be the student's own */
function list(facts) {
  const made = document.createElement("dl");
  made.className = "step-seen";
  for (const [name, text] of facts) {
    const [term, fact] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name ?? "";
    fact.textContent = text ?? "";
    made.append(term, fact);
  }
  return made;
}

customElements.define("lab-step", LabStep);
