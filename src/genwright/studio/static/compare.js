// The page of a comparison, and two of its models side by side on the same seed.

import { ask, button, field, fresh, make, sheet, show } from "./parts.js";
import "./given.js";

class Compare extends HTMLElement {
  async connectedCallback() {
    const id = this.getAttribute("of");
    const { entries } = await ask("GET", "/api/home");
    const own = entries.filter((entry) => entry.within === id);
    const runs = own.filter((entry) => entry.state === "done");
    const comparison = entries.find((entry) => entry.id === id);
    if (!comparison) return this.append(make("p", { class: "note" }, "this comparison is not here any more: go back to the first page"));
    this.append(make("h1", {}, comparison.name));
    if (own.length > runs.length) this.append(make("p", { class: "soft" }, `${runs.length} of ${own.length} models have ended: open this page again later`));
    if (runs.length > 1) this.append(this.beside(runs));
    this.append(make("iframe", { src: `/compare/${id}`, title: "report of the comparison", class: "report" }));
  }

  beside(runs) {
    const sides = [0, 1].map((k) => this.side(runs, k));
    this.sample = async () => {
      const seed = fresh();
      for (const { chosen, given, image } of sides) {
        const body = { n: runs[0].widgets.samples, seed, given: given().value };
        show(image, await ask("POST", `/api/models/${chosen.value}/samples`, body));
      }
    };
    const columns = sides.map(({ box }) => box);
    return make("section", {}, make("h2", {}, "Two models on the same seed"), button("sample", () => this.sample()), make("div", { class: "two" }, columns));
  }

  side(runs, k) {
    const chosen = make("select", {}, runs.map((run) => make("option", { value: run.id }, run.family)));
    chosen.selectedIndex = k;
    let given = make("studio-given", { of: chosen.value });
    chosen.addEventListener("change", () => {
      const next = make("studio-given", { of: chosen.value });
      given.replaceWith(next);
      given = next;
    });
    const image = sheet(runs[0].widgets, { alt: `samples of model ${k + 1}`, hidden: true });
    return { chosen, given: () => given, image, box: make("div", {}, field("model", chosen), given, image) };
  }

  pressed(key) {
    if (key !== " " || !this.sample) return false;
    this.querySelector("button")?.click();
    return true;
  }
}

customElements.define("studio-compare", Compare);
