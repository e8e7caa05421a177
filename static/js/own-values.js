// A student's own values: looks up what a lesson names, in the sandbox and the picture as they are.
// @ts-check
//
// Names and everything else in a picture were chosen by the student. What comes out of here is an
// address, an id, a subnet or a port, or nothing; app/filling.py looks the same up for the proof.

/**
 * @typedef {import("./topology/model.js").NodePicture} NodePicture
 * @typedef {Pick<import("./sandbox-link.js").Status, "sandbox" | "topology">} Known
 */

const PATTERNS = {
  address: /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/,
  subnet: /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}\/[0-9]{1,2}$/,
  id: /^[0-9a-f]{12}$/,
  port: /^[1-9][0-9]{0,4}$/,
};
/** @type {Map<string | undefined, RegExp>} */
const WANTED = new Map([
  ["ip", PATTERNS.address],
  ["gateway", PATTERNS.address],
  ["subnet", PATTERNS.subnet],
  ["id", PATTERNS.id],
  ["port", PATTERNS.port],
]);
const SHORT_ID = 12;

/**
 * @param {string} of as the page carries it: node1.ip, node1.container.web.ip.dev, node1.network.dev.subnet
 * @param {Known} known
 * @returns {string} nothing where it is not known, or not what it should be
 */
export function lookUp(of, { sandbox, topology }) {
  const [node = "", thing = "", name = "", what, detail = ""] = of.split(".");
  const ready = sandbox.state === "ready" && sandbox.nodes?.find((it) => it.name === node && it.state === "ready");
  if (!ready) return "";
  if (thing === "ip") return first([ready.ip], PATTERNS.address);
  const picture = topology?.nodes.find((it) => it.name === node && it.state === "ready");
  const pattern = WANTED.get(what);
  if (!picture || !pattern) return "";
  if (thing === "network") return first(inNetwork(picture, name, what), pattern);
  return thing === "container" ? first(inContainer(picture, name, what, detail), pattern) : "";
}

/** @param {NodePicture} picture @param {string} name @param {string | undefined} what */
function inNetwork({ networks }, name, what) {
  const network = networks.find((it) => it.name === name);
  if (!network) return [];
  if (what === "id") return [network.id.slice(0, SHORT_ID)];
  return what === "subnet" ? network.subnets : network.gateways;
}

/** @param {NodePicture} picture @param {string} name @param {string | undefined} what @param {string} detail */
function inContainer({ containers }, name, what, detail) {
  const container = containers.find((it) => it.name === name);
  if (!container) return [];
  if (what === "id") return [container.id.slice(0, SHORT_ID)];
  if (what === "ip") return container.endpoints.filter(({ network }) => !detail || network === detail).map(({ ipv4 }) => ipv4);
  const led = container.ports.filter((port) => port.host_port && `${port.container_port}/${port.protocol}` === detail);
  return led.map((port) => port.host_port).sort((a, b) => a - b).map(String);
}

/** @param {unknown[]} values @param {RegExp} pattern */
function first(values, pattern) {
  const found = values.find((value) => typeof value === "string" && pattern.test(value));
  return typeof found === "string" ? found : "";
}

/** What is to be said of a command that can't be run yet. @param {string[]} words what its values will be */
export function unknownYet(words) {
  const each = [...new Set(words)];
  return `${each.join(" and ")} ${each.length === 1 ? "is" : "are"} not known yet.`;
}
