// <lab-quiz>: answers a chosen option with the reason why it is right or wrong.
// @ts-check
//
// The page does not know which option is right; the server says so for the chosen one only.

import { ask, asServerError } from "../server.js";

class LabQuiz extends HTMLElement {
  #lifetime = new AbortController();

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.form?.addEventListener("submit", this.#submit, { signal });
    this.form?.addEventListener("change", () => this.#say("", ""), { signal });
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get form() {
    return this.querySelector("form");
  }

  /** @param {SubmitEvent} event */
  #submit = async (event) => {
    event.preventDefault();
    const radio = this.querySelector("input:checked");
    if (!(radio instanceof HTMLInputElement)) {
      this.#say("Choose one of the options first.", "failed");
      return;
    }
    const { lesson = "", quiz = "" } = this.dataset;
    const path = `/api/lessons/${encodeURIComponent(lesson)}/quizzes/${encodeURIComponent(quiz)}`;
    try {
      const body = { option: Number(radio.value) };
      const answer = await ask("POST", path, { body, signal: this.#lifetime.signal });
      this.#explain(radio, answer);
    } catch (error) {
      if (this.#lifetime.signal.aborted) return;
      const { message, hint } = asServerError(error);
      this.#say([message, hint].filter(Boolean).join(" "), "unable");
    }
  };

  /** @param {HTMLInputElement} radio @param {{right: boolean, explanation: string}} answer */
  #explain(radio, { right, explanation }) {
    for (const old of this.querySelectorAll(".quiz-explanation")) old.remove();
    for (const option of this.querySelectorAll(".quiz-option")) option.removeAttribute("data-outcome");
    const option = radio.closest(".quiz-option");
    option?.setAttribute("data-outcome", right ? "right" : "wrong");
    const reason = document.createElement("div");
    reason.className = "quiz-explanation prose";
    reason.innerHTML = explanation; // our own Markdown, rendered by the server
    option?.append(reason);
    this.dataset.answered = right ? "right" : "wrong";
    this.#say(right ? "Right." : "Not quite. You may choose again.", right ? "passed" : "failed");
  }

  /** @param {string} text @param {string} outcome */
  #say(text, outcome) {
    const status = this.querySelector(".quiz-status");
    if (!(status instanceof HTMLElement)) return;
    status.textContent = text;
    status.dataset.outcome = outcome;
  }
}

customElements.define("lab-quiz", LabQuiz);
