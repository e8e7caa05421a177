// The keys of a touch screen type what those of a keyboard do.
import assert from "node:assert/strict";
import { test } from "node:test";

import { keyInput, withCtrl } from "../../static/js/key-bar.js";

test("arrows speak as the program asked", () => {
  assert.equal(keyInput("up", false), "\u001b[A");
  assert.equal(keyInput("left", true), "\u001bOD");
});

test("keys and characters", () => {
  assert.deepEqual(["esc", "tab", "|", "~"].map((key) => keyInput(key, false)), ["\u001b", "\t", "|", "~"]);
});

test("Ctrl turns a letter into its control character, and leaves the rest", () => {
  assert.deepEqual(["c", "C", "[", " ", "1", "\u001b[A", "ü"].map(withCtrl), ["\u0003", "\u0003", "\u001b", "\u0000", "1", "\u001b[A", "ü"]);
});
