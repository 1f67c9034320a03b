// The style of the knowledge graph, in the colours of the theme.

/** The current colours of the theme, read from the legend and the canvas. */
function colours(canvas, about) {
  const types = {};
  for (const dot of document.querySelectorAll("[data-graph-colour]"))
    types[dot.dataset.graphColour] = getComputedStyle(dot).color;
  const box = getComputedStyle(canvas);
  const line = getComputedStyle(about).borderInlineStartColor;
  return { types, text: box.color, back: box.backgroundColor, line };
}

/** The Cytoscape style sheet for the current theme. */
export function style(canvas, about) {
  const { types, text, back, line } = colours(canvas, about);
  return [
    {
      selector: "node",
      style: {
        width: "data(size)",
        height: "data(size)",
        "background-color": types[0] ?? text,
        label: "data(label)",
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
    ...Object.entries(types).map(([colour, paint]) => ({
      selector: `node[colour = ${Number(colour)}]`,
      style: { "background-color": paint },
    })),
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
