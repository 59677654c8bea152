// A comparison: how far its families have come, its report, and what may be done with the models.

import { ask, button, field, fresh, make, minutes, sheet, show } from "./parts.js";
import "./given.js";
import { downloading } from "./samples.js";

class Compare extends HTMLElement {
  connectedCallback() {
    this.id = this.getAttribute("of");
    this.head = make("section");
    this.use = make("section");
    this.beside = make("section");
    this.report = make("section");
    this.append(this.head, this.use, this.beside, this.report);
    this.events = new EventSource("/events");
    this.events.addEventListener("now", (event) => this.changed(JSON.parse(event.data).entries));
  }

  disconnectedCallback() {
    this.events.close();
  }

  changed(entries) {
    const comparison = entries.find((entry) => entry.id === this.id);
    if (!comparison) {
      this.events.close();
      return this.replaceChildren(make("p", { class: "note" }, "this comparison is not here any more: go back to the first page"));
    }
    const runs = entries.filter((entry) => entry.within === this.id && !entry.name.slice(comparison.name.length + 1).includes("/")).sort((a, b) => a.name.localeCompare(b.name));
    const now = JSON.stringify([comparison, runs.map((run) => [run.id, run.state, run["minutes left"]])]);
    if (now === this.now) return;
    this.now = now;
    this.tell(comparison, runs);
    const done = runs.filter((run) => run.state === "done");
    const models = JSON.stringify([done.map((run) => run.id), comparison.picks, comparison.state === "running"]);
    if (models !== this.models) {
      this.models = models;
      this.offer(comparison, done);
      const drawing = done.filter((run) => run.task === "generate");
      this.beside.replaceChildren(...(drawing.length > 1 && comparison.state !== "running" ? [this.sideBySide(drawing)] : []));
    }
    const seen = JSON.stringify([comparison.page, comparison.state]);
    if (seen === this.seen) return;
    this.seen = seen;
    const page = make("iframe", { src: `/compare/${this.id}`, title: "report of the comparison", class: "report" });
    this.report.replaceChildren(...(comparison.page ? [page] : []));
  }

  // How the families stand, while there is something to wait for.
  tell(comparison, runs) {
    const post = (what) => () => ask("POST", `/api/entries/${this.id}/${what}`, {});
    const act = { running: button("stop", post("stop")), stopped: button("go on", post("resume")), failed: button("go on", post("resume")) }[comparison.state];
    const state = make("span", { class: `state ${comparison.state}` }, comparison.state);
    const measured = new Set(comparison.measured);
    const row = (run) => {
      const family = run.name.split("/").pop();
      const link = make("a", { href: `#/run/${run.id}` }, family);
      const how = measured.has(family) ? "measured" : run.state === "done" ? "trained" : run.state;
      return make("tr", {}, make("td", {}, link), make("td", {}, how), make("td", {}, minutes(run["minutes left"])));
    };
    const names = ["family", "state", "left"].map((name) => make("th", { scope: "col" }, name));
    const table = make("table", { class: "plain" }, make("thead", {}, make("tr", {}, names)), make("tbody", {}, runs.map(row)));
    const shown = comparison.state !== "done" && runs.length ? table : "";
    this.head.replaceChildren(make("h1", {}, comparison.name), make("div", { class: "row" }, state, act), comparison.said ? make("p", { class: "soft" }, comparison.said) : "", comparison.error ? make("p", { class: "error" }, comparison.error) : "", shown);
  }

  // What each pick is for, and items of those that are for sampling.
  offer(comparison, done) {
    const card = ({ family, sentence, cures, samples }) => {
      const run = done.find((one) => one.name.split("/").pop() === family);
      const mends = cures.filter((cure) => MENDS.includes(cure));
      const open = run ? make("a", { class: "act", href: `#/run/${run.id}` }, `open ${family}`) : "";
      return make("div", { class: "card" }, make("p", {}, sentence), make("div", { class: "row" }, open, run && samples ? downloading(run.id, () => ({}), mends) : ""));
    };
    this.use.replaceChildren(...(comparison.picks.length && comparison.state === "done" ? [make("h2", {}, "Take the pick"), ...comparison.picks.map(card)] : []));
  }

  sideBySide(runs) {
    const sides = [0, 1].map((k) => this.side(runs, k));
    this.sample = async () => {
      const seed = fresh();
      for (const { chosen, given, image } of sides) {
        const body = { n: runs[0].widgets.samples, seed, given: given().value };
        show(image, await ask("POST", `/api/models/${chosen.value}/samples`, body));
      }
    };
    const columns = sides.map(({ box }) => box);
    return make("section", {}, make("h2", {}, "Two models on the same seed"), button("sample", () => this.sample(), { id: "sample" }), make("div", { class: "two" }, columns));
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
    this.querySelector("#sample")?.click();
    return true;
  }
}

const MENDS = ["--keep-rules", "--unique"]; // options that need no file

customElements.define("studio-compare", Compare);
