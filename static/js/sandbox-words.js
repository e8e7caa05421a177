// Says in one sentence what a sandbox and its nodes are doing.
// @ts-check

/**
 * @typedef {object} Node
 * @property {string} name
 * @property {"starting" | "ready" | "stopped"} state
 * @property {string} [ip] empty for one that was never made
 * @property {string} [reason] why it is not ready, or what has just happened to it
 *
 * When all sandboxes end, and why.
 * @typedef {object} Drain
 * @property {string} ends_at RFC 3339
 * @property {string} reason
 * @property {boolean} soon whether these are the last minutes
 * @property {boolean} over
 *
 * What the server tells of a sandbox.
 * @typedef {object} Sandbox
 * @property {"none" | "queued" | "starting" | "ready" | "failed" | "ended"} state
 * @property {Node[]} nodes
 * @property {string} [stage]
 * @property {string[]} [stages]
 * @property {number | null} [position]
 * @property {string} [reason]
 * @property {string | null} [ends_at] RFC 3339
 * @property {boolean} [ending] whether that is soon
 * @property {string} [trouble] what concerns everybody
 * @property {Drain | null} [drain] that all sandboxes end
 */

/** @param {Sandbox} sandbox @param {boolean} lost whether the server can't be heard */
export function sentence(sandbox, lost) {
  if (lost) return "No connection to the server. Trying again by itself.";
  const { state, stage = "", stages = [], position } = sandbox;
  switch (state) {
    case "none":
      return "No sandbox yet.";
    case "queued":
      return queued(position);
    case "starting": {
      const at = stages.indexOf(stage) + 1;
      if (!stage) return "Starting your sandbox …";
      return `Starting your sandbox: ${stage}${at ? ` (${at} of ${stages.length})` : ""} …`;
    }
    case "ready":
      return ready(sandbox);
    case "failed":
      return "The sandbox did not start.";
    case "ended":
      return "The sandbox has ended.";
  }
}

/** Why that is so, where the sandbox itself has a reason. @param {Sandbox} sandbox */
export function reasonOf({ state, reason = "" }) {
  return ["queued", "failed", "ended"].includes(state) ? reason : "";
}

/** Whether all of it runs, so that a check can find out what is so. @param {Sandbox} sandbox */
export function canBeLookedAt({ state, nodes }) {
  return state === "ready" && nodes.every((node) => node.state === "ready");
}

/** @param {Sandbox} sandbox @param {string} name @returns {Node | undefined} */
export function nodeOf({ nodes }, name) {
  return nodes.find((node) => node.name === name);
}

/**
 * What a node is doing: a mark and a word for its name, a notice, and whether a restart helps.
 * @param {Sandbox} sandbox
 * @param {string} name
 * @returns {{mark: "off" | "starting" | "ready" | "troubled" | "stopped", word: string, notice: string, restart: boolean}}
 */
export function nodeWords(sandbox, name) {
  const node = nodeOf(sandbox, name);
  if (sandbox.state !== "ready" || !node) return { mark: "off", word: "", notice: "", restart: false };
  const { state, reason = "" } = node;
  if (state === "starting") return { mark: "starting", word: "starting …", notice: "", restart: false };
  if (state === "ready") return { mark: reason ? "troubled" : "ready", word: "", notice: reason, restart: false };
  const word = node.ip ? "stopped" : "not there";
  return { mark: "stopped", word, notice: reason || `${name} is ${word}.`, restart: true };
}

/** Why a node's terminal is not connected. @param {Sandbox} sandbox @param {string} name */
export function whyNoShell(sandbox, name) {
  const { state } = sandbox;
  if (state === "queued") return "Connects when it is your turn.";
  if (state === "failed" || state === "ended") return sentence(sandbox, false);
  if (state !== "ready") return "Connects when the sandbox is ready.";
  const node = nodeOf(sandbox, name);
  if (node?.state === "stopped") return `Connects when ${name} is running again.`;
  return `${name} is starting …`;
}

/** What a reset of one node leaves alone. @param {string[]} others */
export function staysAsItIs(others) {
  if (others.length === 0) return "";
  return others.length === 1 ? `${others[0]} stays as it is.` : `${list(others)} stay as they are.`;
}

/** What stands before the page's title, so that a tab tells what its page would. @param {Sandbox} sandbox */
export function titlePrefix({ state, ending, drain }) {
  if (state === "ended") return "Ended – ";
  return state === "ready" && (ending || drain?.soon) ? "Ends soon – " : "";
}

/** @param {number | null | undefined} position */
function queued(position) {
  if (!position) return "Waiting for a free place.";
  return position === 1 ? "You are next in the queue." : `You are number ${position} in the queue.`;
}

/** @param {Sandbox} sandbox */
function ready({ nodes }) {
  /** @param {Node["state"]} state */
  const named = (state) => nodes.filter((node) => node.state === state).map(({ name }) => name);
  const [stopped, starting] = [named("stopped"), named("starting")];
  const all = nodes.length > 1 && stopped.length === nodes.length;
  if (all) return "All nodes have stopped.";
  if (stopped.length > 0) return `${list(stopped)} ${stopped.length > 1 ? "have" : "has"} stopped.`;
  if (starting.length > 0) return `${list(starting)} ${starting.length > 1 ? "are" : "is"} starting …`;
  return nodes.length > 1 ? `Your ${nodes.length} nodes are ready.` : "Your sandbox is ready.";
}

/** @param {string[]} names */
function list(names) {
  return names.length < 3 ? names.join(" and ") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
