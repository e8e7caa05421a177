// Which terminals there are, in which half, under which names; kept, and followed by another tab.
import assert from "node:assert/strict";
import { test } from "node:test";

import { keyOf, labelOf, TerminalLayout } from "../../static/js/terminal-layout.js";

const labels = (layout, pane) => layout.tabsIn(pane).map(labelOf);

test("a lesson begins with a terminal for each node, the first above the others", () => {
  const layout = new TerminalLayout(["node1", "node2", "node3"]);
  assert.deepEqual(labels(layout, 0), ["node1"]);
  assert.deepEqual(labels(layout, 1), ["node2", "node3"]);
  assert.equal(layout.split, true);
  assert.equal(labelOf(layout.shownIn(1)), "node2");
});

test("without room for two halves all are in one", () => {
  const layout = new TerminalLayout(["node1", "node2"], { halves: false });
  assert.deepEqual(labels(layout, 0), ["node1", "node2"]);
  assert.equal(layout.split, false);
});

test("another terminal is in front, numbered by its node, with a name no closed one had", () => {
  const layout = new TerminalLayout(["node1"]);
  const first = layout.open("node1", 0, "aa");
  assert.equal(labelOf(layout.shownIn(0)), "node1 · 2");
  layout.close(first);
  const second = layout.open("node1", 0, "bb");
  assert.equal(labelOf(layout.shownIn(0)), "node1 · 2");
  assert.notEqual(first, second);
  assert.match(second, /^node1\/[a-z0-9-]{1,32}$/);
});

test("a node keeps one terminal", () => {
  const layout = new TerminalLayout(["node1", "node2"]);
  assert.equal(layout.canClose("node1/main"), false);
  layout.close("node1/main");
  assert.equal(layout.tabs.length, 2);
  layout.open("node1", 0, "x");
  assert.equal(layout.canClose("node1/main"), true);
  layout.close("node1/main");
  assert.deepEqual(labels(layout, 0), ["node1 · 2"]);
});

test("when the one in front is closed its neighbour comes there", () => {
  const layout = new TerminalLayout(["node1"]);
  const [two, three] = ["x", "y"].map((id) => layout.open("node1", 0, id));
  layout.show(two);
  layout.close(two);
  assert.equal(keyOf(layout.shownIn(0)), three);
  layout.close(three);
  assert.equal(keyOf(layout.shownIn(0)), "node1/main");
});

test("a name is kept, cut to its bound, and an empty one means the node's", () => {
  const layout = new TerminalLayout(["node1"]);
  layout.rename("node1/main", `  logs ${"x".repeat(40)}`);
  assert.equal(labelOf(layout.find("node1/main")).length, 24);
  layout.rename("node1/main", " ");
  assert.equal(labelOf(layout.find("node1/main")), "node1");
});

test("moved below and joined again", () => {
  const layout = new TerminalLayout(["node1"]);
  const two = layout.open("node1", 0, "x");
  layout.move(two, 1);
  assert.equal(layout.split, true);
  assert.equal(keyOf(layout.shownIn(0)), "node1/main");
  assert.equal(keyOf(layout.shownIn(1)), two);
  layout.join(two);
  assert.equal(layout.split, false);
  assert.equal(keyOf(layout.shownIn(0)), two);
});

test("what is stored comes back, also tabs of nodes that the page lacks", () => {
  const layout = new TerminalLayout(["node1", "node2"]);
  layout.open("node2", 1, "x");
  layout.rename("node2/main", "peer");
  layout.share = 0.7;
  const one = new TerminalLayout(["node1"], { stored: `${layout}` });
  assert.deepEqual(one.tabs.map(labelOf), ["node1"]);
  one.open("node1", 0, "y");
  const again = new TerminalLayout(["node1", "node2"], { stored: `${one}` });
  assert.deepEqual(again.tabs.map(labelOf), ["node1", "node1 · 2", "peer", "node2 · 2"]);
  assert.equal(again.share, 0.7);
});

for (const stored of ["", "no JSON", "[]", '{"tabs":[{"node":"node9","name":"x"},{"node":"node1","name":"../x"},3,null]}']) {
  test(`stored nonsense is as good as nothing: ${stored}`, () => {
    assert.deepEqual(new TerminalLayout(["node1"], { stored }).tabs.map(keyOf), ["node1/main"]);
  });
}

test("another tab's changes are followed, and what is in front here stays there", () => {
  const [mine, theirs] = [new TerminalLayout(["node1"]), new TerminalLayout(["node1"])];
  const two = theirs.open("node1", 0, "x");
  theirs.rename(two, "logs");
  mine.follow(`${theirs}`);
  assert.deepEqual(mine.tabs.map(labelOf), ["node1", "logs"]);
  assert.equal(keyOf(mine.shownIn(0)), "node1/main");
});

test("neither half gets too small to use", () => {
  const layout = new TerminalLayout(["node1"]);
  for (const [asked, got] of [[-1, 0.15], [2, 0.85], [0.4, 0.4]]) {
    layout.share = asked;
    assert.equal(layout.share, got);
  }
});
