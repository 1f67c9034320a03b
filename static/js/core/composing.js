// Input methods: the Enter that takes a candidate and the Esc that drops one belong to the composition, not to us. None of
// our listeners sees a key of it, whichever listeners there are: this one is the first on the way down.
addEventListener("keydown", (event) => isComposing(event) && event.stopImmediatePropagation(), { capture: true });

/** Whether the key belongs to a composition. Safari ends it before the key that did; only the code 229 tells then. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;
