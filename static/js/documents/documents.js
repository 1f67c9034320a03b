// The documents page: asks what moved and puts it in place, opens logs beside the table, lists anew after uploads.
import { POLL, send } from "../core/session.js";

const QUICK = 2000;
const QUIET = 10000;
const HIDDEN = 5; // so many times slower while nobody sees the page
const SAY_EVERY = 15000;

const plainTitle = document.title;
// Another page may lie over this one, and the address be that page's (away.js).
const isAway = () => document.body.classList.contains("is-away");
const state = () => (isAway() ? null : document.getElementById("progress-state"));
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
    const answer = await send(url, { headers: { Accept: "text/html", ...POLL } });
    failures = answer.ok ? 0 : failures + 1;
    const text = answer.status === 200 ? await answer.text() : "";
    // A table that was loaded meanwhile is newer than this answer.
    if (text && here.isConnected) {
      htmx.swap(document.body, text, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
      moved();
    }
  } catch {
    failures += 1; // offline, or we are restarting: ask again, later and later
  } finally {
    asking = false;
  }
  schedule();
}

/** After new rows: title, words for screen readers, and a whole new table when too much was missed. */
function moved() {
  document.dispatchEvent(new CustomEvent("documents:moved"));
  const here = state();
  if (!here) return;
  document.title = here.dataset.title ? `${here.dataset.title} · ${plainTitle}` : plainTitle;
  const total = document.querySelector(".ra-tabs [aria-current] .ra-count");
  if (total && here.dataset.total) total.textContent = here.dataset.total;
  const words = document.getElementById("progress-sentence")?.innerText.replace(/\s+/g, " ") ?? "";
  const now = performance.now();
  if (words !== said && (now - saidAt > SAY_EVERY || !("active" in here.dataset))) {
    if (said) document.dispatchEvent(new CustomEvent("ra:say", { detail: words }));
    said = words;
    saidAt = now;
  }
  if ("reload" in here.dataset) {
    delete here.dataset.reload;
    list();
  }
}

/** Load the table again, as the address says. */
function list() {
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
  // The first documents of an empty dataset: from the drop zone to the list.
  const rest = document.getElementById("documents");
  if (rest?.hidden && rowsShown().length) {
    rest.hidden = false;
    document.getElementById("empty")?.remove();
  }
  failures = 0;
  moved();
  schedule();
});

// Uploads tell us that documents came; many at once make one new list. A job that has ended is waited for ("now").
let listing = 0;
document.addEventListener("documents:changed", (event) => {
  const now = event.detail?.now;
  if (listing && !now) return;
  clearTimeout(listing);
  listing = setTimeout(async () => {
    listing = 0;
    if (isAway()) return;
    await list();
    schedule();
  }, now ? 0 : 1200);
});

// The form of the buttons cannot take the focus back when its dialog closes: the button that opened it can.
let pressed = null;
document.addEventListener("submit", (event) => {
  if (event.target.matches("#bulk")) pressed = event.submitter;
});
document.addEventListener(
  "close",
  (event) => {
    if (event.target.isConnected || !pressed?.isConnected) return; // what the server sent is gone by now
    const button = pressed.closest("details")?.querySelector("summary") ?? pressed;
    setTimeout(() => document.activeElement === document.body && button.focus());
  },
  true,
);

// A log opens beside the table; its link leads to the same log as a page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-log]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#dialog-host", swap: "innerHTML", push: "false" });
});

// All rows of the page are ticked: offer everything that matches. Runs after table.js has counted.
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

moved();
schedule();
