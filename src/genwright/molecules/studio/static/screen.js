// A library of molecules, ranked by known actives or by a model of properties.

import { ask, doing, field, make } from "/static/parts.js";
import { JobPage } from "./job.js";

class ScreenPage extends JobPage {
  job = "screen";
  done = "molecules ranked";

  asking(entries) {
    const option = (way, { id }, name) => make("option", { value: `${way} ${id}` }, name);
    const models = entries.filter(({ what, kind, task, state }) => what === "run" && kind === "molecules" && task !== "generate" && state === "done");
    const files = entries.filter(({ id, what }) => what === "upload" && id !== this.of);
    const by = make("select", {}, models.map((one) => option("run", one, `the model ${one.name}`)), files.map((one) => option("actives", one, `actives in ${one.files.join(", ")}`)));
    const begin = async (event) => {
      event.preventDefault();
      const [way, id] = by.value.split(" ");
      this.watch((await ask("POST", "/api/pages/screen/begin", { source: this.of, [way]: id })).id);
    };
    const heading = make("h1", {}, "Screen a library"), told = make("p", { class: "soft" }, "These molecules are ranked: by a model of a property, or by how near they are to molecules that are known to be active.");
    if (!by.options.length) return [heading, told, make("p", {}, "Train a model with a column that matters, or bring a file of actives on the ", make("a", { href: "#/" }, "first page"), ".")];
    return [heading, told, make("form", { class: "row", onsubmit: doing(begin) }, field("ranked by", by), make("button", { class: "act" }, "screen"))];
  }
}

customElements.define("studio-screen", ScreenPage);
