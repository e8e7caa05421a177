// What the page puts where a lesson names a student's own: addresses, ids and ports, and nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { lookUp, unknownYet } from "../../static/js/own-values.js";

// The same for the half that types commands for the proof: tests/unit/test_filling.py.
const { nodes, pictures, values } = JSON.parse(readFileSync(new URL("../support/own_values.json", import.meta.url), "utf8"));
const topology = { version: 1, nodes: pictures, services: [] };
const known = { sandbox: { state: "ready", nodes }, topology };

test("a value is what the picture says, if it is what it should be", () => {
  for (const [of, wanted] of Object.entries(values)) assert.equal(lookUp(of, known), wanted, of);
});

test("nothing is known without a sandbox, or before the picture has come", () => {
  const web = "node1.container.web.ip";
  for (const state of ["none", "queued", "starting", "failed", "ended"]) {
    assert.equal(lookUp("node1.ip", { sandbox: { state, nodes }, topology }), "");
  }
  assert.equal(lookUp(web, { sandbox: { state: "ready" }, topology }), "");
  assert.equal(lookUp(web, { ...known, topology: null }), "");
});

test("what is no own value has none", () => {
  for (const of of ["", "node1", "node1.web.ip", "node1.container", "node1.container.web.constructor", "node1.network.dev.name"]) {
    assert.equal(lookUp(of, known), "", of);
  }
});

test("a command with holes says what is missing, each once", () => {
  assert.equal(unknownYet(["web's id"]), "web's id is not known yet.");
  assert.equal(unknownYet(["a", "b", "a"]), "a and b are not known yet.");
});
