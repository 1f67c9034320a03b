// Sidebar, menus, shortcuts, copying, passwords, keeping the theme.
import { send } from "./session.js";

const root = document.documentElement;
const sidebar = document.getElementById("sidebar");
const column = document.querySelector(".ra-col");

// ---------- sidebar: collapsed to icons, or off-canvas on a phone ----------
// Pages that need the space (chat) start collapsed by a class on their body; expanding it there is not remembered.
const comesFolded = document.body.classList.contains("is-collapsed");
const isFolded = () => root.classList.contains("is-collapsed") || document.body.classList.contains("is-collapsed");
const showFold = () => {
  const folded = isFolded();
  for (const button of document.querySelectorAll("[data-sidebar-fold]")) {
    const label = folded ? button.dataset.labelOpen : button.dataset.labelFold;
    button.setAttribute("aria-expanded", String(!folded));
    button.setAttribute("aria-label", label);
    button.title = label;
  }
};
const openSidebar = () => {
  sidebar.classList.add("is-open");
  column.inert = true;
  sidebar.querySelector("[data-sidebar-close]").focus();
};
const closeSidebar = () => {
  if (!sidebar?.classList.contains("is-open")) return;
  sidebar.classList.remove("is-open");
  column.inert = false;
  document.querySelector("[data-sidebar-open]").focus();
};
showFold();
matchMedia("(min-width: 641px)").addEventListener("change", closeSidebar);

// ---------- menus: <details class="ra-pop"> ----------
const openMenus = () => document.querySelectorAll("details.ra-pop[open]");

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.ra-pop") || !menu.open) return;
    for (const other of openMenus()) if (other !== menu && !other.contains(menu)) other.open = false;
    place(menu);
    const link = menu.querySelector("a.ra-menu");
    if (link) fetchMenu(menu, link);
  },
  true,
);

/** Upwards when it would leave the window at the bottom. */
function place(menu) {
  menu.classList.remove("is-up");
  const box = menu.querySelector(".ra-menu").getBoundingClientRect();
  if (box.bottom > innerHeight && box.height < menu.getBoundingClientRect().top) menu.classList.add("is-up");
}

/** A menu that is only a link to the page with its entries: they come in place of it. */
async function fetchMenu(menu, link) {
  try {
    await htmx.ajax("GET", link.getAttribute("href"), { source: link, target: link, swap: "outerHTML", push: "false" });
  } catch {
    return; // feedback.js says so; the link stays, and the next opening tries again
  }
  if (!menu.open || link.isConnected) return;
  place(menu);
  // The replaced link may have had the focus.
  if (document.activeElement === document.body) menu.querySelector(".ra-menu :is(a, button)")?.focus();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const menu of openMenus()) {
    const inside = menu.contains(target);
    if (!inside || target.closest(".ra-menu a, .ra-menu button:not([data-stay])")) menu.open = false;
  }
  if (target.closest("[data-sidebar-open]")) {
    event.preventDefault();
    openSidebar();
  } else if (target.closest("[data-sidebar-close]")) {
    event.preventDefault();
    closeSidebar();
  } else if (target.closest("[data-sidebar-fold]")) {
    const folded = !isFolded();
    root.classList.toggle("is-collapsed", folded);
    document.body.classList.remove("is-collapsed");
    showFold();
    if (comesFolded) return;
    try {
      localStorage.setItem("ra-sidebar", folded ? "icons" : "wide");
    } catch {
      // storage is blocked: it applies to this page only
    }
  } else if (sidebar?.classList.contains("is-open") && !sidebar.contains(target)) {
    closeSidebar();
  }

  const copy = target.closest("[data-copy], [data-copy-text]");
  if (copy) copyText(copy);
  const reveal = target.closest("[data-reveal]");
  if (reveal) {
    const input = document.getElementById(reveal.dataset.reveal);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(shown));
    input.focus();
  }
});

// theme.js has applied it; here it is kept with the person, if somebody is signed in.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-theme-choice]");
  const url = document.body.dataset.themeUrl;
  if (button && url) send(url, { method: "POST", body: new URLSearchParams({ theme: button.dataset.themeChoice }) }).catch(() => {});
});

// data-copy="#id": the text of that element; data-copy-text: the text itself.
async function copyText(button) {
  const text = button.dataset.copyText ?? document.querySelector(button.dataset.copy)?.innerText ?? "";
  const label = button.querySelector("[data-copy-label]");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No permission or no HTTPS: use execCommand, or else select the text for Ctrl-C.
    if (!copyByCommand(text)) {
      if (button.dataset.copy) getSelection().selectAllChildren(document.querySelector(button.dataset.copy));
      return;
    }
    button.focus();
  }
  document.dispatchEvent(new CustomEvent("ra:say", { detail: button.dataset.copied || "Copied" }));
  if (label) {
    const before = label.textContent;
    label.textContent = button.dataset.copied || "Copied";
    setTimeout(() => (label.textContent = before), 2000);
  }
}

function copyByCommand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "ra-hide";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

// ---------- ranges: slider, number and reset are one value ----------
document.addEventListener("input", (event) => {
  const range = event.target.closest("[data-range]");
  if (range) showRange(range, event.target.value);
});
document.addEventListener("click", (event) => {
  const reset = event.target.closest("[data-range-reset]");
  if (!reset) return;
  const number = showRange(reset.closest("[data-range]"), reset.dataset.rangeReset);
  number.focus();
  number.dispatchEvent(new Event("change", { bubbles: true }));
});
function showRange(range, value) {
  const [slider, number] = range.querySelectorAll("input");
  if (slider.value !== value) slider.value = value;
  if (number.value !== value) number.value = value;
  const reset = range.querySelector("[data-range-reset]");
  if (reset) reset.disabled = number.value === reset.dataset.rangeReset;
  return number;
}

// ---------- keyboard ----------
let waitingForSecond = -Infinity; // when g was pressed

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    closeSidebar();
    return;
  }
  const menu = event.target.closest?.("details.ra-pop[open]");
  if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const entries = [...menu.querySelectorAll(".ra-menu :is(a, button)")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = entries.indexOf(document.activeElement);
    entries.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % entries.length)?.focus();
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;

  const now = performance.now();
  if (now - waitingForSecond < 1200) {
    waitingForSecond = -Infinity;
    const link = document.querySelector(`a[data-shortcut="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
  } else if (event.key === "g") {
    waitingForSecond = now;
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search], main input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  } else if (event.key === "?") {
    const dialog = document.getElementById("shortcuts");
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  }
});
