// Filters elements on the page: <input data-filter="selector of the elements" data-filter-none="#shown-if-none-match">.
// Compares letters in either Unicode form.
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
  // Hide headings without visible items.
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
