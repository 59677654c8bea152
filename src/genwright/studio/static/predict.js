// What a model predicts of data: those it learned from, or others that lie here or are brought.

import { choosing } from "./bring.js";
import { ask, button, field, make, rebuild, say, tableOf } from "./parts.js";

const SHOWN = 50, LINKS = 20; // rows on the page; links that are proposed

class Predict extends HTMLElement {
  async connectedCallback() {
    const id = this.getAttribute("of");
    const { entries } = await ask("GET", "/api/home");
    const uploads = entries.filter(({ what }) => what === "upload");
    const own = make("option", { value: "" }, "the data it learned from");
    const from = make("select", { "data-key": "predict from" }, own, uploads.map((one) => make("option", { value: one.id }, one.files.join(", "))));
    const links = make("input", { type: "number", min: "1", max: "1000", value: String(LINKS) });
    const isLinks = this.getAttribute("task") === "links";
    this.answer = make("div");
    const predict = async () => {
      const body = { ...(from.value ? { source: from.value } : {}), ...(isLinks ? { n: Number(links.value) } : {}) };
      this.show(await ask("POST", `/api/models/${id}/predict`, body));
    };
    const bring = make("details", {}, make("summary", {}, "Bring other data"), choosing("", location.hash));
    this.append(make("h2", {}, "Predict"), make("div", { class: "row" }, field("of", from), isLinks ? field("links to propose", links) : "", button("predict", predict)), bring, this.answer);
  }

  show({ columns, rows, file }) {
    const link = make("a", { class: "act", download: "predictions.csv", href: `data:text/csv;charset=utf-8,${encodeURIComponent(file)}` }, "download");
    rebuild(this.answer, make("p", {}, `${rows.length.toLocaleString("en")} predictions.`), make("div", { class: "row" }, link), tableOf(columns, rows.slice(0, SHOWN), "predictions"));
    say(`${rows.length} predictions are shown.`);
  }
}

customElements.define("studio-predict", Predict);
