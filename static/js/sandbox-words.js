// Says in one sentence what a sandbox is doing.
// @ts-check

/**
 * What the server tells of a sandbox.
 * @typedef {object} Sandbox
 * @property {"none" | "queued" | "starting" | "ready" | "failed" | "ended"} state
 * @property {{name: string, state: "starting" | "ready" | "stopped", ip?: string}[]} nodes
 * @property {string} [stage]
 * @property {string[]} [stages]
 * @property {number | null} [position]
 * @property {string} [reason]
 * @property {string | null} [ends_at] RFC 3339
 */

/** @param {Sandbox} sandbox @param {boolean} lost whether the server can't be heard */
export function sentence(sandbox, lost) {
  if (lost) return "No connection to the server. Trying again by itself.";
  const { state, stage = "", stages = [], position, nodes, ends_at: endsAt } = sandbox;
  switch (state) {
    case "none":
      return "No sandbox yet.";
    case "queued":
      return position ? `Waiting for a free place: number ${position} in the queue.` : "Waiting for a free place.";
    case "starting": {
      const at = stages.indexOf(stage) + 1;
      if (!stage) return "Starting your sandbox …";
      return `Starting your sandbox: ${stage}${at ? ` (${at} of ${stages.length})` : ""} …`;
    }
    case "ready": {
      const stopped = nodes.filter((node) => node.state === "stopped").map((node) => node.name);
      if (stopped.length > 0) return `${stopped.join(" and ")} ${stopped.length > 1 ? "have" : "has"} stopped.`;
      return endsAt ? `Sandbox ready until ${clock(endsAt)}.` : "Sandbox ready.";
    }
    case "failed":
      return "The sandbox did not start.";
    case "ended":
      return "The sandbox has ended.";
  }
}

/** @param {string} time RFC 3339 */
function clock(time) {
  return new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
