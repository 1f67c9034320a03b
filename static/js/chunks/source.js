// The source pane beside the chunks, which follows the current chunk. source_pdf.js draws the pages of a PDF.
const pane = document.querySelector("[data-source]");
const isPdf = pane.dataset.source === "pdf";
const isSheet = matchMedia("(max-width: 1180px)");
let followed = "";
let asking = 0;
let pdf = null;

const idOf = (card) => card.id.replace(/^chunk-/, "");
const showPdf = (card) =>
  pdf?.show(
    JSON.parse(card.dataset.regions || "[]"),
    card.getAttribute("aria-label"),
    card.querySelector(".ra-chunk-text, textarea[name=content]")?.textContent,
  );

/** Highlights the card and scrolls the source to it. */
function follow(card, { byHand = true } = {}) {
  const id = idOf(card);
  if (id === followed) return;
  followed = id;
  mark(card);
  if (byHand) {
    const address = new URL(location.href);
    address.searchParams.set("chunk", id);
    history.replaceState(history.state, "", address);
  }
  if (isPdf) showPdf(card);
  else {
    clearTimeout(asking);
    asking = setTimeout(ask, 150, id);
  }
}

function mark(card) {
  for (const other of document.querySelectorAll("[data-chunk].is-followed")) other.classList.remove("is-followed");
  card.classList.add("is-followed");
}

function ask(id) {
  const address = new URL(pane.dataset.url, location.href);
  if (id) address.searchParams.set("chunk", id);
  htmx.ajax("GET", address.pathname + address.search, { target: "#source-body", swap: "outerHTML" });
}

/** Scrolls the highlighted part into view inside the pane, without scrolling the page. */
function showHit() {
  const hit = pane.querySelector("[data-hit]");
  const view = hit?.closest("[data-view]");
  if (view) view.scrollTop += hit.getBoundingClientRect().top - view.getBoundingClientRect().top - view.clientHeight / 4;
}

const cards = () => [...document.querySelectorAll("[data-chunk][id]")];
const begin = () => cards().find((card) => card.matches(".is-current")) ?? cards()[0];

async function open() {
  if (isPdf) {
    const { open: openPdf } = await import("./source_pdf.js");
    pdf = await openPdf(pane);
    if (!pdf) return;
  }
  // The user may have moved to another chunk while the file was loading.
  const card = (followed && document.getElementById(`chunk-${followed}`)) || begin();
  followed = "";
  if (card) follow(card, { byHand: false });
  else if (isPdf) pdf.show([], "");
  else ask("");
}

// On a phone the pane is a sheet over the list, and shows the source of the chunk it was opened for.
const load = pane.querySelector("[data-source-load]");
if (load)
  load.addEventListener("click", () => {
    load.closest("[data-source-large]").remove();
    open();
  });
else open();

const ownControl = "a, button, input, textarea, select, summary, label, form";
document.addEventListener("click", (event) => {
  const card = event.target.closest?.("[data-chunk]");
  if (!card || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("[data-chunk-source]");
  if (link) {
    event.preventDefault();
    followed = "";
    follow(card);
    if (isSheet.matches) pane.classList.remove("is-low");
  } else if (!event.target.closest(ownControl)) follow(card);
});
document.addEventListener("focusin", (event) => {
  const card = event.target.closest?.("[data-chunk]");
  if (card && !event.target.closest("[data-select-row]")) follow(card);
});
document.addEventListener("htmx:load", (event) => {
  const { elt } = event.detail;
  if (elt.id === "source-body") showHit();
  else if (elt.id === "chunks") {
    const first = elt.querySelector("[data-chunk][id]");
    if (first) follow(first, { byHand: false });
  } else if (elt.matches?.("[data-chunk]") && idOf(elt) === followed) {
    mark(elt);
    if (isPdf && elt.dataset.regions) showPdf(elt);
  }
});
showHit();
// The pane is hidden while the user types on a phone; scroll to the highlighted part when it reappears.
const head = pane.querySelector(".ra-source-head");
let isFolded = false;
new ResizeObserver(() => {
  const wasFolded = isFolded;
  isFolded = pane.clientHeight < 2 * head.clientHeight;
  if (wasFolded && !isFolded) showHit();
}).observe(pane);
