// What changes often is read out seldom, and in the end as it is.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Announcer } from "../../static/js/announcer.js";

/** An announcer in a time of its own. */
function announcing(t) {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  t.after(() => mock.timers.reset());
  const said = [];
  return { said, announcer: new Announcer((text) => said.push(text), { everyMs: 1000 }) };
}

test("a new subject is read out at once", (t) => {
  const { said, announcer } = announcing(t);
  announcer.say("queue", "You are number 7.");
  announcer.say("ready", "It is ready.");
  assert.deepEqual(said, ["You are number 7.", "It is ready."]);
});

test("of one subject only the latest is read out, after a pause", (t) => {
  const { said, announcer } = announcing(t);
  for (const position of [7, 6, 5]) announcer.say("queue", `You are number ${position}.`);
  assert.deepEqual(said, ["You are number 7."]);
  mock.timers.tick(1000);
  assert.deepEqual(said, ["You are number 7.", "You are number 5."]);
});

test("what waited for its turn is dropped when the subject changes", (t) => {
  const { said, announcer } = announcing(t);
  announcer.say("queue", "You are number 7.");
  announcer.say("queue", "You are number 6.");
  announcer.say("ready", "It is ready.");
  mock.timers.tick(5000);
  assert.deepEqual(said, ["You are number 7.", "It is ready."]);
});

test("the same sentence is not repeated", (t) => {
  const { said, announcer } = announcing(t);
  announcer.say("ready", "It is ready.");
  announcer.say("again", "It is ready.");
  assert.deepEqual(said, ["It is ready."]);
});
