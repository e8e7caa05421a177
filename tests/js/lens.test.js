// The packet lens' own logic: who can be an end, what is asked, and where the way is drawn.
import assert from "node:assert/strict";
import { test } from "node:test";

import { choices, firstPair, NAME, question } from "../../static/js/lens/ends.js";
import { wayPoints } from "../../static/js/lens/way.js";
import { layOut, nothingPlaced } from "../../static/js/topology/layout.js";

const end = (network) => ({ network, network_id: `id-${network}`, interface: "", ipv4: "10.0.0.2", ipv6: "", mac: "", gateway: "", aliases: [] });
const container = (id, on, ports = [], state = "running") => ({ id, name: id, image: "nginx", state, shares: "", service: "", endpoints: on.map(end), ports });
const network = (name) => ({ id: `id-${name}`, name, driver: "bridge", scope: "local", subnets: [], gateways: [], internal: false, attachable: false, ingress: false });
const published = { host_ip: "0.0.0.0", host_port: 8080, container_port: 5678, protocol: "tcp" };
const node = (name, networks, containers, state = "ready") => ({ name, state, reason: "", engine: "", networks, containers, more: { networks: 0, containers: 0 } });
const nodes = [
  node("node1", ["bridge", "dev", "prod"].map(network), [container("rest", ["dev"], [], "exited"), container("web", ["dev"], [published]), container("client", ["dev", "prod"]), container("db", ["prod"])]),
  node("node2", [], [], "stopped"),
];
const topology = { version: 1, nodes, services: [] };

test("everything in the picture that runs can be an end, and two containers come first", () => {
  const all = choices(topology);
  assert.deepEqual(all.map(({ label }) => label), ["rest (exited)", "web", "client", "db", "node1 itself", "outside of node1"]);
  assert.deepEqual(firstPair(all), ["container node1 web", "container node1 client"]);
  assert.equal(all.find(({ label }) => label === "web")?.port, 5678);
  assert.equal(all.find(({ label }) => label === "node1 itself")?.port, 8080);
  assert.deepEqual(firstPair(choices({ ...topology, nodes: [] })), ["", ""]);
});

test("a question names both ends, or says what is missing", () => {
  const all = choices(topology);
  const chosen = { source: "container node1 web", target: "container node1 db", name: "", probe: "http", port: 81 };
  assert.deepEqual(question(all, chosen), {
    source: { kind: "container", node: "node1", container: "web" },
    target: { kind: "container", node: "node1", container: "db" },
    ...{ probe: "http", port: 81 },
  });
  assert.deepEqual(question(all, { ...chosen, target: NAME, name: "shop" }).target, { kind: "name", name: "shop" });
  for (const wrong of [{ target: NAME }, { target: chosen.source }, { port: 0 }, { port: Number.NaN }, { source: "container node1 gone" }]) {
    assert.equal(typeof question(all, { ...chosen, ...wrong }), "string", JSON.stringify(wrong));
  }
  assert.equal(question(all, { ...chosen, probe: "ping", port: 0 }).port, 80);
});

const hop = (what, at) => ({ what, title: "", text: "", ok: true, evidence: [], command: "", at: { node: "node1", container: "", network: "", ...at } });

test("the way runs from card to card along the cables that are drawn", () => {
  const layout = layOut(topology, nothingPlaced(), 600);
  const of = (key) => layout.cards.find((card) => card.container.id === key);
  const dev = layout.lanes.find((lane) => lane.network?.name === "dev");
  const hops = [hop("name", { container: "client" }), hop("send", { container: "client" }), hop("cable", { network: "id-dev" }), hop("cable", { network: "id-dev" }), hop("arrive", { container: "web" }), hop("answer", { container: "client" })];
  const points = wayPoints(layout, hops);
  assert.deepEqual(points[0], [of("client").x + 24, of("client").y]);
  assert.deepEqual(points.at(-1), [of("web").x + 24, of("web").y]);
  assert.ok(points.some(([, y]) => y === dev.y + dev.bar - 4), "it passes the network's bar");
});

test("a further network is left by its cable, and along its bar", () => {
  const layout = layOut(topology, nothingPlaced(), 600);
  const lane = layout.lanes.find((each) => each.network?.name === "prod");
  const points = wayPoints(layout, [hop("send", { container: "client" }), hop("cable", { network: "id-prod" }), hop("arrive", { container: "db" })]);
  assert.ok(points.filter(([, y]) => y === lane.y + lane.bar - 4).length >= 2, "the line along the bar is level");
});

test("a way that stops between two networks ends at the bar it came to", () => {
  const layout = layOut(topology, nothingPlaced(), 600);
  const dev = layout.lanes.find((lane) => lane.network?.name === "dev");
  const points = wayPoints(layout, [hop("send", { container: "web" }), hop("cable", { network: "id-dev" }), hop("stop", { network: "id-dev" })]);
  assert.equal(points.at(-1)?.[1], dev.y + dev.bar - 4);
  const prod = layout.lanes.find((lane) => lane.network?.name === "prod");
  const over = wayPoints(layout, [hop("cable", { network: "id-dev" }), hop("node", {}), hop("bridge", { network: "id-prod" })]);
  assert.deepEqual(over.at(-1), [prod.x, prod.y + prod.bar - 4]);
});

test("what is not in the picture any more is not drawn", () => {
  const layout = layOut(topology, nothingPlaced(), 600);
  assert.deepEqual(wayPoints(layout, []), []);
  assert.deepEqual(wayPoints(layout, [hop("send", { node: "node9", container: "gone" })]), []);
  assert.deepEqual(wayPoints({ ...layout, areas: [], lanes: [], cards: [] }, [hop("send", { container: "web" })]), []);
});
