// A file in the upload tray: drawn anew whenever its state changes, moved while it is being sent.
export const tray = document.getElementById("uploads");
export const words = tray.dataset;
export const list = document.getElementById("tray-list");
const icons = document.getElementById("tray-icons").content;

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

/** Draw the item anew, and put it where its state belongs: what needs somebody first, what is done last.
 * `acts` is what its buttons do: again, drop, decide (with an answer) and anyway, each with the item. */
export function draw(item, acts) {
  const { file, state, note } = item;
  const node = element("li", "ra-tray-item");
  node.dataset.rank = RANK[state];
  node.dataset.state = state;
  node.append(icons.querySelector(`[data-icon=${state === "checking" ? "waiting" : state}]`).firstElementChild.cloneNode(true));
  const name = element("span", `ra-clip${RANK[state] ? "" : " ra-b"}`, file.name);
  name.title = item.path || file.name;
  name.dir = "auto";
  node.append(name);
  const buttons = element("span", "ra-row");
  if (state === "failed" && item.retry) buttons.append(named(button(words.wordRetry, () => acts.again(item)), file.name));
  const underWay = ["flying", "waiting", "checking"].includes(state);
  if (underWay) buttons.append(element("span", "ra-xs ra-2 ra-num", state === "flying" ? "" : words.wordWaits));
  if (state === "done") buttons.append(element("span", "ra-xs ra-2", words[OUTCOMES[item.outcome]]));
  if (state === "failed") buttons.append(iconButton(say(words.wordRemove, file.name), () => acts.drop(item)));
  if (underWay) buttons.append(iconButton(say(words.wordCancel, file.name), () => acts.drop(item)));
  node.append(buttons);
  if (note) node.append(element("span", "ra-note", note));
  if (state === "ask" && item.same) {
    const ask = element("span", "ra-note ra-row ra-row--wrap ra-tray-ask");
    const answers = { skip: words.wordSkip, replace: item.parse && words.wordReplace, keep: words.wordKeep };
    for (const [answer, label] of Object.entries(answers)) if (label) ask.append(named(button(label, () => acts.decide(item, answer)), file.name));
    node.append(ask);
  } else if (state === "ask") {
    const ask = element("span", "ra-note ra-row ra-tray-ask");
    ask.append(named(button(words.wordAnyway, () => acts.anyway(item)), file.name), named(button(words.wordSkip, () => acts.drop(item)), file.name));
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
  if (state === "flying") move(item);
  if (state === "done") for (const old of [...list.querySelectorAll("[data-state=done]")].slice(0, -DONE_SHOWN)) old.remove();
}

/** Say what became of a file that is done. */
export function tell(item, outcome) {
  item.outcome = outcome;
  item.node.querySelector(".ra-row > .ra-2").textContent = words[OUTCOMES[outcome]];
}

/** Show how much of the item is sent. */
export function move(item) {
  const bar = item.node.querySelector("progress");
  if (!bar) return;
  bar.value = (item.sent / item.file.size) * 100;
  const all = item.sent >= item.file.size;
  item.node.querySelector(".ra-num").textContent = all
    ? words.wordStoring
    : words.wordOf.replace("%a", megabytes(item.sent)).replace("%b", megabytes(item.file.size));
}
