// Everything of the picture has a place of its own, keeps it, and stays inside its node.
import assert from "node:assert/strict";
import { test } from "node:test";

import { CARD, gridFor, layOut, nothingPlaced } from "../../static/js/topology/layout.js";
import { keep } from "../../static/js/topology/slots.js";

const ROOM = 640;

const network = (name, over = {}) => ({
  ...{ id: `id-${name}`, name, driver: "bridge", scope: "local", subnets: ["10.0.0.0/24"], gateways: [] },
  ...{ internal: false, attachable: false, ingress: false },
  ...over,
});
const container = (name, networks = [], over = {}) => ({
  ...{ id: `id-${name}`, name, image: "alpine", state: "running", shares: "", service: "", ports: [] },
  endpoints: networks.map((on) => ({ network: on, network_id: `id-${on}`, ipv4: "10.0.0.2", ipv6: "", mac: "", aliases: [] })),
  ...over,
});
const node = (name, networks, containers) => ({
  ...{ name, state: "ready", reason: "", engine: "28", networks, containers },
  more: { networks: 0, containers: 0 },
});
const topology = (...nodes) => ({ version: 1, nodes, services: [] });
const placesOf = ({ lanes, cards }) => new Map([...lanes, ...cards].map(({ key, x, y }) => [key, `${x} ${y}`]));
const overlap = (one, other) =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;

/** As large as a lesson's picture gets. */
function large() {
  const nodes = [1, 2, 3].map((number) => {
    const networks = ["bridge", "a", "b"].map((name) => network(name, { id: `id-${name}${number}` }));
    const containers = Array.from({ length: number === 1 ? 9 : 8 }, (_, at) => {
      const on = [["a", "b", "bridge"][at % 3], ...(at % 4 ? [] : ["b"])].map((name) => `${name}${number}`);
      return container(`box${number}${at}`, [...new Set(on)]);
    });
    return node(`node${number}`, networks, containers);
  });
  return topology(...nodes);
}

test("25 containers on 9 networks of 3 nodes do not cover each other, at any width", () => {
  for (const room of [300, 460, 640, 1200, 1900]) {
    const { cards, lanes, areas, width } = layOut(large(), nothingPlaced(), room);
    assert.equal(cards.length, 25);
    assert.equal(lanes.length, 9);
    for (const parts of [cards, lanes, areas]) {
      parts.forEach((one, at) => parts.slice(at + 1).forEach((other) => assert.ok(!overlap(one, other), `${one.key} and ${other.key}`)));
    }
    for (const part of [...cards, ...lanes]) {
      const area = areas.find((box) => box.node === part.node);
      assert.ok(part.x >= area.x && part.x + part.width <= area.x + area.width, `${part.key} leaves ${area.key}`);
      assert.ok(part.y + part.height <= area.y + area.height, `${part.key} leaves ${area.key} below`);
    }
    assert.ok(width >= areas.at(-1).x + areas.at(-1).width);
  }
});

test("a picture of one node is no wider than its room", () => {
  for (const room of [320, 460, 640, 1000]) {
    const model = topology(node("node1", [network("bridge")], [container("web", ["bridge"])]));
    assert.ok(layOut(model, nothingPlaced(), room).width <= room, `${room}`);
  }
});

test("what comes moves nothing that is there, as long as its row has room", () => {
  const networks = [network("bridge"), network("dev")];
  const before = layOut(topology(node("node1", networks, [container("web", ["dev"]), container("db", ["dev"])])), nothingPlaced(), ROOM);
  const more = [container("web", ["dev"]), container("new", ["dev"]), container("db", ["dev"])];
  const after = layOut(topology(node("node1", [...networks, network("prod")], more)), before.memory, ROOM);
  const places = placesOf(after);
  for (const [key, place] of placesOf(before)) assert.equal(places.get(key), place, key);
});

test("what goes moves nothing that stays, and what comes then takes its place", () => {
  const networks = [network("bridge"), network("one"), network("two")];
  const three = ["a", "b", "c"].map((name) => container(name, ["two"]));
  const before = layOut(topology(node("node1", networks, three)), nothingPlaced(), ROOM);
  const fewer = layOut(topology(node("node1", networks, [three[0], three[2]])), before.memory, ROOM);
  assert.equal(placesOf(fewer).get("card node1 id-c"), placesOf(before).get("card node1 id-c"));
  const next = layOut(topology(node("node1", networks, [three[0], three[2], container("d", ["two"])])), fewer.memory, ROOM);
  assert.equal(placesOf(next).get("card node1 id-d"), placesOf(before).get("card node1 id-b"));
  const without = layOut(topology(node("node1", [networks[0], networks[2]], three)), before.memory, ROOM);
  assert.equal(placesOf(without).get("card node1 id-a"), placesOf(before).get("card node1 id-a"));
});

test("a network keeps its colour while others come and go", () => {
  const colour = ({ lanes }) => lanes.find(({ network: { name } }) => name === "dev").colour;
  const before = layOut(topology(node("node1", [network("bridge"), network("dev")], [])), nothingPlaced(), ROOM);
  const after = layOut(topology(node("node1", [network("a"), network("dev")], [])), before.memory, ROOM);
  assert.equal(colour(after), colour(before));
});

test("every further network of a container has a cable that ends at its bar", () => {
  const model = topology(node("node1", ["bridge", "dev", "prod"].map((name) => network(name)), [container("web", ["dev", "prod", "bridge"])]));
  const { cables, lanes } = layOut(model, nothingPlaced(), ROOM);
  const ends = cables.filter(({ key }) => key.startsWith("cable")).map(({ points }) => points.at(-1));
  assert.equal(ends.length, 2);
  for (const name of ["prod", "bridge"]) {
    const lane = lanes.find((row) => row.network.name === name);
    assert.ok(ends.some(([x, y]) => y > lane.y && y < lane.y + lane.bar && x < lane.x + lane.width + 1), name);
  }
});

test("a network that two nodes have is at the same height on both, and joined", () => {
  const between = network("between", { driver: "overlay", scope: "swarm" });
  const model = topology(
    node("node1", [network("bridge", { id: "b1" }), network("own"), between], [container("a", ["own"])]),
    node("node2", [network("bridge", { id: "b2" }), between], [container("b", ["between"])]),
  );
  const { lanes, cables } = layOut(model, nothingPlaced(), ROOM);
  const [one, other] = lanes.filter((lane) => lane.spans);
  assert.equal(one.y, other.y);
  const joint = cables.find(({ key }) => key.startsWith("span"));
  assert.deepEqual(joint.points[0], [one.x + one.width, one.y + one.bar / 2]);
});

test("what the engine made for itself has no lane until somebody is on it", () => {
  const quiet = ["bridge", "host", "none", "ingress", "docker_gwbridge"].map((name) => network(name));
  const lanes = (containers) => layOut(topology(node("node1", quiet, containers)), nothingPlaced(), ROOM).lanes.map((lane) => lane.network?.name);
  assert.deepEqual(lanes([]), ["bridge"]);
  assert.deepEqual(lanes([container("web", ["host"])]), ["bridge", "host"]);
});

test("a container without any network has a place too", () => {
  const { cards, lanes } = layOut(topology(node("node1", [network("bridge")], [container("lone")])), nothingPlaced(), ROOM);
  assert.equal(cards.length, 1);
  assert.equal(lanes.at(-1).network, null);
});

test("who shares another's network stands in the same lane and hangs on it", () => {
  const model = topology(node("node1", [network("bridge"), network("dev")], [container("side", [], { shares: "id-web" }), container("web", ["dev"])]));
  const { cards, cables } = layOut(model, nothingPlaced(), ROOM);
  assert.deepEqual(cards.map(({ container: { name } }) => name), ["web", "side"]);
  assert.ok(cables.some(({ key }) => key === "share card node1 id-side"));
});

test("it is drawn with as many columns as there is room for, and at least one", () => {
  assert.equal(gridFor(3, 200).columns, 1);
  assert.equal(gridFor(1, 612).columns, 4);
  assert.ok(gridFor(1, 5000).width <= CARD.most);
});

test("services are rows below the nodes: they move nothing, and stay where they are", () => {
  const service = (name) => ({ id: `id-${name}`, name, image: "nginx", mode: "replicated", replicas: 1, networks: [], ports: [], tasks: [] });
  const model = topology(node("node1", [network("bridge")], [container("web", ["bridge"])]));
  const before = layOut(model, nothingPlaced(), ROOM);
  const two = layOut({ ...model, services: [service("b"), service("c")] }, before.memory, ROOM);
  for (const [key, place] of placesOf(before)) assert.equal(placesOf(two).get(key), place, key);
  assert.ok(two.rows.every(({ y, width }) => y > before.height && width === before.width));
  assert.equal(two.height, two.rows[1].y + two.rows[1].height);
  const three = layOut({ ...model, services: [service("a"), service("b"), service("c")] }, two.memory, ROOM);
  const placeOf = ({ rows }, name) => rows.find((row) => row.service.name === name).y;
  assert.equal(placeOf(three, "b"), placeOf(two, "b"));
  assert.equal(placeOf(three, "c"), placeOf(two, "c"));
});

test("slots are kept, given on, and do not pile up", () => {
  assert.deepEqual(keep([], ["a", "b"]), ["a", "b"]);
  assert.deepEqual(keep(["a", "b", "c"], ["c", "d"]), ["d", null, "c"]);
  assert.deepEqual(keep(["a", "b"], []), []);
  let slots = [];
  for (let round = 0; round < 200; round += 1) slots = keep(slots, [`x${round}`, `x${round + 1}`]);
  assert.ok(slots.length <= 3);
});
