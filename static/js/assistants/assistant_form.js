// The form of an assistant: presets fill in their values, variables are added, removed and renamed.
const form = document.getElementById("assistant-form");
const presets = JSON.parse(form?.dataset.presets ?? "{}");
const sampling = Object.keys(Object.values(presets)[0] ?? {});

if (form) {
  form.addEventListener("change", changed);
  form.addEventListener("input", typed);
  form.addEventListener("click", (event) => {
    const row = event.target.closest("[data-variable-remove]")?.closest("[data-variable]");
    if (row) remove(row);
  });
  for (const input of form.querySelectorAll("[name=variable]")) input.dataset.was = input.value;
  showConditions();
}

function changed({ target }) {
  if (target.name === "preset") {
    for (const [name, value] of Object.entries(presets[target.value] ?? {})) form.elements[name].value = value;
    if (target.value === "own") form.elements.temperature.closest("details").open = true;
  }
  if (target.name === "filter_method") showConditions();
  if (target.name === "variable") rename(target);
}

function typed({ target }) {
  if (sampling.includes(target.name)) form.elements.preset.value = "own";
  const row = target.closest("[data-variable]");
  // There is always a blank row for another variable.
  if (row && target.value && !row.nextElementSibling?.matches("[data-variable]")) row.after(blank(row));
}

function blank(row) {
  const other = row.cloneNode(true);
  const input = other.querySelector("input");
  input.value = "";
  input.dataset.was = "";
  input.classList.remove("ra-invalid");
  other.querySelector("select").value = "optional";
  return other;
}

function remove(row) {
  const rows = form.querySelectorAll("[data-variable]");
  if (row === rows[rows.length - 1]) row.querySelector("input").value = "";
  else row.remove();
  form.querySelector("[name=variable]").focus();
}

/** A renamed variable is renamed in the prompt too. */
function rename(input) {
  const { was } = input.dataset;
  const now = input.value.trim();
  if (was && now) form.elements.prompt.value = form.elements.prompt.value.replaceAll(`{${was}}`, `{${now}}`);
  input.dataset.was = now;
}

function showConditions() {
  form.querySelector("[data-filter-conditions]").hidden = form.elements.filter_method.value !== "manual";
}
