// The page believes the newest news of its sandbox, asks as early as it can, and asks again when it should.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

const streams = [];
let requests = [];

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.window = new EventTarget();
globalThis.EventSource = class extends EventTarget {
  static OPEN = 1;
  static CLOSED = 2;
  readyState = 0;
  constructor() {
    super();
    streams.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  tell(sandbox) {
    this.dispatchEvent(Object.assign(new Event("sandbox"), { data: JSON.stringify(sandbox) }));
  }
  close() {}
};
globalThis.fetch = (path, { method }) =>
  new Promise((resolve) => {
    const answer = (status, body) =>
      resolve({ ok: status < 400, status, headers: new Headers(), json: async () => body });
    requests.push({ asked: `${method} ${path}`, answer });
  });

const ready = { state: "ready", nodes: [{ name: "node1", state: "ready", ip: "198.18.1.2" }] };
const settled = () => new Promise((resolve) => setImmediate(resolve));
let imported = 0;
let link;

beforeEach(async () => {
  requests = [];
  // Each test has a page of its own.
  ({ link } = await import(`../../static/js/sandbox-link.js?${(imported += 1)}`));
  link.begin("first-service");
});

test("it asks at once, for as many nodes as the lesson needs", () => {
  assert.deepEqual(requests.map(({ asked }) => asked), ["POST /api/sandbox?lesson=first-service"]);
});

test("what was begun early is taken over, and asked for only once", async () => {
  const events = new EventSource();
  const answer = Promise.resolve({ ok: true, json: async () => ({ state: "starting", nodes: [] }), headers: new Headers() });
  requests = [];
  const { link: second } = await import("../../static/js/sandbox-link.js?early");
  second.begin("dns", { lesson: "dns", answer, events, heard: [{ type: "sandbox", data: JSON.stringify(ready) }], rest: () => {} });
  await settled();
  assert.deepEqual(requests, []);
  assert.equal(second.status.sandbox.state, "ready");
  events.tell({ state: "ended", nodes: [] });
  assert.equal(second.status.sandbox.state, "ended");
});

test("an answer that an event has overtaken is old", async () => {
  streams.at(-1).open();
  streams.at(-1).tell(ready);
  requests[0].answer(200, { state: "starting", nodes: [] });
  await settled();
  assert.equal(link.status.sandbox.state, "ready");
});

test("an answer that comes before any event is believed", async () => {
  requests[0].answer(200, ready);
  await settled();
  assert.equal(link.status.sandbox.state, "ready");
});

test("who watches is told what is known, and what changes, until it leaves", async () => {
  const told = [];
  const leaving = new AbortController();
  link.watch(({ sandbox }) => told.push(sandbox.state), leaving.signal);
  streams.at(-1).tell(ready);
  leaving.abort();
  streams.at(-1).tell({ state: "ended", nodes: [] });
  assert.deepEqual(told, ["none", "ready"]);
});

test("a refusal is told in the server's words for a while, and the state stays", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  streams.at(-1).open();
  streams.at(-1).tell(ready);
  void link.reset("node2");
  const { asked, answer } = requests.at(-1);
  answer(429, { error: { code: "too_many_requests", message: "That was a lot of resets.", hint: "Wait a minute." } });
  await settled();
  assert.equal(asked, "DELETE /api/sandbox/nodes/node2");
  assert.equal(link.status.refusal, "That was a lot of resets. Wait a minute.");
  assert.equal(link.status.sandbox.state, "ready");
  mock.timers.tick(60_000);
  assert.equal(link.status.refusal, "");
});

test("while the engine is away it looks, and asks again once there is no trouble", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const pass = async () => {
    mock.timers.tick(5_000);
    await settled();
  };
  requests[0].answer(503, { error: { code: "engine_unavailable", message: "The class engine does not answer." } });
  await settled();
  await pass();
  assert.equal(requests.at(-1).asked, "GET /api/sandbox");
  requests.at(-1).answer(200, { state: "none", nodes: [], trouble: "The class engine does not answer." });
  await settled();
  await pass();
  requests.at(-1).answer(200, { state: "none", nodes: [], trouble: "" });
  await settled();
  assert.equal(requests.at(-1).asked, "POST /api/sandbox?lesson=first-service");
});
