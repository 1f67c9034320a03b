// All requests of our scripts go through here. They send the current CSRF token (another tab may have signed in again
// since the page was loaded), and show a notice when the session has ended, without touching the page and its input.
const words = document.body.dataset;

/** The CSRF token, from the cookie that each sign-in renews. */
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

/** The headers of each of our requests. */
export const headers = () => ({ "X-CSRFToken": token(), "X-Requested-With": "fetch" });
/** The header of polling requests, which do not keep a session alive. */
export const POLL = { "X-Poll": "true" };

/** `fetch` with our headers. Status 401 means signed out; then the notice is shown. */
export async function send(url, options = {}) {
  const response = await fetch(url, { ...options, headers: { ...headers(), ...options.headers } });
  checkStatus(response.status, options.headers);
  return response;
}

/** Whether the user is signed in. Throws if the dashboard does not respond. */
export const isSignedIn = async () => (await send(words.session)).status !== 401;

// ---------- the notice ----------
const notice = () => document.querySelector("#toasts [data-signed-out]");
let isNoticeShown = false;

/** Shows the notice that the session has ended, or removes it, depending on the status of a response. */
export function checkStatus(status, sentHeaders = {}) {
  if (status === 401) {
    // A closed notice reappears when the user sends something, not with the next poll.
    if (notice() || (isNoticeShown && "X-Poll" in sentHeaders)) return;
    isNoticeShown = true;
    const made = document.getElementById("toast-signed-out").content.firstElementChild.cloneNode(true);
    document.getElementById("toasts").append(made);
  } else if (status && status < 500) {
    isNoticeShown = false;
    notice()?.remove();
  }
}
// The user returns from another tab.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && notice()) isSignedIn().catch(() => {}); // no response: keep the notice
});

// ---------- htmx ----------
document.addEventListener("htmx:configRequest", ({ detail }) => {
  Object.assign(detail.headers, headers(), detail.triggeringEvent ? {} : POLL);
  // The token in a form may be outdated.
  if (detail.formData.has("csrfmiddlewaretoken")) detail.formData.set("csrfmiddlewaretoken", token());
});
document.addEventListener("htmx:afterRequest", ({ detail }) => checkStatus(detail.xhr?.status, detail.requestConfig?.headers));

// ---------- forms that navigate ----------
// Without a session the browser would replace this page by the sign-in page, so check before submitting.
const asking = new WeakSet();
let passed = null;

addEventListener(
  "submit",
  async (event) => {
    const { target: form, submitter } = event;
    const field = form.querySelector("input[name=csrfmiddlewaretoken]");
    if (!field) return;
    field.value = token();
    const isHtmx = [form, submitter].some((part) => part?.matches("[hx-post], [hx-get]"));
    if (isHtmx || form === passed || "public" in form.dataset) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking.has(form)) return; // submitted twice
    asking.add(form);
    try {
      if (!(await isSignedIn())) return;
      passed = form;
      form.requestSubmit(submitter);
    } catch {
      document.dispatchEvent(new CustomEvent("ra:offline"));
    } finally {
      passed = null;
      asking.delete(form);
    }
  },
  { capture: true },
);
