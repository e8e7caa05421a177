// Pasted text keeps what people mean and loses what could steer the terminal.
import assert from "node:assert/strict";
import { test } from "node:test";

import { asOneLine, linesOf, preview, sanitisePaste } from "../../static/js/paste.js";

test("commands, tabs, line ends and any script's letters stay", () => {
  const text = "docker ps\t-a\r\necho 'größe 網 🐳'\n";
  assert.equal(sanitisePaste(text), text);
});

test("the end of bracketed paste cannot be smuggled in", () => {
  assert.equal(sanitisePaste("ls\u001b[201~rm -rf /"), "ls[201~rm -rf /");
});

test("control keys, DEL and C1 go", () => {
  assert.equal(sanitisePaste("a\u0000\u0003\u0008b\u007fc\u0080\u009b1md"), "abc1md");
});

test("lines are counted as people see them", () => {
  assert.deepEqual(linesOf("one"), ["one"]);
  assert.deepEqual(linesOf("one\r\ntwo\rthree\n\n"), ["one", "two", "three"]);
});

test("as one line, a continued command is whole again", () => {
  assert.equal(asOneLine(["docker run \\", "  -d \\", "  nginx", ""]), "docker run -d nginx");
});

test("of many lines the first twelve are shown, and the rest is counted", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  assert.deepEqual([preview(lines).shown.split("\n").length, preview(lines).rest], [12, 8]);
  assert.deepEqual(preview(["a", "b"]), { shown: "a\nb", rest: 0 });
});
