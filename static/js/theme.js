// Applies the remembered themes and the panel's and picture's size before the first paint; classic, because modules come later.
// @ts-check
(() => {
  try {
    const root = document.documentElement;
    const theme = localStorage.getItem("slipway-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    const share = Number.parseFloat(localStorage.getItem("slipway-panel-share") ?? "");
    if (share >= 25 && share <= 70) root.style.setProperty("--panel-share", `${share}%`);
    const height = Number.parseFloat(localStorage.getItem("slipway-picture-share") ?? "");
    if (height >= 15 && height <= 80) root.style.setProperty("--picture-share", `${height}%`);
    const terminal = JSON.parse(localStorage.getItem("slipway-terminal") ?? "{}");
    if (terminal?.colours === "light") root.dataset.terminal = "light";
  } catch {
    // No storage (private window, blocked): what the system and the style sheets say holds.
  }
})();
