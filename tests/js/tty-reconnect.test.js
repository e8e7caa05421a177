// A lost connection comes back by itself: soon at first, then patiently, and at once when there is cause.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

/** Every socket and every timer that was made, newest last. */
let sockets = [];
let timers = [];
let connections = [];

globalThis.window = Object.assign(new EventTarget(), {
  setTimeout: (act, ms) => timers.push({ act, ms, over: false }),
});
const { clearTimeout } = globalThis;
globalThis.clearTimeout = (id) => {
  if (typeof id === "number") timers[id - 1].over = true;
  else clearTimeout(id); // of what runs the tests
};
globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
globalThis.location = { href: "http://slipway.test/" };
globalThis.WebSocket = class {
  bufferedAmount = 0;
  constructor() {
    sockets.push(this);
  }
  send() {}
  close() {}
};

const { TtyConnection } = await import("../../static/js/tty-connection.js");

/** Connected to a shell, with what was told of it. */
function opened() {
  const told = [];
  const connection = new TtyConnection("/ws", {
    onPhase: (phase, { reason }) => told.push(`${phase} ${reason}`.trim()),
    onNewShell: () => {},
    onSkipped: () => {},
    onOutput: (bytes) => told.push(new TextDecoder().decode(bytes)),
    onSize: () => {},
    size: () => ({ rows: 24, cols: 80 }),
  });
  connections.push(connection);
  connection.connect();
  welcome();
  return { connection, told };
}

function welcome() {
  sockets.at(-1).onopen();
  serve(sockets.at(-1), `R${JSON.stringify({ shell: "a", seq: 0 })}`);
}

function serve(socket, text) {
  socket.onmessage({ data: new TextEncoder().encode(text).buffer });
}

const lose = (code = 1006) => sockets.at(-1).onclose({ code });

afterEach(() => {
  for (const connection of connections) connection.dispose();
  sockets = [];
  timers = [];
  connections = [];
  document.visibilityState = "visible";
});

test("it tries again with pauses that grow to five seconds, and anew after it worked", () => {
  const { told } = opened();
  lose();
  for (let n = 0; n < 6; n += 1) {
    timers.at(-1).act();
    lose();
  }
  assert.deepEqual(timers.map(({ ms }) => ms), [250, 500, 1000, 2000, 4000, 5000, 5000]);
  timers.at(-1).act();
  welcome();
  lose();
  assert.equal(timers.at(-1).ms, 250);
  assert.equal(told.at(-1), "waiting Connection lost.");
});

test("when the network is back, or the page is looked at again, it does not wait", () => {
  opened();
  for (const [target, event] of [[window, "online"], [document, "visibilitychange"]]) {
    lose();
    const before = sockets.length;
    target.dispatchEvent(new Event(event));
    assert.equal(sockets.length, before + 1);
    assert.equal(timers.at(-1).over, true);
    target.dispatchEvent(new Event(event));
    assert.equal(sockets.length, before + 1);
    welcome();
  }
});

test("a page that nobody looks at is in no hurry", () => {
  opened();
  lose();
  document.visibilityState = "hidden";
  window.dispatchEvent(new Event("online"));
  assert.equal(sockets.length, 1);
});

test("what coming back would not mend waits for the student", () => {
  for (const code of [4400, 4401, 4404, 4429]) {
    const { told } = opened();
    lose(code);
    assert.equal(timers.length, 0);
    assert.match(told.at(-1), /^stopped ./);
  }
});

test("a socket that was given up is heard no more", () => {
  const { connection, told } = opened();
  const old = sockets.at(-1);
  connection.disconnect();
  connection.connect();
  welcome();
  serve(old, `O${"\0".repeat(8)}late`);
  old.onclose({ code: 1006 });
  assert.equal(connection.phase, "open");
  assert.equal(told.includes("late"), false);
});
