// Asks for the sandbox before anything else of the page is there; sandbox-link.js takes over from it.
// @ts-check
//
// A classic script, because modules run only when the page has been read: that would be the longest
// wait between the page's request and the prompt. Whatever is heard meanwhile is kept.

(() => {
  const lesson = document.currentScript?.dataset.lesson ?? "";
  const answer = fetch(`/api/sandbox?lesson=${encodeURIComponent(lesson)}`, { method: "POST", credentials: "same-origin" });
  answer.catch(() => {}); // for who takes over to see
  const events = document.hidden ? null : new EventSource("/api/events");
  /** @type {string[]} */
  const heard = [];
  /** @param {MessageEvent<string>} event */
  const hear = ({ data }) => heard.push(data);
  events?.addEventListener("sandbox", hear);
  const early = { lesson, answer, events, heard, rest: () => events?.removeEventListener("sandbox", hear) };
  Object.assign(globalThis, { slipwayEarly: early });
})();
