// Applies the remembered theme before the first paint; a classic script, because modules come later.
// @ts-check
(() => {
  try {
    const theme = localStorage.getItem("slipway-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage (private window, blocked): the system's preference holds.
  }
})();
