// The sentences about a sandbox and its nodes are true, short, and say what to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeWords, reasonOf, sentence, staysAsItIs, titlePrefix, whyNoShell } from "../../static/js/sandbox-words.js";

const node = (number, state = "ready", reason = "", ip = `198.18.1.${number + 1}`) => ({ name: `node${number}`, state, ip, reason });
const ready = (...nodes) => ({ state: "ready", nodes });

test("a place in the queue is a number, and the first is next", () => {
  const queued = (position) => sentence({ state: "queued", nodes: [], position }, false);
  assert.equal(queued(7), "You are number 7 in the queue.");
  assert.equal(queued(1), "You are next in the queue.");
  assert.equal(queued(null), "Waiting for a free place.");
});

test("why one waits is told, and the reason of a sandbox that works is not", () => {
  const reason = "All 40 places of this machine are taken.";
  assert.equal(reasonOf({ state: "queued", nodes: [], reason }), reason);
  assert.equal(reasonOf({ state: "ready", nodes: [], reason }), "");
});

test("several nodes are summed up in one sentence", () => {
  assert.equal(sentence(ready(node(1)), false), "Your sandbox is ready.");
  assert.equal(sentence(ready(node(1), node(2)), false), "Your 2 nodes are ready.");
  assert.equal(sentence(ready(node(1), node(2, "starting")), false), "node2 is starting …");
  assert.equal(sentence(ready(node(1), node(2, "stopped")), false), "node2 has stopped.");
  assert.equal(sentence(ready(node(1), node(2, "stopped"), node(3, "stopped")), false), "node2 and node3 have stopped.");
  assert.equal(sentence(ready(node(1, "stopped"), node(2, "stopped")), false), "All nodes have stopped.");
});

test("without a connection nothing else is claimed", () => {
  assert.match(sentence(ready(node(1)), true), /^No connection to the server/);
});

test("a node that stopped says why and can be restarted", () => {
  const { mark, notice, restart } = nodeWords(ready(node(2, "stopped", "It was shut down from within.")), "node2");
  assert.deepEqual([mark, notice, restart], ["stopped", "It was shut down from within.", true]);
});

test("a node that was never made does not claim to have stopped", () => {
  const { word, notice, restart } = nodeWords(ready(node(2, "stopped", "No memory is left.", "")), "node2");
  assert.deepEqual([word, notice, restart], ["not there", "No memory is left.", true]);
});

test("a node that runs on after a mishap tells of it", () => {
  const reason = "It ran out of memory, so a program in it was ended.";
  const { mark, notice, restart } = nodeWords(ready(node(1, "ready", reason)), "node1");
  assert.deepEqual([mark, notice, restart], ["troubled", reason, false]);
});

test("a terminal tells what it waits for", () => {
  assert.equal(whyNoShell(ready(node(1), node(2, "starting")), "node2"), "node2 is starting …");
  assert.equal(whyNoShell(ready(node(1)), "node2"), "node2 is starting …");
  assert.equal(whyNoShell(ready(node(1, "stopped")), "node1"), "Connects when node1 is running again.");
  assert.equal(whyNoShell({ state: "queued", nodes: [] }, "node1"), "Connects when it is your turn.");
  assert.equal(whyNoShell({ state: "ended", nodes: [] }, "node1"), "The sandbox has ended.");
});

test("a hidden tab tells of the end in its title", () => {
  assert.equal(titlePrefix({ ...ready(node(1)), ending: true }), "Ends soon – ");
  assert.equal(titlePrefix(ready(node(1))), "");
  const drain = { ends_at: "", reason: "", soon: false, over: false };
  assert.equal(titlePrefix({ ...ready(node(1)), drain }), "");
  assert.equal(titlePrefix({ ...ready(node(1)), drain: { ...drain, soon: true } }), "Ends soon – ");
  assert.equal(titlePrefix({ state: "ended", nodes: [] }), "Ended – ");
});

test("who resets one node is told which ones stay", () => {
  assert.equal(staysAsItIs(["node1"]), "node1 stays as it is.");
  assert.equal(staysAsItIs(["node1", "node3"]), "node1 and node3 stay as they are.");
});
