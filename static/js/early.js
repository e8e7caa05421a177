// Asks for the sandbox, and its terminal, before anything else of the page is there.
// @ts-check
//
// A classic script, because modules run only when the page has been read: that would be the longest
// wait between the page's request and the prompt. Whatever is heard meanwhile is kept for
// sandbox-link.js, which takes over. The terminal's socket is for tty-connection.js, which says hello;
// one that nobody takes is closed by the server.

(() => {
  const { lesson = "", terminal = "", protocol = "" } = document.currentScript?.dataset ?? {};
  const sized = `?lesson=${encodeURIComponent(lesson)}`;
  const answer = fetch(`/api/sandbox${sized}`, { method: "POST", credentials: "same-origin" });
  answer.catch(() => {}); // for who takes over to see
  const events = document.hidden ? null : new EventSource(`/api/events${sized}`);
  /** @type {{type: string, data: string}[]} */
  const heard = [];
  /** @param {MessageEvent<string>} event */
  const hear = ({ type, data }) => {
    heard.push({ type, data });
    if (type === "sandbox" && !early.socket && JSON.parse(data).state === "ready") {
      early.socket = new WebSocket(location.origin.replace("http", "ws") + terminal, protocol);
    }
  };
  const kinds = ["sandbox", "topology"];
  for (const kind of kinds) events?.addEventListener(kind, hear);
  const rest = () => kinds.forEach((kind) => events?.removeEventListener(kind, hear));
  /** @type {{socket: WebSocket | null}} */
  const early = Object.assign({ socket: null }, { lesson, answer, events, heard, rest });
  Object.assign(globalThis, { slipwayEarly: early });
})();
