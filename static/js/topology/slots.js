// Remembers where each thing of the picture is, so that it stays there while others come and go.
// @ts-check
//
// Who leaves gives its slot to the next that comes; nobody moves up. Only a page that is loaded
// anew begins without gaps.

/**
 * A row of slots: the id in each, or null where it is free.
 * @typedef {(string | null)[]} Slots
 */

/**
 * The same slots for who is still there, the first free ones for who is new.
 * @param {Slots} old
 * @param {string[]} ids
 * @returns {Slots}
 */
export function keep(old, ids) {
  const present = new Set(ids);
  /** @type {Slots} */
  const slots = old.map((id) => (id !== null && present.has(id) ? id : null));
  const placed = new Set(slots);
  for (const id of ids) {
    if (placed.has(id)) continue;
    placed.add(id);
    const free = slots.indexOf(null);
    if (free < 0) slots.push(id);
    else slots[free] = id;
  }
  while (slots.length && slots.at(-1) === null) slots.pop();
  return slots;
}

/**
 * Where each of them is.
 * @param {Slots} slots
 * @returns {Map<string, number>}
 */
export function indexes(slots) {
  const found = new Map();
  slots.forEach((id, at) => id !== null && found.set(id, at));
  return found;
}
