// The plane of codes: the picture follows the pointer, or goes from one item to another.

import { ask, doing, make, pen, show } from "./parts.js";
import "./given.js";

const SIZE = 420, REACH = 3.5, STEP = 0.1; // pixels; standard deviations at the rim, and of a key
const LEAST = 0.2; // share of the variance that a plane must hold
const REST = 500, BESIDE = 0.5; // milliseconds after which neighbours are drawn, and how far they lie

class Walk extends HTMLElement {
  connectedCallback() {
    this.id = this.getAttribute("of");
    this.canvas = make("canvas", { width: SIZE, height: SIZE, tabindex: 0, "aria-label": "plane of codes: move with the pointer, or with the arrow keys" });
    this.image = make("img", { class: "large", alt: "the item at this point", hidden: true });
    this.around = make("img", { class: "around", alt: "items around this point", hidden: true });
    this.told = make("p", { class: "soft" });
    this.given = make("studio-given", { of: this.id, onchange: () => this.go(this.where) });
    this.beside = make("figure", { hidden: true }, make("figcaption", { class: "soft" }, "Around this point"), this.around);
    const pictures = make("div", { class: "pictures" }, this.image, this.beside);
    this.append(make("h1", {}, "Walk through the codes"), this.given, make("div", { class: "two" }, this.canvas, pictures), this.told);
    this.point = [0, 0];
    doing(() => this.begin())();
  }

  disconnectedCallback() {
    clearTimeout(this.resting);
  }

  async begin() {
    this.pen = pen(this.canvas, "genwright sample RUN");
    this.told.textContent = "The model encodes its test items: a moment.";
    const plane = await ask("GET", `/api/models/${this.id}/plane`);
    const share = plane.shares[0] + plane.shares[1];
    if (share < LEAST) {
      for (const part of this.querySelectorAll("studio-given, .two")) part.remove();
      this.told.textContent = `There is no way to walk: a plane holds ${Math.round(100 * share)}% of how the codes of this model differ, so points beside each other would look alike by chance only.`;
      return;
    }
    this.dots = plane.dots;
    this.labels = plane.labels;
    this.names = [...new Set(plane.labels)].sort();
    const [first, second] = plane.shares.map((share) => `${Math.round(100 * share)}%`);
    this.told.textContent = `Dots are ${plane.of}. Across: the first principal component of the codes (${first} of the variance), upwards the second (${second}). Drag from a dot to another to go from item to item.`;
    this.paint();
    this.canvas.addEventListener("pointermove", (event) => this.moved(event));
    this.canvas.addEventListener("pointerdown", (event) => this.pressedAt(event));
    this.canvas.addEventListener("pointerup", () => (this.from = undefined));
    this.go({ points: [this.point] });
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = (value, start, size) => ((value - start) / size - 0.5) * 2 * REACH;
    return [share(event.clientX, box.left, box.width), -share(event.clientY, box.top, box.height)];
  }

  pixel([x, y]) {
    return [(x / REACH / 2 + 0.5) * SIZE, (-y / REACH / 2 + 0.5) * SIZE];
  }

  paint() {
    const ink = getComputedStyle(this);
    const brush = this.pen;
    brush.clearRect(0, 0, SIZE, SIZE);
    brush.font = "600 11px system-ui, sans-serif";
    this.dots.forEach((dot, k) => {
      const [x, y] = this.pixel(dot);
      const hue = (360 * this.names.indexOf(this.labels[k])) / (this.names.length || 1);
      brush.fillStyle = this.labels.length ? `hsl(${hue} 60% 50%)` : ink.color;
      if (this.labels.length) brush.fillText(this.labels[k].slice(0, 4), x - 3, y + 3);
      else brush.fillRect(x - 1, y - 1, 3, 3);
    });
    const [x, y] = this.pixel(this.point);
    brush.strokeStyle = ink.color;
    brush.strokeRect(x - 6, y - 6, 12, 12);
  }

  nearest(point) {
    const far = (dot) => (dot[0] - point[0]) ** 2 + (dot[1] - point[1]) ** 2;
    return this.dots.reduce((best, dot, k) => (far(dot) < far(this.dots[best]) ? k : best), 0);
  }

  pressedAt(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.from = this.nearest(this.at(event));
  }

  moved(event) {
    this.point = this.at(event);
    this.paint();
    if (this.from === undefined) return this.go({ points: [this.point] });
    const to = this.nearest(this.point);
    const [a, b] = [this.dots[this.from], this.dots[to]];
    const way = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const t = Math.min(1, Math.hypot(this.point[0] - a[0], this.point[1] - a[1]) / way);
    this.go({ a: this.from, b: to, t });
  }

  // One request is on its way at a time; of those that wait, the newest goes next.
  async go(where) {
    this.next = this.where = where;
    clearTimeout(this.resting);
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.next) {
        const { neighbours, ...body } = this.next;
        this.next = undefined;
        const found = await ask("POST", `/api/models/${this.id}/decode`, { ...body, given: this.given.value });
        if (neighbours) {
          show(this.around, found);
          this.beside.hidden = false;
        } else {
          show(this.image, found);
          this.image.dataset.moves = Number(this.image.dataset.moves || 0) + 1;
          if (!this.next) this.resting = setTimeout(() => this.look(), REST);
        }
      }
    } catch (error) {
      await doing(() => Promise.reject(error))();
    } finally {
      this.busy = false;
    }
  }

  // What lies around, once the pointer rests.
  look() {
    if (!this.where.points) return;
    const steps = [BESIDE, 0, -BESIDE];
    const points = steps.flatMap((up) => [...steps].reverse().map((across) => [this.point[0] + across, this.point[1] + up]));
    const where = this.where;
    this.go({ points, neighbours: true }).then(() => (this.where = where));
  }

  pressed(key) {
    const step = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[key];
    if (!step || !this.dots) return false;
    this.point = this.point.map((value, k) => Math.min(REACH, Math.max(-REACH, value + step[k])));
    this.paint();
    this.go({ points: [this.point] });
    return true;
  }
}

customElements.define("studio-walk", Walk);
