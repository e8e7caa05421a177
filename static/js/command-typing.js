// Types a lesson's commands into a shell, without ever pressing Enter in a program or a half-typed line.
// @ts-check

/**
 * What it needs of a terminal.
 * @typedef {object} Shell
 * @property {import("./shell-marks.js").ShellMarks} marks
 * @property {boolean} lineIsEmpty whether nothing stands at the prompt
 * @property {boolean} takesPastes whether several lines can be given without running them
 * @property {boolean} isFullScreen whether a program like an editor has the screen
 * @property {(input: string) => boolean} send
 *
 * @typedef {"sent" | "inserted" | "refused" | "stopped"} Outcome
 * @typedef {{outcome: Outcome, text: string}} Result
 */

// A command that takes longer than this, and the lines after it, are left to the student.
const LINE_MS = 120_000;

/**
 * @param {Shell} shell
 * @param {string[]} lines
 * @param {{node: string, stopOnFailure?: boolean, lineMs?: number, onLine?: () => void}} options
 *   `onLine` is told of every line that was sent
 * @returns {Promise<Result>}
 */
export async function typeCommands(shell, lines, { node, stopOnFailure = false, lineMs = LINE_MS, onLine = () => {} }) {
  const { marks } = shell;
  if (marks.state === "unknown") {
    // A shell without marks: all that is known is that nothing else was ever said about it.
    if (!shell.send(lines.map((line) => `${line}\r`).join(""))) return notConnected(node);
    onLine();
    return { outcome: "sent", text: `Sent to ${node}` };
  }
  if (marks.state !== "prompt" || !shell.lineIsEmpty) return insert(shell, lines, node);
  for (const [at, line] of lines.entries()) {
    if (at > 0) {
      const left = lines.length - at;
      const rest = `${left} of ${lines.length} lines ${left === 1 ? "was" : "were"} not typed`;
      if (!(await marks.prompted(lineMs))) return stopped(`The prompt did not come back: ${rest}.`);
      if (stopOnFailure && marks.state === "prompt" && marks.status !== 0) {
        return stopped(`That ended with status ${marks.status}: ${rest}.`);
      }
      if (!shell.lineIsEmpty) return stopped(`You were typing: ${rest}.`);
    }
    if (!shell.send(`${line}\r`)) return notConnected(node);
    onLine();
  }
  return { outcome: "sent", text: `Sent to ${node}` };
}

/** @param {Shell} shell @param {string[]} lines @param {string} node @returns {Result} */
function insert(shell, lines, node) {
  const { state } = shell.marks;
  const why = state === "running" || state === "sent" ? `A program is running in ${node}` : `There is a line at ${node}'s prompt`;
  if (shell.isFullScreen) return refused(`A program has ${node}'s whole screen: leave it first. Nothing was typed.`);
  if (lines.length > 1 && !shell.takesPastes) {
    return refused(`${why}, which can't take several lines without Enter. Nothing was typed.`);
  }
  const text = lines.join("\r");
  if (!shell.send(lines.length > 1 ? `\u001b[200~${text}\u001b[201~` : text)) return notConnected(node);
  return { outcome: "inserted", text: `${why}: inserted without Enter` };
}

/** @param {string} node */
function notConnected(node) {
  return refused(`${node}'s terminal is not connected, so nothing was typed.`);
}

/** @param {string} text @returns {Result} */
function refused(text) {
  return { outcome: "refused", text };
}

/** @param {string} text @returns {Result} */
function stopped(text) {
  return { outcome: "stopped", text };
}
