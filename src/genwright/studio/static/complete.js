// An item of which a part is given away, and completions of it: a picture whose painted part the model fills in, or a
// clip that goes on after its first part. What is kept stays as it is.

import { ask, blobOf, button, command, doing, field, fresh, make, pen, say, sheet, show } from "./parts.js";
import "./given.js";

const DRAWS = 6, LARGE = 360; // completions, and pixels a side on the page

class Complete extends HTMLElement {
  async connectedCallback() {
    this.id = this.getAttribute("of");
    this.number = make("input", { type: "number", min: "0", value: "0", onchange: doing(() => this.load()) });
    this.item = make("div");
    this.tools = make("div", { class: "row" });
    this.given = make("studio-given", { of: this.id });
    this.drawn = make("div");
    this.sound = make("audio", { controls: true, hidden: true, "aria-label": "completions, one after another" });
    this.file = make("a", { class: "act", hidden: true }, "download");
    this.line = make("div");
    this.append(make("h1", {}, "Complete"), this.given, this.tools, make("div", { class: "two" }, this.item, make("div", {}, this.drawn, this.sound)), this.line);
    await doing(() => this.load())();
  }

  async load() {
    say("the model opens");
    const found = await ask("GET", `/api/models/${this.id}/items/${Number(this.number.value)}`);
    this.number.max = found.count - 1;
    const part = found.length ? new Clip(found) : new Painting(found);
    const fill = button("fill in", () => this.fill(part), { id: "fill" });
    this.open = part;
    this.undo = part.undo?.bind(part);
    this.tools.replaceChildren(field("item", this.number), ...part.tools, fill, this.file);
    this.item.replaceChildren(...part.shown);
    await part.begin(found);
    say("");
  }

  async fill(part) {
    const body = { number: Number(this.number.value), draws: DRAWS, seed: fresh(), given: this.given.value, ...part.asked() };
    const found = await ask("POST", `/api/models/${this.id}/complete`, body);
    const image = sheet(part.widgets, { alt: "completions" });
    show(image, blobOf(found.png, "image/png"));
    this.drawn.replaceChildren(image);
    if (this.file.href) URL.revokeObjectURL(this.file.href);
    this.file.href = URL.createObjectURL(blobOf(found.file, part.type));
    this.file.download = `completions.${part.suffix}`;
    this.file.textContent = `download .${part.suffix}`;
    this.file.hidden = false;
    if (part.suffix === "wav") Object.assign(this.sound, { src: this.file.href, hidden: false });
    else this.line.replaceChildren(make("p", { class: "soft" }, "The file that you download completes in a terminal as well:"), command(found.command));
  }

  pressed(key) {
    if (key === "u" && this.undo) this.undo();
    else if (key === " " && document.activeElement?.tagName !== "BUTTON") this.querySelector("#fill")?.click();
    else return false;
    return true;
  }
}

// The beginning of a clip, which stays.
class Clip {
  widgets = {};
  suffix = "wav";
  type = "audio/wav";

  constructor({ length, steps }) {
    this.keep = make("input", { type: "range", min: "1", max: String(length - 1), oninput: () => this.tell() });
    this.keep.value = String(Math.ceil(length / 2));
    this.told = make("span", { class: "soft" });
    this.tell = () => (this.told.textContent = `${Number(this.keep.value).toLocaleString("en")} of ${length.toLocaleString("en")} ${steps}`);
    this.tell();
    this.image = make("img", { class: "sheet", alt: "the item" });
    this.tools = [field("keep the first", this.keep), this.told];
    this.shown = [this.image];
  }

  begin({ png }) {
    show(this.image, blobOf(png, "image/png"));
  }

  asked() {
    return { keep: Number(this.keep.value) };
  }
}

// A picture, and the part of it that was painted over.
class Painting {
  widgets = { pixels: true };
  suffix = "npz";
  type = "application/octet-stream";

  constructor({ height, width }) {
    Object.assign(this, { height, width, hole: new Uint8Array(height * width), before: [] });
    this.brush = make("input", { type: "number", min: "1", max: "20", value: "2" });
    this.canvas = make("canvas", { class: "paint", width, height, tabindex: 0, "aria-label": "paint what the model shall fill in" });
    this.canvas.style.width = `${LARGE}px`;
    this.tools = [field("brush", this.brush), button("lower half", () => this.half()), button("undo", () => this.undo())];
    this.shown = [this.canvas, make("p", { class: "soft" }, "Paint over what the model shall fill in. All else stays, bit for bit.")];
    this.canvas.addEventListener("pointerdown", (event) => this.touch(event));
    this.canvas.addEventListener("pointermove", (event) => this.stroke(event));
    this.canvas.addEventListener("pointerup", () => (this.last = undefined));
  }

  async begin({ png }) {
    this.pen = pen(this.canvas, "genwright complete RUN FILE.png");
    this.picture = await createImageBitmap(blobOf(png, "image/png"));
    this.paint();
  }

  paint() {
    this.pen.drawImage(this.picture, 0, 0);
    this.pen.fillStyle = "rgba(255, 120, 0, 0.75)";
    this.hole.forEach((open, k) => open && this.pen.fillRect(k % this.width, Math.floor(k / this.width), 1, 1));
  }

  // In logical pixels, also where the stroke has left the canvas.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.width, ((event.clientY - box.top) / box.height) * this.height];
  }

  touch(event) {
    if (!this.picture) return;
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
    if (!this.picture) return say("the image is still loading");
    this.before.push(this.hole.slice());
    this.hole.fill(1, Math.floor(this.height / 2) * this.width);
    this.paint();
  }

  undo() {
    if (!this.before.length) return;
    this.hole = this.before.pop();
    this.paint();
  }

  // Throws an Error where nothing is to be filled in.
  asked() {
    if (!this.hole.some(Boolean)) throw new Error("paint over a part of the image first");
    const bits = new Uint8Array(Math.ceil(this.hole.length / 8));
    this.hole.forEach((open, k) => open || (bits[k >> 3] |= 128 >> (k & 7)));
    return { known: btoa(String.fromCharCode(...bits)) };
  }
}

customElements.define("studio-complete", Complete);
