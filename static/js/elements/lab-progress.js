// <lab-progress>: how far this lesson is, kept true while its steps turn done.
// @ts-check

class LabProgress extends HTMLElement {
  connectedCallback() {
    document.addEventListener("lab-step-done", this.#count);
  }

  disconnectedCallback() {
    document.removeEventListener("lab-step-done", this.#count);
  }

  #count = () => {
    const steps = document.querySelectorAll("lab-step");
    const done = document.querySelectorAll("lab-step[data-done]").length;
    const bar = this.querySelector("progress");
    const label = this.querySelector("[data-label]");
    if (bar) bar.value = done;
    if (label) label.textContent = `${done} of ${steps.length} steps`;
    this.toggleAttribute("data-complete", done === steps.length);
  };
}

customElements.define("lab-progress", LabProgress);
