// What was stored of a browser's wishes is taken as far as it makes sense.
import assert from "node:assert/strict";
import { test } from "node:test";

import { parsePreferences } from "../../static/js/terminal-preferences.js";

const NORMAL = { textSize: 14, colours: "dark", reader: false, asksBeforePaste: true };

for (const stored of [null, "", "null", "{}", "no JSON", '{"textSize":"x","colours":"pink","reader":1}']) {
  test(`normal for ${stored}`, () => assert.deepEqual(parsePreferences(stored), NORMAL));
}

test("what was chosen is kept within its bounds", () => {
  const chosen = { textSize: 18, colours: "light", reader: true, asksBeforePaste: false };
  assert.deepEqual(parsePreferences(JSON.stringify(chosen)), chosen);
  assert.equal(parsePreferences('{"textSize": 400}').textSize, 28);
  assert.equal(parsePreferences('{"textSize": 1}').textSize, 10);
});
