// Asks the server, and turns everything that can go wrong into one kind of error with a sentence in it.
// @ts-check

/** The server (or the way to it) failed; `message` and `hint` are plain text for the student. */
export class ServerError extends Error {
  /** @param {string} code @param {string} message @param {string} hint */
  constructor(code, message, hint = "") {
    super(message);
    this.name = "ServerError";
    this.code = code;
    this.hint = hint;
  }
}

// A clock in a classroom may be minutes off, and the server's times are the server's.
const CLOCK_TOLERANCE_MS = 2_000;
let aheadMs = 0;

/** The server's time, as far as its answers have told. */
export function serverNow() {
  return Date.now() + aheadMs;
}

// A check may take a while on a busy machine; nobody wants to watch it for longer than this.
export const TIMEOUT_MS = 30_000;

/**
 * @param {"GET" | "POST" | "DELETE"} method
 * @param {string} path
 * @param {{body?: object, timeoutMs?: number, signal?: AbortSignal | undefined, underway?: Promise<Response> | undefined}} [options]
 *   `underway` is this very request, sent before
 * @returns {Promise<any>} the answer's JSON
 */
export async function ask(method, path, { body, timeoutMs = TIMEOUT_MS, signal, underway } = {}) {
  const timeout = AbortSignal.timeout(timeoutMs);
  /** @type {RequestInit} */
  const request = { method, credentials: "same-origin", signal: either(timeout, signal) };
  // What the server says about a lesson is said in the language that the lesson is shown in.
  /** @type {Record<string, string>} */
  const headers = {};
  const language = globalThis.document?.querySelector?.("article[lang]")?.getAttribute("lang");
  if (language) headers["Accept-Language"] = language;
  request.headers = headers;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  let response;
  let answer;
  try {
    response = await (underway ?? fetch(path, request));
    setClock(response.headers.get("Date"));
    answer = await response.json().catch(() => null);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw timeout.aborted
      ? new ServerError("timeout", "The server took too long to answer.", "Try again in a moment.")
      : new ServerError("unreachable", "The server can't be reached.", "Check your connection, then try again.");
  }
  if (response.ok) return answer;
  const { code = `http_${response.status}`, message = "", hint = "" } = answer?.error ?? {};
  throw new ServerError(
    `${code}`,
    `${message || `The server answered with an error (${response.status}).`}`,
    `${hint ?? ""}`,
  );
}

/** @param {unknown} error @returns {ServerError} */
export function asServerError(error) {
  if (error instanceof ServerError) return error;
  return new ServerError("unexpected", "Something unexpected went wrong on this page.", "Reload it.");
}

/** @param {string | null} date RFC 9110, whole seconds */
function setClock(date) {
  const ahead = Date.parse(date ?? "") - Date.now();
  if (Math.abs(ahead - aheadMs) > CLOCK_TOLERANCE_MS) aheadMs = ahead;
}

/** @param {AbortSignal} timeout @param {AbortSignal | undefined} signal */
function either(timeout, signal) {
  if (!signal) return timeout;
  const controller = new AbortController();
  for (const source of [timeout, signal]) {
    if (source.aborted) controller.abort(source.reason);
    source.addEventListener("abort", () => controller.abort(source.reason), { once: true });
  }
  return controller.signal;
}
