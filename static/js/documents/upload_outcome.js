// What became of the parsing of an uploaded file, as far as the table of documents beside the tray tells.
const SETTLED = 8000; // by then the table knows what was uploaded

/** "queued" while it is parsed, "parsed", "unparsed" (it failed), or "uploaded" where no parsing goes on. */
export function outcome({ id, storedAt }) {
  const status = document.querySelector(`#row-${CSS.escape(id)} .ra-status`)?.classList;
  const is = (...kinds) => kinds.some((kind) => status?.contains(`ra-status--${kind}`));
  if (is("done")) return "parsed";
  if (is("fail", "warn")) return "unparsed";
  // Not on this page of the table, or not parsed: the table may be older than the upload.
  const here = document.getElementById("progress-state");
  const runs = is("run", "stall") || !here || (!status && "active" in here.dataset);
  return runs || performance.now() - storedAt < SETTLED ? "queued" : "uploaded";
}
