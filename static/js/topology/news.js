// Says in a sentence what has come and gone since the picture before, for who can't see it.
// @ts-check

const MOST = 3;

/** @param {import("./model.js").Topology} topology @returns {Map<string, string>} */
export function things({ nodes, services }) {
  const found = new Map();
  for (const { name: node, networks, containers, state } of nodes) {
    if (state === "stopped") found.set(`stopped ${node}`, `the stop of ${node}'s engine`);
    for (const { id, name } of networks) found.set(`${node} ${id}`, `network ${name}`);
    for (const { id, name } of containers) found.set(`${node} ${id}`, `container ${name}`);
  }
  for (const { id, name } of services) found.set(id, `service ${name}`);
  return found;
}

/** @param {Map<string, string>} before @param {Map<string, string>} after */
export function changes(before, after) {
  const come = [...after].filter(([key]) => !before.has(key)).map(([, word]) => word);
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, word]) => word);
  return [said("New", come), said("Gone", gone)].filter(Boolean).join(" ");
}

/** @param {string} what @param {string[]} list */
function said(what, list) {
  if (!list.length) return "";
  const shown = list.slice(0, MOST).join(", ");
  return `${what}: ${shown}${list.length > MOST ? ` and ${list.length - MOST} more` : ""}.`;
}
