// Makes pasted text harmless: what is left can be typed, but cannot steer the terminal.
// @ts-check
//
// A copied command may carry bytes nobody sees. ESC could end bracketed paste early and so run
// what follows; other control bytes are keys such as Ctrl-C. Tab and line ends are what people
// mean to paste, everything else below space, DEL and the C1 range is not.

const UNTYPABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const SHOWN_LINES = 12;

/** @param {string} pasted */
export function sanitisePaste(pasted) {
  return pasted.replace(UNTYPABLE, "");
}

/** The lines of it; that the last one ends makes no further one. @param {string} clean */
export function linesOf(clean) {
  const lines = clean.split(/\r\n|\r|\n/);
  while (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines;
}

/** Lines joined with spaces; a backslash that continues a line goes. @param {string[]} lines */
export function asOneLine(lines) {
  const parts = lines.map((line) => line.replace(/\\\s*$/, "").trim());
  return parts.filter(Boolean).join(" ");
}

/** What is to be seen of a paste before it is one. @param {string[]} lines */
export function preview(lines) {
  const rest = lines.length - SHOWN_LINES;
  return { shown: lines.slice(0, SHOWN_LINES).join("\n"), rest: Math.max(rest, 0) };
}
