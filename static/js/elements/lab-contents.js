// <lab-contents>: says in the header which part of the lesson is being read, and marks it in the list.
// @ts-check

// A part counts as read while it crosses this band below the header.
const BAND = "-15% 0px -75% 0px";

class LabContents extends HTMLElement {
  /** @type {IntersectionObserver | null} */
  #observer = null;

  connectedCallback() {
    this.#observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.#show(target.id);
    }, { rootMargin: BAND });
    for (const link of this.links) {
      const part = document.getElementById(link.hash.slice(1));
      if (part) this.#observer.observe(part);
      link.addEventListener("click", this.#close);
    }
    document.addEventListener("lab-step-done", this.#mark);
  }

  disconnectedCallback() {
    this.#observer?.disconnect();
    document.removeEventListener("lab-step-done", this.#mark);
    for (const link of this.links) link.removeEventListener("click", this.#close);
  }

  /** @returns {HTMLAnchorElement[]} */
  get links() {
    return [...this.querySelectorAll("a")].filter((link) => link.getAttribute("href")?.startsWith("#"));
  }

  /** @param {string} id */
  #show(id) {
    for (const link of this.links) {
      const isHere = link.hash === `#${id}`;
      if (isHere) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
      if (!isHere) continue;
      const here = this.querySelector("[data-here]");
      const title = link.querySelector("[data-title]")?.textContent ?? "";
      if (here) here.textContent = title;
    }
  }

  #close = () => this.querySelector("nav")?.hidePopover();

  #mark = () => {
    for (const link of this.links) {
      const step = document.querySelector(`lab-step[data-step="${CSS.escape(link.dataset.step ?? "")}"]`);
      const isDone = Boolean(step?.hasAttribute("data-done"));
      link.toggleAttribute("data-done", isDone);
      const word = link.querySelector("[data-word]");
      if (word) word.textContent = isDone ? " (done)" : "";
    }
  };
}

customElements.define("lab-contents", LabContents);
