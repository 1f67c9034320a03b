// The script of every page. Everything is attached by data- attributes, to the document, so that fragments which
// htmx brings later need no setting up.
import "./composing.js";
import "./session.js";
import "./frame.js";
import "./feedback.js";
import "./table.js";
