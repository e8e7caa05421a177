// Motion for what arrives, moves and leaves; none for who wants none.
// @ts-check

const ARRIVE_MS = 320;
const MOVE_MS = 260;
const LEAVE_MS = 220;
const DRAW_MS = 900;
const EASE = "cubic-bezier(0.2, 0.8, 0.2, 1)";

/** @param {Element} element */
export function arrive(element) {
  run(element, [{ opacity: 0 }, { opacity: 1 }], ARRIVE_MS);
  // The group's own place is its attribute, which an animated transform would take the place of.
  for (const child of element.children) {
    run(child, [{ transform: "translateY(-8px)" }, { transform: "none" }], ARRIVE_MS);
  }
}

/** @param {Element} element @param {number} fromX @param {number} fromY from where it is now */
export function move(element, fromX, fromY) {
  for (const child of element.children) {
    run(child, [{ transform: `translate(${fromX}px, ${fromY}px)` }, { transform: "none" }], MOVE_MS);
  }
}

/** Removes it in the end. @param {Element} element */
export function leave(element) {
  element.removeAttribute("data-key");
  element.querySelector("[role=button]")?.remove();
  const going = run(element, [{ opacity: 1 }, { opacity: 0 }], LEAVE_MS);
  if (!going) element.remove();
  else going.finished.then(() => element.remove(), () => element.remove());
}

/** From its beginning to its end. @param {Element} line whose pathLength is 1 */
export function draw(line) {
  run(line, [{ strokeDasharray: 1, strokeDashoffset: 1 }, { strokeDasharray: 1, strokeDashoffset: 0 }], DRAW_MS);
}

/** @param {Element} element @param {Keyframe[]} frames @param {number} duration */
function run(element, frames, duration) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !element.isConnected) return null;
  return element.animate(frames, { duration, easing: EASE });
}
