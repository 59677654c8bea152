// What was understood of data, the questions that are open, and what may be done: compare families, or train one.

import { ask, button, command, doing, field, make, say, sheet, show, tableOf } from "./parts.js";

const ANSWERS = ["types", "missing", "filter"]; // options that a types file holds, beside a table that was dropped

class DataPage extends HTMLElement {
  connectedCallback() {
    this.options = {};
    this.said = []; // what a person answered: {question, undo}
    doing(() => this.look())();
  }

  async look() {
    say("reading");
    const body = { source: this.getAttribute("of"), options: this.options };
    const found = await ask("POST", "/api/data", body);
    say("");
    const heading = make("h1", {}, found.name);
    const asked = [...this.said.map((answer) => this.answered(answer)), ...found.questions.map((one) => this.question(one))];
    if (found["why not"]) return this.replaceChildren(heading, make("p", { class: "error" }, found["why not"]), ...asked, command(found.command));
    const { train, valid, test } = found.sizes;
    const before = this.facts && new Set(this.facts);
    this.facts = found.facts;
    const facts = make("ul", { class: "advice" }, found.facts.map((fact) => make("li", {}, before && !before.has(fact) ? make("mark", {}, fact) : fact)));
    const split = make("p", { class: "soft" }, `${train.toLocaleString("en")} to train, ${valid.toLocaleString("en")} to validate, ${test.toLocaleString("en")} to test`);
    this.replaceChildren(heading, ...asked, facts, split, await this.first(found.first, body), this.comparing(body), this.training(found, body), this.further(found), make("h2", {}, "In a terminal"), command(found.command));
  }

  question({ question, option, value }) {
    const source = this.getAttribute("of");
    const yes = button("yes", async () => {
      const before = { ...this.options };
      const kept = ANSWERS.includes(option) && /^[0-9a-f]{16}$/.test(source);
      if (kept) await ask("POST", "/api/data/types", { source, options: { [option]: value } });
      else this.options[option] = value;
      this.said.push({ question, undo: kept ? undefined : () => (this.options = before) });
      await this.look();
    });
    return make("div", { class: "card row question" }, make("span", {}, question), option ? yes : "");
  }

  // An answer, which may be taken back unless a file holds it; what it changed is marked below.
  answered(answer) {
    const back = button("take back", async () => {
      answer.undo();
      this.said = this.said.slice(0, this.said.indexOf(answer));
      await this.look();
    });
    return make("div", { class: "card row answered" }, make("span", {}, `yes: ${answer.question}`), answer.undo ? back : "");
  }

  async first(first, body) {
    if (first !== "pictures") return tableOf(first.columns, first.rows, "the first items");
    const image = sheet({ pixels: true }, { alt: "the first training pictures" });
    show(image, await ask("POST", "/api/data/first", body));
    return image;
  }

  comparing(body) {
    const time = make("input", { name: "minutes together", type: "number", min: "0.05", step: "any", value: "2" });
    const asked = () => ({ ...body, minutes: Number(time.value) });
    const planned = make("ul", { class: "advice" });
    const plan = async () => {
      say("planning: the first seconds of training tell what a pass costs");
      const { sentences } = await ask("POST", "/api/plan", asked());
      say("");
      planned.replaceChildren(...sentences.map((sentence) => make("li", {}, sentence)));
    };
    const begin = async (event) => {
      event.preventDefault();
      const { id } = await ask("POST", "/api/comparisons", asked());
      location.hash = `#/compare/${id}`;
    };
    const form = make("form", { class: "row card", onsubmit: doing(begin) }, field("minutes of training, by the clock", time), make("button", { class: "act" }, "compare"), button("show the plan", plan));
    return make("section", {}, make("h2", {}, "Which model should I use?"), form, planned);
  }

  // Pages of packages for data like these.
  further({ pages }) {
    if (!pages.length) return "";
    const of = encodeURIComponent(this.getAttribute("of"));
    const links = pages.map(({ name, link }) => make("a", { class: "act", href: `#/${name}/${of}` }, link));
    return make("section", {}, make("h2", {}, "What else?"), make("div", { class: "row" }, links));
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
