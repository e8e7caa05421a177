// What is said of things in the picture, what may be typed, and where the arrow keys lead.
import assert from "node:assert/strict";
import { test } from "node:test";

import { doors } from "../../static/js/topology/doors.js";
import { changes, things } from "../../static/js/topology/news.js";
import { next } from "../../static/js/topology/roving.js";
import { path } from "../../static/js/topology/shapes.js";
import { containerWords, networkWords, published, serviceThing, serviceWords, shortName, shorten } from "../../static/js/topology/words.js";

const end = (network, ipv4, aliases = []) => ({ network, network_id: `id-${network}`, interface: "", ipv4, ipv6: "", mac: "", aliases });
const web = {
  ...{ id: "c0ffee".repeat(10), name: "web", image: "nginx", state: "running", shares: "", service: "" },
  endpoints: [end("dev", "10.0.0.2", ["shop"])],
  ports: [
    { host_ip: "0.0.0.0", host_port: 8080, container_port: 80, protocol: "tcp" },
    { host_ip: "::", host_port: 8080, container_port: 80, protocol: "tcp" },
    { host_ip: "", host_port: 0, container_port: 443, protocol: "tcp" },
  ],
};
const dev = { id: "id-dev", name: "dev", driver: "bridge", scope: "local", subnets: ["10.0.0.0/24"], gateways: [], internal: true };
const node = { name: "node1", state: "ready", networks: [dev], containers: [web], more: {} };

test("a network is said with what matters, and with the command that shows it", () => {
  const { spoken, command, facts } = networkWords(dev, node);
  assert.equal(spoken, "Network dev on node1, bridge, 10.0.0.0/24, internal, 1 container.");
  assert.equal(command, "docker network inspect dev");
  assert.deepEqual(facts.find(([name]) => name === "Has"), ["Has", "web"]);
});

test("a container is said with its places and its ports", () => {
  const { spoken, inserts } = containerWords(web, node);
  assert.equal(spoken, "Container web on node1, running, nginx, on dev 10.0.0.2, published 8080→80.");
  assert.deepEqual(inserts.map(([, text]) => text), ["web", "c0ffeec0ffee", "10.0.0.2"]);
});

test("a name that a shell would act upon is not offered to be typed", () => {
  for (const name of ["a;reboot", "$(reboot)", "a b", "-rf", "a\nb", ""]) {
    const { inserts } = containerWords({ ...web, name }, node);
    assert.ok(!inserts.some(([, text]) => text === name), name);
  }
});

test("a port that is open on several addresses is one chip", () => {
  assert.deepEqual(published(web.ports), ["8080→80"]);
  assert.deepEqual(published([{ host_ip: "", host_port: 53, container_port: 53, protocol: "udp" }]), ["53→53/udp"]);
});

test("a service is said with how many of its tasks run", () => {
  const tasks = [{ state: "running" }, { state: "preparing" }];
  const service = { name: "web", image: "nginx", mode: "replicated", replicas: 3, networks: ["between"], tasks };
  assert.equal(serviceWords(service), "Service web, nginx, 1 of 3 tasks running, on between.");
  assert.match(serviceWords({ ...service, mode: "global" }), /1 of 2/);
});

test("a task's container is called by its service and number", () => {
  assert.equal(shortName({ ...web, name: "api.2.l4g0ewiz1o8r", service: "api" }), "api.2");
  assert.equal(shortName({ ...web, name: "a.b.c" }), "a.b.c");
});

test("what came and went is one short sentence", () => {
  const empty = things({ services: [], nodes: [{ ...node, networks: [], containers: [] }] });
  const full = things({ services: [], nodes: [node] });
  assert.equal(changes(empty, full), "New: network dev, container web.");
  assert.equal(changes(full, empty), "Gone: network dev, container web.");
  assert.equal(changes(full, full), "");
  const many = new Map(Array.from({ length: 30 }, (_, at) => [`${at}`, `container box${at}`]));
  assert.equal(changes(new Map(), many), "New: container box0, container box1, container box2 and 27 more.");
});

test("the arrow keys lead to the nearest in their direction", () => {
  const box = (key, x, y, width = 100) => ({ key, box: { x, y, width, height: 40 } });
  const items = [box("bar", 0, 0, 300), box("a", 0, 50), box("b", 120, 50), box("bar2", 0, 120, 300), box("c", 0, 170)];
  assert.equal(next(items, "bar", "ArrowDown"), "a");
  assert.equal(next(items, "a", "ArrowRight"), "b");
  assert.equal(next(items, "b", "ArrowLeft"), "a");
  assert.equal(next(items, "b", "ArrowUp"), "bar");
  assert.equal(next(items, "b", "ArrowDown"), "bar2");
  assert.equal(next(items, "c", "ArrowDown"), null);
  assert.equal(next(items, "c", "Home"), "bar");
  assert.equal(next(items, "bar", "End"), "c");
});

test("every item can be reached from the first by the arrow keys", () => {
  const items = [];
  for (let lane = 0; lane < 8; lane += 1) {
    items.push({ key: `lane${lane}`, box: { x: 0, y: lane * 120, width: 600, height: 26 } });
    for (let at = 0; at < lane % 4; at += 1) items.push({ key: `card${lane}${at}`, box: { x: at * 140, y: lane * 120 + 40, width: 126, height: 56 } });
  }
  const reached = new Set(["lane0"]);
  for (const key of reached) {
    for (const arrow of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) {
      const to = next(items, key, arrow);
      if (to) reached.add(to);
    }
  }
  assert.equal(reached.size, items.length);
});

test("a text is cut where there is no room, and a line is rounded where it turns", () => {
  assert.equal(shorten("container", 5), "cont…");
  assert.equal(shorten("web", 5), "web");
  assert.equal(path([[0, 0], [0, 20], [20, 20]]), "M0 0L0 15Q0 20 5 20L20 20");
});

test("a published port leads to the preview, once, where something serves it", () => {
  const port = (host_port, host_ip = "0.0.0.0", protocol = "tcp") => ({ host_ip, host_port, container_port: 80, protocol });
  const box = (name, state, ...ports) => ({ ...web, name, state, ports });
  const nodes = [
    { ...node, containers: [web, box("gone", "exited", port(81)), box("dns", "running", port(53, "", "udp")), box("far", "running", port(82, "10.0.0.9"))] },
    { ...node, name: "node2", containers: [box("b", "running", port(9000), port(90))] },
  ];
  const services = [{ name: "api", ports: [port(8000, "")] }];
  const found = doors({ version: 1, nodes, services }).map(({ node, port, to }) => `${node}:${port} ${to}`);
  assert.deepEqual(found, ["node1:8000 api", "node1:8080 web", "node2:90 b", "node2:9000 b"]);
});

test("a service is said with its tasks, but not with those of the past", () => {
  const task = (slot, on, state, desired = "running", message = "") => ({ id: `${slot}`, slot, node: on, state, desired, container: "", message });
  const tasks = [task(1, "node1", "running"), task(2, "node2", "pending", "running", "no suitable node"), task(1, "node2", "failed", "shutdown")];
  const service = { id: "5e".repeat(12), name: "web", image: "nginx", mode: "replicated", replicas: 2, networks: ["between"], ports: [], tasks };
  const { facts, command, spoken } = serviceThing(service, node);
  assert.equal(command, "docker service ps web");
  assert.deepEqual(facts.find(([name]) => name === "Tasks"), ["Tasks", "1 on node1 running · 2 on node2 pending: no suitable node"]);
  assert.match(spoken, /^Service web, nginx, 1 of 2 tasks running, on between, at node1\.$/);
});

test("a command names what a shell would act upon by its id", () => {
  for (const name of ["a;reboot", "$(reboot)", "a\nb", "-rf"]) {
    assert.equal(containerWords({ ...web, name }, node).command, "docker inspect c0ffeec0ffee");
    assert.equal(networkWords({ ...dev, name }, node).command, "docker network inspect id-dev");
  }
});
