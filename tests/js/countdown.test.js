// A countdown is shown every second and read out twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DrainVoice, EndingVoice, clock, inWords, secondsLeft, timeOfDay } from "../../static/js/countdown.js";

test("what is left is counted in whole seconds, by the server's clock, and never below none", () => {
  const now = Date.parse("2030-01-01T10:00:00Z");
  assert.equal(secondsLeft("2030-01-01T10:04:32+00:00", now), 272);
  assert.equal(secondsLeft("2030-01-01T09:00:00+00:00", now), 0);
});

test("a clock shows minutes and two digits of seconds", () => {
  assert.deepEqual([272, 60, 9, 0].map(clock), ["4:32", "1:00", "0:09", "0:00"]);
  assert.deepEqual([3600, 3872, 36_000].map(clock), ["1:00:00", "1:04:32", "10:00:00"]);
});

test("in words, minutes are round and one is one", () => {
  const words = ["5 minutes", "1 minute", "59 seconds", "1 second"];
  assert.deepEqual([292, 60, 59, 1].map(inWords), words);
});

test("it is told when it begins, once more in the last minute, and then no more", () => {
  const voice = new EndingVoice();
  const said = [272, 271, 100, 61, 60, 59, 30, 1, 0].map((seconds) => voice.next(seconds)).filter(Boolean);
  assert.equal(said.length, 2);
  assert.match(said[0], /^Nothing has happened here for a while\. This sandbox ends in 5 minutes\./);
  assert.equal(said[1], "This sandbox ends in 1 minute.");
});

test("one that begins in the last minute is told once", () => {
  const voice = new EndingVoice();
  assert.match(voice.next(40), /ends in 40 seconds/);
  assert.equal(voice.next(39), "");
});

test("one that was put off is told anew", () => {
  const voice = new EndingVoice();
  voice.next(100);
  voice.rest();
  assert.notEqual(voice.next(100), "");
});

test("a time is the reader's own, wherever the server stands", () => {
  assert.equal(timeOfDay("2030-01-01T16:00:00+00:00", "en-GB", "Europe/Paris"), "17:00");
});

test("a drain is told when it begins, five minutes and one minute before its time, and not in between", () => {
  const voice = new DrainVoice();
  const said = [2700, 2699, 301, 300, 61, 60, 1, 0].map((seconds) => voice.next(seconds, "New machines come.")).filter(Boolean);
  assert.deepEqual(said, [
    "This sandbox ends in 45 minutes. New machines come. Finish, and copy what you want to keep.",
    "This sandbox ends in 5 minutes.",
    "This sandbox ends in 1 minute.",
  ]);
  voice.rest();
  assert.match(voice.next(30, "Again."), /in 30 seconds\. Again\./);
});
