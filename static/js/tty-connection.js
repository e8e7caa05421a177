// Keeps one terminal's WebSocket alive: says hello, counts bytes, comes back after a loss.
// @ts-check
//
// It knows the protocol and the network, but no screen and no page.

import * as protocol from "./protocol.js";

/**
 * What a connection is doing. Only "open" takes input.
 * @typedef {"idle" | "connecting" | "open" | "waiting" | "exited" | "stopped"} Phase
 *
 * @typedef {object} Listener
 * @property {(phase: Phase, detail: {reason: string, retryAt?: number}) => void} onPhase
 * @property {() => void} onNewShell what follows is from another shell than what came before
 * @property {(lost: number) => void} onSkipped so many bytes are gone for good
 * @property {(bytes: Uint8Array) => void} onOutput
 * @property {() => protocol.Size} size
 */

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
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
  /** The number of its next byte. */
  #wanted = 0;
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
    const socket = new WebSocket(url, protocol.SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    // A socket that was given up must not speak for its successor.
    const current = () => this.#socket === socket;
    socket.onopen = () => current() && this.#opened(socket);
    socket.onmessage = ({ data }) => current() && this.#received(data);
    socket.onclose = ({ code }) => current() && this.#closed(code);
    this.#enter("connecting", "");
  }

  /** Lets go of the shell, which lives on. */
  disconnect(reason = "") {
    this.#drop();
    this.#retryMs = FIRST_RETRY_MS;
    this.#enter("idle", reason);
  }

  /** @param {string | Uint8Array} input @returns {boolean} whether it was sent; it is never kept */
  send(input) {
    if (this.phase !== "open" || !this.#socket) return false;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) return false;
    for (const frame of protocol.encodeInput(input)) this.#socket.send(frame);
    return true;
  }

  /** @param {protocol.Size} size */
  resize(size) {
    if (this.phase === "open") this.#socket?.send(protocol.encodeResize(size));
  }

  dispose() {
    this.#drop();
    window.removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
  }

  /** @param {WebSocket} socket */
  #opened(socket) {
    socket.send(protocol.encodeHello(this.#wanted, this.listener.size(), this.#shell));
    this.#enter("open", "");
  }

  /** @param {ArrayBuffer} data */
  #received(data) {
    const frame = protocol.decode(data);
    if (frame?.type === "reset") this.#attached(frame);
    if (frame?.type === "output") this.#output(frame);
    if (frame?.type === "error") this.#errorMessage = [frame.message, frame.hint].filter(Boolean).join(" ");
    if (frame?.type === "exit") {
      this.#drop();
      this.#enter("exited", frame.code === null ? ENDED : `The shell ended (exit code ${frame.code}).`);
    }
  }

  /** @param {protocol.ResetFrame} frame */
  #attached({ shell, seq }) {
    this.#retryMs = FIRST_RETRY_MS;
    if (shell !== this.#shell) {
      this.#shell = shell;
      this.#wanted = seq;
      this.listener.onNewShell();
    } else if (seq > this.#wanted) {
      this.listener.onSkipped(seq - this.#wanted);
      this.#wanted = seq;
    }
  }

  /** @param {protocol.OutputFrame} frame */
  #output(frame) {
    const { bytes, next, lost } = protocol.unseen(frame, this.#wanted);
    this.#wanted = next;
    if (lost > 0) this.listener.onSkipped(lost);
    if (bytes.length > 0) this.listener.onOutput(bytes);
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
