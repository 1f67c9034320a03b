// The presenter view: prepared questions by arrow keys, one answer at a time in large type.
import "../core/composing.js";
import { follow } from "./chat_stream.js";
import { toast } from "../core/feedback.js";
import { send } from "../core/session.js";

const stage = document.querySelector(".ra-stage");
const prepared = document.getElementById("prepared");
const question = document.getElementById("stage-question");
const shown = document.getElementById("stage-answer");
const place = document.getElementById("stage-place");
const live = document.getElementById("live");
let current = null; // the article being written
let at = -1;

prepared.value = localStorage.getItem(stage.dataset.keep) ?? "";
prepared.addEventListener("input", () => localStorage.setItem(stage.dataset.keep, prepared.value));
const lines = () => prepared.value.split("\n").map((line) => line.trim()).filter(Boolean);

function go(step) {
  const all = lines();
  if (!all.length) return;
  at = Math.min(all.length - 1, Math.max(0, at + step));
  question.value = all[at];
  place.textContent = `${at + 1} / ${all.length}`;
}

async function ask() {
  if (current || !question.value.trim()) return;
  const body = new FormData(document.getElementById("stage-form"));
  const response = await send(stage.dataset.askUrl, { method: "POST", body });
  const text = await response.text();
  if (!response.ok) {
    toast("bad", response.status === 422 ? text : response.statusText);
    return;
  }
  shown.innerHTML = text;
  current = shown.querySelector("[data-stream]");
  try {
    const data = await follow(current, () => {}, (words) => (live.textContent = words));
    if (data?.html) {
      shown.innerHTML = data.html; // sanitised by the server
      live.textContent = data.say;
    }
  } finally {
    current = null;
  }
}

document.getElementById("stage-form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
document.addEventListener("keydown", (event) => {
  if (event.target === prepared) return;
  if (event.key === "ArrowDown" || event.key === "PageDown") go(1);
  else if (event.key === "ArrowUp" || event.key === "PageUp") go(-1);
  else if (event.key === "Enter" && event.target === document.body) ask();
  else if (event.key === "Escape" && current) send(current.dataset.stop, { method: "POST", headers: { "HX-Request": "true" } });
  else if (event.key === "Escape" && !document.fullscreenElement) location.assign(stage.querySelector("header a").href);
  else return;
  event.preventDefault();
});
stage.querySelector("[data-whole-screen]").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.();
});
question.focus();
