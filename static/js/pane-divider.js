// The line between two halves: dragged with a pointer, moved with the arrow keys.
// @ts-check

const STEP = 0.05;

/**
 * @param {HTMLElement} divider
 * @param {{share: () => number, onMove: (share: number) => void, onDone: () => void}} listener
 * @param {AbortSignal} signal
 */
export function movable(divider, { share, onMove, onDone }, signal) {
  divider.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      divider.focus({ preventScroll: true });
      divider.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  divider.addEventListener(
    "pointermove",
    (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      const above = divider.previousElementSibling?.getBoundingClientRect();
      const below = divider.nextElementSibling?.getBoundingClientRect();
      if (above && below) onMove((event.clientY - above.top) / Math.max(below.bottom - above.top, 1));
    },
    { signal },
  );
  divider.addEventListener("lostpointercapture", onDone, { signal });
  divider.addEventListener(
    "keydown",
    (event) => {
      const to = { ArrowUp: share() - STEP, ArrowDown: share() + STEP, Home: 0, End: 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      onMove(to);
      onDone();
    },
    { signal },
  );
}
