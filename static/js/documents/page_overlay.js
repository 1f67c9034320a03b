// Navigation while files are being uploaded. Leaving the page would end the uploads, so other pages are shown in an
// iframe over it, as large as the window and below the upload panel. URL and title are those of the page in the iframe.
let frame = null;
let isBusy = () => false;
let titleBelow = "";
let madeInert = [];

/** Whether another page is shown over this one. */
export const isCovered = () => frame !== null;

/** The document that the user sees: the one in the iframe, else this one. */
export const visibleDocument = () => frame?.contentDocument ?? document;

/** The page of ours that a click leads to; "" for a click that does something else. */
function targetOf(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return "";
  const here = link.ownerDocument.location;
  const to = new URL(link.href, here);
  const stays = to.origin !== here.origin || (to.pathname === here.pathname && to.hash);
  const others = ["download", "hx-get", "data-dialog-close"];
  return stays || link.target || others.some((name) => link.hasAttribute(name)) ? "" : to.href;
}

/** Navigates: in the iframe while files are being uploaded, otherwise for real. */
function navigate(href) {
  if (!isBusy()) {
    location.assign(href);
    return;
  }
  document.dispatchEvent(new CustomEvent("ra:close-dialog"));
  if (frame) {
    frame.contentWindow.location.assign(href);
    return;
  }
  history.pushState({ isOverlay: true }, "", href);
  show(href);
}

function show(href) {
  titleBelow = document.title;
  frame = document.createElement("iframe");
  frame.className = "ra-away";
  frame.title = titleBelow;
  frame.src = href;
  frame.addEventListener("load", loaded);
  document.body.append(frame);
  document.body.classList.add("is-away");
  // The page below becomes inert, except for the upload panel and the toasts.
  const panel = document.getElementById("uploads");
  for (let node = panel; node !== document.body; node = node.parentElement)
    for (const other of node.parentElement.children)
      if (other !== node && other !== frame && other.id !== "toasts" && other.id !== "live" && !other.inert) madeInert.push(other);
  for (const other of madeInert) other.inert = true;
}

function close() {
  frame.remove();
  frame = null;
  document.body.classList.remove("is-away");
  for (const other of madeInert) other.inert = false;
  madeInert = [];
  document.title = titleBelow;
  document.getElementById("main").focus();
  document.dispatchEvent(new CustomEvent("documents:changed"));
}

/** The iframe has loaded a page: follow its URL and title, and its links. */
function loaded() {
  const inside = frame.contentWindow;
  const page = frame.contentDocument;
  if (!page) return; // an error page of the browser
  const follow = () => {
    history.replaceState({ isOverlay: true }, "", inside.location.href);
    document.title = frame.title = page.title;
  };
  follow();
  inside.addEventListener("popstate", follow);
  for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) page.addEventListener(name, follow);
  const title = page.querySelector("title");
  if (title) new MutationObserver(follow).observe(title, { childList: true });
  page.addEventListener("click", (event) => {
    const to = isBusy() ? "" : targetOf(event);
    if (!to) return;
    event.preventDefault();
    navigate(to);
  });
  inside.focus();
}

/** Shows other pages over this one from now on, while `busy` returns true. */
export function begin(busy) {
  isBusy = busy;
  document.addEventListener("click", (event) => {
    const to = isBusy() || frame ? targetOf(event) : "";
    if (!to) return;
    event.preventDefault();
    navigate(to);
  });
  // Redirects from a dialog or a retried job.
  document.addEventListener("ra:navigate", (event) => {
    if (!isBusy()) return;
    event.preventDefault();
    navigate(event.detail);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const to = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (!to || !isBusy()) return;
    event.preventDefault();
    navigate(new URL(to, location.href).href);
  });
}

addEventListener(
  "popstate",
  (event) => {
    if (!frame && !event.state?.isOverlay) return;
    event.stopImmediatePropagation(); // htmx would reload this page, which ends the uploads
    if (!event.state?.isOverlay) close();
    else if (!frame) show(location.href);
  },
  { capture: true },
);
