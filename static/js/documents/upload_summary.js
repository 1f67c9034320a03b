// The head of the upload panel: title, counts and speed, also announced to screen readers.
import { megabytes, panel, say, words } from "./upload_item.js";

const find = (name) => panel.querySelector(`[data-upload-${name}]`);
const announce = (text) => document.dispatchEvent(new CustomEvent("ra:say", { detail: text }));
let samples = []; // [time, bytes uploaded] of the last seconds
let isAnnounced = false;
let frame = 0;

/** Records how much is uploaded now, to compute the speed. */
export function sample(items) {
  const now = performance.now();
  const sent = [...items].reduce((bytes, item) => bytes + item.sent, 0);
  samples = [...samples.filter(([at]) => now - at < 5000), [now, sent]];
}

function speed() {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || last[0] - first[0] < 500) return "";
  return say(words.wordPerSecond, megabytes(Math.max(0, last[1] - first[1]) / ((last[0] - first[0]) / 1000)));
}

/** Announces the state again, because there are new files. */
export const announceAgain = () => (isAnnounced = false);

/** Redraws the head, at most once per frame. `read` returns {items, paused, finished, skipped}. */
export function summarize(read) {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    const { items, paused, finished, skipped } = read();
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
    if (!isAnnounced && (active || needs)) {
      isAnnounced = true;
      announce(title);
    } else if (isAnnounced && !active) {
      isAnnounced = false;
      announce([title, needs && say(words.wordNeeds, needs)].filter(Boolean).join(", "));
    }
  });
}
