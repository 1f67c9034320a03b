// The builder of metadata conditions: removes lines and closes the builder. Everything else is htmx.
document.addEventListener("click", (event) => {
  const remove = event.target.closest("[data-condition-remove]");
  if (remove) removeLine(remove.closest("[data-condition]"));
  const close = event.target.closest("a[data-conditions-close]");
  if (close && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    closeBuilder(close.closest("form"));
  }
});
document.addEventListener("keydown", (event) => {
  const form = event.key === "Escape" && !event.defaultPrevented && event.target.closest("[data-conditions-form]");
  if (form) closeBuilder(form);
});
// The filters were applied and are now listed above the table.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-conditions-form]");
  if (form === event.target && event.detail.successful) closeBuilder(form);
});

/** Removes a line and moves the focus to its neighbour. The last line is only cleared. */
function removeLine(line) {
  const form = line.closest("form");
  const lines = [...line.parentElement.querySelectorAll("[data-condition]")];
  if (lines.length === 1) {
    for (const field of line.querySelectorAll("input")) field.value = "";
    line.querySelector("input").focus();
  } else {
    const next = lines[lines.indexOf(line) + 1] ?? lines[lines.indexOf(line) - 1];
    line.remove();
    next.querySelector("[data-condition-remove]").focus();
  }
  form.dispatchEvent(new CustomEvent("conditions:changed"));
}

function closeBuilder(form) {
  const inside = form.contains(document.activeElement);
  form.remove();
  if (inside) document.getElementById("conditions-link")?.focus();
}
