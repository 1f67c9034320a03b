// Searching what is on the page already: <input data-filter="selector of the things" data-filter-none="#words-for-none">.
// Letters may be written in two Unicode forms.
const plain = (text) => text.normalize().toLocaleLowerCase();

export function filter(input) {
  const wanted = plain(input.value.trim());
  let shown = 0;
  for (const thing of document.querySelectorAll(input.dataset.filter)) {
    thing.hidden = wanted !== "" && !plain(thing.textContent).includes(wanted);
    if (!thing.hidden) shown += 1;
  }
  const none = input.dataset.filterNone && document.querySelector(input.dataset.filterNone);
  if (none) none.hidden = shown > 0;
  // A heading without anything below it says nothing.
  for (const heading of document.querySelectorAll(".ra-sessions-day")) {
    const list = heading.nextElementSibling;
    heading.hidden = wanted !== "" && !list?.querySelector("li:not([hidden])");
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter]")) filter(event.target);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const input of document.querySelectorAll("[data-filter]")) if (input.value) filter(input);
});
