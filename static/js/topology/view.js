// The picture's window: as wide as there is room, zoomed with buttons, keys or Ctrl and the wheel, and dragged.
// @ts-check

const STEP = 1.2;
const LEAST = 0.4;
const MOST = 2.5;
const LEAST_FIT = 0.6;

export class View {
  /** What the student chose; null follows the window. @type {number | null} */
  #chosen = null;
  #width = 0;
  #height = 0;

  /** @param {HTMLElement} frame @param {SVGSVGElement} svg @param {AbortSignal} signal */
  constructor(frame, svg, signal) {
    this.frame = frame;
    this.svg = svg;
    frame.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    frame.addEventListener("pointerdown", (event) => this.#drag(event), { signal });
  }

  /** The width there is to draw in. */
  get room() {
    const style = getComputedStyle(this.frame);
    return this.frame.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
  }

  get zoom() {
    const fit = this.#width ? this.room / this.#width : 1;
    return this.#chosen ?? Math.min(Math.max(fit, LEAST_FIT), 1);
  }

  /** @param {number} width @param {number} height of the picture */
  size(width, height) {
    this.#width = width;
    this.#height = height;
    this.#apply();
  }

  larger() {
    this.#choose(this.zoom * STEP);
  }

  smaller() {
    this.#choose(this.zoom / STEP);
  }

  fit() {
    this.#chosen = null;
    this.#apply();
  }

  /** @param {number} zoom */
  #choose(zoom) {
    this.#chosen = Math.min(Math.max(zoom, LEAST), MOST);
    this.#apply();
  }

  #apply() {
    this.svg.setAttribute("width", `${Math.round(this.#width * this.zoom)}`);
    this.svg.setAttribute("height", `${Math.round(this.#height * this.zoom)}`);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { left, top } = this.frame.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const before = this.zoom;
    this.#choose(before * (event.deltaY < 0 ? STEP : 1 / STEP));
    // What is under the pointer stays there.
    this.frame.scrollLeft = (this.frame.scrollLeft + x) * (this.zoom / before) - x;
    this.frame.scrollTop = (this.frame.scrollTop + y) * (this.zoom / before) - y;
  }

  /** Touch scrolls by itself. @param {PointerEvent} event */
  #drag(event) {
    const onItem = event.target instanceof Element && event.target.closest("[role=button]");
    if (event.button || event.pointerType === "touch" || onItem) return;
    const { frame } = this;
    const [x, y] = [frame.scrollLeft + event.clientX, frame.scrollTop + event.clientY];
    const dragging = new AbortController();
    frame.setPointerCapture(event.pointerId);
    frame.dataset.dragged = "";
    frame.addEventListener(
      "pointermove",
      (moved) => frame.scrollTo(x - moved.clientX, y - moved.clientY),
      { signal: dragging.signal },
    );
    const end = () => {
      delete frame.dataset.dragged;
      dragging.abort();
    };
    frame.addEventListener("pointerup", end, { signal: dragging.signal });
    frame.addEventListener("pointercancel", end, { signal: dragging.signal });
  }
}
