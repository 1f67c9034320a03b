// The chat page: ask, follow and stop answers, show sources, and sheets on small screens.
import "./chat_filter.js";
import { follow } from "./chat_stream.js";
import { toast } from "../core/feedback.js";
import { send } from "../core/session.js";

const chat = document.getElementById("chat");
const scroll = document.getElementById("messages");
const thread = document.getElementById("thread");
const sources = document.getElementById("sources");
const say = (words) => document.dispatchEvent(new CustomEvent("ra:say", { detail: words }));

// ---------- the answer being written ----------
let current = null; // its article

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
const toEnd = () => (scroll.scrollTop = scroll.scrollHeight);

function showBusy() {
  const composer = document.getElementById("composer");
  const busy = current !== null;
  composer.querySelector("[data-stop-button]").hidden = !busy;
  composer.querySelector("[data-send]").hidden = busy;
  composer.querySelector("[data-hint-idle]").hidden = busy;
  composer.querySelector("[data-hint-busy]").hidden = !busy;
  for (const button of thread.querySelectorAll("[data-again-button]")) button.disabled = busy;
}

async function attach(article) {
  if (current || article.dataset.attached) return;
  article.dataset.attached = "yes";
  current = article;
  showBusy();
  let follows = true; // until the user scrolls up
  const watch = () => (follows = atEnd());
  scroll.addEventListener("scroll", watch, { passive: true });
  let data = null;
  try {
    data = await follow(article, () => follows && toEnd(), say);
  } finally {
    scroll.removeEventListener("scroll", watch);
    const stopHadFocus = document.activeElement?.matches("[data-stop-button]");
    current = null;
    if (data?.html) finish(article, data);
    showBusy();
    if (stopHadFocus) document.getElementById("id_question").focus();
  }
  if (data?.html) {
    if (follows) toEnd();
  } else if (data) {
    location.reload(); // a newer question has replaced it: the reloaded page shows that
  } else {
    toast("bad", article.dataset.gone, article.dataset.goneText); // the server keeps reading and stores the answer
  }
}

function finish(article, { html, sources: pane, say: words }) {
  const thinking = article.querySelector(".ra-think")?.open;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const finished = holder.content.firstElementChild;
  if (thinking) finished.querySelector(".ra-think")?.setAttribute("open", "");
  article.replaceWith(finished);
  window.htmx.process(finished);
  if (pane) {
    sources.innerHTML = pane;
    window.htmx.process(sources);
    document.querySelector(".ra-open-sources")?.toggleAttribute("hidden", !sources.querySelector("[data-source]"));
  }
  say(words);
}

function attachWaiting() {
  const article = thread.querySelector("[data-stream]:not([data-attached])");
  if (article) attach(article);
}

async function stop() {
  const button = document.querySelector("[data-stop-button]");
  if (!current || button.disabled) return;
  button.disabled = true;
  try {
    await send(current.dataset.stop, { method: "POST", headers: { "HX-Request": "true" } });
  } finally {
    button.disabled = false;
  }
}

// ---------- asking ----------
const question = () => document.getElementById("id_question");

const fit = () => {
  const area = question();
  area.rows = Math.min(10, Math.max(1, area.value.split("\n").length));
  // Add rows for wrapped lines.
  while (area.scrollHeight > area.clientHeight + 2 && area.rows < 10) area.rows += 1;
};

document.addEventListener("keydown", (event) => {
  if (event.target.id === "id_question" && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (!current) event.target.form.requestSubmit();
  } else if (event.key === "Escape" && current && !document.querySelector("dialog[open], details.ra-pop[open]")) {
    if (!openSheet()) stop();
  }
});
document.addEventListener("input", (event) => event.target.id === "id_question" && fit());
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.matches?.("[data-ask]") && current) event.preventDefault(); // the previous answer is not finished
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches?.("[data-ask]")) event.target.querySelector("button[type=submit]").disabled = true;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!form.matches?.("[data-ask]")) return;
  const { xhr, successful } = event.detail;
  const redirects = xhr.getResponseHeader("HX-Redirect");
  if (form.isConnected && !redirects) form.querySelector("button[type=submit]").disabled = false;
  // An error of RAGFlow is shown as a toast and swaps nothing: keep the question, so that it can be sent again.
  const refused = xhr.getResponseHeader("HX-Reswap") === "none";
  if (!successful || refused || redirects || form.id !== "composer") return;
  form.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  form.querySelector("#id_question_error")?.remove();
  form.querySelector(".ra-invalid")?.classList.remove("ra-invalid");
  question().value = "";
  fit();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "composer") {
    showBusy();
    question().focus();
  }
  if (event.detail.target !== thread) return;
  toEnd();
  attachWaiting();
});

// ---------- sources ----------
function showSource(number) {
  let chosen = null;
  for (const card of sources.querySelectorAll("[data-source]")) {
    const on = card.dataset.source === String(number);
    card.classList.toggle("is-current", on);
    card.querySelector(".ra-src-head .ra-cite").classList.toggle("is-on", on);
    if (on) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
    if (on) chosen = card;
  }
  if (!chosen) return false;
  chosen.scrollIntoView({ block: "nearest" });
  chosen.focus({ preventScroll: true });
  return true;
}

function markCitation(link) {
  for (const other of thread.querySelectorAll(".ra-cite[aria-current]")) other.removeAttribute("aria-current");
  link?.setAttribute("aria-current", "true");
}

async function openSource(href, number) {
  const wanted = new URL(href, location.href);
  const answer = wanted.searchParams.get("answer");
  const shown = sources.querySelector("[data-pane]")?.dataset.pane;
  openSheet("sources");
  if (shown !== answer || !sources.querySelector(`[data-source="${number}"]`)) {
    const path = `${wanted.pathname}sources/${wanted.search}`;
    await window.htmx.ajax("GET", path, { target: "#sources", swap: "innerHTML" });
  }
  if (number) showSource(number);
  history.replaceState(null, "", wanted.pathname + wanted.search);
}

document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!plain) return;
  const cite = event.target.closest("a.ra-cite[data-cite]");
  const all = event.target.closest("[data-answer-sources]");
  const select = event.target.closest("[data-select-source]");
  if (cite) {
    event.preventDefault();
    if (cite.closest("[aria-busy=true]")) return; // its sources arrive at the end
    markCitation(cite);
    openSource(cite.href, cite.dataset.cite);
  } else if (all) {
    event.preventDefault();
    openSource(all.href, "");
  } else if (select) {
    event.preventDefault();
    showSource(select.dataset.selectSource);
    history.replaceState(null, "", select.href);
  } else if (event.target.closest("[data-edit-question]")) {
    question().value = event.target.closest("[data-edit-question]").dataset.editQuestion;
    fit();
    question().focus();
  } else if (event.target.closest("[data-stop-button]")) {
    stop();
  } else if (event.target.closest("[data-sheet]")) {
    event.preventDefault();
    openSheet(event.target.closest("[data-sheet]").dataset.sheet);
  } else if (event.target.closest("[data-sheet-close]")) {
    event.preventDefault();
    closeSheet();
  } else if (!event.target.closest(".ra-pane.is-open")) {
    closeSheet();
  }
});

// ---------- sheets: sessions on a phone, sources on narrow screens ----------
let cameFrom = null;

/** Opens a pane as a sheet, unless it is visible beside the conversation. Without a name, returns the open sheet. */
function openSheet(name) {
  const open = chat.querySelector(".ra-pane.is-open");
  if (!name) return open;
  const pane = document.getElementById(name);
  if (open === pane || getComputedStyle(pane).display !== "none") return open;
  cameFrom = document.activeElement;
  pane.classList.add("is-open");
  chat.querySelector(".ra-pane--thread").inert = true;
  pane.focus();
  return pane;
}

function closeSheet() {
  const open = chat.querySelector(".ra-pane.is-open");
  if (!open) return;
  open.classList.remove("is-open");
  chat.querySelector(".ra-pane--thread").inert = false;
  if (cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
  cameFrom = null;
}
document.addEventListener("keydown", (event) => event.key === "Escape" && closeSheet());
matchMedia("(min-width: 1181px)").addEventListener("change", closeSheet);

// ---------- the session's name ----------
document.addEventListener("htmx:afterSettle", () => {
  const input = document.querySelector("#session-title input[data-select]");
  if (input && !input.dataset.selected) {
    input.dataset.selected = "yes";
    input.focus();
    input.select();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#session-title")) {
    event.target.form.querySelector("[data-escape]").click();
  }
});

// ---------- on load ----------
fit();
showBusy();
const chosen = new URLSearchParams(location.search).get("source");
if ("chosen" in sources.dataset) {
  const answer = sources.querySelector("[data-pane]")?.dataset.pane;
  document.getElementById(`answer-${answer}`)?.scrollIntoView({ block: "start" });
  openSheet("sources");
  if (chosen) {
    showSource(chosen);
    markCitation(document.querySelector(`#answer-${answer} .ra-cite[data-cite="${CSS.escape(chosen)}"]`));
  }
} else {
  toEnd();
  if (matchMedia("(min-width: 641px)").matches) question().focus({ preventScroll: true });
}
attachWaiting();
