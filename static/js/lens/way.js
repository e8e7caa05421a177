// Where a way goes through the picture: from the hops and the layout to the points of one line.
// @ts-check

/**
 * @typedef {import("../topology/layout.js").Layout} Layout
 * @typedef {import("../topology/layout.js").Lane} Lane
 * @typedef {import("../topology/layout.js").Card} Card
 * @typedef {import("../topology/layout.js").Area} Area
 * @typedef {[number, number]} Point
 *
 * @typedef {{node: string, container: string, network: string}} At
 * @typedef {object} Hop
 * @property {string} what
 * @property {string} title
 * @property {string} text
 * @property {At} at
 * @property {boolean} ok
 * @property {string[]} evidence
 * @property {string} command
 *
 * @typedef {{arrived: boolean, verdict: string, hint: string, hops: Hop[], commands: string[]}} Passage
 * @typedef {{card: Card} | {lane: Lane} | {area: Area}} Anchor
 */

const INTO = 24;
const GUTTER = 6;
const NAME_LINE = 22;

/**
 * @param {Layout} layout
 * @param {Hop[]} hops
 * @returns {Point[]} none where nothing of it is drawn
 */
export function wayPoints(layout, hops) {
  const anchors = anchorsOf(layout, hops);
  /** @type {Point[]} */
  const points = [];
  anchors.forEach((anchor, at) => {
    const before = anchors[at - 1];
    if (!before) points.push(start(anchor));
    else points.push(...between(layout, before, anchor));
  });
  return points.filter((point, at) => !at || point.some((value, axis) => value !== points[at - 1]?.[axis]));
}

/** What each hop is drawn at, once for hops in a row. @param {Layout} layout @param {Hop[]} hops @returns {Anchor[]} */
function anchorsOf(layout, hops) {
  /** @type {Anchor[]} */
  const found = [];
  let last = "";
  // The answer comes back the same way, which is not drawn twice.
  for (const { at, what } of hops) {
    const anchor = what === "answer" ? null : anchorOf(layout, at);
    const key = anchor ? keyOf(anchor) : "";
    // A node alone is its whole area: of use only where the way begins or ends.
    if (!anchor || key === last) continue;
    if (last && "area" in anchor && found.length) continue;
    found.push(anchor);
    last = key;
  }
  return found;
}

/** @param {Layout} layout @param {At} at @returns {Anchor | null} */
function anchorOf({ cards, lanes, areas }, { node, container, network }) {
  const card = container && cards.find((each) => each.node.name === node && each.container.id === container);
  if (card) return { card };
  const lane = network && lanes.find((each) => each.node.name === node && each.network?.id === network);
  if (lane) return { lane };
  const area = areas.find((each) => each.node.name === node);
  return area ? { area } : null;
}

/** @param {Anchor} anchor */
function keyOf(anchor) {
  return "card" in anchor ? anchor.card.key : "lane" in anchor ? anchor.lane.key : anchor.area.key;
}

/** @param {Anchor} anchor @returns {Point} */
function start(anchor) {
  if ("card" in anchor) return [anchor.card.x + INTO, anchor.card.y];
  if ("lane" in anchor) return [anchor.lane.x + INTO, level(anchor.lane)];
  return [anchor.area.x + GUTTER, anchor.area.y + NAME_LINE];
}

/** @param {Layout} layout @param {Anchor} from @param {Anchor} to @returns {Point[]} */
function between(layout, from, to) {
  if ("card" in from && "lane" in to) return plugged(layout, from.card, to.lane);
  if ("lane" in from && "card" in to) return plugged(layout, to.card, from.lane).reverse();
  if ("lane" in from && "lane" in to) return betweenLanes(from.lane, to.lane);
  if ("area" in from && "lane" in to) {
    const x = to.lane.x - GUTTER;
    return [[x, from.area.y + NAME_LINE], [x, level(to.lane)], [to.lane.x, level(to.lane)]];
  }
  return [start(to)];
}

/** From a card to a network's bar, along the cable that is drawn. @param {Layout} layout @param {Card} card @param {Lane} lane @returns {Point[]} */
function plugged({ cables }, card, lane) {
  const further = cables.find(({ key }) => key === `cable ${card.key} ${lane.network?.id}`);
  if (further) {
    const [gutter = lane.x] = further.points.at(-1) ?? [];
    return [...further.points.slice(0, -1), [gutter, level(lane)]];
  }
  const stem = cables.find(({ key }) => key === `stem ${card.key}`);
  const [top] = stem?.points ?? [];
  if (!stem || !top) return [[card.x + INTO, card.y], [card.x + INTO, level(lane)]];
  return [...[...stem.points].reverse(), [top[0], level(lane)]];
}

/** In one node down the gutter at the left; else straight over. @param {Lane} from @param {Lane} to @returns {Point[]} */
function betweenLanes(from, to) {
  if (from.node.name !== to.node.name) return [[to.x, level(to)]];
  const x = Math.min(from.x, to.x) - GUTTER;
  return [[x, level(from)], [x, level(to)], [to.x, level(to)]];
}

/** Along the lower edge of its bar, so that its name stays to be read. @param {Lane} lane */
function level({ y, bar }) {
  return y + bar - 4;
}
