// Files and folders that are picked, or dropped anywhere on the page. The upload panel is loaded with the first file.
import { send } from "../core/session.js";

const host = document.getElementById("upload-panel-host");
let panel = null;

/** Loads the upload panel and its module; null if that fails. */
async function load() {
  const response = await send(host.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!response?.ok) {
    panel = null; // the next file retries
    if (response?.status !== 401) document.dispatchEvent(new CustomEvent("ra:offline"));
    return null;
  }
  host.innerHTML = await response.text();
  restoreSwitches(); // the panel has a switch too
  const module = await import("./uploads.js");
  module.begin(() => parse);
  return module;
}
async function take(files) {
  if (!files.length) return;
  if (parent !== window) {
    // This page is shown over one that is uploading files (page_overlay.js): use the upload panel of that one.
    const to = { url: host.dataset.uploadUrl, namesUrl: host.dataset.namesUrl };
    parent.document.dispatchEvent(new parent.CustomEvent("ra:upload", { detail: { files, to, parse } }));
    return;
  }
  panel ??= load();
  (await panel)?.take(files);
}

// All "Parse when uploaded" switches share one setting, which is stored.
const switches = () => document.querySelectorAll("[data-upload-parse]");
const setParse = (on) => switches().forEach((box) => (box.checked = on));
let parse = true;
/** Sets the switches to the stored setting. */
function restoreSwitches() {
  try {
    parse = localStorage.getItem("ra-upload-parse") !== "no";
  } catch {
    // storage is blocked: it applies to this page only
  }
  setParse(parse);
}
restoreSwitches();
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-upload-parse]")) return;
  parse = event.target.checked;
  setParse(parse);
  try {
    localStorage.setItem("ra-upload-parse", parse ? "yes" : "no");
  } catch {
    // it applies to this page only
  }
});

// ---------- picking and dropping ----------
for (const input of document.querySelectorAll("#upload-files, #upload-folder"))
  input.addEventListener("change", () => {
    take([...input.files].map((file) => ({ file, path: file.webkitRelativePath })));
    input.value = "";
  });
document.addEventListener("click", (event) => {
  const pick = event.target.closest("[data-pick]");
  if (pick) document.getElementById(pick.dataset.pick).click();
});

const readEntries = (reader) => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
const readFile = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

/** All files below a dropped entry, recursively. */
async function* walk(entry) {
  if (entry.isFile) {
    try {
      yield { file: await readFile(entry), path: entry.fullPath.replace(/^\//, "") };
    } catch {
      yield { file: new File([], entry.name), path: entry.fullPath };
    }
  } else if (entry.isDirectory) {
    const reader = entry.createReader();
    for (let some = await readEntries(reader); some.length; some = await readEntries(reader))
      for (const inner of some) yield* walk(inner);
  }
}
const bringsFiles = (event) => event.dataTransfer?.types.includes("Files");
let inside = 0;
const showDrop = (on) => document.body.classList.toggle("is-dropping", on);

document.addEventListener("dragenter", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  inside += 1;
  showDrop(true);
});
document.addEventListener("dragover", (event) => bringsFiles(event) && event.preventDefault());
document.addEventListener("dragleave", (event) => {
  if (!bringsFiles(event)) return;
  inside = Math.max(0, inside - 1);
  if (!inside) showDrop(false);
});
document.addEventListener("drop", async (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  inside = 0;
  showDrop(false);
  // The list of dropped entries is only available until the first await.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = entries.length ? [] : [...event.dataTransfer.files].map((file) => ({ file, path: "" }));
  for (const entry of entries) for await (const one of walk(entry)) files.push(one);
  take(files);
});
