// The published ports that lead to a page of the student's, as links into the preview.
// @ts-check

import { element } from "./table.js";

/**
 * @typedef {import("./model.js").Topology} Topology
 * @typedef {import("./model.js").Port} Port
 * @typedef {{node: string, port: number, to: string}} Door
 */

const MOST = 16;
// The preview comes from within the node; a port of another address does not listen there.
const REACHABLE = new Set(["", "0.0.0.0", "::", "127.0.0.1"]);

/** Each once, in the order of nodes and numbers. @param {Topology} topology @returns {Door[]} */
export function doors({ nodes, services }) {
  /** @type {Map<string, Door>} */
  const found = new Map();
  const add = (/** @type {string} */ node, /** @type {Port[]} */ ports, /** @type {string} */ to) => {
    for (const { host_ip, host_port: port, protocol } of ports) {
      if (port && protocol === "tcp" && REACHABLE.has(host_ip)) found.set(`${node}:${port}`, { node, port, to });
    }
  };
  for (const { name, containers } of nodes) {
    for (const container of containers) {
      if (container.state === "running") add(name, container.ports, container.name);
    }
  }
  for (const service of services) add(nodes[0]?.name ?? "", service.ports ?? [], service.name);
  return [...found.values()].sort((a, b) => a.node.localeCompare(b.node) || a.port - b.port).slice(0, MOST);
}

/** @param {Door} door */
export function link({ node, port, to }) {
  const attributes = { href: `/preview/${node}/${port}/`, target: "_blank", rel: "noopener", title: `Open what ${to} serves there` };
  return element("li", {}, element("a", attributes, `${node}:${port}`));
}
