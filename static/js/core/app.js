// The script of every page. Listeners are on the document and use data attributes, so that fragments loaded by htmx
// need no setup.
import "./composing.js";
import "./session.js";
import "./frame.js";
import "./feedback.js";
import "./table.js";
