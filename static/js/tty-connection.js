// Keeps one terminal's WebSocket alive: says hello, counts bytes, comes back after a loss.
// @ts-check
//
// It knows the protocol and the network, but no screen and no page.

import * as protocol from "./protocol.js";
import { Typed } from "./typed.js";

/**
 * What a connection is doing. Only "open" takes input.
 * @typedef {"idle" | "connecting" | "open" | "waiting" | "exited" | "stopped"} Phase
 *
 * @typedef {object} Listener
 * @property {(phase: Phase, detail: {reason: string, retryAt?: number}) => void} onPhase
 * @property {(isCut: boolean) => void} onNewShell what follows is from another shell than what came
 *   before; `isCut`: and not from its beginning
 * @property {(lost: number | null, why: string, modes: string) => void} onSkipped bytes that won't come
 * @property {(bytes: Uint8Array, isReplay: boolean) => void} onOutput call `parsed` when they are on the screen
 * @property {(size: protocol.Size, mine: boolean) => void} onSize the shell's size, and who sets it
 * @property {() => protocol.Size} size
 */

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
// The server sends 128 KiB ahead, so it hears often enough to go on without a pause.
const ACK_BYTES = 16 * 1024;
const ENDED = "The shell ended.";

const { CLOSE_CODES } = protocol;

/**
 * What to say for close codes after which coming back by itself makes no sense.
 * @type {Map<number, string>}
 */
const FINAL = new Map([
  [CLOSE_CODES.MALFORMED_FRAME, "This page and the server don't understand each other. Reload the page."],
  [CLOSE_CODES.NO_STUDENT, "The server doesn't know this browser any more. Reload the page."],
  [CLOSE_CODES.NO_SUCH_NODE, "Your sandbox has no node of this name."],
  [CLOSE_CODES.TOO_MANY_TERMINALS, "You have too many terminals open. Close another tab, then connect again."],
]);

/**
 * What to say while trying again, where more is known than "lost".
 * @type {Map<number, string>}
 */
const PASSING = new Map([
  [CLOSE_CODES.SANDBOX_NOT_READY, "The sandbox is not ready yet."],
  [CLOSE_CODES.ENGINE_UNAVAILABLE, "The Docker engine can't be reached at the moment."],
]);

export class TtyConnection {
  /** @type {WebSocket | null} */
  #socket = null;
  /** The id of the shell that the last bytes came from, "" before any. */
  #shell = "";
  /** The number of its next byte, and of the next one to be on the screen. */
  #wanted = 0;
  #parsed = 0;
  #acked = 0;
  /** Up to this number it is a replay. */
  #until = 0;
  #typed = new Typed();
  #writer = crypto.getRandomValues(new Uint8Array(12)).reduce((id, byte) => id + byte.toString(16).padStart(2, "0"), "");
  #ownsSize = true;
  #retryMs = FIRST_RETRY_MS;
  /** @type {number | undefined} */
  #timer;
  #errorMessage = "";
  /** @type {Phase} */
  phase = "idle";

  /** @param {string} path @param {Listener} listener */
  constructor(path, listener) {
    this.path = path;
    this.listener = listener;
    window.addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
  }

  /** Connects, unless that is done or under way. */
  connect() {
    if (this.phase === "open" || this.phase === "connecting") return;
    clearTimeout(this.#timer);
    this.#errorMessage = "";
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = begun(url.href) ?? new WebSocket(url, protocol.SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    // A socket that was given up must not speak for its successor.
    const current = () => this.#socket === socket;
    socket.onopen = () => current() && this.#opened(socket);
    socket.onmessage = ({ data }) => current() && this.#received(data);
    socket.onclose = ({ code }) => current() && this.#closed(code);
    this.#enter("connecting", "");
    if (socket.readyState === WebSocket.OPEN) this.#opened(socket);
  }

  /** Lets go of the shell, which lives on. */
  disconnect(reason = "") {
    this.#drop();
    this.#retryMs = FIRST_RETRY_MS;
    this.#enter("idle", reason);
  }

  /** @param {string | Uint8Array} input @returns {boolean} whether it will be typed, once */
  send(input) {
    if (this.phase !== "open" || !this.#socket) return false;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) return false;
    const frames = protocol.encodeInput(input);
    if (!this.#typed.add(frames.map((frame) => frame.subarray(1)))) return false;
    // Whoever types in a window wants to see the shell in that window's size.
    if (!this.#ownsSize) this.takeControl();
    for (const frame of frames) this.#socket.send(frame);
    return true;
  }

  /** @param {protocol.Size} size */
  resize(size) {
    if (this.phase === "open") this.#socket?.send(protocol.encodeResize(size));
  }

  /** Has this window set the shell's size from now on. */
  takeControl() {
    if (this.phase !== "open") return;
    this.#socket?.send(protocol.encodeControl());
    this.#ownsSize = true;
  }

  /** So many bytes of output are on the screen now. @param {number} count */
  parsed(count) {
    this.#parsed += count;
    if (this.#parsed - this.#acked >= ACK_BYTES) this.#acknowledge();
  }

  dispose() {
    this.#drop();
    window.removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
  }

  /** @param {WebSocket} socket */
  #opened(socket) {
    socket.send(protocol.encodeHello(this.#wanted, this.listener.size(), this.#shell, this.#writer));
  }

  /** @param {ArrayBuffer} data */
  #received(data) {
    const frame = protocol.decode(data);
    if (frame?.type === "reset") this.#attached(frame);
    if (frame?.type === "output") this.#output(frame);
    if (frame?.type === "gap") this.#gap(frame);
    if (frame?.type === "typed") this.#typed.arrived(frame.count);
    if (frame?.type === "size") {
      this.#ownsSize = frame.mine;
      this.listener.onSize({ rows: frame.rows, cols: frame.cols }, frame.mine);
    }
    if (frame?.type === "error") this.#errorMessage = [frame.message, frame.hint].filter(Boolean).join(" ");
    if (frame?.type === "exit") {
      this.#drop();
      this.#enter("exited", frame.code === null ? ENDED : `The shell ended (exit code ${frame.code}).`);
    }
  }

  /** @param {protocol.ResetFrame} frame */
  #attached({ shell, seq, until, typed }) {
    this.#retryMs = FIRST_RETRY_MS;
    this.#until = until;
    this.#enter("open", "");
    if (shell !== this.#shell) {
      this.#shell = shell;
      this.#wanted = seq;
      // Keys meant for the old shell must not reach the new one.
      this.#typed = new Typed();
      this.listener.onNewShell(seq > 0);
    } else if (seq > this.#wanted) {
      this.listener.onSkipped(seq - this.#wanted, "", "");
      this.#wanted = seq;
    }
    this.#parsed = this.#wanted;
    this.#acknowledge();
    for (const bytes of this.#typed.missing(typed)) {
      for (const frame of protocol.encodeInput(bytes)) this.#socket?.send(frame);
    }
  }

  /** @param {protocol.OutputFrame} frame */
  #output(frame) {
    const { bytes, next, lost } = protocol.unseen(frame, this.#wanted);
    const isReplay = frame.seq < this.#until;
    this.#wanted = next;
    if (lost > 0) this.listener.onSkipped(lost, "", "");
    this.#parsed += lost;
    if (bytes.length > 0) this.listener.onOutput(bytes, isReplay);
  }

  /** @param {protocol.GapFrame} frame */
  #gap({ seq, skipped, why, modes }) {
    if (seq <= this.#wanted) return;
    this.#parsed += seq - this.#wanted;
    this.#wanted = seq;
    this.listener.onSkipped(skipped, why, modes);
  }

  #acknowledge() {
    this.#acked = this.#parsed;
    this.#socket?.send(protocol.encodeAck(this.#parsed));
  }

  /** @param {number} code */
  #closed(code) {
    this.#socket = null;
    const said = this.#errorMessage;
    if (code === CLOSE_CODES.SHELL_ENDED) {
      this.#enter("exited", said || ENDED);
    } else if (FINAL.has(code)) {
      this.#enter("stopped", said || (FINAL.get(code) ?? ""));
    } else {
      const retryAt = Date.now() + this.#retryMs;
      this.#timer = window.setTimeout(() => this.connect(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      this.#enter("waiting", said || PASSING.get(code) || "Connection lost.", retryAt);
    }
  }

  #hurry = () => {
    if (this.phase === "waiting" && document.visibilityState === "visible") this.connect();
  };

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  /** @param {Phase} phase @param {string} reason @param {number} [retryAt] */
  #enter(phase, reason, retryAt) {
    this.phase = phase;
    this.listener.onPhase(phase, retryAt === undefined ? { reason } : { reason, retryAt });
  }
}

/**
 * The socket that early.js has opened for this address, for the first who asks. Without a hello
 * nothing has come over it.
 * @param {string} url
 * @returns {WebSocket | null}
 */
function begun(url) {
  /** @type {{socket: WebSocket | null} | undefined} */
  const early = Reflect.get(globalThis, "slipwayEarly");
  if (early?.socket?.url !== url) return null;
  const { socket } = early;
  early.socket = null;
  return socket.readyState <= WebSocket.OPEN ? socket : null;
}
