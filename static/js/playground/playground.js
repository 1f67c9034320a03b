// Sends the request of the playground and shows what comes, as it comes. Without this script the form waits for the
// whole answer. The events are described in dashboard/playground/views.py.
import { send } from "../core/session.js";

const result = document.getElementById("result");
const say = (words) => document.dispatchEvent(new CustomEvent("ra:say", { detail: words }));
let running = null; // its AbortController

/** Shows a card in which raw events are added one by one; returns what adds them. */
function begin() {
  result.replaceChildren(document.getElementById("running").content.cloneNode(true));
  result.scrollIntoView({ block: "nearest" });
  const raw = result.querySelector("[data-raw]");
  result.querySelector("[data-stop]").addEventListener("click", () => running?.abort());
  return (events) => {
    raw.hidden = false;
    raw.append(events.map((event) => `data: ${event}\n\n`).join(""));
    raw.scrollTop = raw.scrollHeight;
  };
}

/** Shows what the server has rendered in place of the answer so far. */
function show(html) {
  result.innerHTML = html; // a template of ours, everything in it escaped
  window.htmx.process(result);
  result.focus({ preventScroll: true });
}

function note(words) {
  const status = result.querySelector("[role=status]");
  if (status) status.textContent = words;
  result.querySelector("[data-stop]")?.remove();
  say(words);
}

/** Reads the events to the last one; returns its data, or null if the stream broke off. */
async function follow(response, add) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return null;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const [name, data] = block.split("\n");
      if (name === "event:end") return JSON.parse(data.slice(5));
      if (name === "event:chunk") add(JSON.parse(data.slice(5)));
    }
  }
}

async function run(form) {
  running?.abort();
  const mine = (running = new AbortController());
  // Not form.dataset, which is its field of that name.
  const [url, lost, stopped] = ["data-run", "data-lost", "data-stopped"].map((name) => form.getAttribute(name));
  const add = begin();
  try {
    const response = await send(url, { method: "POST", body: new FormData(form), signal: mine.signal });
    if (response.status === 422) {
      result.replaceChildren();
      // The form itself stays, because others listen to it.
      const checked = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("ask");
      form.replaceChildren(...checked.childNodes);
      window.htmx.process(form);
      form.querySelector("[aria-invalid]")?.focus();
      return;
    }
    const html = response.ok ? await follow(response, add) : null;
    if (html === null) note(lost);
    else show(html);
  } catch (error) {
    if (mine.signal.aborted) {
      if (running === mine) note(stopped);
    } else if (error instanceof TypeError) note(lost); // fetch throws it for network errors
    else throw error;
  } finally {
    if (running === mine) running = null;
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "ask" || event.submitter?.value !== "run") return;
  event.preventDefault();
  run(event.target);
});
// The messages were replaced, which no field tells.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "messages") document.body.dispatchEvent(new CustomEvent("playground:changed"));
});
