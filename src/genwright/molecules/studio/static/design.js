// Molecules by wishes: sliders say what they shall be like, and the page shows the best so far while a design runs.

import { ask, button, command, csvLink, doing, field, listen, make, say, tableOf } from "/static/parts.js";
import { pictureOf } from "./pictures.js";

class DesignPage extends HTMLElement {
  connectedCallback() {
    this.of = this.getAttribute("of");
    this.answer = make("section");
    doing(() => this.begin())();
  }

  disconnectedCallback() {
    this.events?.close();
  }

  async begin() {
    const [chemistry, { entries }, { wishes }] = await Promise.all([import("./vendor/openchemlib.js"), ask("GET", "/api/home"), ask("POST", "/api/pages/design/wishes", {})]);
    this.chemistry = chemistry;
    if (!entries.some(({ id, what }) => id === this.of && what === "design")) this.append(...this.wishing(wishes));
    else this.watch(this.of);
    this.append(this.answer);
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

  // A design: how it stands, until the page is left or another begins.
  watch(id) {
    this.events?.close();
    say("the design begins");
    const now = (found) => {
      say("");
      this.show(id, found);
    };
    this.events = listen(`/events/jobs/${id}`, { now });
  }

  show(id, { name, state, error, said, damage, calls, columns, rows, command: typed }) {
    const post = (what) => () => ask("POST", `/api/entries/${id}/${what}`, {});
    const again = typed ? button("go on", post("resume")) : "";
    const act = { running: button("stop", post("stop")), stopped: again, failed: again }[state] || "";
    const heading = make(this.querySelector("form") ? "h2" : "h1", {}, make("a", { href: `#/design/${id}` }, name));
    const wrong = [error, damage].filter(Boolean).map((text) => make("p", { class: "error" }, text));
    const at = columns.indexOf("smiles");
    const best = rows.length ? [make("h2", {}, "Best so far"), make("div", { class: "row" }, csvLink("best.csv", columns, rows)), tableOf(["molecule", ...columns], rows.map((row) => [pictureOf(this.chemistry, row[at]), ...row]), "the best molecules so far")] : [];
    const count = make("p", { class: "soft" }, `${calls.toLocaleString("en")} molecules scored. ${calls ? "" : said}`);
    this.answer.replaceChildren(heading, make("div", { class: "row" }, make("span", { class: `state ${state}` }, state), act), ...wrong, count, ...best, typed ? command(typed) : "");
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
