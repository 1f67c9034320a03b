// Two assistants side by side: follow both answers, then show what they have in common; vote by key.
import { follow } from "./chat_stream.js";

const say = (words) => document.dispatchEvent(new CustomEvent("ra:say", { detail: words }));

async function show(article) {
  const data = await follow(article, () => {}, say);
  if (!data?.html) return;
  const holder = document.createElement("template");
  holder.innerHTML = data.html; // sanitised by the server
  article.replaceWith(holder.content.firstElementChild);
  say(data.say);
}

document.addEventListener("htmx:afterSwap", async (event) => {
  const form = event.detail.target.querySelector?.("[data-compared]");
  if (event.detail.target.id !== "answers" || !form) return;
  await Promise.all([...form.querySelectorAll("[data-stream]")].map(show));
  if (form.isConnected) form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const choice = { 1: "a", 2: "b", 0: "tie" }[event.key];
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (!choice || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  document.querySelector(`[data-vote] button[value="${choice}"]`)?.click();
});
