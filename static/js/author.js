// For authors: shows a lesson anew when it has been read again, or what is wrong with it.
// @ts-check
//
// Only a site that was started for authors tells of such news.

document.addEventListener("lab-content-news", (event) => {
  const { findings } = /** @type {CustomEvent<{findings: string[]}>} */ (event).detail;
  if (!findings.length) {
    location.reload();
    return;
  }
  const main = document.querySelector("main");
  const notice = document.querySelector("[data-findings]") ?? document.createElement("pre");
  if (!(notice instanceof HTMLElement)) return;
  notice.className = "notice";
  notice.dataset.findings = "";
  notice.setAttribute("role", "alert");
  notice.textContent = ["The lessons stay as they were:", ...findings].join("\n");
  main?.prepend(notice);
});
