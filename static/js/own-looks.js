// Has the step that the student is at look by itself, as soon as its state may have changed.
// @ts-check
//
// Two things tell of that: the picture of the networks is another one, or a command has ended in a
// terminal. A look every GAP_MS at most, so that half of what a student may ask stays for the button.

import { LabStep } from "./elements/lab-step.js";
import { link } from "./sandbox-link.js";

const GAP_MS = 2_000;

let last = -GAP_MS;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {import("./topology/model.js").Topology | null} */
let seen = null;

function mayHaveChanged() {
  timer ??= setTimeout(look, Math.max(0, last + GAP_MS - performance.now()));
}

function look() {
  timer = undefined;
  last = performance.now();
  if (!document.hidden) atHand()?.lookSoon();
}

/** The last open step that begins above the middle of the window; or the first there is. */
function atHand() {
  const open = [...document.querySelectorAll("lab-step")].filter((step) => step instanceof LabStep && step.looksAlone);
  const steps = /** @type {LabStep[]} */ (open);
  return steps.filter((step) => step.getBoundingClientRect().top < innerHeight / 2).at(-1) ?? steps[0];
}

if (document.querySelector("lab-step")) {
  document.addEventListener("lab-command-ended", mayHaveChanged);
  link.watch(({ topology }) => {
    if (topology !== seen && seen) mayHaveChanged();
    seen = topology;
  }, new AbortController().signal);
}
