// Input methods: the Enter that accepts a candidate and the Esc that rejects one belong to the composition. This listener
// runs first (capture, on window) and hides these keys from all other listeners.
addEventListener("keydown", (event) => isComposing(event) && event.stopImmediatePropagation(), { capture: true });

/** Whether the key belongs to a composition. Safari ends it before that key; then only the code 229 shows it. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;
