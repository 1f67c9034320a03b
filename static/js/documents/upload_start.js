// Files and folders dropped anywhere on the page, or picked. The tray that sends them comes with the first of them.
import { send } from "../core/session.js";

const host = document.getElementById("tray-host");
let tray = null;

/** The tray's module, with its part of the page in place; null when it did not come. */
async function load() {
  const answer = await send(host.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) {
    tray = null; // the next file tries again
    if (answer?.status !== 401) document.dispatchEvent(new CustomEvent("ra:offline"));
    return null;
  }
  host.innerHTML = await answer.text();
  remember(); // the tray has a switch, too
  const module = await import("./uploads.js");
  module.begin(() => parse);
  return module;
}
async function take(files) {
  if (!files.length) return;
  if (parent !== window) {
    // Shown over a page that sends files already (away.js): its tray takes these, too.
    const to = { url: host.dataset.uploadUrl, namesUrl: host.dataset.namesUrl };
    parent.document.dispatchEvent(new parent.CustomEvent("ra:upload", { detail: { files, to, parse } }));
    return;
  }
  tray ??= load();
  (await tray)?.take(files);
}

// "Parse when uploaded" is one switch, wherever it is drawn, and remembered.
const switches = () => document.querySelectorAll("[data-upload-parse]");
const setParse = (on) => switches().forEach((box) => (box.checked = on));
let parse = true;
/** Set the switches as they were left. */
function remember() {
  try {
    parse = localStorage.getItem("ra-upload-parse") !== "no";
  } catch {
    // storage is forbidden: it lasts for this page
  }
  setParse(parse);
}
remember();
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-upload-parse]")) return;
  parse = event.target.checked;
  setParse(parse);
  try {
    localStorage.setItem("ra-upload-parse", parse ? "yes" : "no");
  } catch {
    // it lasts for this page
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

/** The files under what was dropped, folders read to the bottom. */
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
  // The list of dropped things is only there until the first await.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = entries.length ? [] : [...event.dataTransfer.files].map((file) => ({ file, path: "" }));
  for (const entry of entries) for await (const one of walk(entry)) files.push(one);
  take(files);
});
