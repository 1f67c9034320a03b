// Tables with selectable rows: checkboxes with data-select-row, one with data-select-all, and a form for bulk actions
// (data-bulk), which the checkboxes belong to by their form attribute. Without script they are posted with that form.
/** The form's id. `form.id` would be its inputs named "id". */
const idOf = (form) => form.getAttribute("id");
const formsOf = () => document.querySelectorAll("form[data-bulk]");
const rowsOf = (form) => [...document.querySelectorAll(`input[data-select-row][form="${idOf(form)}"]`)];

/** What can be done with a row's document: rows of running ones have data-running. */
const can = (row) => ("running" in row.dataset ? "stop" : "parse");

/** The selected rows by form, restored after htmx replaces rows. */
const selected = new Map();
let last = null; // the checkbox clicked last, for shift-click

function show(form) {
  const rows = rowsOf(form);
  const ticked = rows.filter((box) => box.checked);
  selected.set(idOf(form), new Set(ticked.map((box) => box.value)));
  for (const box of rows) box.closest("tr")?.classList.toggle("is-selected", box.checked);
  for (const all of document.querySelectorAll(`input[data-select-all="${idOf(form)}"]`)) {
    all.checked = rows.length > 0 && ticked.length === rows.length;
    all.indeterminate = ticked.length > 0 && ticked.length < rows.length;
  }
  form.classList.toggle("is-on", ticked.length > 0);
  document.body.classList.toggle("has-bulk", document.querySelector("form[data-bulk].is-on") !== null);
  for (const place of form.querySelectorAll("[data-bulk-count]")) place.textContent = ticked.length;
  for (const button of form.querySelectorAll("[data-bulk-needs]"))
    button.hidden = !ticked.some((box) => can(box.closest("tr")) === button.dataset.bulkNeeds);
}
function tick(form, boxes, on) {
  for (const box of boxes) if (!box.disabled) box.checked = on;
  show(form);
}
function restore() {
  for (const form of formsOf()) {
    const before = selected.get(idOf(form));
    if (before) for (const box of rowsOf(form)) if (before.has(box.value)) box.checked = true;
    show(form);
  }
}
restore();
document.addEventListener("htmx:afterSettle", restore);
document.addEventListener("htmx:oobAfterSwap", restore);
addEventListener("pageshow", restore);

document.addEventListener("click", (event) => {
  const box = event.target;
  if (box.matches?.("input[data-select-row]")) {
    const form = box.form;
    if (event.shiftKey && last && last !== box && last.form === form) {
      const rows = rowsOf(form);
      const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
      if (from >= 0) tick(form, rows.slice(from, to + 1), box.checked);
    }
    last = box;
    show(form);
  } else if (box.matches?.("input[data-select-all]")) {
    const form = document.getElementById(box.dataset.selectAll);
    tick(form, rowsOf(form), box.checked);
  } else {
    const clear = event.target.closest?.("[data-bulk-clear]");
    if (clear) {
      event.preventDefault();
      const rows = rowsOf(clear.form);
      tick(clear.form, rows, false);
      (document.querySelector(`input[data-select-all="${idOf(clear.form)}"]`) ?? rows[0])?.focus();
    }
  }
});

// In table[data-rows], arrow keys move between rows, space selects, Enter opens.
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("table[data-rows] tbody tr");
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("details[open], select, input:not([type=checkbox]), textarea")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    let next = row;
    do next = event.key === "ArrowDown" ? next.nextElementSibling : next.previousElementSibling;
    while (next && !handle(next));
    if (!next) return;
    event.preventDefault();
    handle(next).focus();
    if (event.shiftKey) {
      const box = next.querySelector("input[data-select-row]");
      if (box) tick(box.form, [box], true);
    }
  } else if (event.key === " " && event.target.matches("a")) {
    const box = row.querySelector("input[data-select-row]");
    if (!box) return;
    event.preventDefault();
    tick(box.form, [box], !box.checked);
    last = box;
  }
});
/** The focus target of a row: its link, else its checkbox. */
const handle = (row) => row.querySelector("th a[href]") ?? row.querySelector("input[data-select-row]");

// When a row is replaced, its open menu and its focus are restored.
let kept = null;
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const row = event.detail.target;
  if (!row?.matches?.("tr[id]")) return;
  const controls = [...row.querySelectorAll("a, button, input, summary")];
  kept = {
    id: row.id,
    can: can(row),
    menu: row.querySelector("details[open] .ra-menu"),
    focus: controls.indexOf(document.activeElement),
  };
});
document.addEventListener("htmx:oobAfterSwap", () => {
  const row = kept && document.getElementById(kept.id);
  if (!row) return;
  if (kept.menu) {
    // Its entries were fetched when it was opened; they are the same unless the document's state changed.
    if (kept.can === can(row)) {
      row.querySelector(".ra-menu")?.replaceWith(kept.menu);
      htmx.process(kept.menu);
    }
    row.querySelector("details")?.setAttribute("open", "");
  }
  if (kept.focus >= 0) row.querySelectorAll("a, button, input, summary")[kept.focus]?.focus();
  kept = null;
});
