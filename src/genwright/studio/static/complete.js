// A picture whose painted part the model fills in, six times; the rest stays as it is.

import { ask, blobOf, button, doing, field, fresh, make, say, show } from "./parts.js";

const DRAWS = 6, LARGE = 360; // completions, and pixels a side on the page

class Complete extends HTMLElement {
  connectedCallback() {
    this.id = this.getAttribute("of");
    this.number = make("input", { type: "number", min: "0", value: "0", onchange: doing(() => this.load()) });
    this.brush = make("input", { type: "number", min: "1", max: "20", value: "2" });
    this.canvas = make("canvas", { class: "paint", tabindex: 0, "aria-label": "paint what the model shall fill in" });
    this.image = make("img", { class: "sheet", alt: "completions", hidden: true });
    this.file = make("a", { class: "act", hidden: true, download: "completions.npz" }, "download .npz");
    const lower = button("lower half", () => this.half());
    const buttons = make("div", { class: "row" }, field("item", this.number), field("brush", this.brush), lower, button("undo", () => this.undo()), button("fill in", () => this.fill(), { id: "fill" }), this.file);
    this.append(make("h1", {}, "Paint away, and let the model fill in"), buttons, make("div", { class: "two" }, this.canvas, this.image));
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.stroke(event));
    this.canvas.addEventListener("pointerup", () => (this.last = undefined));
    doing(() => this.load())();
  }

  async load() {
    const found = await ask("GET", `/api/models/${this.id}/items/${Number(this.number.value)}`);
    this.number.max = found.count - 1;
    this.height = found.height;
    this.width = found.width;
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.canvas.style.width = `${LARGE}px`;
    this.hole = new Uint8Array(this.height * this.width);
    this.before = [];
    this.picture = await createImageBitmap(blobOf(found.png, "image/png"));
    this.paint();
  }

  paint() {
    const pen = this.canvas.getContext("2d");
    pen.drawImage(this.picture, 0, 0);
    pen.fillStyle = "rgba(255, 120, 0, 0.75)";
    this.hole.forEach((open, k) => open && pen.fillRect(k % this.width, Math.floor(k / this.width), 1, 1));
  }

  // In logical pixels, also where the stroke has left the canvas.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.width, ((event.clientY - box.top) / box.height) * this.height];
  }

  begin(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.before.push(this.hole.slice());
    this.last = this.at(event);
    this.stroke(event);
  }

  stroke(event) {
    if (!this.last) return;
    const to = this.at(event), size = Number(this.brush.value);
    const steps = Math.ceil(Math.hypot(to[0] - this.last[0], to[1] - this.last[1]) * 2) + 1;
    for (let k = 0; k <= steps; k++) {
      const [x, y] = [0, 1].map((i) => this.last[i] + ((to[i] - this.last[i]) * k) / steps);
      this.dab(x, y, size);
    }
    this.last = to;
    this.paint();
  }

  dab(x, y, size) {
    const top = Math.floor(y - size / 2 + 0.5), left = Math.floor(x - size / 2 + 0.5);
    for (let row = Math.max(0, top); row < Math.min(this.height, top + size); row++)
      for (let column = Math.max(0, left); column < Math.min(this.width, left + size); column++) this.hole[row * this.width + column] = 1;
  }

  half() {
    if (!this.hole) return say("the image is still loading");
    this.before.push(this.hole.slice());
    this.hole.fill(1, Math.floor(this.height / 2) * this.width);
    this.paint();
  }

  undo() {
    if (this.before.length) this.hole = this.before.pop();
    this.paint();
  }

  known() {
    const bits = new Uint8Array(Math.ceil(this.hole.length / 8));
    this.hole.forEach((open, k) => open || (bits[k >> 3] |= 128 >> (k & 7)));
    return btoa(String.fromCharCode(...bits));
  }

  async fill() {
    if (!this.hole.some(Boolean)) return say("paint over a part of the image first", true);
    const body = { number: Number(this.number.value), known: this.known(), draws: DRAWS, seed: fresh() };
    const found = await ask("POST", `/api/models/${this.id}/complete`, body);
    show(this.image, blobOf(found.png, "image/png"));
    if (this.file.href) URL.revokeObjectURL(this.file.href);
    this.file.href = URL.createObjectURL(blobOf(found.npz, "application/octet-stream"));
    this.file.hidden = false;
  }

  pressed(key) {
    if (key === "u") this.undo();
    else if (key === " " && document.activeElement?.tagName !== "BUTTON") this.querySelector("#fill").click();
    else return false;
    return true;
  }
}

customElements.define("studio-complete", Complete);
