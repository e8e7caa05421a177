// From a key to its glyph, and from bytes to the screen: measured in the page, for two terminals.
//
// The page's own terminal, with the network and the node behind it, and one beside it that is the
// same screen fed directly: a key is written at once. Both are looked at from outside, at the rows
// that the screen draws.

/** @typedef {{keys: number[], writes: number[], arm: () => void}} Watch */

/** @param {HTMLElement} host @returns {Watch} */
function watched(host) {
  /** @type {Watch} */
  const watch = { keys: [], writes: [], arm: () => {} };
  const rows = /** @type {HTMLElement} */ (host.querySelector(".xterm-rows"));
  let seen = "";
  let pressed = 0;
  let written = 0;
  new MutationObserver(() => {
    if (!pressed || rows.textContent === seen) return;
    const now = performance.now();
    watch.keys.push(now - pressed);
    if (written) watch.writes.push(now - written);
    pressed = written = 0;
  }).observe(rows, { childList: true, characterData: true, subtree: true });
  host.addEventListener(
    "keydown",
    () => {
      seen = rows.textContent ?? "";
      pressed = performance.now();
    },
    { capture: true },
  );
  watch.arm = () => {
    if (pressed && !written) written = performance.now();
  };
  return watch;
}

/** The same kind of screen in the same place, without a shell. @param {string} module */
async function direct(module) {
  const { TerminalScreen } = await import(module);
  const model = /** @type {HTMLElement} */ (document.querySelector("lab-terminal .terminal-host"));
  const box = model.getBoundingClientRect();
  const host = document.createElement("div");
  host.className = "terminal-host";
  Object.assign(host.style, { position: "fixed", zIndex: "9", left: `${box.left}px`, top: `${box.top}px` });
  Object.assign(host.style, { width: `${box.width}px`, height: `${box.height}px` });
  (model.parentElement ?? document.body).append(host);
  const encoder = new TextEncoder();
  const screen = new TerminalScreen(host, {
    onInput: (/** @type {string} */ data) => {
      watch.arm();
      screen.terminal.write(encoder.encode(data));
    },
    onResize: () => {},
  });
  const watch = watched(host);
  return { host, screen, watch };
}

Object.assign(window, { glyphs: { watched, direct } });
