// Asks for the sandbox before anything else of the page is there; sandbox-link.js takes over from it.
// @ts-check
//
// A classic script, because modules run only when the page has been read: that would be the longest
// wait between the page's request and the prompt. Whatever is heard meanwhile is kept.

(() => {
  const lesson = document.currentScript?.dataset.lesson ?? "";
  const sized = `?lesson=${encodeURIComponent(lesson)}`;
  const answer = fetch(`/api/sandbox${sized}`, { method: "POST", credentials: "same-origin" });
  answer.catch(() => {}); // for who takes over to see
  const events = document.hidden ? null : new EventSource(`/api/events${sized}`);
  /** @type {{type: string, data: string}[]} */
  const heard = [];
  /** @param {MessageEvent<string>} event */
  const hear = ({ type, data }) => heard.push({ type, data });
  const kinds = ["sandbox", "topology"];
  for (const kind of kinds) events?.addEventListener(kind, hear);
  const rest = () => kinds.forEach((kind) => events?.removeEventListener(kind, hear));
  const early = { lesson, answer, events, heard, rest };
  Object.assign(globalThis, { slipwayEarly: early });
})();
