// The losses of a run against the items it has seen, from lines of metrics.jsonl.

import { make } from "./parts.js";

const WIDTH = 640, HEIGHT = 220, MARGIN = 34;
const SVG = "http://www.w3.org/2000/svg";

class Curve extends HTMLElement {
  series = new Map();

  connectedCallback() {
    if (this.series.size) this.draw(); // it was moved within the page
  }

  clear() {
    this.series = new Map();
    this.replaceChildren();
  }

  add(line) {
    let row;
    try {
      row = JSON.parse(line);
    } catch {
      return; // a line that was cut short
    }
    const put = (name, value) => {
      if (!Number.isFinite(value)) return;
      if (!this.series.has(name)) this.series.set(name, []);
      this.series.get(name).push([row.items, value]);
    };
    put(row.player ? `${row.stage}: ${row.player}` : "", row.loss);
    put(`${row.stage}: validation`, row.validation);
    this.waiting ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.waiting = undefined;
    const all = [...this.series.values()].flat();
    if (!all.length) return;
    const [left, right] = [Math.min(...all.map((p) => p[0])), Math.max(...all.map((p) => p[0]))];
    const sorted = all.map((p) => p[1]).sort((a, b) => a - b);
    const low = sorted[0], high = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.98))];
    const x = (items) => MARGIN + ((items - left) / (right - left || 1)) * (WIDTH - 2 * MARGIN);
    const y = (loss) => HEIGHT - MARGIN - ((Math.min(loss, high) - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN);
    const picture = document.createElementNS(SVG, "svg");
    picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", `loss from ${low.toPrecision(3)} on, over ${right.toLocaleString("en")} items`);
    [...this.series].forEach(([name, points], k) => {
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", points.map(([items, loss]) => `${x(items).toFixed(1)},${y(loss).toFixed(1)}`).join(" "));
      line.setAttribute("class", `line line-${k % 4}`);
      picture.append(line);
    });
    const text = (words, at, up) => {
      const label = document.createElementNS(SVG, "text");
      label.setAttribute("x", at);
      label.setAttribute("y", up);
      label.textContent = words;
      picture.append(label);
    };
    text(`loss ${high.toPrecision(4)}`, 2, MARGIN - 6);
    text(low.toPrecision(4), 2, HEIGHT - MARGIN + 14);
    text(`${right.toLocaleString("en")} items`, WIDTH - MARGIN - 90, HEIGHT - 8);
    const last = (points) => points[points.length - 1][1].toPrecision(4);
    const key = [...this.series].map(([name, points], k) => make("span", { class: `key-${k % 4}` }, `${name.replace(/: model$/, "")} ${last(points)}`));
    this.replaceChildren(picture, make("p", { class: "row soft" }, key));
  }
}

customElements.define("studio-curve", Curve);
