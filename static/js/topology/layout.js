// Says where everything of the picture goes: from the model and the places before, nothing else.
// @ts-check
//
// Nodes are areas side by side. In each, networks are lanes one below the other: a bar, and under it
// the cards of the containers that are at home there. A card's further networks are reached by a
// cable: out below the card, along its row, and up or down the gutter at the area's right. Services of a
// Swarm are rows below all nodes, so that nothing moves when the first one comes.

import { homeOf, laneOf, shownNetworks } from "./model.js";
import { indexes, keep } from "./slots.js";

/**
 * @typedef {import("./model.js").Topology} Topology
 * @typedef {import("./model.js").NodePicture} NodePicture
 * @typedef {import("./model.js").Container} Container
 * @typedef {import("./model.js").Network} Network
 * @typedef {import("./model.js").Service} Service
 * @typedef {import("./slots.js").Slots} Slots
 *
 * What is remembered from one layout to the next.
 * @typedef {object} Memory
 * @property {Slots} colours of networks
 * @property {Slots} shared lanes of networks that several nodes have
 * @property {Slots} services
 * @property {Record<string, {lanes: Slots, cards: Record<string, Slots>}>} nodes
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {Box & {key: string, node: NodePicture}} Area
 * @typedef {Box & {key: string, node: NodePicture, network: Network | null, colour: number, bar: number, spans: boolean}} Lane
 * @typedef {Box & {key: string, node: NodePicture, container: Container, colour: number}} Card
 * @typedef {Box & {key: string, node: NodePicture, service: Service}} Row
 * @typedef {{key: string, colour: number, points: [number, number][]}} Cable
 *
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {Area[]} areas
 * @property {Lane[]} lanes
 * @property {Card[]} cards
 * @property {Cable[]} cables
 * @property {Row[]} rows
 * @property {Memory} memory
 */

export const CARD = { least: 120, most: 164, height: 56 };
export const COLOURS = 8;
const GAP = 14;
const EDGE = 12;
const HEAD = 34;
const BAR = 26;
const TALL_BAR = 40;
const STEM = 12;
const TRACK = 5;
const TRACKS = 6;
const ROW = 52;
const MAX_COLUMNS = 6;
const NO_NETWORK = "";

/** @returns {Memory} */
export function nothingPlaced() {
  return { colours: [], shared: [], services: [], nodes: {} };
}

/**
 * @param {Topology} topology
 * @param {Memory} before
 * @param {number} room the width there is
 * @returns {Layout}
 */
export function layOut(topology, before, room) {
  const memory = remember(topology, before);
  const grid = gridFor(topology.nodes.length, room);
  const plans = topology.nodes.map((node) => plan(node, memory, grid));
  const sharedHeights = memory.shared.map((id) => Math.max(0, ...plans.map(({ shared }) => (id && shared.get(id)) || 0)));
  /** @type {Layout} */
  const layout = { width: 0, height: 0, areas: [], lanes: [], cards: [], cables: [], rows: [], memory };
  let x = 0;
  for (const each of plans) {
    const area = place(each, x, sharedHeights, memory, layout);
    layout.areas.push(area);
    x += area.width + GAP;
    layout.height = Math.max(layout.height, area.height);
  }
  for (const area of layout.areas) area.height = layout.height;
  layout.width = Math.max(x - GAP, 0);
  layout.cables.push(...spans(layout.lanes));
  const [first] = topology.nodes;
  memory.services.forEach((id, at) => {
    const service = topology.services.find((one) => one.id === id);
    const y = layout.height + GAP + at * (ROW + GAP / 2);
    if (service && first) layout.rows.push({ key: `service ${id}`, node: first, service, x: 0, y, width: layout.width, height: ROW });
  });
  const last = layout.rows.at(-1);
  if (last) layout.height = last.y + ROW;
  return layout;
}

/** Cards side by side in a lane, and how wide they are. @param {number} nodes @param {number} room */
export function gridFor(nodes, room) {
  const each = (room - (nodes - 1) * GAP) / Math.max(nodes, 1) - 2 * EDGE - TRACKS * TRACK;
  const columns = Math.min(Math.max(Math.floor((each + GAP) / (CARD.least + GAP)), 1), MAX_COLUMNS);
  const width = Math.floor((each + GAP) / columns - GAP);
  return { columns, width: Math.min(Math.max(width, CARD.least), CARD.most) };
}

/** @param {Topology} topology @param {Memory} before @returns {Memory} */
function remember({ nodes, services }, before) {
  const lanes = nodes.map((node) => shownNetworks(node).map(({ id }) => id));
  const all = [...new Set(lanes.flat())];
  const shared = all.filter((id) => lanes.filter((ids) => ids.includes(id)).length > 1);
  /** @type {Memory} */
  const memory = { colours: keep(before.colours, all), shared: keep(before.shared, shared), services: keep(before.services, services.map(({ id }) => id)), nodes: {} };
  nodes.forEach((node, at) => {
    const old = before.nodes[node.name] ?? { lanes: [], cards: {} };
    const own = (lanes[at] ?? []).filter((id) => !shared.includes(id));
    /** @type {Record<string, string[]>} */
    const homes = {};
    for (const container of inOrder(node)) (homes[homeOf(container, node)] ??= []).push(container.id);
    if (homes[NO_NETWORK]) own.push(NO_NETWORK);
    const cards = Object.fromEntries(Object.entries(homes).map(([id, ids]) => [id, keep(old.cards[id] ?? [], ids)]));
    memory.nodes[node.name] = { lanes: keep(old.lanes, own), cards };
  });
  return memory;
}

/** Who shares another's network comes after it. @param {NodePicture} node @returns {Container[]} */
function inOrder({ containers }) {
  const guests = (/** @type {string} */ id) => containers.filter(({ shares }) => shares === id);
  const known = new Set(containers.map(({ id }) => id));
  return containers.filter(({ shares }) => !known.has(shares)).flatMap((host) => [host, ...guests(host.id)]);
}

/**
 * @param {NodePicture} node
 * @param {Memory} memory
 * @param {{columns: number, width: number}} grid
 */
function plan(node, memory, { columns, width }) {
  const placed = memory.nodes[node.name] ?? { lanes: [], cards: {} };
  const bar = columns === 1 ? TALL_BAR : BAR;
  const height = (/** @type {string | null} */ id) => {
    const rows = Math.ceil((placed.cards[id ?? ""]?.length ?? 0) / columns);
    return bar + (id !== null && rows ? rows * (CARD.height + STEM + GAP / 2) : 0);
  };
  const present = new Set(shownNetworks(node).map(({ id }) => id));
  /** @type {Map<string, number>} */
  const shared = new Map();
  for (const id of memory.shared) if (id && present.has(id)) shared.set(id, height(id));
  return { node, columns, card: width, bar, placed, height, shared };
}

/**
 * @param {ReturnType<typeof plan>} plan
 * @param {number} x
 * @param {number[]} sharedHeights
 * @param {Memory} memory
 * @param {Layout} layout takes the lanes, cards and cables
 * @returns {Area}
 */
function place({ node, columns, card: cardWidth, bar, placed, height, shared }, x, sharedHeights, memory, layout) {
  const inner = columns * (cardWidth + GAP) - GAP;
  const width = inner + 2 * EDGE + TRACKS * TRACK;
  const networks = new Map(node.networks.map((network) => [network.id, network]));
  const containers = new Map(node.containers.map((container) => [container.id, container]));
  const colours = indexes(memory.colours);
  const colourOf = (/** @type {string} */ id) => (colours.get(id) ?? 0) % COLOURS;
  /** @type {Map<string, Lane>} */
  const lanes = new Map();
  let y = HEAD;
  const add = (/** @type {string | null} */ id, /** @type {number} */ tall) => {
    if (id !== null) {
      const network = networks.get(id) ?? null;
      const lane = {
        ...{ key: `lane ${node.name} ${id}`, node, network, colour: colourOf(id), bar, spans: shared.has(id) },
        ...{ x: x + EDGE, y, width: width - 2 * EDGE, height: tall },
      };
      lanes.set(id, lane);
      layout.lanes.push(lane);
    }
    y += tall + GAP;
  };
  memory.shared.forEach((id, at) => add(id && shared.has(id) ? id : null, sharedHeights[at] ?? bar));
  for (const id of placed.lanes) add(id, height(id));
  for (const [id, slots] of Object.entries(placed.cards)) {
    const lane = lanes.get(id);
    slots.forEach((slot, at) => {
      const container = containers.get(slot ?? "");
      if (!lane || !container) return;
      const row = Math.floor(at / columns);
      layout.cards.push({
        ...{ key: `card ${node.name} ${container.id}`, node, container, colour: colourOf(id) },
        x: lane.x + (at % columns) * (cardWidth + GAP),
        y: lane.y + bar + STEM + row * (CARD.height + STEM + GAP / 2),
        ...{ width: cardWidth, height: CARD.height },
      });
    });
  }
  const cards = layout.cards.filter((card) => card.node === node);
  layout.cables.push(...cables(cards, lanes, x + width - EDGE));
  return { key: `area ${node.name}`, node, x, y: 0, width, height: y - GAP + EDGE };
}

/**
 * @param {Card[]} cards of one node
 * @param {Map<string, Lane>} lanes
 * @param {number} right the gutter's right edge
 * @returns {Cable[]}
 */
function cables(cards, lanes, right) {
  /** @type {Cable[]} */
  const found = [];
  let track = 0;
  for (const card of cards) {
    const { container, node, x, y } = card;
    const home = homeOf(container, node);
    const below = y + CARD.height;
    const host = cards.find((other) => other.container.id === container.shares);
    if (host) {
      found.push({ key: `share ${card.key}`, colour: -1, points: sharing(host, card) });
      continue;
    }
    const lane = lanes.get(home);
    if (lane?.network && y < lane.y + lane.bar + CARD.height) {
      found.push({ key: `stem ${card.key}`, colour: card.colour, points: [[x + 24, lane.y + lane.bar], [x + 24, y]] });
    } else if (lane?.network) {
      // A further row: its cards hang on a line that comes down at the left of all.
      found.push({ key: `stem ${card.key}`, colour: card.colour, points: hung(lane, x, y) });
    }
    const others = container.endpoints.map((end) => laneOf(end, node)).filter((id) => id !== home);
    others.forEach((id, at) => {
      const other = lanes.get(id);
      if (!other?.network) return;
      const gutter = right - TRACK * (1 + (track++ % (TRACKS - 1)));
      const out = below + 3 + ((at * 3 + track * 2) % (STEM - 4));
      const from = x + card.width - 18 - at * 9;
      const into = other.y + other.bar / 2;
      found.push({
        ...{ key: `cable ${card.key} ${id}`, colour: other.colour },
        points: [[from, below], [from, out], [gutter, out], [gutter, into]],
      });
    });
  }
  return found;
}

/** From above to above in one row, else from below to above. @param {Card} host @param {Card} guest @returns {[number, number][]} */
function sharing(host, guest) {
  const [from, to] = [host.x + host.width - 20, guest.x + 20];
  const above = guest.y - STEM / 2;
  const start = host.y === guest.y ? host.y : host.y + host.height;
  return [[from, start], [from, above], [to, above], [to, guest.y]];
}

/** @param {Lane} lane @param {number} x @param {number} y @returns {[number, number][]} */
function hung(lane, x, y) {
  const left = lane.x - EDGE / 2;
  return [[left, lane.y + lane.bar / 2], [left, y - STEM / 2], [x + 24, y - STEM / 2], [x + 24, y]];
}

/** One network on several nodes: its bars are joined. @param {Lane[]} lanes @returns {Cable[]} */
function spans(lanes) {
  const shared = lanes.filter((lane) => lane.spans);
  return shared.flatMap((lane, at) => {
    const next = shared.slice(at + 1).find((other) => other.network?.id === lane.network?.id);
    if (!next) return [];
    const y = lane.y + lane.bar / 2;
    /** @type {[number, number][]} */
    const points = [[lane.x + lane.width, y], [next.x, next.y + next.bar / 2]];
    return [{ key: `span ${lane.key}`, colour: lane.colour, points }];
  });
}
