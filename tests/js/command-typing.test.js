// A lesson's commands are run at a prompt, and nowhere else is Enter pressed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { typeCommands } from "../../static/js/command-typing.js";
import { ShellMarks } from "../../static/js/shell-marks.js";

/** A shell that answers each line with the marks that `answers` has for it, or the usual ones. */
function shell(state, { answers = {}, ...features } = {}) {
  const marks = new ShellMarks();
  for (const mark of { prompt: ["A", "B"], more: ["A;k=s", "B"], running: ["C"], unknown: [] }[state]) marks.mark(mark);
  const made = { marks, lineIsEmpty: true, takesPastes: true, isFullScreen: false, typed: "", ...features };
  made.send = (input) => {
    if (features.isGone) return false;
    made.typed += input;
    marks.typed(input);
    const line = input.replace(/\r$/, "");
    queueMicrotask(() => {
      for (const mark of answers[line] ?? ["C", "D;0", "A", "B"]) marks.mark(mark);
    });
    return true;
  };
  return made;
}

const NODE = { node: "node1" };

test("at a prompt each line is run when the one before has ended", async () => {
  const at = shell("prompt");
  let lines = 0;
  const { outcome } = await typeCommands(at, ["one", "two"], { ...NODE, onLine: () => (lines += 1) });
  assert.deepEqual([outcome, at.typed, lines], ["sent", "one\rtwo\r", 2]);
});

test("the lines of a loop go on at the prompt for more", async () => {
  const more = ["A;k=s", "B"];
  const at = shell("prompt", { answers: { "for n in 1 2; do": more, "echo $n": more } });
  await typeCommands(at, ["for n in 1 2; do", "echo $n", "done"], NODE);
  assert.equal(at.typed, "for n in 1 2; do\recho $n\rdone\r");
});

test("a line that never ends keeps the others back", async () => {
  const at = shell("prompt", { answers: { top: ["C"] } });
  const { outcome, text } = await typeCommands(at, ["top", "ls", "pwd"], { ...NODE, lineMs: 1 });
  assert.deepEqual([outcome, at.typed], ["stopped", "top\r"]);
  assert.match(text, /2 of 3 lines were not typed/);
});

test("a failing line stops the rest only where the block says so", async () => {
  const answers = { false: ["C", "D;1", "A", "B"] };
  const strict = shell("prompt", { answers });
  const { outcome, text } = await typeCommands(strict, ["false", "ls"], { ...NODE, stopOnFailure: true });
  assert.deepEqual([outcome, strict.typed], ["stopped", "false\r"]);
  assert.match(text, /status 1: 1 of 2 lines was not typed/);
  const easy = shell("prompt", { answers });
  await typeCommands(easy, ["false", "ls"], NODE);
  assert.equal(easy.typed, "false\rls\r");
});

test("a line begun by hand in between is left alone", async () => {
  const at = shell("prompt");
  const { outcome } = await typeCommands(at, ["one", "two"], { ...NODE, onLine: () => (at.lineIsEmpty = false) });
  assert.deepEqual([outcome, at.typed], ["stopped", "one\r"]);
});

test("in a program and behind a half-typed line there is no Enter", async () => {
  const running = await typeCommands(shell("running"), ["ls"], NODE);
  assert.equal(running.outcome, "inserted");
  assert.match(running.text, /A program is running in node1: inserted without Enter/);
  const begun = shell("prompt", { lineIsEmpty: false });
  const { text } = await typeCommands(begun, ["ls"], NODE);
  assert.equal(begun.typed, "ls");
  assert.match(text, /a line at node1's prompt/);
});

test("several lines are inserted as a paste, or not at all", async () => {
  const at = shell("running");
  await typeCommands(at, ["one", "two"], NODE);
  assert.equal(at.typed, "\u001b[200~one\rtwo\u001b[201~");
  const raw = shell("running", { takesPastes: false });
  assert.equal((await typeCommands(raw, ["one", "two"], NODE)).outcome, "refused");
  assert.equal(raw.typed, "");
});

test("nothing is typed into a program that has the whole screen", async () => {
  const vim = shell("running", { isFullScreen: true });
  assert.equal((await typeCommands(vim, ["dd"], NODE)).outcome, "refused");
  assert.equal(vim.typed, "");
});

test("a shell without marks is trusted as long as nothing else is known", async () => {
  const at = shell("unknown");
  assert.equal((await typeCommands(at, ["one", "two"], NODE)).outcome, "sent");
  assert.equal(at.typed, "one\rtwo\r");
});

test("without a connection it says that nothing was typed", async () => {
  const { outcome, text } = await typeCommands(shell("prompt", { isGone: true }), ["ls"], NODE);
  assert.equal(outcome, "refused");
  assert.match(text, /not connected/);
});
