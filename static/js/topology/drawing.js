// Draws a layout as SVG: what is still there stays the same element, so that focus and motion hold.
// @ts-check

import { arrive, leave, move } from "./motion.js";
import { path, shape, words } from "./shapes.js";
import { badges, containerWords, count, networkWords, placeWord, published, serviceThing, shortName, shorten, tasksOf } from "./words.js";

/**
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").Area} Area
 * @typedef {import("./layout.js").Lane} Lane
 * @typedef {import("./layout.js").Card} Card
 * @typedef {import("./layout.js").Cable} Cable
 * @typedef {import("./layout.js").Row} Row
 * @typedef {import("./words.js").Words} Words
 *
 * Something that can be pointed at.
 * @typedef {{key: string, node: string, words: Words, box: import("./layout.js").Box}} Item
 */

// How wide a letter may be, on the safe side: what is measured would have to be drawn first.
const LETTER = 7.9;
const MONO = 6.7;
const BADGE = 6.4;
const CHIP = 7.3;
// The cables end at a bar's right.
const PLUGS = 34;
const NO_NETWORK = "no network";

export class Drawing {
  /** @type {Map<string, {element: SVGElement, look: SVGElement, content: string, x: number, y: number}>} */
  #drawn = new Map();
  #layers = ["area", "lane", "cable", "card", "row"].map((name) => shape("g", { class: `layer-${name}` }));
  /** @type {Map<string, Item>} */
  items = new Map();
  isFirst = true;

  /** @param {SVGElement} svg */
  constructor(svg) {
    svg.replaceChildren(...this.#layers);
    this.svg = svg;
  }

  /** @param {Layout} layout */
  show({ width, height, areas, lanes, cards, cables, rows }) {
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const seen = new Set();
    this.items = new Map();
    const put = (/** @type {number} */ layer, /** @type {Area | Lane | Card | Cable | Row} */ part, /** @type {unknown} */ content, /** @type {() => SVGElement[]} */ draw) => {
      seen.add(part.key);
      this.#put(layer, part, JSON.stringify(content), draw);
    };
    for (const area of areas) {
      const { node, width: wide, height: tall } = area;
      put(0, area, [node.name, node.state, node.reason, node.engine, node.more, wide, tall], () => drawArea(area));
    }
    for (const lane of lanes) {
      put(1, lane, [lane.network, lane.width, lane.height, lane.colour, lane.bar], () => drawLane(lane));
      if (lane.network) this.#item(lane, networkWords(lane.network, lane.node), lane.bar);
    }
    for (const cable of cables) {
      put(2, cable, [cable.points, cable.colour], () => drawCable(cable));
    }
    for (const card of cards) {
      put(3, card, [card.container, card.colour, card.width, placeWord(card.container, card.node)], () => drawCard(card));
      this.#item(card, containerWords(card.container, card.node), card.height);
    }
    for (const row of rows) {
      put(4, row, [row.service, row.width], () => drawRow(row));
      this.#item(row, serviceThing(row.service, row.node), row.height);
    }
    for (const [key, { element }] of this.#drawn) {
      if (seen.has(key)) continue;
      this.#drawn.delete(key);
      leave(element);
    }
    this.isFirst = false;
  }

  /** Where it can be pointed at and focused. @param {string} key */
  target(key) {
    return this.#drawn.get(key)?.element.querySelector("[role=button]");
  }

  /** @param {number} layer @param {Area | Lane | Card | Cable | Row} part @param {string} content @param {() => SVGElement[]} draw */
  #put(layer, part, content, draw) {
    const { x, y } = "points" in part ? { x: 0, y: 0 } : part;
    const known = this.#drawn.get(part.key);
    const look = known?.look ?? shape("g", { "aria-hidden": "true" });
    const element = known?.element ?? shape("g", { "data-key": part.key }, look);
    if (known?.content !== content) look.replaceChildren(...draw());
    if (!known || known.x !== x || known.y !== y) element.setAttribute("transform", `translate(${x} ${y})`);
    if (!known) {
      this.#layers[layer]?.append(element);
      if (!this.isFirst) arrive(element);
    } else if (known.x !== x || known.y !== y) {
      move(element, known.x - x, known.y - y);
    }
    this.#drawn.set(part.key, { element, look, content, x, y });
  }

  /** @param {Lane | Card | Row} part @param {Words} said @param {number} height */
  #item(part, said, height) {
    const { key, node, x, y, width } = part;
    this.items.set(key, { key, node: node.name, words: said, box: { x, y, width, height } });
    const group = this.#drawn.get(key)?.element;
    let target = this.target(key);
    if (!target) {
      // Without text of its own: what is drawn is cut short, and this is named in full.
      target = shape("rect", { class: "target", role: "button", tabindex: -1, rx: 7 });
      group?.append(target);
    }
    target.setAttribute("width", `${width}`);
    target.setAttribute("height", `${height}`);
    target.setAttribute("aria-label", said.spoken);
  }
}

/** @param {Area} area */
function drawArea({ node, width, height }) {
  const { containers, networks } = node.more;
  const more = [containers && `${containers} more containers`, networks && `${networks} more networks`].filter(Boolean);
  const said = node.reason || (node.state === "reading" ? "looking …" : "") || (more.length ? `and ${more.join(", ")}` : "");
  const drawn = [
    shape("rect", { class: "area-box", width, height, rx: 10 }),
    words(node.name, 12, 22, "area-name"),
    words(shorten(said || `Docker ${node.engine}`, (width - 80) / MONO), width - 12, 22, said ? "area-said" : "area-engine"),
  ];
  return drawn;
}

/** @param {Lane} lane */
function drawLane({ network, width, height, colour, bar }) {
  if (!network) {
    return [
      shape("rect", { class: "lane-box lane-none", width, height, rx: 7 }),
      words(NO_NETWORK, 12, 17, "lane-name"),
    ];
  }
  const { name, driver, subnets } = network;
  const marks = [driver === "bridge" ? "" : driver, ...badges(network)].filter((word) => word && word !== name);
  const subnet = subnets.join(" ");
  const tall = bar > 30;
  const room = width - 24 - PLUGS - (tall ? 0 : subnet.length * MONO + 10);
  const drawn = [
    shape("rect", { class: "lane-box", width, height, rx: 7 }),
    shape("rect", { class: `lane-bar net-${colour}`, width, height: bar, rx: 6 }),
    shape("rect", { class: `lane-edge net-${colour}`, width: 5, height: bar, rx: 2.5 }),
  ];
  const shown = shorten(name, room / LETTER);
  drawn.push(words(shown, 14, 17, "lane-name"));
  let x = 14 + shown.length * LETTER + 10;
  for (const mark of marks) {
    const wide = mark.length * BADGE + 12;
    if (x + wide > 14 + room) break;
    drawn.push(shape("rect", { class: "lane-badge", x, y: 5, width: wide, height: 16, rx: 8 }), words(mark, x + 6, 16.5, "badge-word"));
    x += wide + 6;
  }
  if (tall) drawn.push(words(shorten(subnet, (width - 20 - PLUGS) / MONO), 14, 33, "lane-subnet lane-subnet-below"));
  else drawn.push(words(shorten(subnet, (width - 40 - PLUGS) / MONO), width - PLUGS, 17, "lane-subnet"));
  return drawn;
}

/** @param {Card} card */
function drawCard({ container, node, colour, width, height }) {
  const { image, ports, state } = container;
  const out = published(ports);
  const resting = state === "running" ? "" : " card-resting";
  const drawn = [
    shape("rect", { class: `card-box net-${colour}${resting}`, width, height, rx: 7 }),
    words(shorten(shortName(container), (width - 14) / LETTER), 10, 18, "card-name"),
    words(shorten(placeWord(container, node), (width - 18) / MONO), 10, 33, "card-address"),
  ];
  const last = shorten(out.length ? out.join(" ") : image, (width - 24) / (out.length ? CHIP : BADGE));
  if (out.length) {
    drawn.push(
      shape("rect", { class: "port-chip", x: 7, y: 38, width: last.length * CHIP + 8, height: 15, rx: 7.5 }),
      words(last, 11, 49, "port-word"),
    );
  } else {
    drawn.push(words(last, 10, 48, "card-image"));
  }
  return drawn;
}

/** A service, and its tasks as far as there is room. @param {Row} row */
function drawRow({ service, width, height }) {
  const { name, image, mode } = service;
  const tasks = tasksOf(service);
  const running = tasks.filter(({ state }) => state === "running").length;
  const sum = `${running} of ${count(mode === "global" ? tasks.length : service.replicas, "task")}`;
  const shown = shorten(name, (width - 40 - sum.length * MONO) / LETTER);
  const rest = (width - 60 - shown.length * LETTER - sum.length * MONO) / MONO;
  const drawn = [
    shape("rect", { class: "row-box", width, height, rx: 10 }),
    words(shown, 12, 20, "row-name"),
    words(rest > 6 ? shorten(image, rest) : "", 22 + shown.length * LETTER, 20, "row-image"),
    words(sum, width - 12, 20, "row-sum"),
  ];
  let x = 12;
  for (const [at, task] of tasks.entries()) {
    const word = [task.slot ? `.${task.slot}` : "", task.node, task.state === "running" ? "" : task.state].filter(Boolean).join(" ");
    const wide = word.length * BADGE + 14;
    const isLast = at === tasks.length - 1;
    if (x + wide > width - (isLast ? 12 : 50)) {
      drawn.push(words(`+${tasks.length - at}`, x + 2, 42, "row-image"));
      break;
    }
    const kind = task.state === "running" ? "task-running" : "task-other";
    drawn.push(shape("rect", { class: `task ${kind}`, x, y: 29, width: wide, height: 17, rx: 8.5 }), words(word, x + 7, 41, "task-word"));
    x += wide + 6;
  }
  return drawn;
}

/** @param {Cable} cable */
function drawCable({ points, colour }) {
  const last = points.at(-1) ?? [0, 0];
  const kind = colour < 0 ? "cable cable-share" : `cable net-${colour}`;
  const dot = shape("circle", { class: `plug net-${colour}`, cx: last[0], cy: last[1], r: 3 });
  const line = shape("path", { class: kind, d: path(points) });
  return points.length > 2 && colour >= 0 ? [line, dot] : [line];
}
