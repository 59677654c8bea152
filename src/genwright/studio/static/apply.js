// What a model makes of a file: predictions, captions, answers, or changed images. The file lies here, or is brought.

import { choosing } from "./bring.js";
import { ask, blobOf, button, field, make, rebuild, say, tableOf } from "./parts.js";

const SHOWN = 50, LINKS = 20; // rows on the page; links that are proposed
const VERBS = { // verb of a run: the words of its page, and the texts that it asks for
  predict: { title: "Predict", called: "predictions", press: "predict", texts: [] },
  caption: { title: "Captions of your images", called: "captions", press: "write captions", texts: [] },
  answer: { title: "Questions about your images", called: "answers", press: "answer", texts: [["question", "question"]] },
  edit: { title: "Change your images", called: "changed images", press: "change", texts: [["ask", "instruction"], ["before", "or: what they show"], ["after", "what they should show"]] },
};

class Apply extends HTMLElement {
  async connectedCallback() {
    const id = this.getAttribute("of"), verb = this.getAttribute("verb"), page = VERBS[verb];
    const { entries } = await ask("GET", "/api/home");
    const uploads = entries.filter(({ what }) => what === "upload");
    const own = verb === "predict" ? make("option", { value: "" }, "the data it learned from") : "";
    const from = make("select", { "data-key": `${verb} from` }, own, uploads.map((one) => make("option", { value: one.id }, one.files.join(", "))));
    const links = make("input", { type: "number", min: "1", max: "1000", value: String(LINKS) });
    const isLinks = this.getAttribute("task") === "links";
    const texts = new Map(page.texts.map(([name]) => [name, make("input", { maxlength: "1000", "data-key": `${verb} ${name}` })]));
    this.answer = make("div");
    const apply = async () => {
      const body = { ...(from.value ? { source: from.value } : {}), ...(isLinks ? { n: Number(links.value) } : {}) };
      for (const [name, control] of texts) if (control.value.trim()) body[name] = control.value.trim();
      this.show(await ask("POST", `/api/models/${id}/${verb}`, body), page);
    };
    const some = own || uploads.length;
    const asked = [some ? field("of", from) : "", isLinks ? field("links to propose", links) : "", page.texts.map(([name, label]) => field(label, texts.get(name)))];
    const bring = make("details", { open: !some }, make("summary", {}, "Bring other data"), choosing("", location.hash));
    this.append(make("h2", {}, page.title), make("div", { class: "row" }, asked, some ? button(page.press, apply) : ""), bring, this.answer);
  }

  show({ name, columns, rows, file, png }, { called }) {
    const href = png ? `data:image/png;base64,${png}` : `data:text/csv;charset=utf-8,${encodeURIComponent(file)}`;
    const link = make("a", { class: "act", download: name, href }, "download");
    const image = make("img", { class: "sheet", alt: called });
    if (png) image.src = URL.createObjectURL(blobOf(png, "image/png"));
    const told = png ? image : [make("p", {}, `${rows.length.toLocaleString("en")} ${called}.`), tableOf(columns, rows.slice(0, SHOWN), called)];
    rebuild(this.answer, make("div", { class: "row" }, link), told);
    say(png ? `The ${called} are shown.` : `${rows.length} ${called} are shown.`);
  }
}

customElements.define("studio-apply", Apply);
