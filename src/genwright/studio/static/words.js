// Images and words: eight draws of a caption, guided towards it and away from another, images that a text finds, and
// captions and answers that a run writes about images.

import { ask, blobOf, button, command, doing, field, fresh, make, rich, say, sheet, show } from "./parts.js";
import "./given.js";

const DRAWS = 8;

class Words extends HTMLElement {
  async connectedCallback() {
    this.id = this.getAttribute("of");
    await doing(() => this.begin())();
  }

  async begin() {
    say("the model opens");
    const [run, { entries }] = await Promise.all([ask("GET", `/api/runs/${this.id}`), ask("GET", "/api/home")]);
    const searches = entries.filter((one) => one.task === "match" && one.state === "done");
    this.append(make("h1", {}, "Words"), ...(run.verbs.includes("sample") ? await this.drawing(run) : []), ...(run.verbs.includes("caption") ? this.reading(run) : []), ...(searches.length ? this.searching(searches) : [make("p", { class: "soft" }, rich("To search images by a text, train a model on images with captions, and answer `What should a model learn?` with match."))]));
    say("");
  }

  async drawing({ widgets }) {
    const options = await ask("GET", `/api/models/${this.id}/options`);
    this.given = make("studio-given", { of: this.id });
    this.guidance = options.includes("guidance") ? make("input", { type: "range", min: "0", max: "8", step: "0.5", value: "1", oninput: () => (told.textContent = this.guidance.value) }) : undefined;
    const told = make("span", { class: "soft" }, "1");
    this.against = options.includes("against") ? make("studio-given", { of: this.id }) : undefined;
    this.image = sheet(widgets, { alt: "draws of these words", hidden: true });
    this.line = make("div");
    const guided = this.guidance ? make("div", { class: "row" }, field("guidance", this.guidance, "1 is the model itself; more follows the words more closely"), told) : make("p", { class: "soft" }, "This model takes no guidance.");
    const away = this.against ? [make("h3", {}, "Away from"), make("p", { class: "soft" }, "Needs a guidance other than 1."), this.against] : [];
    return [make("h2", {}, "Draw"), this.given, guided, ...away, make("div", { class: "row" }, button("draw eight", () => this.draw(), { id: "draw" })), this.image, this.line];
  }

  async draw() {
    say("the model draws");
    const against = this.against?.value || {}, guidance = Number(this.guidance?.value ?? 1);
    if (Object.keys(against).length && guidance === 1) throw new Error("to draw away from words, choose a guidance other than 1");
    const drawn = await ask("POST", `/api/models/${this.id}/guided`, { n: DRAWS, seed: fresh(), given: this.given.value, against, ...(this.guidance ? { guidance } : {}) });
    say("");
    show(this.image, drawn);
    this.line.replaceChildren(command(drawn.command));
  }

  reading({ widgets }) {
    const question = make("input", { autocomplete: "off", placeholder: "which colour?" });
    const image = sheet(widgets, { alt: "test images by chance", hidden: true }), told = make("ol", { id: "told" }), line = make("div");
    const read = async (event) => {
      event.preventDefault();
      say("the model reads");
      const { png, captions, answers, command: typed } = await ask("POST", `/api/models/${this.id}/read`, { question: question.value, n: DRAWS, seed: fresh() });
      say("");
      show(image, blobOf(png, "image/png"));
      told.replaceChildren(...captions.map((caption, i) => make("li", {}, answers.length ? `${caption}: ${answers[i]}` : caption)));
      line.replaceChildren(command(typed));
    };
    const form = make("form", { class: "row", onsubmit: doing(read) }, field("question", question, "a model that learned from questions answers it"), make("button", { class: "act" }, "read eight"));
    return [make("h2", {}, "Read"), form, image, told, line];
  }

  searching(searches) {
    const run = make("select", {}, searches.map((one) => make("option", { value: one.id }, one.name)));
    if (searches.some(({ id }) => id === this.id)) run.value = this.id;
    const text = make("input", { autocomplete: "off", placeholder: "a red star" });
    const image = sheet({ pixels: true }, { hidden: true }), scores = make("p", { class: "soft" });
    const search = async (event) => {
      event.preventDefault();
      say("the model looks at the images");
      const { png, scores: near } = await ask("POST", `/api/models/${run.value}/search`, { text: text.value || text.placeholder, n: DRAWS });
      say("");
      image.alt = `images nearest to ${text.value || text.placeholder}`;
      show(image, blobOf(png, "image/png"));
      scores.textContent = `Test images, the best first; cosines: ${near.join(", ")}`;
    };
    const form = make("form", { class: "row", onsubmit: doing(search) }, field("run of the task match", run), field("text", text), make("button", { class: "act" }, "search"));
    return [make("h2", {}, "Search"), form, image, scores];
  }

  pressed(key) {
    if (key !== " " || document.activeElement?.tagName === "BUTTON") return false;
    this.querySelector("#draw")?.click();
    return true;
  }
}

customElements.define("studio-words", Words);
