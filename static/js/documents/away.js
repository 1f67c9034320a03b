// Other pages while files are being sent. The page that holds the files has to stay, so whatever its links lead to is shown
// in a frame over it, as large as the window, with the tray above. Address and title are those of the page in the frame.
const tray = document.getElementById("uploads");
let frame = null;
let isBusy = () => false;
let titleHere = "";
let silenced = [];

/** The document in the frame, if there is one. */
export const elsewhere = () => frame?.contentDocument;

/** The page of ours that a click leads to; "" for a click that does something else. */
function wayOf(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return "";
  const here = link.ownerDocument.location;
  const to = new URL(link.href, here);
  const stays = to.origin !== here.origin || (to.pathname === here.pathname && to.hash);
  const others = ["download", "hx-get", "data-dialog-close"];
  return stays || link.target || others.some((name) => link.hasAttribute(name)) ? "" : to.href;
}

/** On to the address: over this page while files are on their way, else for good. */
function leave(href) {
  if (!isBusy()) {
    location.assign(href);
    return;
  }
  document.dispatchEvent(new CustomEvent("ra:close-dialog"));
  if (frame) {
    frame.contentWindow.location.assign(href);
    return;
  }
  history.pushState({ away: true }, "", href);
  show(href);
}

function show(href) {
  titleHere = document.title;
  frame = document.createElement("iframe");
  frame.className = "ra-away";
  frame.title = titleHere;
  frame.src = href;
  frame.addEventListener("load", arrived);
  document.body.append(frame);
  document.body.classList.add("is-away");
  // What lies below is neither seen nor reached by keyboard; tray and toasts are.
  for (let node = tray; node !== document.body; node = node.parentElement)
    for (const other of node.parentElement.children)
      if (other !== node && other !== frame && other.id !== "toasts" && other.id !== "live" && !other.inert) silenced.push(other);
  for (const other of silenced) other.inert = true;
}

function close() {
  frame.remove();
  frame = null;
  document.body.classList.remove("is-away");
  for (const other of silenced) other.inert = false;
  silenced = [];
  document.title = titleHere;
  document.getElementById("main").focus();
  document.dispatchEvent(new CustomEvent("documents:changed"));
}

/** Another page is in the frame. */
function arrived() {
  const inside = frame.contentWindow;
  const page = frame.contentDocument;
  if (!page) return; // the browser's own page: the address could not be shown
  const tell = () => {
    history.replaceState({ away: true }, "", inside.location.href);
    document.title = frame.title = page.title;
  };
  tell();
  inside.addEventListener("popstate", tell);
  for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) page.addEventListener(name, tell);
  const title = page.querySelector("title");
  if (title) new MutationObserver(tell).observe(title, { childList: true });
  page.addEventListener("click", (event) => {
    const to = isBusy() ? "" : wayOf(event);
    if (!to) return;
    event.preventDefault();
    leave(to);
  });
  inside.focus();
}

/** From now on pages are shown over this one while `busy` says that files are on their way. */
export function begin(busy) {
  isBusy = busy;
  document.addEventListener("click", (event) => {
    const to = isBusy() || frame ? wayOf(event) : "";
    if (!to) return;
    event.preventDefault();
    leave(to);
  });
  // Where a dialog or a job that is tried again leads.
  document.addEventListener("ra:leave", (event) => {
    if (!isBusy()) return;
    event.preventDefault();
    leave(event.detail);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const to = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (!to || !isBusy()) return;
    event.preventDefault();
    leave(new URL(to, location.href).href);
  });
}

addEventListener(
  "popstate",
  (event) => {
    if (!frame && !event.state?.away) return;
    event.stopImmediatePropagation(); // htmx would load this page anew, and the files would be gone
    if (!event.state?.away) close();
    else if (!frame) show(location.href);
  },
  { capture: true },
);
