// The clipboard: puts text on it, also where the page comes over plain HTTP, and asks for what is on it.
// @ts-check

/** @param {string} text @returns {Promise<boolean>} whether it worked */
export async function copyText(text) {
  try {
    // Undefined outside secure contexts, hence the optional chain and the way round it below.
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Denied: the older way may still be allowed.
  }
  return copyBySelection(text);
}

/** What is on the clipboard; null where the browser does not tell. @returns {Promise<string | null>} */
export async function pastedText() {
  try {
    return (await navigator.clipboard?.readText()) ?? null;
  } catch {
    return null;
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "visually-hidden";
  area.value = text;
  area.readOnly = true;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return copied;
}
