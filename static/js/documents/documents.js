// The documents page: polls for changed rows and swaps them in, opens logs beside the table, reloads it after uploads.
import { POLL, send } from "../core/session.js";
import { isCovered } from "./page_overlay.js";

const QUICK = 2000;
const QUIET = 10000;
const HIDDEN = 5; // times slower while the tab is hidden
const SAY_EVERY = 15000;

const plainTitle = document.title;
// While another page covers this one, location is that page's.
const state = () => (isCovered() ? null : document.getElementById("progress-state"));
const rowsShown = () => [...document.querySelectorAll("#table tr[id^='row-']")];

let timer = 0;
let asking = false;
let failures = 0;
let saidAt = 0;
let said = "";

function schedule() {
  clearTimeout(timer);
  const here = state();
  if (!here) return;
  const pace = "active" in here.dataset ? QUICK : QUIET;
  timer = setTimeout(ask, pace * (document.hidden ? HIDDEN : 1) * Math.min(2 ** failures, 16));
}

async function ask() {
  const here = state();
  if (!here || asking) return;
  asking = true;
  const url = new URL(here.dataset.url, location.href);
  url.searchParams.set("since", here.dataset.version);
  url.searchParams.set("rows", rowsShown().map((row) => row.id.slice(4, 12)).join("."));
  try {
    const response = await send(url, { headers: { Accept: "text/html", ...POLL } });
    failures = response.ok ? 0 : failures + 1;
    const text = response.status === 200 ? await response.text() : "";
    // A table loaded in the meantime is newer than this response.
    if (text && here.isConnected) {
      htmx.swap(document.body, text, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
      rowsChanged();
    }
  } catch {
    failures += 1; // offline, or the dashboard is restarting: poll less and less often
  } finally {
    asking = false;
  }
  schedule();
}

/** Updates the title, announces progress to screen readers, and reloads the table if too much was missed. */
function rowsChanged() {
  document.dispatchEvent(new CustomEvent("documents:moved"));
  const here = state();
  if (!here) return;
  document.title = here.dataset.title ? `${here.dataset.title} · ${plainTitle}` : plainTitle;
  const total = document.querySelector(".ra-tabs [aria-current] .ra-count");
  if (total && here.dataset.total) total.textContent = here.dataset.total;
  const sentence = document.getElementById("progress-sentence")?.innerText.replace(/\s+/g, " ") ?? "";
  const now = performance.now();
  if (sentence !== said && (now - saidAt > SAY_EVERY || !("active" in here.dataset))) {
    if (said) document.dispatchEvent(new CustomEvent("ra:say", { detail: sentence }));
    said = sentence;
    saidAt = now;
  }
  if ("reload" in here.dataset) {
    delete here.dataset.reload;
    reload();
  }
}

/** Reloads the table for the current URL. */
function reload() {
  return htmx.ajax("GET", location.pathname + location.search, { target: "#table", swap: "outerHTML" });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    clearTimeout(timer);
    ask();
  }
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "table" && !event.target.closest?.("#table")) return;
  // The first documents of an empty dataset: replace the drop zone by the list.
  const rest = document.getElementById("documents");
  if (rest?.hidden && rowsShown().length) {
    rest.hidden = false;
    document.getElementById("empty")?.remove();
  }
  failures = 0;
  rowsChanged();
  schedule();
});

// Uploads announce new documents; many at once cause one reload. A job that has ended reloads at once ("now").
let listing = 0;
document.addEventListener("documents:changed", (event) => {
  const now = event.detail?.now;
  if (listing && !now) return;
  clearTimeout(listing);
  listing = setTimeout(async () => {
    listing = 0;
    if (isCovered()) return;
    await reload();
    schedule();
  }, now ? 0 : 1200);
});

// When a dialog closes, focus the button that opened it, because the form of the buttons can't take the focus.
let pressed = null;
document.addEventListener("submit", (event) => {
  if (event.target.matches("#bulk")) pressed = event.submitter;
});
document.addEventListener(
  "close",
  (event) => {
    if (event.target.isConnected || !pressed?.isConnected) return; // a dialog from the server has been removed by now
    const button = pressed.closest("details")?.querySelector("summary") ?? pressed;
    setTimeout(() => document.activeElement === document.body && button.focus());
  },
  true,
);

// Opens a log beside the table; without script, its link leads to the log's page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-log]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#dialog-host", swap: "innerHTML", push: "false" });
});

// All rows of the page are selected: offer to select all that match. Runs after table.js has counted.
function note() {
  const place = document.querySelector("#table [data-select-note]");
  if (!place) return;
  const everything = place.querySelector("input[name=all]");
  const boxes = [...document.querySelectorAll("#table input[data-select-row]")];
  place.hidden = !boxes.length || boxes.some((box) => !box.checked);
  if (place.hidden) everything.checked = false;
  const count = document.querySelector("#bulk [data-bulk-count]");
  if (everything.checked && count) count.textContent = everything.dataset.total;
  else if (count && everything === document.activeElement) count.textContent = boxes.filter((box) => box.checked).length;
}
document.addEventListener("click", () => queueMicrotask(note));
document.addEventListener("keyup", note);
document.addEventListener("htmx:afterSettle", () => queueMicrotask(note));
document.addEventListener("htmx:oobAfterSwap", () => queueMicrotask(note));

rowsChanged();
schedule();
