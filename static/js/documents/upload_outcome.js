// The parsing outcome of an uploaded file, read from the documents table beside the upload panel.
const SETTLED = 8000; // milliseconds until the table shows an upload

/** "queued" while it is being parsed, "parsed", "unparsed" (failed), or "uploaded" if it is not being parsed. */
export function outcome({ id, storedAt }) {
  const status = document.querySelector(`#row-${CSS.escape(id)} .ra-status`)?.classList;
  const is = (...kinds) => kinds.some((kind) => status?.contains(`ra-status--${kind}`));
  if (is("done")) return "parsed";
  if (is("fail", "warn")) return "unparsed";
  // Not on this page of the table, or not being parsed; the table may be older than the upload.
  const here = document.getElementById("progress-state");
  const runs = is("run", "stall") || !here || (!status && "active" in here.dataset);
  return runs || performance.now() - storedAt < SETTLED ? "queued" : "uploaded";
}
