// <lab-theme>: the button that switches between light and dark, and remembers it.
// @ts-check

const KEY = "slipway-theme";

class LabTheme extends HTMLElement {
  #system = matchMedia("(prefers-color-scheme: dark)");

  connectedCallback() {
    this.button?.addEventListener("click", this.#toggle);
    this.#system.addEventListener("change", this.#show);
    this.#show();
  }

  disconnectedCallback() {
    this.button?.removeEventListener("click", this.#toggle);
    this.#system.removeEventListener("change", this.#show);
  }

  get button() {
    return this.querySelector("button");
  }

  #systemTheme() {
    return this.#system.matches ? "dark" : "light";
  }

  #toggle = () => {
    const root = document.documentElement;
    const next = (root.dataset.theme ?? this.#systemTheme()) === "dark" ? "light" : "dark";
    // Choosing what the system has anyway means following it again.
    const follows = next === this.#systemTheme();
    if (follows) delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (follows) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      // No storage: the choice holds for this page.
    }
    this.#show();
  };

  #show = () => {
    const shown = document.documentElement.dataset.theme ?? this.#systemTheme();
    const other = shown === "dark" ? "light" : "dark";
    this.dataset.shown = shown;
    this.button?.setAttribute("aria-label", `Switch to the ${other} theme`);
    if (this.button) this.button.title = `Switch to the ${other} theme`;
  };
}

customElements.define("lab-theme", LabTheme);
