// A run: how it stands, its curves as they come, what a person may do with it, and samples.

import { ask, button, command, field, fresh, make, minutes, say, sheet, show } from "./parts.js";
import "./curve.js";
import "./given.js";
import { downloading, sampledRows } from "./samples.js";

class Run extends HTMLElement {
  connectedCallback() {
    const id = this.getAttribute("of");
    this.head = make("section");
    this.curve = make("studio-curve");
    this.previews = make("section");
    this.samples = make("section");
    this.foot = make("section");
    this.append(this.head, this.samples, this.curve, this.previews, this.foot);
    this.lines = new EventSource(`/events/runs/${id}`);
    this.lines.addEventListener("line", (event) => this.curve.add(JSON.parse(event.data)));
    this.lines.addEventListener("again", () => this.curve.clear());
    this.home = new EventSource("/events");
    this.home.addEventListener("now", (event) => this.changed(JSON.parse(event.data).entries.find((entry) => entry.id === id)));
  }

  // Asks only where something of this run is new.
  changed(entry) {
    const now = JSON.stringify(entry);
    if (now === this.entry) return;
    this.entry = now;
    return this.look();
  }

  disconnectedCallback() {
    this.lines.close();
    this.home.close();
  }

  async look() {
    const id = this.getAttribute("of");
    let run;
    try {
      run = await ask("GET", `/api/runs/${id}`);
    } catch (error) {
      this.disconnectedCallback();
      this.replaceChildren(make("p", { class: "note" }, error.message));
      return;
    }
    const post = (what) => () => ask("POST", `/api/entries/${id}/${what}`, {});
    const act = { running: button("stop", post("stop")), stopped: button("resume", post("resume")), stale: button("resume", post("resume")) }[run.state];
    const state = make("span", { class: `state ${run.state}` }, run.state);
    this.head.replaceChildren(make("h1", {}, run.name), make("div", { class: "row" }, state, make("span", { class: "soft" }, minutes(run["minutes left"])), act), make("p", { class: "soft" }, [run.family, run.data].filter(Boolean).join(" of ")), this.final(id, run), run.error ? make("p", { class: "error" }, run.error) : "");
    if (this.state !== run.state) this.once(id, run);
    this.state = run.state;
    if (run.previews.length && run.previews.length !== this.shown) this.preview(id, run);
  }

  // How many items a run learned from, where there are more.
  final(id, { used }) {
    if (!used) return "";
    const train = async () => {
      const found = await ask("POST", `/api/runs/${id}/final`, {});
      location.hash = `#/run/${found.id}`;
    };
    return make("div", { class: "row" }, make("span", { class: "soft" }, `It trained on ${used}; the others validate and test it.`), button("train on all", train));
  }

  // What the model drew on its way, the newest first; a slider goes back.
  preview(id, { widgets, previews: counts }) {
    const newest = counts.length - 1;
    const told = make("span", { class: "soft" });
    const image = sheet(widgets);
    const at = make("input", { type: "range", min: "0", max: String(newest), oninput: () => turn() });
    at.value = String(this.back === undefined ? newest : Math.min(this.back, newest));
    const turn = () => {
      const k = Number(at.value);
      this.back = k === newest ? undefined : k;
      image.src = `/api/runs/${id}/previews/${counts[k]}`;
      told.textContent = `after ${counts[k].toLocaleString("en")} items`;
      image.alt = `samples ${told.textContent}`;
    };
    turn();
    this.shown = counts.length;
    this.previews.replaceChildren(make("h2", {}, "On the way"), make("div", { class: "row" }, newest ? field("preview", at) : "", told), image);
  }

  // What must not flicker while a run trains.
  once(id, run) {
    const note = make("textarea", { rows: "2", maxlength: "2000", value: run.note });
    const name = make("input", { value: run.name.split("/").pop(), maxlength: "80" });
    const rename = async () => {
      const found = await ask("PATCH", `/api/runs/${id}`, { name: name.value });
      location.hash = `#/run/${found.id}`;
    };
    const keep = async () => {
      await ask("PATCH", `/api/runs/${id}`, { note: note.value });
      say("the note is kept");
    };
    const named = run.within ? "" : make("div", { class: "row" }, field("name", name), button("rename", rename));
    this.foot.replaceChildren(make("h2", {}, "In a terminal"), run.command ? command(run.command) : "", make("h2", {}, "Note"), make("div", { class: "row" }, field("for yourself", note), button("keep", keep)), named);
    this.samples.replaceChildren(...(run.state === "done" ? this.touching(id, run) : []));
  }

  touching(id, run) {
    const image = sheet(run.widgets, { alt: "samples", hidden: true });
    const given = make("studio-given", { of: id });
    this.sample = async () => {
      const drawn = await ask("POST", `/api/models/${id}/samples`, { n: run.widgets.samples, seed: fresh(), given: given.value });
      show(image, drawn);
      line.replaceChildren(command(drawn.command));
      if (run.widgets.columns) rows.replaceChildren(await sampledRows(id, given.value));
    };
    const line = make("div"), rows = make("div");
    const link = (page, text) => make("a", { class: "act", href: `#/${page}/${id}` }, text);
    const more = [];
    if (run.verbs.includes("encode") && run.verbs.includes("decode") && run.widgets.pixels) more.push(link("walk", "walk"));
    if (run.verbs.includes("complete") && run.widgets.completes) more.push(link("complete", "complete"));
    if (run.verbs.includes("complete") && run.widgets.columns) more.push(link("row", "lock cells"));
    more.push(...run.pages.map((page) => link(page.name, page.link)));
    if (run.verbs.includes("search")) more.push(link("words", "words"));
    if (run.widgets.pixels && run.verbs.includes("sample")) given.addEventListener("known", () => this.samples.querySelector(".row.acts")?.append(link("words", "words")));
    if (!run.verbs.includes("sample")) return more.length ? [make("h2", {}, "Ask the model"), make("div", { class: "row" }, more)] : [];
    return [make("h2", {}, "Samples"), given, make("div", { class: "row acts" }, button("sample", () => this.sample()), downloading(id, () => given.value), more), rows, image, line];
  }

  pressed(key) {
    if (key !== " " || !this.sample || document.activeElement?.tagName === "BUTTON") return false;
    this.samples.querySelector("button")?.click();
    return true;
  }
}

customElements.define("studio-run", Run);
