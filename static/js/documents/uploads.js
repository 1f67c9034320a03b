// The upload panel: uploads files one request each, three at a time. Loaded with the first file (upload_start.js).
// A file whose name already exists waits for an answer: skip, replace, or keep both.
import * as overlay from "./page_overlay.js";
import { checkStatus, headers, isSignedIn, send as request } from "../core/session.js";
import { isJunk, isTooLargeToParse, refusal } from "./upload_checks.js";
import { draw, list, megabytes, panel, say, showOutcome, updateProgress, words } from "./upload_item.js";
import { outcome } from "./upload_outcome.js";
import { announceAgain, sample, summarize } from "./upload_summary.js";

const find = (name) => panel.querySelector(`[data-upload-${name}]`);

const AT_ONCE = 3;
const NAMES_AT_ONCE = 200;

const items = new Set();
const batch = crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(16).padStart(8, "0"), "");
let paused = false;
let finished = 0;
let skipped = 0;
let parseWanted = () => true;

// ---------- adding files ----------
/** Starts the panel. `wanted` returns whether to parse files after the upload. */
export function begin(wanted) {
  parseWanted = wanted;
}

/** Adds [{file, path}] to the panel. `to` holds the URLs of the dataset to upload to, by default this page's. */
export function take(files, to = words, parse = true) {
  const fresh = [];
  for (const { file, path } of files) {
    if (isJunk(file)) continue;
    const item = { file, path, state: "checking", note: "", sent: 0, parse, retry: true, xhr: null, node: null, same: null, replace: "", to };
    const reason = refusal(file);
    if (reason) Object.assign(item, { state: "failed", note: reason, retry: false });
    else if (isTooLargeToParse(file)) Object.assign(item, { state: "ask", note: say(words.wordLarge, megabytes(file.size)) });
    items.add(item);
    draw(item, actions);
    fresh.push(item);
  }
  if (!fresh.length) return;
  announceAgain();
  if (panel.hidden) {
    panel.hidden = false;
    fold(matchMedia("(max-width: 900px)").matches || document.body.classList.contains("has-bulk"));
  }
  check(fresh.filter((item) => item.state === "checking"));
  sum();
}
// Files from a page shown over this one. They are copied, because that page's objects are lost when it is closed.
document.addEventListener("ra:upload", ({ detail }) =>
  take(detail.files.map(({ file, path }) => ({ file: structuredClone(file), path })), detail.to, detail.parse),
);

// ---------- names that already exist ----------
/** Asks which names already exist in the dataset. Those files wait for an answer, the others are uploaded. */
async function check(fresh) {
  for (let start = 0; start < fresh.length; start += NAMES_AT_ONCE) {
    const some = fresh.slice(start, start + NAMES_AT_ONCE);
    let found = {};
    try {
      const response = await request(some[0].to.namesUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ names: some.map((item) => item.file.name) }),
      });
      found = (await response.json()).found ?? {};
    } catch {
      // Unknown: then RAGFlow keeps both, and the panel says so.
    }
    const taken = new Set();
    for (const item of some) {
      if (item.state !== "checking") continue; // removed in the meantime
      const same = Object.hasOwn(found, item.file.name) ? found[item.file.name] : null;
      // Two files with the same name can't both replace one document.
      item.same = same && !taken.has(same.id) ? same : null;
      if (same) taken.add(same.id);
      change(item, item.same ? "ask" : "waiting", item.same ? `${words.wordSame} ${item.same.note}.` : "");
    }
    pump();
  }
  askSame();
}

const unanswered = () => [...items].filter((item) => item.state === "ask" && item.same);

/** Shows the answer for all files whose name already exists, above the list. */
function askSame() {
  const many = unanswered();
  const place = find("same");
  const had = place.contains(document.activeElement);
  place.hidden = many.length < 2;
  find("same-title").textContent = say(words.wordSameMany, many.length);
  place.querySelector("[data-answer=replace]").hidden = !many.some((item) => item.parse);
  if (had && place.hidden) list.focus();
  if (many.length && !place.dataset.said) {
    place.dataset.said = "yes";
    fold(false);
    const text = many.length > 1 ? say(words.wordSameMany, many.length) : `${many[0].file.name}: ${many[0].note}`;
    document.dispatchEvent(new CustomEvent("ra:say", { detail: text }));
  }
  if (!many.length) delete place.dataset.said;
}

function decide(item, answer) {
  if (answer === "skip") {
    skipped += 1;
    drop(item);
  } else {
    item.replace = answer === "replace" && item.parse ? item.same.id : "";
    item.same = null;
    retry(item);
  }
  askSame();
}

/** Uploads a file that is too large to be parsed, without parsing it. */
function keepUnparsed(item) {
  item.parse = false;
  change(item, "checking", "");
  check([item]);
}

// ---------- sending ----------
const inState = (state) => [...items].filter((item) => item.state === state);

function pump() {
  if (!paused) {
    const waiting = inState("waiting");
    for (let free = AT_ONCE - inState("flying").length; free > 0 && waiting.length; free -= 1) send(waiting.shift());
  }
  sum();
}

async function send(item) {
  change(item, "flying", "");
  try {
    await item.file.slice(0, 1).arrayBuffer(); // fails with a clear reason if the file was moved
  } catch {
    fail(item, words.wordUnread);
    return;
  }
  if (item.state !== "flying") return; // cancelled in the meantime
  const url = new URL(item.to.url, location.href);
  url.searchParams.set("name", item.file.name);
  if (item.parse && parseWanted()) {
    url.searchParams.set("parse", "1");
    url.searchParams.set("batch", batch);
  }
  if (item.replace) {
    url.searchParams.set("replace", item.replace);
    url.searchParams.set("batch", batch);
  }
  const xhr = new XMLHttpRequest();
  item.xhr = xhr;
  xhr.open("PUT", url);
  for (const [name, value] of Object.entries({ ...headers(), Accept: "application/json" })) xhr.setRequestHeader(name, value);
  xhr.upload.addEventListener("progress", (event) => {
    item.sent = Math.min(event.loaded, item.file.size);
    sample(items);
    updateProgress(item);
    sum();
  });
  xhr.addEventListener("load", () => answered(item, xhr));
  // A 401 is sent before the whole file has arrived, which browsers report as a network error.
  xhr.addEventListener("error", async () => fail(item, (await isSignedIn().catch(() => true)) ? words.wordLost : words.wordSignedOut));
  xhr.addEventListener("timeout", () => fail(item, words.wordLost));
  xhr.send(item.file);
}

function answered(item, xhr) {
  checkStatus(xhr.status);
  let answer = null;
  try {
    answer = JSON.parse(xhr.responseText);
  } catch {
    fail(item, xhr.status === 401 ? words.wordSignedOut : say(words.wordOdd, xhr.status));
    return;
  }
  if (xhr.status !== 200) {
    fail(item, answer.error || say(words.wordOdd, xhr.status), answer.retry !== false);
    return;
  }
  item.sent = item.file.size;
  item.id = answer.id;
  item.outcome = answer.parsing ? "queued" : "uploaded";
  item.storedAt = performance.now();
  finished += 1;
  follow(answer.job);
  const notes = [answer.renamed ? say(words.wordRenamed, answer.name) : "", answer.note];
  change(item, "done", notes.filter(Boolean).join(" "));
  item.file = { name: item.file.name, size: item.file.size }; // release the content
  for (const page of new Set([document, overlay.visibleDocument()])) page.dispatchEvent(new CustomEvent("documents:changed"));
  pump();
}

document.addEventListener("documents:moved", () => {
  for (const item of items) if (item.state === "done" && item.outcome === "queued") showOutcome(item, outcome(item));
});

/** Shows the job that replaces the old documents, once. */
function follow(url) {
  if (!url || document.getElementById(`job-${url.match(/\/(\d+)\/toast/)[1]}`)) return;
  htmx.ajax("GET", url, { target: "#toasts", swap: "beforeend" });
}

function fail(item, reason, retry = true) {
  item.retry = retry;
  change(item, "failed", reason);
  document.dispatchEvent(new CustomEvent("ra:say", { detail: `${item.file.name}: ${reason}` }));
  pump();
}

function retry(item) {
  item.sent = 0;
  change(item, "waiting", "");
  pump();
}

function drop(item) {
  const next = item.node.nextElementSibling ?? item.node.previousElementSibling;
  items.delete(item);
  item.state = "gone";
  item.xhr?.abort();
  const hadFocus = item.node.contains(document.activeElement);
  item.node.remove();
  if (hadFocus) (next?.querySelector("button") ?? list).focus();
  pump();
}

const actions = { retry, drop, decide, keepUnparsed };

// ---------- state ----------
function change(item, state, note) {
  if (item.state === "gone") return;
  Object.assign(item, { state, note });
  draw(item, actions);
}

const sum = () => summarize(() => ({ items, paused, finished, skipped }));

// ---------- buttons of the panel ----------
function fold(folded) {
  panel.classList.toggle("is-folded", folded);
  const label = folded ? words.wordUnfold : words.wordFold;
  find("fold").setAttribute("aria-expanded", String(!folded));
  find("fold").setAttribute("aria-label", label);
  find("fold").title = label;
}
find("fold").addEventListener("click", () => fold(!panel.classList.contains("is-folded")));
find("pause").addEventListener("click", (event) => {
  paused = !paused;
  const label = paused ? words.wordGoOn : words.wordPause;
  event.currentTarget.setAttribute("aria-pressed", String(paused));
  event.currentTarget.setAttribute("aria-label", label);
  event.currentTarget.title = label;
  pump();
});
find("close").addEventListener("click", () => {
  panel.hidden = true;
  items.clear();
  finished = skipped = 0;
  list.replaceChildren();
  (overlay.isCovered() ? overlay.visibleDocument().defaultView : document.getElementById("main")).focus();
});

for (const choice of find("same").querySelectorAll("[data-answer]"))
  choice.addEventListener("click", () => unanswered().forEach((item) => decide(item, choice.dataset.answer)));
// Leaving the page would end the uploads, so other pages are shown over it.
const busy = () => [...items].some((item) => ["ask", "flying", "waiting", "checking"].includes(item.state));
overlay.begin(busy);
addEventListener("beforeunload", (event) => {
  if (busy()) event.preventDefault();
});
