// <lab-print>: a button that prints the page; without this script there is none.
// @ts-check

class LabPrint extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", this.#print);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#print);
  }

  #print = () => window.print();
}

customElements.define("lab-print", LabPrint);
