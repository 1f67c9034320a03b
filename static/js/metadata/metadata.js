// The metadata table: a cell is saved when it loses focus. Enter and arrow keys move between cells, Escape reverts the
// input, Ctrl+Z reverts the last save.
import { send as request } from "../core/session.js";

const table = document.querySelector("[data-grid]");
const words = Object.fromEntries(
  [...(document.getElementById("grid-words")?.content.children ?? [])].map((word) => [word.dataset.word, word.textContent]),
);
const stateOf = (field) => field.parentElement.querySelector("input[name=cell]");
/** The saved value by field, as far as this page knows. */
const saved = new WeakMap();
const waiting = new Map(); // field → the save in progress
/** The saves from this page: [field, previous value], oldest first. */
const done = [];
const undoButton = document.querySelector("[data-grid-undo]");
const say = (text) => document.dispatchEvent(new CustomEvent("ra:say", { detail: text }));
const shown = (field) => saved.get(field) ?? field.defaultValue;
const isChanged = (field) => field.value !== shown(field);

/** Shows the state of a cell: "typed", "saving", "saved", "failed" with a reason, or "". */
function mark(field, state, reason = "") {
  const cell = field.parentElement;
  cell.dataset.state = state;
  let note = cell.querySelector(".ra-cell-note");
  if (reason && !note) {
    note = document.createElement("p");
    note.className = "ra-cell-note ra-float";
    note.id = `note-${Math.random().toString(36).slice(2)}`;
    cell.append(note);
  }
  if (note) note.textContent = reason;
  if (note && !reason) note.remove();
  field.toggleAttribute("aria-invalid", Boolean(reason));
  if (reason) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", note.id);
  } else field.removeAttribute("aria-describedby");
}

async function send(field, isUndo) {
  const state = stateOf(field);
  const text = field.value;
  const before = shown(field);
  const body = new FormData();
  body.append("cell", state.value);
  body.append("value", text);
  mark(field, "saving");
  let answer;
  let result;
  try {
    answer = await request(field.form.getAttribute("action"), { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
    result = answer.status === 401 ? { errors: [{ error: words.signedOut }] } : await answer.json();
  } catch {
    mark(field, "failed", words.away);
    say(words.away);
    return;
  }
  if (answer.ok && result.cells) {
    const [cell] = result.cells;
    state.value = cell.cell;
    saved.set(field, cell.value);
    if (field.value === text) field.value = cell.value; // the stored form, for instance of a number or a time
    mark(field, "saved");
    say(isUndo ? words.undone : words.saved);
    if (!isUndo) done.push([field, before]);
    showUndo();
    return;
  }
  const [wrong] = result.errors ?? [{ error: words.away }];
  if (wrong.cell) state.value = wrong.cell; // saving again overwrites it
  mark(field, "failed", wrong.error);
  say(wrong.error);
}

const showUndo = () => undoButton && (undoButton.hidden = !done.length);

/** Restores the previous value of the cell saved last. */
async function undo() {
  await Promise.all(waiting.values());
  const [field, before] = done.pop() ?? [];
  if (!field) return;
  field.focus();
  field.value = before;
  showUndo();
  save(field, true);
}

/** Saves a cell, one request at a time. */
async function save(field, isUndo = false) {
  if (waiting.has(field)) return;
  while (isChanged(field)) {
    const text = field.value;
    const under = send(field, isUndo);
    waiting.set(field, under);
    await under;
    waiting.delete(field);
    if (field.value === text || field.parentElement.dataset.state === "failed") return;
  }
  if (field.parentElement.dataset.state === "failed") mark(field, "");
}

function go(field, down, right) {
  const cell = field.closest("td");
  let row = cell.parentElement;
  let column = cell.cellIndex;
  if (down) row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
  column += right;
  const next = row?.cells[column]?.querySelector(".ra-cell-in");
  if (!next) return false;
  next.focus();
  next.select?.();
  return true;
}

table?.addEventListener("keydown", (event) => {
  const field = event.target.closest(".ra-cell-in");
  // The browser undoes unsaved input itself.
  if (field && (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z" && done.length && !isChanged(field)) {
    event.preventDefault();
    undo();
    return;
  }
  if (!field || event.ctrlKey || event.metaKey || event.altKey) return;
  const lines = field.matches("textarea");
  const all = field.selectionStart === 0 && field.selectionEnd === field.value.length;
  const atStart = field.selectionStart === 0 && field.selectionEnd === 0;
  const atEnd = field.selectionStart === field.value.length;
  let moved = false;
  if (event.key === "Escape" && isChanged(field) && !waiting.has(field)) {
    field.value = shown(field);
    mark(field, "");
    moved = true;
  } else if (event.key === "Enter" && !lines) {
    save(field);
    moved = go(field, event.shiftKey ? -1 : 1, 0) || true;
  } else if (event.key === "ArrowDown" && (!lines || atEnd || all)) moved = go(field, 1, 0);
  else if (event.key === "ArrowUp" && (!lines || atStart || all)) moved = go(field, -1, 0);
  else if (event.key === "ArrowRight" && (atEnd || all) && !event.shiftKey) moved = go(field, 0, 1);
  else if (event.key === "ArrowLeft" && (atStart || all) && !event.shiftKey) moved = go(field, 0, -1);
  if (moved) {
    event.preventDefault();
    event.stopPropagation();
  }
});
table?.addEventListener("focusout", (event) => {
  const field = event.target.closest(".ra-cell-in");
  if (field && isChanged(field)) save(field);
});
table?.addEventListener("input", (event) => {
  const field = event.target.closest(".ra-cell-in");
  if (field && field.parentElement.dataset.state !== "failed") mark(field, isChanged(field) ? "typed" : "");
});

undoButton?.addEventListener("click", undo);

// Firefox keeps unsaved input on reload.
for (const field of table?.querySelectorAll(".ra-cell-in") ?? []) if (isChanged(field)) mark(field, "typed");
addEventListener("beforeunload", (event) => {
  const open = [...(table?.querySelectorAll(".ra-cell-in") ?? [])].some((field) => isChanged(field) || waiting.has(field));
  if (open) event.preventDefault();
});
