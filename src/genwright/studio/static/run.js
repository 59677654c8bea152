// A run: how it stands, its curves as they come, what a person may do with it, and samples.

import { ask, button, command, doing, field, fresh, listen, make, minutes, rebuild, rich, say, sheet, show } from "./parts.js";
import "./curve.js";
import "./given.js";
import "./apply.js";
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
    this.lines = listen(`/events/runs/${id}`, { line: (line) => this.curve.add(line), again: () => this.curve.clear() });
    this.home = listen("/events", { now: ({ entries }) => this.changed(entries.find((entry) => entry.id === id)) });
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
      rebuild(this, make("h1", {}, "This run is not here any more"), make("p", {}, rich(error.message)));
      return;
    }
    const post = (what) => () => ask("POST", `/api/entries/${id}/${what}`, {});
    const act = { running: button("stop", post("stop")), stopped: button("resume", post("resume")), stale: button("resume", post("resume")) }[run.state];
    const state = make("span", { class: `state ${run.state}` }, run.state);
    rebuild(this.head, make("h1", {}, run.name), make("div", { class: "row" }, state, make("span", { class: "soft" }, minutes(run["minutes left"])), act), make("p", { class: "soft" }, [run.family, run.data].filter(Boolean).join(" of ")), this.final(id, run), run.error ? make("p", { class: "error" }, rich(run.error)) : "");
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
    rebuild(this.previews, make("h2", {}, "During training"), make("div", { class: "row" }, newest ? field("preview", at) : "", told), image);
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
    rebuild(this.foot, run.command ? command(run.command) : "", make("h2", {}, "Note"), make("div", { class: "row" }, field("for yourself", note), button("keep", keep)), named);
    this.samples.replaceChildren(...(run.state === "done" ? this.touching(id, run) : []));
    if (run.state !== "done") this.foot.before(this.curve, this.previews);
    else for (const one of [this.curve, this.previews]) if (one.parentNode === this) one.remove(); // "About" has them
  }

  // What may be done with a trained model, a tab each.
  touching(id, run) {
    const can = (verb) => run.verbs.includes(verb);
    const page = (tag, more = {}) => () => make(tag, { of: id, ...more });
    const tabs = [
      can("sample") && ["Sample", () => this.sampling(id, run)],
      can("predict") && ["Predict", page("studio-apply", { verb: "predict", task: run.task })],
      can("complete") && run.widgets.columns && ["What if", page("studio-row")],
      can("encode") && can("decode") && run.widgets.pixels && ["Walk", page("studio-walk")],
      can("complete") && run.widgets.completes && ["Complete", page("studio-complete")],
      can("search") && ["Words", page("studio-words")],
      can("caption") && ["Caption", page("studio-apply", { verb: "caption" })],
      can("answer") && ["Answer", page("studio-apply", { verb: "answer" })],
      can("edit") && ["Edit", page("studio-apply", { verb: "edit" })],
      ...run.pages.map(({ name, link }) => [link[0].toUpperCase() + link.slice(1), page(`studio-${name}`)]),
      ["About", () => make("div", {}, this.curve, this.previews)],
    ].filter(Boolean);
    this.tabs = make("div", { role: "tablist", "aria-label": "What to do with the model", class: "tabs" });
    this.panel = make("div", { role: "tabpanel", id: "panel", tabindex: "-1" });
    this.tabs.append(...tabs.map(([name, build]) => this.tab(name, build)));
    this.tabs.addEventListener("keydown", (event) => this.along(event));
    new MutationObserver(() => {
      for (const heading of this.panel.querySelectorAll("h1")) heading.replaceWith(make("h2", {}, ...heading.childNodes)); // the page has one of its own
    }).observe(this.panel, { childList: true, subtree: true });
    const last = sessionStorage.getItem(`tab of ${id}`);
    this.open([...this.tabs.children].find(({ textContent }) => textContent === last) || this.tabs.firstChild);
    if (can("sample") && run.widgets.pixels && !can("search")) doing(() => this.offerWords(id, last))();
    return [this.tabs, this.panel];
  }

  // A tab more for a model of images that takes texts, which only the opened model tells. last: the tab that was open.
  async offerWords(id, last) {
    const known = await ask("GET", `/api/models/${id}/conditions`);
    if (known.every(({ values }) => values.length)) return;
    const tab = this.tab("Words", () => make("studio-words", { of: id }));
    tab.setAttribute("aria-selected", "false");
    tab.tabIndex = -1;
    this.tabs.lastChild.before(tab);
    if (last === "Words") this.open(tab);
  }

  tab(name, build) {
    const tab = make("button", { type: "button", role: "tab", "aria-controls": "panel", onclick: () => this.open(tab) }, name);
    tab.build = build;
    return tab;
  }

  open(tab) {
    for (const one of this.tabs.children) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
    }
    this.sample = undefined;
    sessionStorage.setItem(`tab of ${this.getAttribute("of")}`, tab.textContent); // where the page opens again
    this.panel.setAttribute("aria-label", tab.textContent);
    this.panel.replaceChildren(tab.build());
  }

  // The arrows go from tab to tab.
  along({ key }) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key], all = [...this.tabs.children];
    if (!step) return;
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.focus();
    this.open(next);
  }

  sampling(id, run) {
    const image = sheet(run.widgets, { alt: "samples", hidden: true });
    const given = make("studio-given", { of: id });
    const line = make("div"), rows = make("div");
    this.sample = async () => {
      const drawn = await ask("POST", `/api/models/${id}/samples`, { n: run.widgets.samples, seed: fresh(), given: given.value });
      show(image, drawn);
      line.replaceChildren(command(drawn.command));
      if (run.widgets.rows || run.widgets.sounds) rows.replaceChildren(await sampledRows(id, given.value));
      say(`${run.widgets.samples.toLocaleString("en")} samples are shown.`);
    };
    return make("div", {}, make("h2", {}, "Samples"), given, make("div", { class: "row acts" }, button("sample", () => this.sample(), { id: "sample" }), downloading(id, () => given.value)), rows, image, line);
  }

  pressed(key) {
    if (this.panel?.firstElementChild?.pressed) return this.panel.firstElementChild.pressed(key);
    if (key !== " " || !this.sample || document.activeElement?.tagName === "BUTTON") return false;
    this.querySelector("#sample")?.click();
    return true;
  }
}

customElements.define("studio-run", Run);
