// A file in the upload panel: redrawn when its state changes, updated while it is being uploaded.
export const panel = document.getElementById("uploads");
export const words = panel.dataset;
export const list = document.getElementById("upload-list");
const icons = document.getElementById("upload-icons").content;

const DONE_SHOWN = 50;
const OUTCOMES = { queued: "wordQueued", uploaded: "wordUploaded", parsed: "wordParsed", unparsed: "wordUnparsed" };
const RANK = { failed: 0, ask: 0, flying: 1, waiting: 2, checking: 2, done: 3 };

export const say = (template, value) => template.replace("%s", value);
export const megabytes = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

function element(name, css, text) {
  const made = document.createElement(name);
  if (css) made.className = css;
  if (text) made.textContent = text;
  return made;
}
function button(text, act, css = "btn btn-sm") {
  const made = element("button", css, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
function iconButton(label, act) {
  const made = button("", act, "btn ra-icon ra-ghost btn-sm");
  made.append(icons.querySelector("[data-icon=remove]").firstElementChild.cloneNode(true));
  made.setAttribute("aria-label", label);
  made.title = label;
  return made;
}

function named(made, name) {
  made.append(element("span", "ra-hide", ` ${name}`));
  return made;
}

/** Redraws the item and sorts it by its state: files that need attention first, finished ones last.
 * `actions` are called by its buttons with the item: retry, drop, decide (with an answer) and keepUnparsed. */
export function draw(item, actions) {
  const { file, state, note } = item;
  const node = element("li", "ra-upload-item");
  node.dataset.rank = RANK[state];
  node.dataset.state = state;
  node.append(icons.querySelector(`[data-icon=${state === "checking" ? "waiting" : state}]`).firstElementChild.cloneNode(true));
  const name = element("span", `ra-clip${RANK[state] ? "" : " ra-b"}`, file.name);
  name.title = item.path || file.name;
  name.dir = "auto";
  node.append(name);
  const buttons = element("span", "ra-row");
  if (state === "failed" && item.retry) buttons.append(named(button(words.wordRetry, () => actions.retry(item)), file.name));
  const inProgress = ["flying", "waiting", "checking"].includes(state);
  if (inProgress) buttons.append(element("span", "ra-xs ra-2 ra-num", state === "flying" ? "" : words.wordWaits));
  if (state === "done") buttons.append(element("span", "ra-xs ra-2", words[OUTCOMES[item.outcome]]));
  if (state === "failed") buttons.append(iconButton(say(words.wordRemove, file.name), () => actions.drop(item)));
  if (inProgress) buttons.append(iconButton(say(words.wordCancel, file.name), () => actions.drop(item)));
  node.append(buttons);
  if (note) node.append(element("span", "ra-note", note));
  if (state === "ask" && item.same) {
    const ask = element("span", "ra-note ra-row ra-row--wrap ra-upload-ask");
    const answers = { skip: words.wordSkip, replace: item.parse && words.wordReplace, keep: words.wordKeep };
    for (const [answer, label] of Object.entries(answers)) if (label) ask.append(named(button(label, () => actions.decide(item, answer)), file.name));
    node.append(ask);
  } else if (state === "ask") {
    const ask = element("span", "ra-note ra-row ra-upload-ask");
    ask.append(named(button(words.wordAnyway, () => actions.keepUnparsed(item)), file.name), named(button(words.wordSkip, () => actions.drop(item)), file.name));
    node.append(ask);
  }
  if (state === "flying") {
    const bar = element("progress", "ra-progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", say(words.wordUploading, file.name));
    node.append(bar);
  }
  const hadFocus = item.node?.contains(document.activeElement);
  item.node?.remove();
  item.node = node;
  list.insertBefore(node, [...list.children].find((other) => Number(other.dataset.rank) > RANK[state]) ?? null);
  if (hadFocus) (node.querySelector("button") ?? list).focus();
  if (state === "flying") updateProgress(item);
  if (state === "done") for (const old of [...list.querySelectorAll("[data-state=done]")].slice(0, -DONE_SHOWN)) old.remove();
}

/** Shows the parsing outcome of an uploaded file. */
export function showOutcome(item, outcome) {
  item.outcome = outcome;
  item.node.querySelector(".ra-row > .ra-2").textContent = words[OUTCOMES[outcome]];
}

/** Shows how much of the item is uploaded. */
export function updateProgress(item) {
  const bar = item.node.querySelector("progress");
  if (!bar) return;
  bar.value = (item.sent / item.file.size) * 100;
  const all = item.sent >= item.file.size;
  item.node.querySelector(".ra-num").textContent = all
    ? words.wordStoring
    : words.wordOf.replace("%a", megabytes(item.sent)).replace("%b", megabytes(item.file.size));
}
