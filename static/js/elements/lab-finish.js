// <lab-finish>: says that every step of the lesson is done, and where to go on.
// @ts-check

class LabFinish extends HTMLElement {
  connectedCallback() {
    document.addEventListener("lab-step-done", this.#look);
  }

  disconnectedCallback() {
    document.removeEventListener("lab-step-done", this.#look);
  }

  /** A live region has to be there before what it says. */
  #look = () => {
    if (document.querySelector("lab-step:not([data-done])") || this.hasAttribute("data-done")) return;
    this.setAttribute("data-done", "");
    this.setAttribute("data-fresh", "");
    const spoken = this.querySelector("[data-spoken]");
    if (spoken) spoken.textContent = this.querySelector("h2")?.textContent ?? "";
  };
}

customElements.define("lab-finish", LabFinish);
