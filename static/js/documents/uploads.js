// The upload tray: sends files one request each, three at a time. Loaded with its words when the first file comes
// (upload_start.js). A file whose name a document has already waits for an answer: skip, replace, or keep both.
import * as away from "./away.js";
import { headers, heard, isSignedIn, send as request } from "../core/session.js";
import { draw, list, megabytes, move, say, tell, tray, words } from "./upload_item.js";
import { outcome } from "./upload_outcome.js";

const find = (name) => tray.querySelector(`[data-tray-${name}]`);

const AT_ONCE = 3;
const NAMES_AT_ONCE = 200;
const JUNK = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);
const suffixes = new Set(words.suffixes.split(" "));
const limit = Number(words.limit);
const parsedUpTo = Number(words.parsedUpTo);

const items = new Set();
const batch = crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(16).padStart(8, "0"), "");
let paused = false;
let finished = 0;
let skipped = 0;
let parseWanted = () => true;
let announced = false;
let marks = []; // [time, bytes sent] of the last seconds, for the speed

// ---------- what is taken ----------
// Blanks, control characters, and signs without a width.
const UNSEEN = /^[\s\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]$/;

/** The name without blanks and unseen characters at its end. */
function withoutBlankEnd(name) {
  const characters = [...name];
  while (characters.length && UNSEEN.test(characters.at(-1))) characters.pop();
  return characters.join("");
}

/** Why the file cannot be taken, in words; "" when it can. */
function refusal(file) {
  if (new TextEncoder().encode(file.name).length > Number(words.nameBytes)) return words.wordLong;
  const name = withoutBlankEnd(file.name);
  const dot = name.lastIndexOf(".");
  const suffix = dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
  if (!suffix) return words.wordNoType;
  if (!suffixes.has(suffix)) return say(words.wordType, suffix);
  if (name !== file.name) return say(words.wordBlankEnd, suffix);
  if (!file.size) return words.wordEmpty;
  if (file.size > limit) return words.wordTooLarge.replace("%a", megabytes(file.size)).replace("%b", megabytes(limit));
  return "";
}

/** Tell the tray who knows whether files are to be parsed when they are uploaded. */
export function begin(wanted) {
  parseWanted = wanted;
}

/** Takes [{file, path}] into the tray. `to` are the addresses of another dataset that they are for, else of this page's. */
export function take(files, to = words, parse = true) {
  const fresh = [];
  for (const { file, path } of files) {
    if (JUNK.has(file.name)) continue;
    const item = { file, path, state: "checking", note: "", sent: 0, parse, retry: true, xhr: null, node: null, same: null, replace: "", to };
    const reason = refusal(file);
    if (reason) Object.assign(item, { state: "failed", note: reason, retry: false });
    else if (file.size > parsedUpTo) Object.assign(item, { state: "ask", note: say(words.wordLarge, megabytes(file.size)) });
    items.add(item);
    draw(item, acts);
    fresh.push(item);
  }
  if (!fresh.length) return;
  announced = false;
  if (tray.hidden) {
    tray.hidden = false;
    fold(matchMedia("(max-width: 900px)").matches || document.body.classList.contains("has-bulk"));
  }
  check(fresh.filter((item) => item.state === "checking"));
  sum();
}
// Files for the page that is shown over this one. They are copied, for what belongs to that page goes with it.
document.addEventListener("ra:upload", ({ detail }) =>
  take(detail.files.map(({ file, path }) => ({ file: structuredClone(file), path })), detail.to, detail.parse),
);

// ---------- names that are there already ----------
/** Ask which of the items' names the dataset has; those wait for an answer, the others are sent. */
async function check(fresh) {
  for (let start = 0; start < fresh.length; start += NAMES_AT_ONCE) {
    const some = fresh.slice(start, start + NAMES_AT_ONCE);
    let found = {};
    try {
      const answer = await request(some[0].to.namesUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ names: some.map((item) => item.file.name) }),
      });
      found = (await answer.json()).found ?? {};
    } catch {
      // Nobody knows: RAGFlow keeps both then, and the tray says so.
    }
    const taken = new Set();
    for (const item of some) {
      if (item.state !== "checking") continue; // removed meanwhile
      const same = Object.hasOwn(found, item.file.name) ? found[item.file.name] : null;
      // Two files of one name cannot both take the place of one document.
      item.same = same && !taken.has(same.id) ? same : null;
      if (same) taken.add(same.id);
      change(item, item.same ? "ask" : "waiting", item.same ? `${words.wordSame} ${item.same.note}.` : "");
    }
    pump();
  }
  askSame();
}

const unanswered = () => [...items].filter((item) => item.state === "ask" && item.same);

/** Above the list, one answer for all files whose name is there already. */
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
    const told = many.length > 1 ? say(words.wordSameMany, many.length) : `${many[0].file.name}: ${many[0].note}`;
    document.dispatchEvent(new CustomEvent("ra:say", { detail: told }));
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
    again(item);
  }
  askSame();
}

/** Send a file that is too large to be parsed, to be kept only. */
function anyway(item) {
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
    await item.file.slice(0, 1).arrayBuffer(); // a file that was moved away fails here, with a reason we can name
  } catch {
    fail(item, words.wordUnread);
    return;
  }
  if (item.state !== "flying") return; // cancelled meanwhile
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
    mark();
    move(item);
    sum();
  });
  xhr.addEventListener("load", () => answered(item, xhr));
  // Who is not signed in is answered before the whole file is there, which a browser takes for a broken connection.
  xhr.addEventListener("error", async () => fail(item, (await isSignedIn().catch(() => true)) ? words.wordLost : words.wordSignedOut));
  xhr.addEventListener("timeout", () => fail(item, words.wordLost));
  xhr.send(item.file);
}

function answered(item, xhr) {
  heard(xhr.status);
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
  item.file = { name: item.file.name, size: item.file.size }; // the bytes are not needed any more
  for (const page of [document, away.elsewhere()]) page?.dispatchEvent(new CustomEvent("documents:changed"));
  pump();
}

document.addEventListener("documents:moved", () => {
  for (const item of items) if (item.state === "done" && item.outcome === "queued") tell(item, outcome(item));
});

/** Show the job that replaces the old documents, once. */
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

function again(item) {
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

const acts = { again, drop, decide, anyway };

// ---------- the tray ----------
function change(item, state, note) {
  if (item.state === "gone") return;
  Object.assign(item, { state, note });
  draw(item, acts);
}

function mark() {
  const now = performance.now();
  const sent = [...items].reduce((bytes, item) => bytes + item.sent, 0);
  marks = [...marks.filter(([at]) => now - at < 5000), [now, sent]];
}
function speed() {
  const [first, last] = [marks[0], marks.at(-1)];
  if (!first || last[0] - first[0] < 500) return "";
  return say(words.wordPerSecond, megabytes(Math.max(0, last[1] - first[1]) / ((last[0] - first[0]) / 1000)));
}

let drawn = 0;
/** The head of the tray, drawn at most once a frame. */
function sum() {
  drawn ||= requestAnimationFrame(() => {
    drawn = 0;
    const counts = { failed: 0, ask: 0, flying: 0, waiting: 0, checking: 0, done: 0 };
    for (const item of items) counts[item.state] += 1;
    const needs = counts.failed + counts.ask;
    const waiting = counts.waiting + counts.checking;
    const active = counts.flying + waiting;
    const total = active === 1 ? words.wordTitleOne : say(words.wordTitleMany, active);
    const title = active ? total : say(words.wordTitleDone, finished);
    const parts = [
      active && counts.done && say(words.wordDone, counts.done),
      counts.flying && say(words.wordFlying, counts.flying),
      waiting && say(words.wordWaiting, waiting),
      needs && say(words.wordNeeds, needs),
      skipped && say(words.wordSkipped, skipped),
      paused && active && words.wordPaused,
      counts.flying && speed(),
    ];
    find("title").textContent = title;
    find("sum").textContent = parts.filter(Boolean).join(" · ");
    find("pause").hidden = !active;
    find("close").hidden = active + counts.ask > 0;
    if (!announced && (active || needs)) {
      announced = true;
      document.dispatchEvent(new CustomEvent("ra:say", { detail: title }));
    } else if (announced && !active) {
      announced = false;
      document.dispatchEvent(new CustomEvent("ra:say", { detail: [title, needs && say(words.wordNeeds, needs)].filter(Boolean).join(", ") }));
    }
  });
}

// ---------- the tray's own buttons ----------
function fold(folded) {
  tray.classList.toggle("is-folded", folded);
  const label = folded ? words.wordUnfold : words.wordFold;
  find("fold").setAttribute("aria-expanded", String(!folded));
  find("fold").setAttribute("aria-label", label);
  find("fold").title = label;
}
find("fold").addEventListener("click", () => fold(!tray.classList.contains("is-folded")));
find("pause").addEventListener("click", (event) => {
  paused = !paused;
  const label = paused ? words.wordGoOn : words.wordPause;
  event.currentTarget.setAttribute("aria-pressed", String(paused));
  event.currentTarget.setAttribute("aria-label", label);
  event.currentTarget.title = label;
  pump();
});
find("close").addEventListener("click", () => {
  tray.hidden = true;
  items.clear();
  finished = skipped = 0;
  list.replaceChildren();
  (away.elsewhere() ? away.elsewhere().defaultView : document.getElementById("main")).focus();
});

for (const choice of find("same").querySelectorAll("[data-answer]"))
  choice.addEventListener("click", () => unanswered().forEach((item) => decide(item, choice.dataset.answer)));
// Leaving the page would end the uploads, so other pages are shown over it meanwhile.
const busy = () => [...items].some((item) => ["ask", "flying", "waiting", "checking"].includes(item.state));
away.begin(busy);
addEventListener("beforeunload", (event) => {
  if (busy()) event.preventDefault();
});
