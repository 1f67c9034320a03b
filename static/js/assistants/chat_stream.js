// Reads the event stream of one answer and shows it on the page. The protocol is described in
// dashboard/assistants/stream/protocol.py.
import { send } from "../core/session.js";

const RETRIES = 16;
const PROXY_WAITS = [502, 503, 504]; // sent by a proxy while the dashboard restarts
const BLOCKS = "p, li, td, th, pre code, h3, h4, h5, h6, blockquote";
const INLINE = "a, b, br, code, del, em, i, kbd, mark, math, s, small, span, strong, sub, sup, u";

/** Splits a stream of bytes into batches of {name, data} events. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    const batch = [];
    for (const block of blocks) {
      let name = "text";
      let data = "";
      for (const line of block.split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6);
        else if (line.startsWith("data:")) data = line.slice(5);
      }
      if (data) batch.push({ name, data: JSON.parse(data) });
    }
    if (batch.length) yield batch;
  }
}

/** The element that new text is appended to: the last paragraph, item or cell of the open block. */
function leaf(open) {
  let place = open;
  for (;;) {
    const last = place.lastElementChild;
    if (!last || last.matches(".ra-caret, .ra-tail")) return place;
    if (last.matches(INLINE) && place.matches(BLOCKS)) return place;
    place = last;
    if (place.matches("p, h3, h4, h5, h6, td, th")) return place;
  }
}

class Answer {
  constructor(article) {
    this.article = article;
    this.done = article.querySelector("[data-done]");
    this.open = article.querySelector("[data-open]");
    this.waiting = article.querySelector(".ra-a-waiting");
    this.think = article.querySelector(".ra-think");
    this.caret = document.createElement("span");
    this.caret.className = "ra-caret";
    this.caret.setAttribute("aria-hidden", "true");
    this.tail = document.createElement("span");
    this.tail.className = "ra-tail";
  }

  take({ name, data }) {
    if (name === "text") this.text(data);
    else if (name === "html") this.html(data);
    else if (name === "think") this.thinking(data);
    else if (name === "thought") this.thought(data);
  }

  text(piece) {
    this.begin();
    this.tail.append(piece);
    if (!this.tail.isConnected) this.place();
  }

  html({ reset, done, open }) {
    this.begin();
    if (reset) this.done.replaceChildren();
    // Sanitised by the server (dashboard/assistants/answers/markdown.py).
    if (done) this.done.insertAdjacentHTML("beforeend", done);
    this.open.innerHTML = open;
    this.tail.replaceChildren();
    this.place();
  }

  place() {
    leaf(this.open).append(this.tail, this.caret);
  }

  begin() {
    if (this.waiting) this.waiting.hidden = true;
  }

  thinking(piece) {
    if (this.fresh !== false) this.think.querySelector(".ra-think-text").textContent = "";
    this.fresh = false;
    this.begin();
    this.think.hidden = false;
    this.think.querySelector("summary").textContent = `${this.article.dataset.thinking} …`;
    this.think.querySelector(".ra-think-text").append(piece);
  }

  thought(seconds) {
    const { thought, thoughtBriefly } = this.article.dataset;
    const words = seconds >= 0.5 ? thought.replace("{}", String(Math.max(1, Math.round(seconds)))) : thoughtBriefly;
    this.think.querySelector("summary").textContent = words;
  }

  restart() {
    this.fresh = true; // everything is sent again
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Follows the answer of `article` (data-stream) to its end. Calls `changed` after each batch; returns the data of the
 * last event, or null if the connection could not be restored (the server keeps reading the answer).
 */
export async function follow(article, changed, say) {
  const answer = new Answer(article);
  for (let tries = 0; tries < RETRIES; ) {
    try {
      const response = await send(article.dataset.stream, { headers: { Accept: "text/event-stream" } });
      if (PROXY_WAITS.includes(response.status)) throw new TypeError("the dashboard is restarting");
      const ours = response.headers.get("Content-Type")?.startsWith("text/event-stream");
      if (!response.ok || !ours) return null;
      for await (const batch of events(response)) {
        tries = 0;
        for (const event of batch) {
          if (event.name === "end") return event.data;
          answer.take(event);
        }
        changed();
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch throws a TypeError for network errors
    }
    // The stream closed without an end: follow the same turn again from its start. Retries are frequent, so that the
    // user learns within seconds that an answer was lost.
    tries += 1;
    answer.restart();
    say(article.dataset.again);
    await pause(Math.min(500 * 2 ** tries, 2000));
  }
  return null;
}
