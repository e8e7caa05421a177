// The picture's data as the server sends it, and which of it is worth drawing.
// @ts-check

/**
 * @typedef {object} Port
 * @property {string} host_ip
 * @property {number} host_port 0 where it is only exposed
 * @property {number} container_port
 * @property {string} protocol
 *
 * @typedef {object} Endpoint
 * @property {string} network
 * @property {string} network_id
 * @property {string} interface
 * @property {string} ipv4
 * @property {string} ipv6
 * @property {string} mac
 * @property {string} gateway
 * @property {string[]} aliases
 *
 * @typedef {object} Container
 * @property {string} id
 * @property {string} name
 * @property {string} image
 * @property {string} state
 * @property {string} shares
 * @property {string} service
 * @property {Endpoint[]} endpoints
 * @property {Port[]} ports
 *
 * @typedef {object} Network
 * @property {string} id
 * @property {string} name
 * @property {string} driver
 * @property {string} scope
 * @property {string[]} subnets
 * @property {string[]} gateways
 * @property {boolean} internal
 * @property {boolean} attachable
 * @property {boolean} ingress
 *
 * @typedef {object} NodePicture
 * @property {string} name
 * @property {"reading" | "ready" | "stopped"} state
 * @property {string} reason
 * @property {string} engine
 * @property {Network[]} networks
 * @property {Container[]} containers
 * @property {{networks: number, containers: number}} more
 *
 * @typedef {object} Task
 * @property {string} id
 * @property {number} slot
 * @property {string} node
 * @property {string} state
 * @property {string} desired
 * @property {string} container
 * @property {string} message
 *
 * @typedef {object} Service
 * @property {string} id
 * @property {string} name
 * @property {string} image
 * @property {string} mode
 * @property {number} replicas
 * @property {string[]} networks
 * @property {Port[]} ports
 * @property {Task[]} tasks
 *
 * @typedef {object} Topology
 * @property {number} version
 * @property {NodePicture[]} nodes
 * @property {Service[]} services
 */

const ALWAYS = "bridge";
// Made by the engine itself; worth a lane only while a container is on them.
const QUIET = new Set(["host", "none", "docker_gwbridge", "ingress"]);

/** The networks that get a lane. @param {NodePicture} node @returns {Network[]} */
export function shownNetworks(node) {
  const used = new Set(node.containers.flatMap(({ endpoints }) => endpoints.map((end) => laneOf(end, node))));
  return node.networks.filter(({ id, name }) => name === ALWAYS || used.has(id) || !QUIET.has(name));
}

/**
 * The network whose lane a container stands in: that of whom it shares with, or its first.
 * @param {Container} container
 * @param {NodePicture} node
 * @returns {string} its id, or "" where it has none
 */
export function homeOf(container, node) {
  const host = container.shares && node.containers.find(({ id }) => id === container.shares);
  const { endpoints } = host || container;
  const lanes = new Set(shownNetworks(node).map(({ id }) => id));
  const places = endpoints.map((end) => laneOf(end, node)).filter((id) => lanes.has(id));
  return places[0] ?? "";
}

/** A container that never ran knows its network by name only. @param {Endpoint} end @param {NodePicture} node */
export function laneOf(end, node) {
  return end.network_id || (node.networks.find(({ name }) => name === end.network)?.id ?? "");
}

/** Whether the student has made nothing yet. @param {Topology} topology */
export function isUntouched({ nodes }) {
  const own = (/** @type {Network} */ { name }) => name !== ALWAYS && !QUIET.has(name);
  return nodes.every((node) => !node.containers.length && !node.networks.some(own));
}
