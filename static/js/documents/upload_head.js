// The head of the upload tray: how many files are where, how fast they are sent, and whether the tray is folded.
import { megabytes, say, tray, words } from "./upload_item.js";

export const find = (name) => tray.querySelector(`[data-tray-${name}]`);

let announced = false;
let marks = []; // [time, bytes sent] of the last seconds, for the speed

/** The next change of the head is told to screen readers. */
export function announceAgain() {
  announced = false;
}

/** Note how much of `items` is sent by now, for the speed. */
export function measure(items) {
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
/** Draw the head of the tray, at most once a frame. `state` gives what is finished, skipped and paused by then. */
export function drawHead(items, state) {
  drawn ||= requestAnimationFrame(() => {
    drawn = 0;
    const { finished, skipped, paused } = state();
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

/** Show the head alone, or the files below it, too. */
export function fold(folded) {
  tray.classList.toggle("is-folded", folded);
  const label = folded ? words.wordUnfold : words.wordFold;
  find("fold").setAttribute("aria-expanded", String(!folded));
  find("fold").setAttribute("aria-label", label);
  find("fold").title = label;
}
