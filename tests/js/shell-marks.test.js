// A shell's marks tell whether it waits for a line; without them nothing is made up.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ShellMarks } from "../../static/js/shell-marks.js";

/** @param {...string} said */
function after(...said) {
  const marks = new ShellMarks();
  for (const mark of said) marks.mark(mark);
  return marks;
}

test("a prompt, a command, and the prompt again with its status", () => {
  assert.equal(after("A", "B").state, "prompt");
  assert.equal(after("A", "B", "C").state, "running");
  const marks = after("A", "B", "C", "D;3");
  assert.equal(marks.state, "running");
  marks.mark("A");
  marks.mark("B");
  assert.deepEqual([marks.state, marks.status], ["prompt", 3]);
});

test("the prompt for more of a command is another one", () => {
  assert.equal(after("A", "B", "A;k=s", "B").state, "more");
});

test("Enter at a prompt is a command on its way until the shell answers", () => {
  const marks = after("A", "B");
  marks.typed("ls");
  assert.equal(marks.state, "prompt");
  marks.typed("\r");
  assert.equal(marks.state, "sent");
});

test("Enter in a program changes nothing", () => {
  const marks = after("C");
  marks.typed("\r");
  assert.equal(marks.state, "running");
});

test("nothing is known of a shell that says nothing, unless its beginning was missed", () => {
  const marks = after("A", "B");
  marks.reset();
  assert.equal(marks.state, "unknown");
  marks.reset({ cut: true });
  assert.equal(marks.state, "running");
});

test("unknown marks and nonsense are passed over", () => {
  assert.equal(after("A", "B", "P;Cwd=/", "", ";;", "Z").state, "prompt");
  assert.equal(after("D;x").status, 0);
});

test("who waits for a prompt is told when it comes", async () => {
  const marks = after("C");
  const waiting = marks.prompted(10_000);
  marks.mark("D;0");
  marks.mark("A");
  marks.mark("B");
  assert.equal(await waiting, true);
});

test("and that it won't, when it takes too long or the shell is another one", async () => {
  assert.equal(await after("C").prompted(1), false);
  const marks = after("C");
  const waiting = marks.prompted(10_000);
  marks.reset();
  assert.equal(await waiting, false);
});
