// A comparison: how far its families have come, the sections of its report, and what may be done with the models.

import { ask, button, doing, field, fresh, listen, make, minutes, rebuild, rich, say, sheet, show, tableOf } from "./parts.js";
import "./given.js";
import { downloading } from "./samples.js";

const SVG = "http://www.w3.org/2000/svg";
const WORDS = { running: "running", done: "done", stopped: "stopped", failed: "failed" };

class Compare extends HTMLElement {
  connectedCallback() {
    this.id = this.getAttribute("of");
    this.pictures = new Map(); // of each family, what it drew last
    for (const name of ["head", "use", "report", "first", "beside"]) this.append((this[name] = make("section")));
    this.events = listen("/events", { now: ({ entries }) => this.changed(entries) });
    this.ticking = setInterval(() => this.tick(), 1_000);
  }

  disconnectedCallback() {
    this.events.close();
    clearInterval(this.ticking);
  }

  changed(entries) {
    const comparison = entries.find((entry) => entry.id === this.id);
    if (!comparison) {
      this.events.close();
      return rebuild(this, make("h1", {}, "This comparison is not here any more"), make("p", {}, make("a", { href: "#/" }, "Go back to the first page"), "."));
    }
    const runs = entries.filter((entry) => entry.within === this.id && !entry.name.slice(comparison.name.length + 1).includes("/")).sort((a, b) => a.name.localeCompare(b.name));
    const now = JSON.stringify([comparison, runs.map((run) => [run.id, run.state, run["minutes left"], run.curve, run.preview])]);
    if (now === this.now) return;
    this.now = now;
    this.comparison = comparison;
    this.tell(comparison, runs);
    const rests = comparison.state !== "running";
    if (!this.looked && !rests) this.learnsFrom(comparison, entries);
    const done = runs.filter((run) => run.state === "done");
    const models = JSON.stringify([done.map((run) => run.id), comparison.picks, rests]);
    if (models !== this.models) {
      this.models = models;
      if (this.said === "running" && rests) say(comparison.picks.length ? `The comparison is ${comparison.state}. ${comparison.picks[0].sentence}` : `The comparison is ${comparison.state}.`);
      this.said = comparison.state;
      this.offer(comparison, done);
      const drawing = done.filter((run) => run.task === "generate");
      rebuild(this.beside, drawing.length > 1 && rests ? this.sideBySide(drawing, comparison) : "");
    }
    const seen = JSON.stringify([comparison.measured, comparison.page, comparison.state]);
    if (seen === this.seen) return;
    this.seen = seen;
    if (comparison.measured.length) doing(() => this.sections())();
    if (comparison.trains && comparison.measured.length && !rests) doing(() => this.newest())();
  }

  // How the comparison stands, and each family while there is something to wait for.
  tell(comparison, runs) {
    const post = (what) => () => ask("POST", `/api/entries/${this.id}/${what}`, {});
    const again = button("go on", post("resume"));
    const act = { running: button("Stop, and show what there is", post("stop"), { "data-key": "stop" }), stopped: again, failed: again }[comparison.state];
    const state = make("span", { class: `state ${comparison.state}` }, WORDS[comparison.state] || comparison.state);
    const families = new Set([...runs.map((run) => run.name.split("/").pop()), ...comparison.families]);
    this.places = new Map();
    const rows = [...families].map((family) => this.row(family, runs.find((run) => run.name.endsWith(`/${family}`)), comparison));
    const names = ["family", "state", "loss", "left", "newest samples"].map((name) => make("th", { scope: "col" }, name));
    const table = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "families" }, make("table", { class: "plain" }, make("thead", {}, make("tr", {}, names)), make("tbody", {}, rows)));
    const rests = comparison.state !== "running";
    const kept = comparison.state === "stopped" && !comparison.measured.length ? make("p", {}, "Nothing was measured before the stop. What was trained is kept: go on to measure it.") : "";
    this.bar = make("progress", { max: "1", value: "0", "aria-label": "time" });
    this.ends = make("span", { class: "soft" });
    const progress = rests ? "" : make("div", { class: "row" }, this.bar, this.ends);
    const early = rests || comparison.said ? "" : "Reading the data, and measuring what a pass over them costs for each family.";
    rebuild(this.head, make("h1", {}, comparison.name), make("div", { class: "row" }, state, act, comparison.state === "done" && comparison.trains ? this.longer() : ""), progress, make("p", { class: "soft" }, comparison.said || early), kept, comparison.error ? make("p", { class: "error" }, rich(comparison.error)) : "", comparison.state !== "done" && rows.length ? table : "");
    this.tick();
  }

  row(family, run, comparison) {
    const name = run ? make("a", { href: `#/run/${run.id}`, "data-key": run.id }, family) : family;
    const how = comparison.measured.includes(family) ? "measured" : run?.state === "done" ? "trained" : run?.state || "waits";
    const place = make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, how), make("td", {}, curveOf(run?.curve || [])), make("td", {}, minutes(run?.["minutes left"])), make("td", {}, this.drawn(family, run)));
    this.places.set(family, { place, run });
    return place;
  }

  // What was drawn of a family last: a picture, or its first rows. While it trains, the newest preview.
  drawn(family, run) {
    const { src = run?.preview && `/api/runs/${run.id}/previews/${run.preview}`, lines = [] } = this.samples?.[family] || {};
    if (src && !lines.length) return this.picture(family, src, run);
    return make("div", { class: "newest" }, lines.map((cells) => make("code", {}, cells.join(" | "))));
  }

  // The image of a family, the same element while it shows the same, so that nothing flickers.
  picture(family, src, run) {
    const before = this.pictures.get(family);
    const image = before?.getAttribute("src") === src ? before : sheet(run?.widgets || {}, { class: "newest", src, alt: `samples of ${family}` });
    this.pictures.set(family, image);
    return image;
  }

  async newest() {
    this.samples = await ask("GET", `/api/comparisons/${this.id}/samples`);
    for (const [family, { place, run }] of this.places) place.lastChild.replaceChildren(this.drawn(family, run));
  }

  // How much of the time is gone, by what the comparison itself says of its length.
  tick() {
    const { state, began, minutes: count = 0, said } = this.comparison || {};
    if (state !== "running" || !began) return;
    const clock = (text) => text.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
    const about = /of about ([\d:]+)/.exec(said)?.[1];
    const whole = about ? clock(about) : 60 * Math.max(2 * count, count + 2);
    const gone = Math.min(Date.now() / 1_000 - began, whole);
    this.bar.value = gone / whole;
    const left = Math.max(0, whole - gone);
    this.ends.textContent = left < 1 ? "nearly done" : `done in about ${left < 60 ? `${Math.ceil(left)} seconds` : `${Math.ceil(left / 60)} minutes`}`;
  }

  longer() {
    const time = make("input", { type: "number", min: "0.05", step: "any", value: "2", "data-key": "longer" });
    return make("span", { class: "row" }, field("more minutes", time), button("train longer", () => ask("POST", `/api/comparisons/${this.id}/longer`, { minutes: Number(time.value) })));
  }

  // The first items of its data: what there is to look at before anything is trained.
  async learnsFrom({ source }, entries) {
    this.looked = true;
    const upload = entries.find((entry) => entry.what === "upload" && (source === entry.name || source.startsWith(`${entry.name}/`)));
    try {
      const found = await ask("POST", "/api/data", { source: upload?.id || source });
      const image = found.first === "pictures" ? sheet(found.widgets, { alt: "the first training items" }) : "";
      if (image) show(image, await ask("POST", "/api/data/first", { source: upload?.id || source }));
      const shown = image || (found.first.rows ? tableOf(found.first.columns, found.first.rows, "the first items") : "");
      const back = upload ? make("a", { href: `#/data/${upload.id}` }, found.name) : found.name;
      rebuild(this.first, make("h2", {}, "It learns from ", back), make("p", { class: "soft" }, rich(found.facts?.[0] || "")), shown);
    } catch {
      // the page does without it
    }
  }

  // The pick of each purpose, with what to do next.
  offer(comparison, done) {
    const card = ({ family, samples }, k) => {
      const run = done.find((one) => one.name.split("/").pop() === family);
      if (!run) return "";
      const open = make("a", { class: "act", href: `#/run/${run.id}` }, `try ${family}`);
      return make("div", { class: "row" }, open, samples ? downloading(run.id, () => ({})) : "", k ? "" : make("a", { class: "act", href: `/compare/${this.id}`, download: `${comparison.name}.html` }, "save as one file"));
    };
    const one = new Map(comparison.picks.map((pick) => [pick.family, pick]));
    for (const pick of comparison.picks) if (pick.samples) one.set(pick.family, pick);
    const shown = comparison.picks.length && comparison.state !== "running";
    rebuild(this.use, ...(shown ? [make("h2", {}, "Take the pick"), ...[...one.values()].map(card)] : []));
  }

  // The sections of the report, drawn as the report draws them.
  async sections() {
    const [{ lead, notes, html }, { enliven }] = await Promise.all([ask("GET", `/api/comparisons/${this.id}/report`), import("/report.js")]);
    const parts = new DOMParser().parseFromString(html, "text/html").body;
    for (const heading of parts.querySelectorAll("h1")) heading.replaceWith(make("h2", {}, heading.textContent));
    const box = make("div", { class: "report" });
    box.append(make("p", { class: "lead" }, lead), ...notes.map((note) => make("p", { class: "note" }, rich(note))), ...parts.childNodes);
    rebuild(this.report, box);
    enliven(box);
    this.first.replaceChildren();
  }

  sideBySide(runs, comparison) {
    const first = comparison.picks[0]?.family;
    const ordered = [...runs].sort((a, b) => (b.family === first) - (a.family === first));
    const sides = [0, 1].map((k) => this.side(ordered, k));
    this.sample = async () => {
      const seed = fresh();
      for (const { chosen, given, image } of sides) {
        const body = { n: runs[0].widgets.samples, seed, given: given().value };
        show(image, await ask("POST", `/api/models/${chosen.value}/samples`, body));
      }
      say("Samples of both models are shown.");
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
    if (key !== " " || !this.sample || ["BUTTON", "SUMMARY", "A"].includes(document.activeElement?.tagName)) return false;
    this.querySelector("#sample")?.click();
    return true;
  }
}

// A small curve of losses.
function curveOf(losses) {
  if (losses.length < 2) return "";
  const drawn = document.createElementNS(SVG, "svg"), line = document.createElementNS(SVG, "polyline");
  const low = Math.min(...losses), high = [...losses].sort((a, b) => a - b)[Math.floor(losses.length * 0.95)];
  const at = (loss, k) => `${((k / (losses.length - 1)) * 80).toFixed(1)},${(20 - ((Math.min(loss, high) - low) / (high - low || 1)) * 18).toFixed(1)}`;
  line.setAttribute("points", losses.map(at).join(" "));
  line.setAttribute("class", "line line-0");
  drawn.setAttribute("viewBox", "0 0 80 22");
  drawn.setAttribute("class", "small-curve");
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `loss ${losses.at(-1).toPrecision(3)}`);
  drawn.append(line);
  return drawn;
}

customElements.define("studio-compare", Compare);
