// What was understood of data, the questions that are open, and the training of a model.

import { ask, button, command, doing, field, make, say, sheet, show } from "./parts.js";

const ANSWERS = ["types", "missing"]; // options that a types file holds, beside a table that was dropped

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
    const source = this.getAttribute("of");
    const yes = button("yes", async () => {
      if (ANSWERS.includes(option) && /^[0-9a-f]{16}$/.test(source)) await ask("POST", "/api/data/types", { source, options: { [option]: value } });
      else this.options[option] = value;
      await this.look();
    });
    return make("div", { class: "card row question" }, make("span", {}, question), option ? yes : "");
  }

  async first(first, body) {
    if (first !== "pictures") {
      const head = first.columns.length ? make("thead", {}, make("tr", {}, first.columns.map((name) => make("th", {}, name)))) : "";
      const rows = first.rows.map((row) => make("tr", {}, row.map((cell) => make("td", {}, cell))));
      return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "the first items" }, make("table", { class: "plain" }, head, make("tbody", {}, rows)));
    }
    const image = sheet({ pixels: true }, { alt: "the first training pictures" });
    show(image, await ask("POST", "/api/data/first", body));
    return image;
  }

  training(found, body) {
    const named = (family) => make("option", { value: family.name, disabled: Boolean(family["why not"]), title: family["why not"] }, family.name);
    const family = make("select", { name: "family" }, found.families.map(named));
    family.value = found.usual;
    const time = make("input", { name: "minutes", type: "number", min: "0.05", step: "any", value: "2" });
    const given = make("select", { multiple: true, size: Math.min(4, found.columns.length) }, found.columns.map((name) => make("option", { value: name }, name)));
    const begin = async (event) => {
      event.preventDefault();
      const chosen = found.families.find(({ name }) => name === family.value);
      const more = { previews: chosen.draws ? found.widgets.samples : 0, given: [...given.selectedOptions].map((option) => option.value) };
      const { id } = await ask("POST", "/api/runs", { ...body, ...more, family: family.value, minutes: Number(time.value) });
      location.hash = `#/run/${id}`;
    };
    const form = make("form", { class: "row card", onsubmit: doing(begin) }, field("family", family), field("minutes", time), found.columns.length ? field("conditions (or none)", given) : "", make("button", { class: "act" }, "train"));
    const refused = found.families.filter((one) => one["why not"]);
    const why = make("details", {}, make("summary", {}, `${refused.length} families do not fit`), make("ul", {}, refused.map((one) => make("li", {}, `${one.name}: ${one["why not"]}`))));
    return make("section", {}, make("h2", {}, "Train a model"), form, refused.length ? why : "");
  }
}

customElements.define("studio-data", DataPage);
