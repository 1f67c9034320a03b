// Runs in the head, before the first paint: sets the theme, the collapsed sidebar, and the class "js".
// The theme that a person has chosen comes with the page (data-theme-choice). The browser keeps it for the pages that
// do not know who looks at them, such as sign-in.
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

  const keep = (chosen) => {
    try {
      localStorage.setItem("ra-theme", chosen);
    } catch {
      // see above
    }
  };

  root.classList.add("js");
  if (root.dataset.themeChoice) keep(root.dataset.themeChoice);
  if (stored("ra-sidebar") === "icons") root.classList.add("is-collapsed");
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  addEventListener("storage", (event) => {
    if (event.key !== "ra-theme") return;
    if (event.newValue) root.dataset.themeChoice = event.newValue; // chosen in another tab
    apply();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-theme-choice]");
    if (!button) return;
    root.dataset.themeChoice = button.dataset.themeChoice;
    keep(button.dataset.themeChoice);
    apply();
  });
})();
