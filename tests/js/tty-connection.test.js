// A connection tells shells apart by their ids, and says goodbye in words that are true.
import assert from "node:assert/strict";
import { test } from "node:test";

const sockets = [];

globalThis.window = Object.assign(new EventTarget(), { setTimeout });
globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
globalThis.location = { href: "http://slipway.test/" };
globalThis.WebSocket = class {
  static OPEN = 1;
  bufferedAmount = 0;
  sent = [];
  constructor() {
    sockets.push(this);
  }
  send(frame) {
    this.sent.push(new TextDecoder().decode(frame));
  }
  close() {}
};

const { TtyConnection } = await import("../../static/js/tty-connection.js");

/** A connection, what it told its listener, and a way to let the server speak. */
function connected() {
  const told = [];
  const connection = new TtyConnection("/ws", {
    onPhase: (phase, { reason }) => reason && told.push(`${phase}: ${reason}`),
    onNewShell: () => told.push("new shell"),
    onSkipped: (lost, why) => told.push(`skipped ${lost} ${why}`.trim()),
    onOutput: (bytes) => told.push(new TextDecoder().decode(bytes)),
    onSize: ({ rows, cols }, mine) => told.push(`${rows}x${cols} ${mine ? "mine" : "theirs"}`),
    size: () => ({ rows: 24, cols: 80 }),
  });
  const serve = (type, body) => {
    const frame = new TextEncoder().encode(`${type}${typeof body === "string" ? body : JSON.stringify(body)}`);
    sockets.at(-1).onmessage({ data: frame.buffer });
  };
  const output = (seq, text) => serve("O", `${"\0".repeat(7)}${String.fromCharCode(seq)}${text}`);
  /** Connects (again) and returns what hello asked for. */
  const hello = () => {
    connection.disconnect();
    connection.connect();
    sockets.at(-1).onopen();
    const { last_seq: lastSeq, shell } = JSON.parse(sockets.at(-1).sent[0].slice(1));
    return [lastSeq, shell];
  };
  /** What has been sent over the last socket since hello, acknowledgements aside. */
  const sent = () => sockets.at(-1).sent.slice(1).filter((frame) => !frame.startsWith("A"));
  return { connection, told, serve, output, hello, sent };
}

test("the same shell goes on where it was, and nothing comes twice", () => {
  const { told, serve, output, hello } = connected();
  assert.deepEqual(hello(), [0, ""]);
  serve("R", { shell: "a", seq: 5 });
  output(5, "one");
  assert.deepEqual(hello(), [8, "a"]);
  serve("R", { shell: "a", seq: 5 });
  output(5, "onetwo");
  assert.deepEqual(told, ["new shell", "one", "two"]);
});

test("bytes that the server no longer has are skipped with a notice", () => {
  const { told, serve, output, hello } = connected();
  hello();
  serve("R", { shell: "a", seq: 0 });
  output(0, "one");
  hello();
  serve("R", { shell: "a", seq: 10 });
  output(10, "two");
  assert.deepEqual(told, ["new shell", "one", "skipped 7", "two"]);
  assert.deepEqual(hello(), [13, "a"]);
});

test("another shell starts afresh, whatever the numbers", () => {
  const { told, serve, output, hello } = connected();
  hello();
  serve("R", { shell: "a", seq: 0 });
  output(0, "a long one");
  hello();
  serve("R", { shell: "b", seq: 2 });
  output(2, "new");
  assert.deepEqual(told, ["new shell", "a long one", "new shell", "new"]);
  assert.deepEqual(hello(), [5, "b"]);
});

test("an exit code is only told if it is known", () => {
  const { told, serve, hello } = connected();
  hello();
  serve("X", { code: 0 });
  hello();
  serve("X", { code: null });
  assert.deepEqual(told, ["exited: The shell ended (exit code 0).", "exited: The shell ended."]);
});

test("what was typed before a cut is sent again to the same shell, and only what is missing", () => {
  const { connection, serve, hello, sent } = connected();
  hello();
  serve("R", { shell: "a", seq: 0 });
  assert.equal(connection.send("abc"), true);
  assert.equal(connection.send("def"), true);
  hello();
  assert.equal(connection.send("too early"), false);
  serve("R", { shell: "a", seq: 0, typed: 4 });
  assert.deepEqual(sent(), ["Ief"]);
});

test("what was typed into a shell that is gone is not typed into the next one", () => {
  const { connection, serve, hello, sent } = connected();
  hello();
  serve("R", { shell: "a", seq: 0 });
  connection.send("rm -r *");
  hello();
  serve("R", { shell: "b", seq: 0, typed: 0 });
  assert.deepEqual(sent(), []);
});

test("a gap is told with its reason, and the numbers go on behind it", () => {
  const { told, serve, output, hello } = connected();
  hello();
  serve("R", { shell: "a", seq: 0 });
  output(0, "one");
  serve("G", { seq: 9, skipped: 6, why: "interrupted", modes: "" });
  output(9, "two");
  assert.deepEqual(told, ["new shell", "one", "skipped 6 interrupted", "two"]);
  assert.deepEqual(hello(), [12, "a"]);
});

test("whoever types takes the size over", () => {
  const { connection, told, serve, hello, sent } = connected();
  hello();
  serve("R", { shell: "a", seq: 0 });
  serve("N", { rows: 30, cols: 100, mine: false });
  connection.send("x");
  connection.send("y");
  assert.deepEqual(told, ["new shell", "30x100 theirs"]);
  assert.deepEqual(sent(), ["C", "Ix", "Iy"]);
});

test("what is on the screen is acknowledged, not each byte of it", () => {
  const { connection, serve, hello } = connected();
  hello();
  serve("R", { shell: "a", seq: 0 });
  const acks = () => sockets.at(-1).sent.filter((frame) => frame.startsWith("A")).length;
  assert.equal(acks(), 1);
  connection.parsed(100);
  assert.equal(acks(), 1);
  connection.parsed(16 * 1024);
  assert.equal(acks(), 2);
});

test("a socket that was opened early is taken once, for its own address, and only while it lives", () => {
  const begun = { url: "ws://slipway.test/ws", readyState: 1, sent: [], send: (frame) => begun.sent.push(frame) };
  globalThis.slipwayEarly = { socket: begun };
  const listener = { onPhase: () => {}, size: () => ({ rows: 24, cols: 80 }) };
  const before = sockets.length;
  new TtyConnection("/ws/other", listener).connect();
  assert.equal(sockets.length, before + 1);
  const first = new TtyConnection("/ws", listener);
  first.connect();
  assert.equal(sockets.length, before + 1);
  assert.equal(String.fromCharCode(begun.sent[0][0]), "H");
  new TtyConnection("/ws", listener).connect();
  assert.equal(sockets.length, before + 2);
  globalThis.slipwayEarly = { socket: { ...begun, readyState: 3 } };
  new TtyConnection("/ws", listener).connect();
  assert.equal(sockets.length, before + 3);
  delete globalThis.slipwayEarly;
});
