// Runs in the head, before the first paint: sets the theme, the collapsed sidebar, and the class "js".
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is blocked: the choice applies to this page only
    }
  };
  const choice = () => root.dataset.themeChoice || stored("ra-theme") || "system";
  const apply = () => {
    const chosen = choice();
    root.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    for (const button of document.querySelectorAll("button[data-theme-choice]"))
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  };

  root.classList.add("js");
  if (stored("ra-sidebar") === "icons") root.classList.add("is-collapsed");
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  addEventListener("storage", (event) => event.key === "ra-theme" && apply());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-theme-choice]");
    if (!button) return;
    root.dataset.themeChoice = button.dataset.themeChoice;
    try {
      localStorage.setItem("ra-theme", button.dataset.themeChoice);
    } catch {
      // see above
    }
    apply();
  });
})();
