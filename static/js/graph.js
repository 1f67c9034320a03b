// Draws the knowledge graph of a dataset: zoom, search, types on and off, and what the documents say of a thing.
const LIVELY = 400; // so many nodes are laid out by forces; more are put on rings, in time that is not felt
const LARGEST = 1.4; // a graph of a few nodes is not blown up beyond this
const NAMED = 60; // so many of the most important nodes always carry their name

const canvas = document.querySelector("[data-graph]");
const about = document.getElementById("graph-about");
const data = canvas ? JSON.parse(document.getElementById(canvas.dataset.graph).textContent) : null;
const words = Object.fromEntries(
  [...(document.getElementById("graph-words")?.content.children ?? [])].map((word) => [word.dataset.word, word.textContent]),
);

/** The colours of the theme as they are now, taken from the legend and the box itself. */
function colours() {
  const types = {};
  for (const dot of document.querySelectorAll("[data-graph-colour]"))
    types[dot.dataset.graphColour] = getComputedStyle(dot).color;
  const box = getComputedStyle(canvas);
  const line = getComputedStyle(about).borderInlineStartColor;
  return { types, text: box.color, back: box.backgroundColor, line };
}

function style() {
  const { types, text, back, line } = colours();
  return [
    {
      selector: "node",
      style: {
        width: "data(size)",
        height: "data(size)",
        "background-color": (node) => types[node.data("colour")] ?? types[0] ?? text,
        label: (node) => (node.data("named") ? node.data("short") : ""),
        color: text,
        "font-size": 11,
        "font-family": "Inter Variable, system-ui, sans-serif",
        "text-valign": "bottom",
        "text-margin-y": 4,
        "text-outline-color": back,
        "text-outline-width": 2,
        "min-zoomed-font-size": 7,
      },
    },
    {
      selector: "edge",
      style: { width: "data(width)", "line-color": text, opacity: 0.22, "curve-style": "haystack" },
    },
    { selector: ".far", style: { opacity: 0.12 } },
    { selector: "edge.near", style: { opacity: 0.7 } },
    { selector: "node.near, node:selected", style: { label: "data(short)" } },
    { selector: "node:selected", style: { "border-width": 3, "border-color": text } },
    { selector: "edge:selected", style: { opacity: 1, "line-color": text, width: 4 } },
    { selector: ".off", style: { display: "none" } },
    { selector: "core", style: { "active-bg-color": line, "active-bg-opacity": 0.2 } },
  ];
}

function elements() {
  const most = Math.max(...data.nodes.map((node) => node.rank), 1e-9);
  const heaviest = Math.max(...data.edges.map((edge) => edge.weight), 1e-9);
  const nodes = data.nodes.map((node, place) => ({
    group: "nodes",
    data: {
      id: `n${place}`,
      place,
      colour: node.colour,
      rank: node.rank,
      size: 12 + 34 * Math.sqrt(node.rank / most),
      named: place < NAMED,
      short: node.name.length > 28 ? `${node.name.slice(0, 27)}…` : node.name,
    },
  }));
  const ids = new Map(data.nodes.map((node, place) => [node.id, `n${place}`]));
  const edges = data.edges.map((edge, place) => ({
    group: "edges",
    data: {
      id: `e${place}`,
      place,
      source: ids.get(edge.source),
      target: ids.get(edge.target),
      width: 1 + 3 * (edge.weight / heaviest),
    },
  }));
  return [...nodes, ...edges];
}

function layout() {
  if (data.nodes.length <= LIVELY)
    return { name: "cose", animate: false, randomize: true, nodeRepulsion: 9000, idealEdgeLength: 70, componentSpacing: 50 };
  const levels = 12;
  return {
    name: "concentric",
    animate: false,
    minNodeSpacing: 6,
    concentric: (node) => levels - Math.floor((node.data("place") / data.nodes.length) * levels),
    levelWidth: () => 1,
  };
}

function made(tag, text, ...children) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

/** Links to the documents that speak of a thing; where the name is not known, the id has to do. */
function sources(documents, search) {
  if (!documents.length) return [];
  const items = documents.slice(0, 50).map((id) => {
    const known = data.documents[id];
    if (!known) return made("li", `${words.document} ${id.slice(0, 8)}`);
    const link = made("a", known[0]);
    link.href = search ? `${known[1]}?q=${encodeURIComponent(search)}` : known[1];
    return made("li", "", link);
  });
  return [made("h4", words.sources), made("ul", "", ...items)];
}

function tell(title, note, texts, ...more) {
  const head = made("h3", title);
  head.id = "graph-about-title";
  about.replaceChildren(head, made("p", note), ...texts.slice(0, 30).map((text) => made("p", text)), ...more);
  about.children[1].className = "ra-2 ra-sm";
  about.scrollTop = 0;
}

async function draw() {
  const { default: cytoscape } = await import(canvas.dataset.cytoscape);
  const large = data.nodes.length > LIVELY;
  const graph = cytoscape({
    container: canvas,
    elements: elements(),
    style: style(),
    layout: layout(),
    minZoom: 0.05,
    maxZoom: 4,
    selectionType: "single",
    boxSelectionEnabled: false,
    textureOnViewport: large,
    hideEdgesOnViewport: large,
    pixelRatio: large ? 1 : "auto",
  });
  canvas.dataset.drawn = String(graph.nodes().length);
  const all = () => {
    graph.fit(undefined, 40);
    if (graph.zoom() > LARGEST) graph.zoom(LARGEST).center();
  };
  all();

  const forget = () => graph.batch(() => graph.elements().removeClass("far near"));
  const mark = (near) =>
    graph.batch(() => {
      graph.elements().removeClass("near").addClass("far");
      near.removeClass("far").addClass("near");
    });

  function showNode(node) {
    const thing = data.nodes[node.data("place")];
    const near = node.neighborhood("node");
    const related = near.toArray().slice(0, 30).map((other) => {
      const button = made("button", data.nodes[other.data("place")].name);
      button.type = "button";
      button.className = "ra-link";
      button.addEventListener("click", () => choose(other));
      return made("li", "", button);
    });
    const list = related.length ? [made("h4", words.related), made("ul", "", ...related)] : [];
    tell(thing.name, thing.type, thing.about, ...sources(thing.documents, thing.name), ...list);
    mark(node.closedNeighborhood());
  }

  function choose(node) {
    graph.elements(":selected").unselect();
    node.removeClass("off").select();
    showNode(node);
    graph.animate({ center: { eles: node }, zoom: Math.max(graph.zoom(), 0.9), duration: still() ? 0 : 200 });
  }

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  graph.on("tap", "node", (event) => showNode(event.target));
  graph.on("tap", "edge", (event) => {
    const edge = event.target;
    const thing = data.edges[edge.data("place")];
    const [one, other] = [edge.source(), edge.target()].map((node) => data.nodes[node.data("place")].name);
    tell(`${one} – ${other}`, `${words.weight} ${thing.weight}`, thing.about, ...sources(thing.documents, ""));
    mark(edge.union(edge.connectedNodes()));
  });
  graph.on("tap", (event) => {
    if (event.target === graph) forget();
  });

  const zoom = (factor) =>
    graph.zoom({ level: graph.zoom() * factor, renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
  for (const button of document.querySelectorAll("[data-graph-zoom]"))
    button.addEventListener("click", () => zoom(Number(button.dataset.graphZoom)));
  document.querySelector("[data-graph-fit]").addEventListener("click", () => {
    forget();
    all();
  });
  for (const button of document.querySelectorAll("[data-graph-type]"))
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      graph.nodes(`[colour = ${Number(button.dataset.graphType)}]`).toggleClass("off", !on);
    });
  for (const button of document.querySelectorAll("[data-graph-node]"))
    button.addEventListener("click", () => {
      const place = data.nodes.findIndex((node) => node.id === button.dataset.graphNode);
      choose(graph.getElementById(`n${place}`));
      canvas.closest("section").scrollIntoView({ block: "start", behavior: still() ? "auto" : "smooth" });
      about.focus({ preventScroll: true });
    });

  const search = document.querySelector("[data-graph-search]");
  const find = () => {
    const text = search.value.trim().toLowerCase();
    if (!text) return forget();
    const fits = (node) => data.nodes[node.data("place")].name.toLowerCase().includes(text);
    const found = graph.nodes().filter(fits);
    const exact = found.filter((node) => data.nodes[node.data("place")].name.toLowerCase() === text);
    if (exact.length || found.length === 1) return choose((exact.length ? exact : found)[0]);
    mark(found);
    if (!found.length) document.dispatchEvent(new CustomEvent("ra:say", { detail: words.none }));
  };
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") find();
  });

  const repaint = () => graph.style(style());
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

if (canvas) draw();
