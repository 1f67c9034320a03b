// The builder of metadata conditions: lines can be taken out, and the builder closed. All else is htmx.
document.addEventListener("click", (event) => {
  const remove = event.target.closest("[data-condition-remove]");
  if (remove) takeOut(remove.closest("[data-condition]"));
  const close = event.target.closest("a[data-conditions-close]");
  if (close && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    shut(close.closest("form"));
  }
});
document.addEventListener("keydown", (event) => {
  const form = event.key === "Escape" && !event.defaultPrevented && event.target.closest("[data-conditions-form]");
  if (form) shut(form);
});
// What was asked for is on its way: the filters that are on stand above the table now.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-conditions-form]");
  if (form === event.target && event.detail.successful) shut(form);
});

/** A line goes; the focus moves to its neighbour. The last one is only made blank. */
function takeOut(line) {
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

function shut(form) {
  const inside = form.contains(document.activeElement);
  form.remove();
  if (inside) document.getElementById("conditions-link")?.focus();
}
