// A page of a command that looks for molecules: what it asks first, and then the best molecules while it runs.

import { ask, button, command, csvLink, doing, listen, make, say, tableOf } from "/static/parts.js";
import { pictureOf } from "./pictures.js";

// A class has `job`, the name of the command, `done`, what it counts, and `asking`, which returns elements.
export class JobPage extends HTMLElement {
  connectedCallback() {
    this.of = this.getAttribute("of");
    this.answer = make("section");
    doing(() => this.begin())();
  }

  disconnectedCallback() {
    this.events?.close();
  }

  async begin() {
    const [chemistry, { entries }] = await Promise.all([import("./vendor/openchemlib.js"), ask("GET", "/api/home")]);
    this.chemistry = chemistry;
    if (!entries.some(({ id, what }) => id === this.of && what === this.job)) this.append(...(await this.asking(entries)));
    else this.watch(this.of);
    this.append(this.answer);
  }

  // How the job stands, until the page is left or another begins.
  watch(id) {
    this.events?.close();
    say(`the ${this.job} begins`);
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
    const heading = make(this.querySelector("form") ? "h2" : "h1", {}, make("a", { href: `#/${this.job}/${id}` }, name));
    const wrong = [error, damage].filter(Boolean).map((text) => make("p", { class: "error" }, text));
    const at = columns.indexOf("smiles");
    const best = rows.length ? [make("h2", {}, state === "running" ? "Best so far" : "The best"), make("div", { class: "row" }, csvLink("best.csv", columns, rows)), tableOf(["molecule", ...columns], rows.map((row) => [pictureOf(this.chemistry, row[at]), ...row]), "the best molecules so far")] : [];
    const count = make("p", { class: "soft" }, `${calls.toLocaleString("en")} ${this.done}. ${calls ? "" : said}`);
    this.answer.replaceChildren(heading, make("div", { class: "row" }, make("span", { class: `state ${state}` }, state), act), ...wrong, count, ...best, typed ? command(typed) : "");
  }
}
