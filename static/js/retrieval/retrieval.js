// The retrieval lab: Ctrl+Enter submits, incompatible datasets are disabled, URLs stay short.
const form = () => document.querySelector("form[data-lab]");

// ---------- Ctrl+Enter ----------
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest("form[data-lab]")) return;
  event.preventDefault();
  form().requestSubmit();
});

// ---------- short URLs: blank and default values are not sent ----------
const DEFAULTS = { similarity_threshold: "0.2", vector_similarity_weight: "0.3", top_k: "1024", logic: "and" };

function shorten(data) {
  const names = data.getAll("meta_key");
  const values = data.getAll("meta_value");
  if (names.every((name, at) => !name.trim() && !values[at]?.trim()))
    for (const name of ["meta_key", "meta_operator", "meta_value", "logic"]) data.delete(name);
  for (const name of ["find", "rerank_id", "cross_languages"]) if (name === "find" || !data.get(name)) data.delete(name);
  for (const [name, value] of Object.entries(DEFAULTS)) if (data.get(name) === value) data.delete(name);
  if (data.getAll("compare").at(-1) === "1") {
    data.set("compare", "1");
    for (const name of ["b-rerank_id", "b-cross_languages"]) if (!data.get(name)) data.delete(name);
  } else {
    data.delete("compare");
    for (const name of [...data.keys()]) if (name.startsWith("b-")) data.delete(name);
  }
}
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt === form()) shorten(event.detail.formData);
});

// ---------- only datasets that share an embedding model ----------
document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-lab-datasets]");
  if (!list) return;
  const boxes = [...list.querySelectorAll("input[name=dataset]")];
  const model = boxes.find((box) => box.checked)?.dataset.model;
  for (const box of boxes) {
    if (box.dataset.empty !== undefined) continue;
    box.disabled = !box.checked && model !== undefined && box.dataset.model !== model;
    box.closest("label").classList.toggle("is-off", box.disabled);
  }
});

// ---------- one side at a time on a phone ----------
function show(key) {
  const sides = document.querySelector("[data-lab-sides]");
  if (!sides) return;
  sides.dataset.show = key;
  for (const button of document.querySelectorAll("[data-lab-show]"))
    button.setAttribute("aria-pressed", String(button.dataset.labShow === key));
}
let shown = "b";
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-lab-show]");
  if (button) show((shown = button.dataset.labShow));
});

// ---------- keep settings open when the page is reloaded ----------
let open = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "lab")
    open = [...document.querySelectorAll("[data-lab-settings]")].map((details) => details.open);
});
document.addEventListener("htmx:afterSwap", () => {
  show(shown);
  for (const [at, details] of [...document.querySelectorAll("[data-lab-settings]")].entries())
    if (open[at]) details.open = true;
  open = [];
});
show(shown);
