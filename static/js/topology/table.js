// The picture in words: for each node a table of its networks and who is on them.
// @ts-check

import { homeOf, laneOf, shownNetworks } from "./model.js";
import { badges, containerWords, count, published, serviceWords } from "./words.js";

/** @param {import("./model.js").Topology} topology @returns {HTMLElement[]} */
export function asTables({ nodes, services }) {
  const found = nodes.map(nodeTable);
  if (services.length) {
    const list = element("ul", {}, ...services.map((service) => element("li", {}, serviceWords(service))));
    found.push(element("section", {}, element("h3", {}, "Services"), list));
  }
  return found;
}

/** @param {import("./model.js").NodePicture} node */
function nodeTable(node) {
  const head = element("tr", {}, ...["Network", "Driver", "Subnet", "Containers"].map((word) => element("th", { scope: "col" }, word)));
  const rows = shownNetworks(node).map((network) => {
    const on = node.containers.flatMap((container) =>
      container.endpoints.filter((end) => laneOf(end, node) === network.id).map((end) => onNetwork(container, end)),
    );
    const cells = [[network.driver, ...badges(network)].join(", "), network.subnets.join(", ") || "none", on.join("; ") || "none"];
    return element("tr", {}, element("th", { scope: "row" }, network.name), ...cells.map((cell) => element("td", {}, cell)));
  });
  const alone = node.containers.filter((container) => container.shares || !homeOf(container, node)).map((container) => containerWords(container, node).spoken);
  const { containers, networks } = node.more;
  const said = [
    node.reason,
    ...alone,
    containers ? `And ${count(containers, "more container")}.` : "",
    networks ? `And ${count(networks, "more network")}.` : "",
  ].filter(Boolean);
  return element(
    "section",
    {},
    element("table", {}, element("caption", {}, node.name), element("thead", {}, head), element("tbody", {}, ...rows)),
    ...said.map((line) => element("p", {}, line)),
  );
}

/** @param {import("./model.js").Container} container @param {import("./model.js").Endpoint} end */
function onNetwork({ name, state, ports }, end) {
  const out = published(ports);
  const rest = [state === "running" ? end.ipv4 || end.ipv6 : state, end.aliases.length ? `also ${end.aliases.join(", ")}` : "", ...out];
  return [name, ...rest.filter(Boolean)].join(" ");
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
