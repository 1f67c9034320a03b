// Draws the knowledge graph of a dataset: zoom, search, types on and off, and the details of entities and relations.
// A large graph starts with its most important entities; one that is searched or selected is added with its neighbours.
import { style } from "./graph_style.js";

const FORCES_UP_TO = 256; // entities with a force layout; more are placed in discs by type, which is instant
const FIRST = 200; // entities of a larger graph to draw first, with this many lines, so that the layout is fast
const FIRST_LINES = 400;
const WITH_LINES = 1000; // entities to draw with their lines; with more, only the lines of the selected one
const MOST_LINES = 1500;
const LARGEST = 1.4; // the maximum zoom when fitting a small graph
const NAMED = 60; // most important nodes that always have a label
const NEAR = 30; // neighbours to add and list with an entity

const canvas = document.querySelector("[data-graph]");
const about = document.getElementById("graph-about");
const data = canvas ? JSON.parse(document.getElementById(canvas.dataset.graph).textContent) : null;
const words = Object.fromEntries(
  [...(document.getElementById("graph-words")?.content.children ?? [])].map((word) => [word.dataset.word, word.textContent]),
);

/** Lookups for the whole graph, independent of what is drawn. */
function index() {
  const most = data.nodes.reduce((top, node) => Math.max(top, node.rank), 1e-9);
  const heaviest = data.edges.reduce((top, edge) => Math.max(top, edge.weight), 1e-9);
  const places = new Map(data.nodes.map((node, place) => [node.id, place]));
  const byRank = data.nodes.map((_node, place) => place).sort((one, other) => data.nodes[other].rank - data.nodes[one].rank);
  const named = new Set(byRank.slice(0, NAMED));
  const ends = data.edges.map((edge) => [places.get(edge.source), places.get(edge.target)]);
  const edgesOf = data.nodes.map(() => []);
  const byWeight = data.edges.map((_edge, place) => place).sort((one, other) => data.edges[other].weight - data.edges[one].weight);
  for (const place of byWeight) for (const end of new Set(ends[place])) edgesOf[end].push(place);
  const short = (name) => (name.length > 28 ? `${name.slice(0, 27)}…` : name);
  return {
    places,
    byRank,
    byWeight,
    ends,
    edgesOf,
    names: data.nodes.map((node) => node.name.normalize().toLowerCase()),
    node: (place, position) => {
      const { name, colour, rank } = data.nodes[place];
      const size = 12 + 34 * Math.sqrt(rank / most);
      const label = named.has(place) ? short(name) : "";
      return { group: "nodes", data: { id: `n${place}`, place, colour, size, label, short: short(name) }, position };
    },
    edge: (place) => {
      const [source, target] = ends[place].map((end) => `n${end}`);
      const width = 1 + 3 * (data.edges[place].weight / heaviest);
      return { group: "edges", data: { id: `e${place}`, place, source, target, width } };
    },
  };
}

/** Positions for graphs too large for a force layout: one disc per type, the most important entities in its centre. */
function discs(shown) {
  const GAP = 26;
  const TURN = Math.PI * (3 - Math.sqrt(5)); // the golden angle, which spreads points evenly
  const types = new Map();
  for (const place of shown) {
    const { colour } = data.nodes[place];
    types.set(colour, [...(types.get(colour) ?? []), place]);
  }
  const found = new Map();
  const columns = Math.ceil(Math.sqrt(types.size * 1.5));
  let [right, top, tallest] = [0, 0, 0];
  for (const [number, places] of [...types.values()].entries()) {
    const radius = GAP * Math.sqrt(places.length) + 60;
    if (number && number % columns === 0) [right, top, tallest] = [0, top + 2 * tallest, 0];
    tallest = Math.max(tallest, radius);
    for (const [at, place] of places.entries()) {
      const out = GAP * Math.sqrt(at + 0.5);
      found.set(place, { x: right + radius + out * Math.cos(at * TURN), y: top + radius + out * Math.sin(at * TURN) });
    }
    right += 2 * radius;
  }
  return found;
}

function made(tag, text, ...children) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

/** Links to source documents; without a known name, the id is shown. */
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
  const all = index();
  const large = data.nodes.length > FORCES_UP_TO;
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const graph = cytoscape({
    container: canvas,
    style: style(canvas, about),
    minZoom: 0.02,
    maxZoom: 4,
    selectionType: "single",
    boxSelectionEnabled: false,
    textureOnViewport: large,
    hideEdgesOnViewport: large,
    pixelRatio: large ? 1 : "auto",
  });
  const drawn = (place) => graph.getElementById(`n${place}`);
  const isDrawn = (place) => drawn(place).nonempty();

  function fit() {
    graph.fit(undefined, 40);
    if (graph.zoom() > LARGEST) graph.zoom(LARGEST).center();
  }

  /** Draws the `number` most important entities. */
  function show(number) {
    const shown = all.byRank.slice(0, number);
    const inside = new Set(shown);
    const positions = shown.length > FORCES_UP_TO ? discs(shown) : new Map();
    const lines = shown.length > WITH_LINES ? [] : all.byWeight.filter((place) => all.ends[place].every((end) => inside.has(end)));
    graph.batch(() => {
      graph.elements().remove();
      graph.add(shown.map((place) => all.node(place, positions.get(place))));
      graph.add(lines.slice(0, number === FIRST ? FIRST_LINES : MOST_LINES).map(all.edge));
      for (const colour of hidden) graph.nodes(`[colour = ${colour}]`).addClass("off");
    });
    const numIter = large ? 200 : 500;
    const forces = { name: "cose", animate: false, numIter, randomize: true, nodeRepulsion: 9000, idealEdgeLength: 70, componentSpacing: 50 };
    graph.layout(positions.size ? { name: "preset", fit: false } : forces).run();
    fit();
    canvas.dataset.drawn = String(shown.length);
    for (const button of document.querySelectorAll("[data-graph-show]"))
      button.setAttribute("aria-pressed", String(Number(button.dataset.graphShow) === number));
  }

  /** The neighbours of an entity, strongest relations first. */
  function neighbours(place) {
    const others = all.edgesOf[place].map((edge) => all.ends[edge].find((end) => end !== place) ?? place);
    return [...new Set(others)].filter((other) => other !== place);
  }

  /** Adds an entity and its nearest neighbours to the drawing. */
  function addWithNeighbours(place) {
    const near = neighbours(place).slice(0, NEAR);
    const known = near.filter(isDrawn);
    const missing = near.filter((other) => !isDrawn(other));
    graph.batch(() => {
      if (!isDrawn(place)) {
        const box = known.length ? graph.collection(known.map((other) => drawn(other)[0])).boundingBox() : graph.extent();
        const x = (box.x1 + box.x2) / 2;
        graph.add(all.node(place, { x, y: known.length ? box.y2 + 60 : (box.y1 + box.y2) / 2 }));
      }
      const { x, y } = drawn(place).position();
      for (const [at, other] of missing.entries()) {
        const angle = (2 * Math.PI * at) / missing.length;
        graph.add(all.node(other, { x: x + 110 * Math.cos(angle), y: y + 110 * Math.sin(angle) }));
      }
      const inside = new Set([place, ...near]);
      for (const edge of all.edgesOf[place])
        if (all.ends[edge].every((end) => inside.has(end)) && graph.getElementById(`e${edge}`).empty()) graph.add(all.edge(edge));
    });
  }

  const forget = () => graph.batch(() => graph.elements(".far, .near").removeClass("far near"));
  function mark(near) {
    graph.batch(() => {
      graph.elements(".near").removeClass("near");
      graph.elements().not(near).addClass("far");
      near.removeClass("far").addClass("near");
    });
  }

  const linkTo = (place) => {
    const button = made("button", data.nodes[place].name);
    button.type = "button";
    button.className = "ra-link";
    button.addEventListener("click", () => choose(place));
    return made("li", "", button);
  };

  function showNode(place) {
    const thing = data.nodes[place];
    const related = neighbours(place).slice(0, NEAR).map(linkTo);
    const list = related.length ? [made("h4", words.related), made("ul", "", ...related)] : [];
    tell(thing.name, thing.type, thing.about, ...sources(thing.documents, thing.name), ...list);
    mark(drawn(place).closedNeighborhood());
  }

  function choose(place) {
    addWithNeighbours(place);
    graph.elements(":selected").unselect();
    const node = drawn(place).removeClass("off");
    node.select();
    showNode(place);
    graph.animate({ center: { eles: node }, zoom: Math.max(graph.zoom(), 0.9), duration: still() || large ? 0 : 200 });
  }

  graph.on("tap", "node", (event) => {
    addWithNeighbours(event.target.data("place"));
    showNode(event.target.data("place"));
  });
  graph.on("tap", "edge", (event) => {
    const edge = event.target;
    const thing = data.edges[edge.data("place")];
    const [one, other] = all.ends[edge.data("place")].map((end) => data.nodes[end].name);
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
    fit();
  });
  for (const button of document.querySelectorAll("[data-graph-show]"))
    button.addEventListener("click", () => show(Number(button.dataset.graphShow)));
  const hidden = new Set();
  for (const button of document.querySelectorAll("[data-graph-type]"))
    button.addEventListener("click", () => {
      const colour = Number(button.dataset.graphType);
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      if (on) hidden.delete(colour);
      else hidden.add(colour);
      graph.nodes(`[colour = ${colour}]`).toggleClass("off", !on);
    });
  for (const button of document.querySelectorAll("[data-graph-node]"))
    button.addEventListener("click", () => {
      choose(all.places.get(button.dataset.graphNode));
      canvas.closest("section").scrollIntoView({ block: "start", behavior: still() ? "auto" : "smooth" });
      about.focus({ preventScroll: true });
    });

  const search = document.querySelector("[data-graph-search]");
  const names = document.querySelector("[data-graph-names]");
  for (const { name } of data.nodes.slice(0, Number(names.dataset.graphNames))) {
    const option = document.createElement("option");
    option.value = name;
    names.append(option);
  }
  let later = 0;
  function find() {
    clearTimeout(later);
    const text = search.value.normalize().trim().toLowerCase();
    if (!text) return forget();
    const exact = all.names.indexOf(text);
    const found = exact >= 0 ? [exact] : all.byRank.filter((place) => all.names[place].includes(text));
    if (found.length === 1) return choose(found[0]);
    tell(search.value.trim(), found.length ? `${words.found} ${found.length.toLocaleString()}` : words.none, []);
    about.append(made("ul", "", ...found.slice(0, NEAR).map(linkTo)));
    mark(graph.collection(found.filter(isDrawn).map((place) => drawn(place)[0])));
    if (!found.length) document.dispatchEvent(new CustomEvent("ra:say", { detail: words.none }));
  }
  search.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(find, 150);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") find();
  });

  show(large ? FIRST : data.nodes.length);
  const repaint = () => graph.style(style(canvas, about));
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

if (canvas) draw();
