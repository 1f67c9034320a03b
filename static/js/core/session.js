// The way out for everything that scripts send: with the token as it is now (another tab may have signed in again since the
// page was loaded), and with a word when the session is over, while the page stays as it is, with all that was typed.
const words = document.body.dataset;

/** The token against forged requests, from the cookie that each sign-in renews. */
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

/** What each of our requests says of itself. */
export const headers = () => ({ "X-CSRFToken": token(), "X-Requested-With": "fetch" });
/** What is asked every few seconds, whoever is there, says this, too: it keeps no session alive. */
export const POLL = { "X-Poll": "true" };

/** `fetch`, as one of ours. The answer to nobody signed in has the status 401; whoever looks at the page is told. */
export async function send(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { ...headers(), ...options.headers } });
  heard(answer.status, options.headers);
  return answer;
}

/** Whether somebody is signed in. Throws when the dashboard does not answer. */
export const isSignedIn = async () => (await send(words.session)).status !== 401;

// ---------- the notice ----------
const notice = () => document.querySelector("#toasts [data-signed-out]");
let told = false;

/** Takes notice of an answer's status: tells that the session is over, or takes the notice away when it is not. */
export function heard(status, sentHeaders = {}) {
  if (status === 401) {
    // One that was closed comes back when something is sent, not with the next poll.
    if (notice() || (told && "X-Poll" in sentHeaders)) return;
    told = true;
    const made = document.getElementById("toast-signed-out").content.firstElementChild.cloneNode(true);
    document.getElementById("toasts").append(made);
  } else if (status && status < 500) {
    told = false;
    notice()?.remove();
  }
}
// Back from the other tab.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && notice()) isSignedIn().catch(() => {}); // no answer: the notice stays
});

// ---------- htmx ----------
document.addEventListener("htmx:configRequest", ({ detail }) => {
  Object.assign(detail.headers, headers(), detail.triggeringEvent ? {} : POLL);
  // The token in a form is as old as the page.
  if (detail.formData.has("csrfmiddlewaretoken")) detail.formData.set("csrfmiddlewaretoken", token());
});
document.addEventListener("htmx:afterRequest", ({ detail }) => heard(detail.xhr?.status, detail.requestConfig?.headers));

// ---------- forms that lead to another page ----------
// The browser would show the sign-in page instead of this one, so whether somebody is signed in is asked before.
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
    if (asking.has(form)) return; // pressed twice
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
