// The page of a session for printing.
document.querySelector("[data-print]").addEventListener("click", () => window.print());
