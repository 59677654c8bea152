// The plane of codes: the picture follows the pointer, or goes from one item to another.

import { ask, doing, make, show } from "./parts.js";

const SIZE = 420, REACH = 3.5, STEP = 0.1; // pixels; standard deviations at the rim, and of a key

class Walk extends HTMLElement {
  connectedCallback() {
    this.id = this.getAttribute("of");
    this.canvas = make("canvas", { width: SIZE, height: SIZE, tabindex: 0, "aria-label": "plane of codes: move with the pointer, or with the arrow keys" });
    this.image = make("img", { class: "large", alt: "the item at this point", hidden: true });
    this.told = make("p", { class: "soft" });
    this.append(make("h1", {}, "Walk through the codes"), make("div", { class: "two" }, this.canvas, this.image), this.told);
    this.point = [0, 0];
    doing(() => this.begin())();
  }

  async begin() {
    const plane = await ask("GET", `/api/models/${this.id}/plane`);
    this.dots = plane.dots;
    this.labels = plane.labels;
    this.names = [...new Set(plane.labels)].sort();
    const [first, second] = plane.shares.map((share) => `${Math.round(100 * share)}%`);
    this.told.textContent = `Dots are ${plane.of}. Across: the first principal component of the codes (${first} of the variance), upwards the second (${second}). Drag from a dot to another to go from item to item.`;
    this.paint();
    this.canvas.addEventListener("pointermove", (event) => this.moved(event));
    this.canvas.addEventListener("pointerdown", (event) => this.pressedAt(event));
    this.canvas.addEventListener("pointerup", () => (this.from = undefined));
    this.go({ point: this.point });
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
    const brush = this.canvas.getContext("2d");
    brush.clearRect(0, 0, SIZE, SIZE);
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
    if (this.from === undefined) return this.go({ point: this.point });
    const to = this.nearest(this.point);
    const [a, b] = [this.dots[this.from], this.dots[to]];
    const way = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const t = Math.min(1, Math.hypot(this.point[0] - a[0], this.point[1] - a[1]) / way);
    this.go({ a: this.from, b: to, t });
  }

  // One request is on its way at a time; of those that wait, the newest goes next.
  async go(where) {
    this.next = where;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.next) {
        const body = this.next;
        this.next = undefined;
        show(this.image, await ask("POST", `/api/models/${this.id}/decode`, body));
        this.image.dataset.moves = Number(this.image.dataset.moves || 0) + 1;
      }
    } catch (error) {
      await doing(() => Promise.reject(error))();
    } finally {
      this.busy = false;
    }
  }

  pressed(key) {
    const step = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[key];
    if (!step || !this.dots) return false;
    this.point = this.point.map((value, k) => Math.min(REACH, Math.max(-REACH, value + step[k])));
    this.paint();
    this.go({ point: this.point });
    return true;
  }
}

customElements.define("studio-walk", Walk);
