// The two ends of a way: who may send, who may be reached, and the question that is made of a choice.
// @ts-check

/**
 * @typedef {import("../topology/model.js").Topology} Topology
 *
 * @typedef {object} End
 * @property {"container" | "node" | "outside" | "name"} kind
 * @property {string} [node]
 * @property {string} [container] its id
 * @property {string} [name]
 *
 * @typedef {{value: string, label: string, group: string, port: number, end: End}} Choice
 */

const HTTP_PORT = 80;
export const NAME = "name";

/** Everything in the picture that can be an end, in the picture's order. @param {Topology} topology @returns {Choice[]} */
export function choices({ nodes }) {
  return nodes
    .filter(({ state }) => state === "ready")
    .flatMap(({ name: node, containers }) => [
      ...containers.map(({ id, name, ports, state }) => ({
        value: containerValue(node, id),
        label: state === "running" ? name : `${name} (${state})`,
        group: `Containers on ${node}`,
        port: ports.find(({ protocol }) => protocol === "tcp")?.container_port || HTTP_PORT,
        end: /** @type {End} */ ({ kind: "container", node, container: id }),
      })),
      {
        value: `node ${node}`,
        label: `${node} itself`,
        group: "Machines",
        port: containers.flatMap(({ ports }) => ports).find(({ host_port }) => host_port)?.host_port || HTTP_PORT,
        end: /** @type {End} */ ({ kind: "node", node }),
      },
      {
        value: `outside ${node}`,
        label: `outside of ${node}`,
        group: "Machines",
        port: HTTP_PORT,
        end: /** @type {End} */ ({ kind: "outside", node }),
      },
    ]);
}

/** @param {string} node @param {string} id */
export function containerValue(node, id) {
  return `container ${node} ${id}`;
}

/**
 * Two of them to begin with: running containers, where there are any.
 * @param {Choice[]} all
 * @returns {[string, string]}
 */
export function firstPair(all) {
  const containers = all.filter(({ end, label }) => end.kind === "container" && !label.endsWith(")"));
  const [one, other] = [...containers, ...all.filter((choice) => !containers.includes(choice))];
  return [one?.value ?? "", other?.value ?? ""];
}

/**
 * What the server is asked.
 * @param {Choice[]} all
 * @param {{source: string, target: string, name: string, probe: string, port: number}} chosen
 * @returns {{source: End, target: End, probe: string, port: number} | string} or what is missing, in a sentence
 */
export function question(all, { source, target, name, probe, port }) {
  const from = all.find(({ value }) => value === source)?.end;
  const to = target === NAME ? { kind: /** @type {const} */ ("name"), name } : all.find(({ value }) => value === target)?.end;
  if (!from || !to) return "Choose who sends and who shall get it.";
  if (target === NAME && !name) return "Type the name that shall be looked up.";
  if (source === target) return "Choose two different ends.";
  if (probe === "http" && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) return "A port is a number from 1 to 65535.";
  return { source: from, target: to, probe, port: probe === "http" ? port : HTTP_PORT };
}
