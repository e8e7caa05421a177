// Which item the arrow keys lead to: the nearest one in that direction.
// @ts-check

/**
 * @typedef {import("./layout.js").Box} Box
 * @typedef {{key: string, box: Box}} Place
 */

/** @type {Record<string, [number, number]>} */
const DIRECTIONS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const SIDEWAYS = 2.5;

/**
 * The key of the item to go to, or null where there is none that way.
 * @param {Iterable<Place>} items
 * @param {string} current
 * @param {string} key of the keyboard
 * @returns {string | null}
 */
export function next(items, current, key) {
  const all = [...items].sort(inReadingOrder);
  if (key === "Home") return all[0]?.key ?? null;
  if (key === "End") return all.at(-1)?.key ?? null;
  const direction = DIRECTIONS[key];
  const from = all.find((item) => item.key === current);
  if (!direction || !from) return null;
  let best = null;
  let least = Number.POSITIVE_INFINITY;
  for (const item of all) {
    const cost = distance(from.box, item.box, direction);
    if (item.key !== current && cost < least) [best, least] = [item.key, cost];
  }
  return best;
}

/** @param {Place} one @param {Place} other */
export function inReadingOrder({ box: one }, { box: other }) {
  return one.y - other.y || one.x - other.x;
}

/** Infinite for what is not that way. @param {Box} from @param {Box} to @param {[number, number]} direction */
function distance(from, to, [right, down]) {
  const along = right ? right * (edge(to, -right) - edge(from, -right)) : down * (to.y - from.y);
  if (along <= 0) return Number.POSITIVE_INFINITY;
  const aside = right
    ? gap(from.y, from.y + from.height, to.y, to.y + to.height)
    : gap(from.x, from.x + from.width, to.x, to.x + to.width);
  return along + SIDEWAYS * aside;
}

/** @param {Box} box @param {number} side */
function edge(box, side) {
  return side < 0 ? box.x : box.x + box.width;
}

/** What lies between two ranges. @param {number} from @param {number} to @param {number} other @param {number} end */
function gap(from, to, other, end) {
  return Math.max(other - to, from - end, 0);
}
