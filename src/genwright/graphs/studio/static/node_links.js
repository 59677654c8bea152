// A picture of a part of a graph.

import { make } from "/static/parts.js";

const SVG = "http://www.w3.org/2000/svg", WIDTH = 560, HEIGHT = 360, RIM = 24;

// The nodes around one, as circles with lines between those that share an edge.
export function graphOf({ graph: { names, places, labels, edges, of } }) {
  const drawn = document.createElementNS(SVG, "svg");
  const add = (tag, attributes, text) => {
    const part = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    if (text) part.textContent = text;
    drawn.append(part);
    return part;
  };
  const at = ([x, y]) => [RIM + x * (WIDTH - 2 * RIM), RIM + y * (HEIGHT - 2 * RIM)];
  drawn.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  drawn.setAttribute("role", "img");
  drawn.setAttribute("class", "graph");
  drawn.setAttribute("aria-label", `${names.length} of ${of} nodes, around the one with most edges: ${names.slice(0, 5).join(", ")} and others`);
  for (const [a, b] of edges) {
    const [x1, y1] = at(places[a]), [x2, y2] = at(places[b]);
    add("line", { class: "edge", x1, y1, x2, y2 });
  }
  places.forEach((place, k) => {
    const [cx, cy] = at(place);
    add("circle", { class: `node label-${labels[k] % 8}`, cx, cy, r: 7 }).append(Object.assign(document.createElementNS(SVG, "title"), { textContent: names[k] }));
  });
  return make("figure", {}, drawn, make("figcaption", { class: "soft" }, `${names.length} of ${of.toLocaleString("en")} nodes, around the one with most edges.`));
}
