// <lab-when>: shows a time in the reader's own time zone and way of writing; the server writes UTC.
// @ts-check

const WAY = new Intl.DateTimeFormat([], { dateStyle: "short", timeStyle: "medium" });

class LabWhen extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    const at = new Date(time?.dateTime ?? "");
    if (!time || Number.isNaN(at.valueOf())) return;
    time.textContent = WAY.format(at);
    time.title = at.toISOString();
  }
}

customElements.define("lab-when", LabWhen);
