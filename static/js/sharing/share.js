// The page of a public link: Enter sends, and the answer that is being written is followed.
import "../core/composing.js";
import { follow } from "../assistants/chat_stream.js";

const article = document.querySelector("[data-stream]");
const live = document.getElementById("live");

const question = document.getElementById("id_question");
question?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  question.form.requestSubmit();
});
document.querySelector(".ra-exchange:last-child")?.scrollIntoView({ block: "end" });

if (article) {
  const data = await follow(article, () => {}, (words) => (live.textContent = words));
  if (data?.html) {
    const holder = document.createElement("template");
    holder.innerHTML = data.html; // sanitised by the server
    article.replaceWith(holder.content.firstElementChild);
    live.textContent = data.say;
  } else if (data) location.reload();
}
