// Keyboard shortcuts for chunks (j/k next/previous, e edit, d on/off, Ctrl+Enter or Ctrl+S save, Esc cancel), and a
// warning before unsaved text is lost.
const cards = () => [...document.querySelectorAll("[data-chunk]")];
const cardOf = (element) => element?.closest?.("[data-chunk]") ?? null;

/** Whether a form has unsaved changes. */
const isChanged = (form) =>
  "unsaved" in form.dataset || [...form.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
const changedIn = (place) =>
  [...(place?.querySelectorAll?.("[data-chunk-form]") ?? [])].find((form) => isChanged(form)) ?? null;
const mayLeave = (form) => !form || confirm(form.dataset.chunkForm);

// ---------- keyboard ----------
document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open], details.ra-pop[open]") || event.altKey) return;
  const card = cardOf(event.target);
  if (card?.matches("[data-chunk-editing]")) {
    if (event.key === "Escape") card.querySelector("[data-chunk-cancel]").click();
    else if ((event.key === "Enter" || event.key === "s") && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      card.querySelector("[data-chunk-save]").click();
    }
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select");
  if (typing || event.ctrlKey || event.metaKey) return;
  if (event.key === "j" || event.key === "k") {
    const all = cards();
    const at = all.indexOf(card);
    const next = event.key === "j" ? all[at + 1] : all[at < 0 ? 0 : at - 1];
    if (!next) return;
    event.preventDefault();
    (next.querySelector("[data-chunk-form] textarea") ?? next).focus();
  } else if (card && (event.key === "e" || event.key === "d")) {
    const button = card.querySelector(event.key === "e" ? "[data-chunk-edit]" : "[data-chunk-switch]");
    if (!button || waitsForSecond()) return;
    event.preventDefault();
    button.click();
  }
});
// The shortcut "g d" goes to the datasets, so ignore that d.
let pressed = -Infinity;
const waitsForSecond = () => performance.now() - pressed < 1200;
document.addEventListener("keydown", (event) => (pressed = event.key === "g" ? performance.now() : -Infinity));

// ---------- unsaved changes ----------
document.addEventListener(
  "click",
  (event) => {
    const cancel = event.target.closest?.("[data-chunk-cancel]");
    if (!cancel) return;
    const changed = changedIn(cardOf(cancel));
    if (mayLeave(changed)) {
      leaving = true; // don't ask twice
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
// "Split here" sends the position of the cursor, in characters.
document.addEventListener(
  "click",
  (event) => {
    const form = event.target.closest?.("[data-chunk-split]")?.form;
    const text = form?.querySelector("textarea[name=content]");
    if (text) form.querySelector("[data-chunk-at]").value = [...text.value.slice(0, text.selectionStart)].length;
  },
  true,
);
// A search or another page of the list would replace the form inside it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target } = event.detail;
  if (target?.matches?.("#chunks") && !mayLeave(changedIn(target))) event.preventDefault();
  const card = cardOf(elt);
  if (card) cameFrom = { card, element: document.activeElement };
});
let leaving = false; // a form was saved, or the user confirmed to leave it
document.addEventListener("submit", (event) => (leaving = event.target.matches("[data-chunk-form]")));
addEventListener("beforeunload", (event) => {
  if (!leaving && changedIn(document)) event.preventDefault();
});
document.addEventListener("input", () => (leaving = false));
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) leaving = false; // signed out, or no response: the changes are still unsaved
});

// ---------- keep the focus when a card is swapped ----------
let cameFrom = null;
document.addEventListener("htmx:load", (event) => {
  const card = event.detail.elt;
  if (!card.matches?.("[data-chunk]")) return;
  leaving = false;
  const field = card.querySelector(".ra-invalid") ?? card.querySelector("[data-chunk-form] textarea");
  if (field) field.focus();
  else if (cameFrom?.element.matches("[data-chunk-switch]")) card.querySelector("[data-chunk-switch]")?.focus();
  else if (cameFrom) card.focus();
  cameFrom = null;
});

// ---------- all chunks of the page are selected: offer to select all that match ----------
function note() {
  const place = document.querySelector("#chunks [data-select-note]");
  if (!place) return;
  const everything = place.querySelector("input[name=all]");
  const boxes = [...document.querySelectorAll("#chunks input[data-select-row]")];
  place.hidden = !boxes.length || boxes.some((box) => !box.checked);
  if (place.hidden) everything.checked = false;
  const count = document.querySelector("#bulk [data-bulk-count]");
  if (everything.checked && count) count.textContent = everything.dataset.total;
  else if (count && everything === document.activeElement) count.textContent = boxes.filter((box) => box.checked).length;
}
document.addEventListener("click", () => queueMicrotask(note));
document.addEventListener("keyup", note);
document.addEventListener("htmx:afterSettle", () => queueMicrotask(note));
