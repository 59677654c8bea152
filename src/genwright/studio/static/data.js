// What was understood of data, the questions that are open, and the training of a model.

import { ask, button, command, doing, field, make, say, show } from "./parts.js";

class DataPage extends HTMLElement {
  connectedCallback() {
    this.options = {};
    doing(() => this.look())();
  }

  async look() {
    say("reading");
    const body = { source: this.getAttribute("of"), options: this.options };
    const found = await ask("POST", "/api/data", body);
    say("");
    const { train, valid, test } = found.sizes;
    const heading = make("h1", {}, found.name);
    const facts = make("ul", { class: "advice" }, found.facts.map((fact) => make("li", {}, fact)));
    const split = make("p", { class: "soft" }, `${train.toLocaleString("en")} to train, ${valid.toLocaleString("en")} to validate, ${test.toLocaleString("en")} to test`);
    this.replaceChildren(heading, ...found.questions.map((asked) => this.question(asked)), facts, split, await this.first(found.first, body), this.training(found, body), make("h2", {}, "In a terminal"), command(found.command));
  }

  question({ question, option, value }) {
    const yes = button("yes", () => {
      this.options[option] = value;
      return this.look();
    });
    return make("div", { class: "card row question" }, make("span", {}, question), option ? yes : "");
  }

  async first(first, body) {
    if (first !== "pictures") {
      const head = first.columns.length ? make("thead", {}, make("tr", {}, first.columns.map((name) => make("th", {}, name)))) : "";
      const rows = first.rows.map((row) => make("tr", {}, row.map((cell) => make("td", {}, cell))));
      return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "the first items" }, make("table", { class: "plain" }, head, make("tbody", {}, rows)));
    }
    const image = make("img", { class: "sheet", alt: "the first training images" });
    show(image, await ask("POST", "/api/data/first", body));
    return image;
  }

  training(found, body) {
    const named = (family) => make("option", { value: family.name, disabled: Boolean(family["why not"]), title: family["why not"] }, family.name);
    const family = make("select", { name: "family" }, found.families.map(named));
    const time = make("input", { name: "minutes", type: "number", min: "0.05", step: "any", value: "2" });
    const begin = async (event) => {
      event.preventDefault();
      const { id } = await ask("POST", "/api/runs", { ...body, family: family.value, minutes: Number(time.value) });
      location.hash = `#/run/${id}`;
    };
    const form = make("form", { class: "row card", onsubmit: doing(begin) }, field("family", family), field("minutes", time), make("button", { class: "act" }, "train"));
    return make("section", {}, make("h2", {}, "Train a model"), form);
  }
}

customElements.define("studio-data", DataPage);
