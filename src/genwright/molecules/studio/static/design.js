// Molecules by wishes: sliders say what they shall be like, and the page shows the best so far while a design runs.

import { ask, doing, field, make } from "/static/parts.js";
import { JobPage } from "./job.js";

class DesignPage extends JobPage {
  job = "design";
  done = "molecules scored";

  async asking() {
    const { wishes } = await ask("POST", "/api/pages/design/wishes", {});
    return this.wishing(wishes);
  }

  wishing(wishes) {
    const sliders = wishes.map((wish) => new Wish(wish));
    const calls = make("input", { type: "number", min: "1", max: "100000", value: "300" });
    const begin = async (event) => {
      event.preventDefault();
      const wished = Object.fromEntries(sliders.filter((one) => one.isSet).map((one) => [one.name, one.ends]));
      const { id } = await ask("POST", "/api/pages/design/begin", { source: this.of, wishes: wished, calls: Number(calls.value) });
      this.watch(id);
    };
    const told = make("p", { class: "soft" }, "Move sliders to say what the molecules shall be like. A slider at its end sets no limit. The search begins with your molecules.");
    const form = make("form", { onsubmit: doing(begin) }, make("div", { class: "cells" }, sliders.map(({ box }) => box)), make("div", { class: "row" }, field("molecules to score", calls), make("button", { class: "act" }, "design")));
    return [make("h1", {}, "Design molecules"), told, form];
  }
}

// Two sliders of a property, of which neither passes the other.
class Wish {
  constructor({ name, meaning, range: [low, high, step] }) {
    Object.assign(this, { name, low, high, step });
    const slide = (value, end) => make("input", { type: "range", min: String(low), max: String(high), step: String(step), value: String(value), "aria-label": `${name}, ${end}`, oninput: (event) => this.moved(event.target) });
    this.least = slide(low, "at least");
    this.most = slide(high, "at most");
    this.told = make("output", { class: "soft" });
    this.box = make("div", { class: "card cell" }, make("div", { class: "row" }, make("strong", {}, name), this.told), make("small", { class: "soft" }, meaning), this.least, this.most);
    this.moved(this.most);
  }

  moved(slider) {
    const other = slider === this.least ? this.most : this.least;
    if (Number(this.least.value) > Number(this.most.value)) other.value = slider.value;
    const [low, high] = this.ends;
    this.told.textContent = !this.isSet ? "any" : low === null ? `at most ${high}` : high === null ? `at least ${low}` : `${low} to ${high}`;
    this.box.classList.toggle("locked", this.isSet);
  }

  // [low, high], null for an end that sets no limit.
  get ends() {
    const digits = Math.max(0, Math.ceil(-Math.log10(this.step)));
    const [low, high] = [this.least, this.most].map((slider) => Number(Number(slider.value).toFixed(digits)));
    return [low <= this.low ? null : low, high >= this.high ? null : high];
  }

  get isSet() {
    return this.ends.some((end) => end !== null);
  }
}

customElements.define("studio-design", DesignPage);
