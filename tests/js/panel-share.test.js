import assert from "node:assert/strict";
import { test } from "node:test";

import { LEAST_SHARE, MOST_SHARE, clampShare } from "../../static/js/panel-share.js";

test("neither side of the page can be pushed out of it", () => {
  assert.equal(clampShare(-5), LEAST_SHARE);
  assert.equal(clampShare(99), MOST_SHARE);
  assert.equal(clampShare(50), 50);
});
