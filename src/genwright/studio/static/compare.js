// The page of a comparison, and two of its models side by side on the same seed.

import { ask, button, field, fresh, make, show } from "./parts.js";

class Compare extends HTMLElement {
  async connectedCallback() {
    const id = this.getAttribute("of");
    const { entries } = await ask("GET", "/api/home");
    const runs = entries.filter((entry) => entry.within === id && entry.state === "done");
    const report = make("iframe", { src: `/compare/${id}`, title: "report of the comparison", class: "report" });
    this.append(runs.length > 1 ? this.beside(runs) : "", report);
  }

  beside(runs) {
    const sides = [0, 1].map((k) => ({ chosen: this.choice(runs, k), image: make("img", { class: "sheet", alt: "samples", hidden: true }) }));
    this.draw = async () => {
      const seed = fresh();
      for (const side of sides) show(side.image, await ask("POST", `/api/models/${side.chosen.value}/samples`, { n: 15, seed, given: {} }));
    };
    const columns = sides.map((side) => make("div", {}, field("model", side.chosen), side.image));
    return make("section", {}, make("h1", {}, "Two models on the same seed"), button("draw", () => this.draw()), make("div", { class: "two" }, columns));
  }

  choice(runs, k) {
    const chosen = make("select", {}, runs.map((run) => make("option", { value: run.id }, run.family)));
    chosen.selectedIndex = k;
    return chosen;
  }

  pressed(key) {
    if (key !== " " || !this.draw) return false;
    this.querySelector("button")?.click();
    return true;
  }
}

customElements.define("studio-compare", Compare);
