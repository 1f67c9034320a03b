// Shows keywords and questions as tags. The textarea, with one per line, is still what is sent.
const say = (text) => document.dispatchEvent(new CustomEvent("ra:say", { detail: text }));

function enhance(area) {
  const field = area.closest(".ra-field");
  const words = area.dataset;
  const box = field.querySelector("template[data-tags-box]").content.firstElementChild.cloneNode(true);
  const list = box.querySelector("ul");
  const model = list.firstElementChild;
  const input = box.querySelector("input");
  const parts = words.tagsSplit === "commas" ? /[\n\r,;]+/ : /[\n\r]+/;
  model.remove();
  const id = area.id;
  area.id = `${id}-lines`;
  area.hidden = true;
  input.id = id;
  if (area.hasAttribute("aria-describedby")) input.setAttribute("aria-describedby", area.getAttribute("aria-describedby"));
  if (area.classList.contains("ra-invalid")) box.classList.add("ra-invalid");
  area.after(box);
  for (const note of field.querySelectorAll("[data-tags-plain]")) note.remove();

  const tags = () => [...list.querySelectorAll("bdi")].map((tag) => tag.textContent);
  /** Writes the tags and the text in the input to the textarea, so that text without Enter is not lost. */
  const write = () => {
    const typed = input.value.trim();
    area.value = [...tags(), ...(typed && !tags().includes(typed) ? [typed] : [])].join("\n");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const draw = (text) => {
    const tag = model.cloneNode(true);
    tag.querySelector("bdi").textContent = text;
    const button = tag.querySelector("button");
    button.setAttribute("aria-label", words.tagsRemove.replace("{tag}", text));
    button.title = button.getAttribute("aria-label");
    list.append(tag);
    list.hidden = false;
  };
  const add = (text) => {
    const wanted = text.split(parts).map((part) => part.trim());
    const made = [];
    for (const part of wanted) {
      if (!part || tags().includes(part)) continue;
      draw(part);
      made.push(part);
    }
    input.value = "";
    write();
    if (made.length) say(words.tagsAdded.replace("{tag}", made.join(", ")));
    else if (wanted.some(Boolean)) say(words.tagsTwice);
  };
  const remove = (tag) => {
    const text = tag.querySelector("bdi").textContent;
    const next = tag.nextElementSibling ?? tag.previousElementSibling;
    tag.remove();
    list.hidden = !list.childElementCount;
    (next?.querySelector("button") ?? input).focus();
    write();
    say(words.tagsRemoved.replace("{tag}", text));
  };

  input.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      add(input.value);
    } else if (event.key === "," && words.tagsSplit === "commas") {
      event.preventDefault();
      add(input.value);
    } else if (event.key === "Backspace" && !input.value && list.lastElementChild) {
      event.preventDefault();
      remove(list.lastElementChild);
      input.focus();
    } else if (event.key === "ArrowLeft" && input.selectionEnd === 0 && list.lastElementChild) {
      event.preventDefault();
      list.lastElementChild.querySelector("button").focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const tag = event.target.closest("li");
    if (!tag) return;
    if (event.key === "Backspace" || event.key === "Delete") {
      event.preventDefault();
      remove(tag);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      const next = event.key === "ArrowLeft" ? tag.previousElementSibling : tag.nextElementSibling;
      if (next) next.querySelector("button").focus();
      else if (event.key === "ArrowRight") input.focus();
    }
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) remove(button.closest("li"));
  });
  input.addEventListener("input", write);
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!parts.test(text)) return;
    event.preventDefault();
    add(input.value + text);
  });
  box.addEventListener("click", (event) => {
    if (event.target === box || event.target === list) input.focus();
  });
  const lines = area.value.split(/\r?\n/).map((line) => line.trim());
  for (const line of new Set(lines.filter(Boolean))) draw(line);
}

const enhanceIn = (place) => {
  for (const area of place.querySelectorAll("textarea[data-tags-split]")) if (!area.hidden) enhance(area);
};
enhanceIn(document);
document.addEventListener("htmx:load", (event) => enhanceIn(event.detail.elt));
