// Dialogs, toasts, and errors of htmx requests.

// ---------- dialogs ----------
// data-dialog-open="id" opens a dialog on the page. One sent by the server goes into #dialog-host
// (hx-target="#dialog-host") and opens at once.
const host = document.getElementById("dialog-host");
let cameFrom = null;

const openSent = () => {
  const dialog = host?.querySelector("dialog");
  if (dialog && !dialog.open) dialog.showModal(); // focuses the element with autofocus
};
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === host && !host.contains(event.target)) cameFrom = event.target;
});
document.addEventListener("htmx:afterSwap", (event) => event.detail.target === host && openSent());
document.addEventListener("ra:close-dialog", () => host?.querySelector("dialog")?.close()); // HX-Trigger: ra:close-dialog

document.addEventListener(
  "close",
  (event) => {
    if (!host?.contains(event.target) || event.target.parentElement !== host) return;
    host.replaceChildren();
    if (cameFrom?.isConnected) cameFrom.focus();
    cameFrom = null;
  },
  true,
);

document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-dialog-open]");
  if (open) document.getElementById(open.dataset.dialogOpen)?.showModal();

  const close = event.target.closest("[data-dialog-close]");
  const dialog = close?.closest("dialog");
  if (dialog?.open) {
    event.preventDefault(); // the link is for pages without script
    dialog.close();
  } else if (event.target.matches?.("dialog[open]:not([data-modal])")) {
    // a click on the backdrop has the dialog as its target
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});

// Confirmation by typing a name: data-typed="the name" on the input.
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-typed]")) return;
  const button = event.target.form.querySelector("[data-typed-button]");
  button.disabled = event.target.value.trim() !== event.target.dataset.typed.trim();
});

// ---------- toasts ----------
const toasts = document.getElementById("toasts");
const STAYS = 5000;

const remove = (toast) => {
  const hadFocus = toast.contains(document.activeElement);
  toast.remove();
  if (hadFocus) document.getElementById("main")?.focus();
};
function start(toast) {
  if (toast.dataset.started) return;
  toast.dataset.started = "yes";
  if ("stay" in toast.dataset) return; // errors stay until they are closed
  let timer = 0;
  let left = STAYS;
  let since = 0;
  const run = () => {
    since = performance.now();
    timer = setTimeout(() => remove(toast), left);
  };
  const pause = () => {
    clearTimeout(timer);
    left = Math.max(1500, left - (performance.now() - since));
  };
  toast.addEventListener("pointerenter", pause);
  toast.addEventListener("pointerleave", run);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("focusout", run);
  run();
}
// Polling fails repeatedly: show the same error only once until it is closed.
function isShown(toast) {
  const words = toast.textContent.trim();
  return [...toasts.querySelectorAll(".ra-toast[data-stay]")].some((other) => other !== toast && other.textContent.trim() === words);
}
const startAll = () => {
  for (const toast of toasts.querySelectorAll(".ra-toast[data-stay]:not([data-started])")) if (isShown(toast)) toast.remove();
  toasts.querySelectorAll(".ra-toast").forEach(start);
  if (!document.querySelector("dialog[open]") || !toasts.childElementCount) return;
  toasts.popover = "manual"; // above the dialog, which is in the top layer
  toasts.hidePopover();
  toasts.showPopover();
};
if (toasts) {
  startAll();
  new MutationObserver(startAll).observe(toasts, { childList: true });
  document.addEventListener("close", () => toasts.removeAttribute("popover"), true);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast-close]");
  if (button) remove(button.closest(".ra-toast"));
});

// Announces something to screen readers.
document.addEventListener("ra:say", (event) => {
  const live = document.getElementById("live");
  if (live) live.textContent = event.detail;
});

/** Shows a toast from script. kind: "ok" or "bad"; title and text are plain text. */
export function toast(kind, title, text = "") {
  const made = document.getElementById(`toast-${kind}`).content.firstElementChild.cloneNode(true);
  made.querySelector("[data-toast-title]").textContent = title;
  const detail = made.querySelector("[data-toast-text]");
  if (text) detail.textContent = text;
  else detail.remove();
  toasts.append(made);
}

// ---------- htmx ----------
const words = document.body.dataset;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  // Our error responses contain an out-of-band toast, and nothing for the target.
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Reswap") === "none") {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
  // A view ended a dialog with a plain redirect, so htmx received the whole next page. Navigate there instead.
  if (event.detail.target === host && xhr.responseURL && event.detail.requestConfig) {
    const asked = new URL(event.detail.requestConfig.path, location.href);
    if (new URL(xhr.responseURL).pathname !== asked.pathname) {
      event.detail.shouldSwap = false;
      const navigates = document.dispatchEvent(new CustomEvent("ra:navigate", { detail: xhr.responseURL, cancelable: true }));
      if (navigates) location.assign(xhr.responseURL);
    }
  }
});
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) return; // shown by session.js
  const id = xhr.getResponseHeader("X-Request-Id");
  toast("bad", words.failedTitle, `${words.failedText} (${xhr.status}${id ? `, ${id}` : ""})`);
});
for (const name of ["htmx:sendError", "htmx:timeout", "ra:offline"])
  document.addEventListener(name, () => toast("bad", words.offlineTitle, words.offlineText));
