// A node of a graph with its neighbours: the probabilities of its label, and which neighbours said so.

import { ask, doing, drawings, field, make, say, tableOf } from "/static/parts.js";
import { graphOf } from "./node_links.js";

for (const kind of ["graph", "graphs", "interactions"]) drawings.set(kind, graphOf);

const SIDE = 420, RING = 150, NODE = 22, COLOURS = 8; // pixels; colours of labels, of the style sheet
const SVG = "http://www.w3.org/2000/svg";

class GraphPage extends HTMLElement {
  async connectedCallback() {
    this.id = this.getAttribute("of");
    this.named = make("input", { list: "nodes", autocomplete: "off", onchange: doing(() => this.look(this.named.value)) });
    this.list = make("datalist", { id: "nodes" });
    this.drawing = make("div", { class: "around-node" });
    this.told = make("div", { "aria-live": "polite" });
    this.append(make("h1", {}, "Node"), make("div", { class: "row" }, field("node", this.named), this.list), make("div", { class: "two" }, this.drawing, this.told));
    await doing(() => this.look(""))();
  }

  async look(name) {
    say("the model looks at the node without each of its neighbours");
    const seen = await ask("POST", `/api/models/${this.id}/node`, { name });
    say("");
    this.named.value = seen.name;
    this.list.replaceChildren(...seen.names.map((one) => make("option", { value: one })));
    this.draw(seen);
    const best = seen.shares.indexOf(Math.max(...seen.shares));
    const shares = seen.classes.map((label, k) => [label, String(seen.shares[k])]);
    const said = seen.neighbours.map(({ name: one, label, effect }) => [one, seen.classes[label], String(effect)]);
    const some = seen.degree > seen.neighbours.length ? `, the first ${seen.neighbours.length} of ${seen.degree}` : "";
    this.told.replaceChildren(make("h2", {}, `Node ${seen.name}: ${seen.classes[best]}`), tableOf(["label", "probability"], shares, "probabilities of the label"), make("h2", {}, "Which neighbours said so"), make("p", { class: "soft" }, `Neighbours${some}. The effect is how far the log-odds of ${seen.classes[best]} fall without the edge.`), tableOf(["neighbour", "its label", "effect"], said, "effects of neighbours"));
  }

  // The node in the middle, and its neighbours around it; a press on one goes there.
  draw({ name, neighbours, shares }) {
    const drawn = (tag, properties, ...children) => {
      const element = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
      element.append(...children);
      return element;
    };
    const most = Math.max(...neighbours.map(({ effect }) => Math.abs(effect)), 1e-9), middle = SIDE / 2;
    const place = (k) => [middle + RING * Math.sin((2 * Math.PI * k) / neighbours.length), middle - RING * Math.cos((2 * Math.PI * k) / neighbours.length)];
    const edges = neighbours.map(({ effect }, k) => drawn("line", { x1: middle, y1: middle, x2: place(k)[0], y2: place(k)[1], class: effect < 0 ? "edge against" : "edge", "stroke-width": 1 + (7 * Math.abs(effect)) / most }));
    const dot = (text, label, [x, y], go) => {
      const group = drawn("g", { transform: `translate(${x} ${y})`, ...(go ? { tabindex: "0", role: "button", "aria-label": `go to node ${text}`, class: "go" } : {}) }, drawn("circle", { r: NODE, class: `node label-${label % COLOURS}` }), drawn("text", { "text-anchor": "middle", dy: "4" }, text.slice(0, 6)));
      if (go) {
        group.addEventListener("click", go);
        group.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), go()));
      }
      return group;
    };
    const dots = neighbours.map((one, k) => dot(one.name, one.label, place(k), doing(() => this.look(one.name))));
    const picture = drawn("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "group", "aria-label": `node ${name} and its neighbours` }, ...edges, dot(name, shares.indexOf(Math.max(...shares)), [middle, middle]), ...dots);
    this.drawing.replaceChildren(picture, make("p", { class: "soft" }, "Colours are predicted labels. A thick line had a large effect; a dashed one spoke against the label. Press a neighbour to go there."));
  }
}

customElements.define("studio-graph", GraphPage);
