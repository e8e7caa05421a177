// Makes pasted text harmless: what is left can be typed, but cannot steer the terminal.
// @ts-check
//
// A copied command may carry bytes nobody sees. ESC could end bracketed paste early and so run
// what follows; other control bytes are keys such as Ctrl-C. Tab and line ends are what people
// mean to paste, everything else below space, DEL and the C1 range is not.

const UNTYPABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** @param {string} pasted */
export function sanitisePaste(pasted) {
  return pasted.replace(UNTYPABLE, "");
}
