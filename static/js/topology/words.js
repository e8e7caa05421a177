// What the picture says of a network or a container: its label, its facts, the command that shows it.
// @ts-check

import { laneOf } from "./model.js";

/**
 * @typedef {import("./model.js").Network} Network
 * @typedef {import("./model.js").Container} Container
 * @typedef {import("./model.js").NodePicture} NodePicture
 * @typedef {import("./model.js").Port} Port
 * @typedef {import("./model.js").Service} Service
 *
 * @typedef {object} Words
 * @property {string} title
 * @property {string} spoken everything of importance in one sentence
 * @property {[string, string][]} facts
 * @property {string} command shows the same in a terminal
 * @property {[string, string][]} inserts what may be typed for the student: a label and the text
 */

const SHORT_ID = 12;
// Docker's own names and addresses; anything else is not typed into anybody's shell.
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9_.:\/-]*$/;

/** @param {Network} network @param {NodePicture} node @returns {Words} */
export function networkWords(network, node) {
  const { name, driver, subnets, gateways } = network;
  const on = node.containers.filter(({ endpoints }) => endpoints.some((end) => laneOf(end, node) === network.id));
  const traits = badges(network);
  return {
    title: `Network ${name}`,
    spoken: sentence([`Network ${name} on ${node.name}`, driver, subnets.join(", "), ...traits, count(on.length, "container")]),
    facts: present([
      ["Driver", [driver, ...traits].join(", ")],
      ["Subnet", [subnets.join(", "), gateways.length ? `gateway ${gateways.join(", ")}` : ""].filter(Boolean).join(" · ")],
      ["Has", on.map((container) => container.name).join(", ") || "no containers"],
    ]),
    command: `docker network inspect ${called(network)}`,
    inserts: plain([["name", name], ["ID", network.id.slice(0, SHORT_ID)], ["subnet", subnets[0] ?? ""]]),
  };
}

/** @param {Container} container @param {NodePicture} node @returns {Words} */
export function containerWords(container, node) {
  const { name, image, state, endpoints, ports } = container;
  const host = node.containers.find(({ id }) => id === container.shares);
  const places = endpoints.map((end) => [end.network, end.ipv4 || end.ipv6].filter(Boolean).join(" "));
  return {
    title: name,
    spoken: sentence([
      `Container ${name} on ${node.name}`,
      state,
      image,
      ...places.map((place) => `on ${place}`),
      host ? `shares the network of ${host.name}` : "",
      ...published(ports).map((port) => `published ${port}`),
    ]),
    facts: present([
      ["State", [state, image, container.service && `of the service ${container.service}`].filter(Boolean).join(" · ")],
      ["Shares", host ? `the network of ${host.name}` : ""],
      ...endpoints.map(endpointFact),
      ["Ports", ports.map(portWord).join(", ")],
    ]),
    command: `docker inspect ${called(container)}`,
    inserts: plain([
      ["name", name],
      ["ID", container.id.slice(0, SHORT_ID)],
      ...endpoints.map((end) => /** @type {[string, string]} */ ([`address on ${end.network}`, end.ipv4])),
    ]),
  };
}

/** @param {import("./model.js").Endpoint} end @returns {[string, string]} */
function endpointFact(end) {
  const also = end.aliases.length ? `also ${end.aliases.join(", ")}` : "";
  return [end.network, [end.interface, end.ipv4, end.ipv6, end.mac, also].filter(Boolean).join(" · ") || "no address while stopped"];
}

/** Where a container is, in a word: its address at home, or why it has none. @param {Container} container @param {NodePicture} node */
export function placeWord({ state, shares, endpoints }, node) {
  if (state !== "running") return state;
  const address = endpoints.map((end) => end.ipv4 || end.ipv6).find(Boolean);
  if (address) return address;
  const host = shares && node.containers.find(({ id }) => id === shares);
  if (host) return `with ${host.name}`;
  const [first] = endpoints;
  return first?.network === "host" ? "the node's own" : "no address";
}

/** What sets a network apart. @param {Network} network @returns {string[]} */
export function badges({ internal, attachable, ingress, scope }) {
  return [internal && "internal", ingress && "ingress", attachable && scope === "swarm" && "attachable"].filter((word) => word !== false);
}

/** The outside of published ports, each once. @param {Port[]} ports @returns {string[]} */
export function published(ports) {
  const words = ports.filter(({ host_port }) => host_port).map(({ host_port, container_port, protocol }) => {
    const end = protocol === "tcp" ? "" : `/${protocol}`;
    return `${host_port}→${container_port}${end}`;
  });
  return [...new Set(words)];
}

/** @param {Port} port */
function portWord({ host_ip, host_port, container_port, protocol }) {
  const inside = `${container_port}/${protocol}`;
  return host_port ? `${host_ip.includes(":") ? `[${host_ip}]` : host_ip}:${host_port}→${inside}` : `${inside} not published`;
}

/** @param {Service} service */
export function serviceWords({ name, image, mode, replicas, networks, tasks }) {
  const running = tasks.filter(({ state }) => state === "running").length;
  const wanted = mode === "global" ? tasks.length : replicas;
  return sentence([`Service ${name}`, image, `${running} of ${wanted} tasks running`, networks.length ? `on ${networks.join(", ")}` : ""]);
}

/** Those that are meant to run: a Swarm remembers earlier ones too. @param {Service} service */
export function tasksOf({ tasks }) {
  return tasks.filter(({ state, desired }) => desired === "running" || state === "running");
}

/** @param {Service} service @param {NodePicture} node where a command about it may be typed @returns {Words} */
export function serviceThing(service, node) {
  const { id, name, image, mode, replicas, networks, ports } = service;
  const tasks = tasksOf(service).map((task) => `${[task.slot || "", task.node].filter(Boolean).join(" on ")} ${[task.state, task.message].filter(Boolean).join(": ")}`);
  return {
    title: `Service ${name}`,
    spoken: `${serviceWords(service).slice(0, -1)}, at ${node.name}.`,
    facts: present([
      ["Image", image],
      ["Mode", mode === "global" ? "one task on each node" : count(replicas, "replica")],
      ["Networks", networks.join(", ")],
      ["Ports", ports.map(portWord).join(", ")],
      ["Tasks", tasks.join(" · ")],
    ]),
    command: `docker service ps ${called(service)}`,
    inserts: plain([["name", name], ["ID", id.slice(0, SHORT_ID)]]),
  };
}

/** What a command may name it by. @param {{name: string, id: string}} thing */
function called({ name, id }) {
  return PLAIN.test(name) ? name : id.slice(0, SHORT_ID);
}

/** A task's container without the task's id, which is as good as random. @param {Container} container */
export function shortName({ name, service }) {
  return service && name.startsWith(`${service}.`) ? name.split(".").slice(0, 2).join(".") : name;
}

/** As much of a text as fits into so many letters. @param {string} text @param {number} most */
export function shorten(text, most) {
  return text.length > most ? `${text.slice(0, Math.max(most - 1, 1))}…` : text;
}

/** @param {number} number @param {string} what */
export function count(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** @param {[string, string][]} rows */
function present(rows) {
  return rows.filter(([, text]) => text);
}

/** @param {[string, string][]} rows */
function plain(rows) {
  return rows.filter(([, text]) => PLAIN.test(text));
}

/** @param {string[]} parts */
function sentence(parts) {
  return `${parts.filter(Boolean).join(", ")}.`;
}
