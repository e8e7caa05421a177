// The wire protocol `slipway-tty.v1`: what a terminal in the browser and the server say to each other.
// @ts-check
//
// Binary WebSocket frames; the first byte is the type.
//
//   client → server   H  JSON {last_seq, rows, cols, shell, writer}   always first
//                     I  input bytes
//                     Z  JSON {rows, cols}                    the new size
//                     A  u64 big-endian                       the number of the next byte to parse
//                     C  nothing                              this window's size be the shell's
//                     P  8 bytes                              a ping
//   server → client   R  JSON {shell, seq, until, typed}      always first, the answer to H
//                     O  u64 big-endian, then output bytes    the number is the first byte's
//                     G  JSON {seq, skipped, why, modes}      bytes that won't come; go on at `seq`
//                     N  JSON {rows, cols, mine}              the shell's size, and who sets it
//                     K  u64 big-endian                       bytes of this writer's the shell has
//                     Q  8 bytes                              the ping's answer
//                     X  JSON {code}                          the shell ended; null: nobody knows how
//                     E  JSON {code, message, hint}           what went wrong
//
// Output bytes are numbered from 0 for as long as the shell lives. `last_seq` is the number of the
// next byte the client wants, and `shell` the id from the last R it got, "" before any. R says which
// shell this is and the number of the first byte that follows: the one asked for if it is the same
// shell and the server still has that byte. So a client that comes back gets what it missed, and
// nothing twice; bytes of another shell are never taken for bytes already seen. What comes before
// `until` was said before this client came. `typed` and K count what this `writer` (an id of the
// client's own) has typed into this shell: what is beyond it is sent again, into this shell only.
// Frames of another type come from a newer server: they decode to null and are ignored.
// The server's side is app/terminals/protocol.py; a test compares the tables of the two.

export const SUBPROTOCOL = "slipway-tty.v1";
export const MAX_INPUT_BYTES = 65536;

export const MIN_ROWS = 2;
export const MAX_ROWS = 300;
export const MIN_COLS = 2;
export const MAX_COLS = 500;

export const FRAMES = Object.freeze({
  HELLO: "H",
  INPUT: "I",
  RESIZE: "Z",
  ACK: "A",
  CONTROL: "C",
  PING: "P",
  RESET: "R",
  OUTPUT: "O",
  GAP: "G",
  SIZE: "N",
  TYPED: "K",
  PONG: "Q",
  EXIT: "X",
  ERROR: "E",
});

export const CLOSE_CODES = Object.freeze({
  MALFORMED_FRAME: 4400,
  NO_STUDENT: 4401,
  NO_SUCH_NODE: 4404,
  SANDBOX_NOT_READY: 4409,
  SHELL_ENDED: 4410,
  TOO_MANY_TERMINALS: 4429,
  ENGINE_UNAVAILABLE: 4503,
});

/**
 * @typedef {{rows: number, cols: number}} Size
 * @typedef {{type: "reset", shell: string, seq: number, until: number, typed: number}} ResetFrame
 * @typedef {{type: "gap", seq: number, skipped: number | null, why: string, modes: string}} GapFrame
 * @typedef {{type: "size", rows: number, cols: number, mine: boolean}} SizeFrame
 * @typedef {{type: "typed", count: number}} TypedFrame
 * @typedef {{type: "pong", payload: Uint8Array}} PongFrame
 * @typedef {{type: "output", seq: number, bytes: Uint8Array}} OutputFrame
 * @typedef {{type: "exit", code: number | null}} ExitFrame
 * @typedef {{type: "error", code: string, message: string, hint: string}} ErrorFrame
 */

const SEQ_BYTES = 8;
const text = new TextEncoder();
const utf8 = new TextDecoder();

/**
 * @param {number} lastSeq
 * @param {Size} size
 * @param {string} [shell] the last shell's id
 * @param {string} [writer] this client's own id
 */
export function encodeHello(lastSeq, size, shell = "", writer = "") {
  return frame(FRAMES.HELLO, json({ last_seq: lastSeq, ...clampSize(size), shell, writer }));
}

/** @param {number} seq the number of the next byte to be parsed */
export function encodeAck(seq) {
  const body = new Uint8Array(SEQ_BYTES);
  new DataView(body.buffer).setBigUint64(0, BigInt(seq));
  return frame(FRAMES.ACK, body);
}

export function encodeControl() {
  return frame(FRAMES.CONTROL, new Uint8Array());
}

/** @param {Size} size */
export function encodeResize(size) {
  return frame(FRAMES.RESIZE, json(clampSize(size)));
}

/**
 * Input as frames of at most MAX_INPUT_BYTES each, in order.
 * @param {string | Uint8Array} input
 */
export function encodeInput(input) {
  const bytes = typeof input === "string" ? text.encode(input) : input;
  const frames = [];
  for (let at = 0; at < bytes.length; at += MAX_INPUT_BYTES) {
    frames.push(frame(FRAMES.INPUT, bytes.subarray(at, at + MAX_INPUT_BYTES)));
  }
  return frames;
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {ResetFrame | OutputFrame | GapFrame | SizeFrame | TypedFrame | PongFrame | ExitFrame | ErrorFrame | null}
 */
export function decode(buffer) {
  const bytes = new Uint8Array(buffer);
  const body = bytes.subarray(1);
  switch (String.fromCharCode(bytes[0] ?? 0)) {
    case FRAMES.RESET: {
      const { shell, seq, until = seq, typed = 0 } = parse(body);
      return { type: "reset", shell: `${shell}`, seq: Number(seq), until: Number(until), typed: Number(typed) };
    }
    case FRAMES.GAP: {
      const { seq, skipped, why = "", modes = "" } = parse(body);
      const count = typeof skipped === "number" ? skipped : null;
      return { type: "gap", seq: Number(seq), skipped: count, why: `${why}`, modes: `${modes}` };
    }
    case FRAMES.SIZE: {
      const { rows, cols, mine } = parse(body);
      return { type: "size", ...clampSize({ rows: Number(rows), cols: Number(cols) }), mine: mine === true };
    }
    case FRAMES.TYPED:
      if (body.length < SEQ_BYTES) throw new RangeError("a count without its number");
      return { type: "typed", count: Number(new DataView(buffer, 1, SEQ_BYTES).getBigUint64(0)) };
    case FRAMES.PONG:
      return { type: "pong", payload: body };
    case FRAMES.OUTPUT: {
      if (body.length < SEQ_BYTES) throw new RangeError("output frame without a sequence number");
      const seq = Number(new DataView(buffer, 1, SEQ_BYTES).getBigUint64(0));
      return { type: "output", seq, bytes: body.subarray(SEQ_BYTES) };
    }
    case FRAMES.EXIT: {
      const { code } = parse(body);
      return { type: "exit", code: typeof code === "number" ? code : null };
    }
    case FRAMES.ERROR: {
      const { code = "", message = "", hint = "" } = parse(body);
      return { type: "error", code: `${code}`, message: `${message}`, hint: `${hint ?? ""}` };
    }
    default:
      return null;
  }
}

/**
 * The part of an output frame the client has not seen yet, and the byte it wants next.
 * `lost` counts bytes that the server no longer had.
 * @param {OutputFrame} output
 * @param {number} wanted
 */
export function unseen({ seq, bytes }, wanted) {
  const end = seq + bytes.length;
  return {
    bytes: bytes.subarray(Math.min(Math.max(wanted - seq, 0), bytes.length)),
    next: Math.max(end, wanted),
    lost: Math.max(seq - wanted, 0),
  };
}

/** @param {Size} size @returns {Size} */
export function clampSize({ rows, cols }) {
  return {
    rows: Math.min(Math.max(Math.floor(rows) || 0, MIN_ROWS), MAX_ROWS),
    cols: Math.min(Math.max(Math.floor(cols) || 0, MIN_COLS), MAX_COLS),
  };
}

/** @param {string} type @param {Uint8Array} body */
function frame(type, body) {
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = type.charCodeAt(0);
  bytes.set(body, 1);
  return bytes;
}

/** @param {object} value */
function json(value) {
  return text.encode(JSON.stringify(value));
}

/** @param {Uint8Array} body @returns {Record<string, unknown>} */
function parse(body) {
  return JSON.parse(utf8.decode(body));
}
