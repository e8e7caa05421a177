// <lab-topology>: the live picture of the student's networks, to look at, to point at, to type from.
// @ts-check

import { copyText } from "../clipboard.js";
import { DrawnWay } from "../lens/drawn-way.js";
import { remember, remembered } from "../remembered.js";
import { link } from "../sandbox-link.js";
import { Detail } from "../topology/detail.js";
import { doors, link as doorLink } from "../topology/doors.js";
import { Drawing } from "../topology/drawing.js";
import { asFile, download } from "../topology/export.js";
import { layOut, nothingPlaced } from "../topology/layout.js";
import { isUntouched } from "../topology/model.js";
import { changes, things } from "../topology/news.js";
import { inReadingOrder, next } from "../topology/roving.js";
import { asTables, element } from "../topology/table.js";
import { View } from "../topology/view.js";
import { LabLens } from "./lab-lens.js";
import { terminalInto } from "./lab-terminals.js";

/**
 * @typedef {import("../topology/model.js").Topology} Topology
 * @typedef {import("../topology/drawing.js").Item} Item
 */

const FOLDED_KEY = "slipway-picture";
const TEXT_KEY = "slipway-picture-text";
const SPEAK_AFTER_MS = 800;
const WAITING = "Your networks will be drawn here once your sandbox is ready.";
const INVITING = ["Your first network will appear here: try ", "docker network create dev", "."];

class LabTopology extends HTMLElement {
  #lifetime = new AbortController();
  /** @type {Topology} */
  #topology = { version: 0, nodes: [], services: [] };
  #memory = nothingPlaced();
  #current = "";
  /** @type {Map<string, string>} */
  #spoken = new Map();
  /** Whether every node has been read once. */
  #isRead = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #speakTimer;
  /** @type {Drawing | null} */
  #drawing = null;
  /** @type {DrawnWay | null} */
  #way = null;
  /** @type {View | null} */
  #view = null;
  /** @type {Detail | null} */
  #detail = null;
  #pointer = "";
  /** Where the pointer was when Escape closed the details; what comes to lie under it is not meant. */
  #restsAt = "";

  connectedCallback() {
    const frame = this.querySelector("[data-view]");
    const svg = frame?.querySelector("svg");
    const detail = this.querySelector("[data-detail]");
    if (!(frame instanceof HTMLElement) || !svg || !(detail instanceof HTMLElement)) return;
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#drawing = new Drawing(svg);
    this.#way = new DrawnWay(svg);
    this.#view = new View(frame, svg, signal);
    this.#detail = new Detail(detail, (item, text) => void this.#insert(item, text));
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("lens", (event) => this.#follow(event), { signal });
    this.addEventListener("pointermove", (event) => (this.#pointer = placeOf(event)), { signal });
    frame.addEventListener("pointerover", (event) => placeOf(event) !== this.#restsAt && this.#point(event), { signal });
    frame.addEventListener("focusin", (event) => this.#point(event), { signal });
    this.#fold(remembered(FOLDED_KEY) === "folded");
    this.#asText(remembered(TEXT_KEY) === "text");
    // Nothing is drawn before the page's first frame, which is to have the terminal's prompt.
    const observer = new ResizeObserver(() => this.#draw());
    observer.observe(frame);
    signal.addEventListener("abort", () => observer.disconnect());
    requestAnimationFrame(() => {
      if (!signal.aborted) link.watch(({ topology }) => topology && this.#hear(topology), signal);
    });
  }

  disconnectedCallback() {
    this.#lifetime.abort();
    clearTimeout(this.#speakTimer);
  }

  /** @param {Topology} topology */
  #hear(topology) {
    if (topology === this.#topology) return;
    this.#topology = topology;
    this.#draw();
    this.dataset.version = `${topology.version}`;
    if (!this.#isRead) {
      // What was there before anybody looked is no news.
      this.#spoken = things(topology);
      this.#isRead = topology.nodes.length > 0 && topology.nodes.every(({ state }) => state !== "reading");
    }
    clearTimeout(this.#speakTimer);
    this.#speakTimer = setTimeout(() => this.#speak(), SPEAK_AFTER_MS);
  }

  #draw() {
    if (!this.#drawing || !this.#view) return;
    const topology = this.#topology;
    const layout = layOut(topology, this.#memory, this.#view.room);
    this.#memory = layout.memory;
    this.#drawing.show(layout);
    this.#way?.show(layout);
    if (!topology.version) this.#drawing.isFirst = true;
    this.#view.size(layout.width, layout.height);
    this.querySelector("[data-text]")?.replaceChildren(...asTables(topology));
    list(this.querySelector(".topology-doors"), doors(topology).map(doorLink));
    this.#invite(topology);
    this.#rove();
    const item = this.#drawing.items.get(this.#current);
    if (!item) this.#detail?.hide();
    else if (!this.#detail?.place.hidden) this.#detail?.show(item);
  }

  /** @param {Topology} topology */
  #invite(topology) {
    const place = this.querySelector("[data-empty]");
    if (!place) return;
    place.toggleAttribute("hidden", !isUntouched(topology));
    const [before = "", command = "", after = ""] = topology.nodes.length ? INVITING : [WAITING];
    if (place.textContent === before + command + after) return;
    place.replaceChildren(before, ...(command ? [element("code", {}, command)] : []), after);
  }

  /** One item is in the tab order: the last that had the focus, or the first. */
  #rove() {
    const items = this.#drawing?.items ?? new Map();
    const first = [...items.values()].sort(inReadingOrder)[0]?.key ?? "";
    const current = items.has(this.#current) ? this.#current : first;
    for (const key of items.keys()) {
      this.#drawing?.target(key)?.setAttribute("tabindex", key === current ? "0" : "-1");
    }
  }

  /** @param {Event} event @returns {Item | undefined} */
  #itemOf({ target }) {
    const key = target instanceof Element ? target.closest("[data-key]")?.getAttribute("data-key") : "";
    return this.#drawing?.items.get(key ?? "");
  }

  /** @param {Event} event */
  #point(event) {
    const item = this.#itemOf(event);
    if (!item) return;
    this.#drawing?.target(this.#current)?.removeAttribute("data-selected");
    this.#current = item.key;
    const target = this.#drawing?.target(item.key);
    target?.setAttribute("data-selected", "");
    this.#detail?.show(item);
    // Over the other half, so that it hides nobody who is being pointed at and moves nothing.
    const [part, all] = [target, this.querySelector(".topology-body")].map((box) => box?.getBoundingClientRect());
    if (part && all) this.#detail?.place.toggleAttribute("data-above", part.top + part.bottom > all.top + all.bottom);
    if (event.type === "focusin") this.#rove();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const item = this.#itemOf(event);
    if (item) {
      this.#point(event);
      this.#choose(item);
      return;
    }
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    /** @type {Record<string, () => void>} */
    const actions = {
      fold: () => this.#fold(!this.hasAttribute("data-folded"), true),
      text: () => this.#asText(!this.hasAttribute("data-as-text"), true),
      in: () => this.#view?.larger(),
      out: () => this.#view?.smaller(),
      fit: () => this.#view?.fit(),
      save: () => this.#save(),
      lens: () => this.#openLens(!this.#lens?.isOpen),
      full: () => void (document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen()),
    };
    actions[button?.getAttribute("data-action") ?? ""]?.();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.#escape(event);
    const item = this.#itemOf(event);
    if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
    /** @type {Record<string, () => void>} */
    const keys = {
      "+": () => this.#view?.larger(),
      "-": () => this.#view?.smaller(),
      0: () => this.#view?.fit(),
      Enter: () => this.#choose(item),
      " ": () => this.#choose(item),
    };
    const to = next(this.#drawing?.items.values() ?? [], item.key, event.key);
    const act = keys[event.key] ?? (to ? () => focus(this.#drawing?.target(to)) : null);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** While the lens is open, containers are chosen as its ends. @param {Item} item */
  #choose(item) {
    const [kind, node = "", id = ""] = item.key.split(" ");
    if (this.#lens?.isOpen && kind === "card") this.#lens.choose(node, id);
    else void this.#insert(item, item.words.inserts[0]?.[1] ?? "");
  }

  get #lens() {
    const found = this.querySelector("lab-lens");
    return found instanceof LabLens ? found : null;
  }

  /** @param {boolean} open */
  #openLens(open) {
    this.toggleAttribute("data-lens", open);
    this.querySelector("[data-action=lens]")?.setAttribute("aria-expanded", `${open}`);
    this.#detail?.hide();
    this.#lens?.open(open);
  }

  /** The lens goes first, and gives the focus back. @param {KeyboardEvent} event */
  #escape({ target }) {
    this.#detail?.hide();
    this.#restsAt = this.#pointer;
    if (!this.#lens?.isOpen || !(target instanceof Element) || !target.closest("lab-lens")) return;
    this.#openLens(false);
    focus(this.querySelector("[data-action=lens]"));
  }

  /** Draws the way that the lens has found, over the picture. @param {Event} event */
  #follow(event) {
    this.#way?.set(event instanceof CustomEvent ? event.detail : null);
    this.#draw();
  }

  /** Types it at the prompt, without Enter; where that can't be done, it is copied. @param {Item} item @param {string} text */
  async #insert(item, text) {
    if (!text) return;
    this.#detail?.show(item);
    if (terminalInto(item.node)?.insert(text)) return;
    this.#detail?.say((await copyText(text)) ? `Copied ${text}` : "The browser did not allow copying.");
  }

  #save() {
    const svg = this.querySelector("[data-view] svg");
    if (!(svg instanceof SVGSVGElement)) return;
    download(asFile(svg, getComputedStyle(this).backgroundColor), "networks.svg");
  }

  /** @param {boolean} folded @param {boolean} [chosen] */
  #fold(folded, chosen = false) {
    this.toggleAttribute("data-folded", folded);
    this.querySelector("[data-action=fold]")?.setAttribute("aria-expanded", `${!folded}`);
    if (chosen) remember(FOLDED_KEY, folded ? "folded" : "open");
  }

  /** @param {boolean} text @param {boolean} [chosen] */
  #asText(text, chosen = false) {
    this.toggleAttribute("data-as-text", text);
    this.querySelector("[data-action=text]")?.setAttribute("aria-pressed", `${text}`);
    this.querySelector("[data-view]")?.toggleAttribute("hidden", text);
    this.querySelector("[data-text]")?.toggleAttribute("hidden", !text);
    if (text) this.#detail?.hide();
    if (chosen) remember(TEXT_KEY, text ? "text" : "picture");
  }

  #speak() {
    const now = things(this.#topology);
    const place = this.querySelector("[data-spoken]");
    const text = changes(this.#spoken, now);
    if (place && text) place.textContent = text;
    this.#spoken = now;
  }
}

/** Shown where there is something in it. @param {Element | null} place @param {HTMLElement[]} items */
function list(place, items) {
  const same = place && items.length === place.childElementCount && items.every((item, at) => item.isEqualNode(place.children[at] ?? null));
  // A link that has the focus keeps it.
  if (!same) place?.replaceChildren(...items);
  place?.toggleAttribute("hidden", !items.length);
}

/** @param {Element | null | undefined} element */
function focus(element) {
  if (element instanceof SVGElement || element instanceof HTMLElement) element.focus();
}

/** @param {PointerEvent} event */
function placeOf({ screenX, screenY }) {
  return `${screenX} ${screenY}`;
}

customElements.define("lab-topology", LabTopology);
