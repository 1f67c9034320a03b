// The form of a dataset: counts unsaved changes, and warns before they are lost.
const form = document.querySelector("[data-dataset-form]");
const note = form?.querySelector("[data-unsaved-note]");
const cancel = form?.querySelector(".ra-save a");
const plain = { note: note?.textContent, cancel: cancel?.textContent };
const IGNORED = new Set(["csrfmiddlewaretoken", "marks", "fields_of", "picture", "then", "preset", "question"]);
// A form returned with an error has unsaved changes.
const sentBack = form && "unsaved" in form.dataset;
let before = form && values();
let leaving = false;

if (form) {
  for (const kind of ["input", "change", "click", "htmx:afterSettle"]) form.addEventListener(kind, () => requestAnimationFrame(tell));
  form.addEventListener("submit", () => (leaving = true));
  // Back after saving: the browser restores the page as it was.
  addEventListener("pageshow", () => (leaving = false));
  cancel?.addEventListener("click", () => (leaving = true));
  addEventListener("beforeunload", (event) => {
    if (!leaving && (sentBack || changed())) event.preventDefault();
  });
  tell();
}

/** The values of all fields by name; an unchecked box has none. */
function values() {
  const found = new Map();
  for (const field of form.elements) {
    if (!field.name || IGNORED.has(field.name) || field.disabled) continue;
    const list = found.get(field.name) ?? found.set(field.name, []).get(field.name);
    if (field.type === "checkbox" || field.type === "radio") field.checked && list.push(field.value);
    else if (field.type === "file") list.push(...[...field.files].map((file) => file.name));
    else if (field.type !== "submit" && field.type !== "button") list.push(field.value.replaceAll("\r\n", "\n"));
  }
  return found;
}

/** The number of changed fields. The settings of another chunk method count as one change together with it. */
function changed() {
  const now = values();
  let number = 0;
  for (const [name, list] of now) {
    const old = before.get(name);
    if (old && old.join("\0") !== list.join("\0")) number += 1;
  }
  return number;
}

function tell() {
  const number = changed();
  if (note) note.textContent = number ? (number === 1 ? note.dataset.one : note.dataset.many.replace("%n", number)) : plain.note;
  if (cancel) cancel.textContent = (number && cancel.dataset.discard) || plain.cancel;
}
