// Lets code and tables that are wider than the text be reached, and so scrolled, by the keyboard.
// @ts-check

const WIDE = "article :is(pre, table)";

/** @param {Element} box */
function mark(box) {
  if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
  else box.removeAttribute("tabindex");
}

const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));
for (const box of document.querySelectorAll(WIDE)) observer.observe(box);
