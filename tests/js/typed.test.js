// What was typed is kept until it has arrived, whichever way the pieces fall.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Typed } from "../../static/js/typed.js";

const bytes = (text) => new TextEncoder().encode(text);
const joined = (pieces) => pieces.map((piece) => new TextDecoder().decode(piece)).join("");

test("what has arrived is forgotten, also in the middle of a piece", () => {
  const typed = new Typed();
  typed.add([bytes("abc"), bytes("def")]);
  typed.arrived(4);
  assert.equal(joined(typed.missing(4)), "ef");
  assert.equal(joined(typed.missing(6)), "");
});

test("an older count changes nothing", () => {
  const typed = new Typed();
  typed.add([bytes("abc")]);
  typed.arrived(2);
  typed.arrived(1);
  assert.equal(joined(typed.missing(2)), "c");
});

test("a shell that has forgotten this writer gets nothing twice, and counts anew", () => {
  const typed = new Typed();
  typed.add([bytes("abc")]);
  typed.arrived(2);
  assert.equal(joined(typed.missing(0)), "");
  typed.add([bytes("xyz")]);
  typed.arrived(1);
  assert.equal(joined(typed.missing(1)), "yz");
});

test("there is an end to what is kept, and room again once it has arrived", () => {
  const typed = new Typed();
  assert.equal(typed.add([new Uint8Array(256 * 1024)]), true);
  assert.equal(typed.add([bytes("x")]), false);
  typed.arrived(256 * 1024);
  assert.equal(typed.add([bytes("x")]), true);
});
