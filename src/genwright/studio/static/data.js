// Data in three steps: how genwright reads them, what it asks, and what trains. All that a person sets is written beside
// the data at once, so that it is there on every page, in every tab, and the next day.

import { choosing, minutesOf } from "./bring.js";
import { ask, button, command, doing, drawings, field, make, newest, rebuild, rich, save, say, sheet, show, tableOf } from "./parts.js";
import { questionOf } from "./questions.js";
import { players } from "./samples.js";

const MINUTES = [0.5, 1, 2, 5, 10, 15, 30, 60, 120]; // of the slider
const MOST_PREVIEWED = 100; // samples of a family while it trains
const REST = 600; // milliseconds without a change, after which a plan is made

class DataPage extends HTMLElement {
  connectedCallback() {
    this.of = this.getAttribute("of");
    this.source = { source: this.of };
    this.minutes = Number(sessionStorage.getItem(minutesOf(this.of))) || 2;
    this.replaceChildren(make("p", { class: "soft" }, "genwright reads the data: a moment."));
    this.plan = newest(() => this.makePlan());
    doing(() => this.look())();
  }

  disconnectedCallback() {
    clearTimeout(this.resting);
  }

  async look() {
    let found;
    try {
      found = await ask("POST", "/api/data", this.source);
    } catch (error) {
      if (!error.found?.name) return this.gone(error);
      found = error.found;
    }
    if (found["why not"]) return rebuild(this, ...this.refused(found));
    this.found = found;
    const [first, measuring] = await Promise.all([this.first(found.first), this.measuring()]);
    rebuild(this, ...this.steps(found, first, measuring));
    say(`${found.name} is read: ${found.facts[0]?.replaceAll("`", "") || found.called}.`);
  }

  // Writes what a person set, and reads the data anew.
  async set(about, more) {
    try {
      await ask("POST", "/api/settings", { ...this.source, about, ...more });
    } catch (error) {
      if (error.status !== 409) throw error; // another tab answered before: the page shows what counts now
    }
    await this.look();
  }

  settingOf(about) {
    return this.found?.set.find((one) => one.about === about);
  }

  gone(error) {
    rebuild(this, make("h1", {}, "These data are not here"), make("p", { class: "error" }, rich(error.message)), make("p", {}, make("a", { href: "#/" }, "Go back to the first page"), "."));
  }

  // A page of data that cannot be used as they are: why, and what can be done here.
  refused(found) {
    this.found = found;
    const asked = found.questions.length + found.roles.length;
    const ways = (found.ways || []).map((way) => button(way.label, () => this.set(way.about, { options: way.options })));
    const reads = (found.kinds || []).map(({ name, called }) => make("option", { value: name }, called));
    const list = make("select", { "data-key": "read as" }, make("option", { value: "" }, "as it finds them"), reads);
    list.value = this.settingOf("kind")?.options.kind || "";
    list.addEventListener("change", doing(() => this.set("kind", { options: list.value ? { kind: list.value } : {} })));
    const forget = async () => {
      for (const { about } of found.set) await ask("POST", "/api/settings", { ...this.source, about, options: {} });
      await this.look();
    };
    if (found.set.length) ways.push(button("Forget all that was set", forget));
    const others = reads.length ? make("div", { class: "row" }, ...ways, field("Read the items", list)) : "";
    const away = found.files ? button("Remove these data", () => this.remove(), { class: "quiet" }) : "";
    return [
      make("h1", {}, asked ? `${found.name}: one question first` : `${found.name} cannot be read yet`),
      make("p", { class: asked ? "lead" : "error" }, rich(found["why not"])),
      ...this.questions(found),
      make("section", {}, make("h2", {}, "Other ways"), others, make("p", { class: "soft" }, "Correct the file, or save it in another form, and bring it again:"), choosing(), make("div", { class: "row" }, away)),
      this.files(found),
      command(found.command),
    ];
  }

  async remove() {
    await ask("DELETE", `/api/entries/${this.of}`);
    location.hash = "#/";
  }

  // ------------------------------------------------------------------ the three steps

  steps(found, first, measuring) {
    const names = ["Read", "Ask", "Train"];
    const list = make("ol", { class: "steps", "aria-label": "Steps" }, names.map((name) => make("li", {}, make("button", { type: "button", class: "quiet", "data-key": `step ${name}`, onclick: () => this.go(name) }, name))));
    const step = (k, ...parts) => make("section", { class: "step", id: `step-${names[k]}` }, make("h2", {}, `${k + 1}. ${names[k]}`), ...parts);
    return [
      make("h1", {}, found.name), list,
      step(0, ...this.reading(found), first, this.files(found)),
      step(1, ...this.questions(found), this.more(found)),
      step(2, this.comparing(found), this.training(found), this.further(found), measuring),
      command(found.command),
    ];
  }

  go(name) {
    const heading = this.querySelector(`#step-${name} h2`);
    heading.tabIndex = -1;
    heading.focus();
  }

  reading(found) {
    const { train, valid, test } = found.sizes;
    const [head, ...facts] = found.facts;
    const split = `${train.toLocaleString("en")} to train, ${valid.toLocaleString("en")} to validate, ${test.toLocaleString("en")} to test.`;
    const rest = facts.length ? make("details", { "data-key": "facts" }, make("summary", {}, `${facts.length} more ${facts.length > 1 ? "facts" : "fact"}`), make("ul", { class: "advice" }, facts.map((fact) => make("li", {}, rich(fact))))) : "";
    return [make("p", {}, `Read as ${found.called}. `, rich(head || "")), make("p", { class: "soft" }, split), rest, found.columns.length ? this.columns(found) : ""];
  }

  // Each column: its type, which a person may change, a small histogram, and whether it may be a condition.
  columns(found) {
    const given = new Set(this.settingOf("conditions")?.options.given || []);
    const line = (column) => {
      const { name, typed, values, missing, bars } = column;
      const about = `type of ${name}`;
      const type = make("select", { "aria-label": `type of ${name}`, "data-key": about }, [...new Set([typed, ...found.types])].map((one) => make("option", { value: one }, one)));
      type.value = column.kind === "ignored" ? "ignored" : typed;
      type.addEventListener("change", doing(() => this.set(about, { options: { types: { [name]: type.value } } })));
      const check = make("input", { type: "checkbox", checked: given.has(name), "aria-label": `condition on ${name}`, "data-key": `condition ${name}` });
      check.addEventListener("change", doing(() => {
        given[check.checked ? "add" : "delete"](name);
        return this.set("conditions", { options: given.size ? { given: [...given] } : {} });
      }));
      const cells = [make("th", { scope: "row" }, make("code", {}, name)), make("td", {}, type), make("td", {}, histogram(bars)), make("td", {}, values), make("td", { class: "n" }, missing ? `${(100 * missing).toFixed(missing < 0.1 ? 1 : 0)}%` : ""), make("td", {}, column.conditions ? check : "")];
      return make("tr", {}, cells);
    };
    const heads = ["column", "type", "values", "range or labels", "missing", "condition"].map((text) => make("th", { scope: "col" }, text));
    const table = make("table", { class: "plain columns" }, make("thead", {}, make("tr", {}, heads)), make("tbody", {}, found.columns.map(line)));
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "columns" }, table);
  }

  async first(first) {
    if (first === "pictures") {
      const image = sheet({ pixels: true }, { alt: "the first training pictures" });
      show(image, await ask("POST", "/api/data/first", this.source));
      return image;
    }
    if (first.sounds) return players(first.sounds);
    const drawing = drawings.get(this.found.kind);
    return drawing && (first.graph || !first.columns?.length) ? drawing(first) : tableOf(first.columns, first.rows, "the first items");
  }

  files({ files }) {
    if (!files) return "";
    const list = make("ul", {}, files.map((name) => make("li", {}, name)));
    return make("details", { "data-key": "files" }, make("summary", {}, `${files.length > 1 ? `${files.length} files` : "1 file"}; add more`), list, choosing(this.of));
  }

  // ------------------------------------------------------------------ questions

  // The questions that are open, those that are answered, and roles that may always be given.
  questions(found) {
    const said = new Map(found.set.map((one) => [one.about, one]));
    const roles = (found.roles || []).map((role) => ({ ...role, isRole: true }));
    const about = new Set([...roles, ...found.questions].map((one) => one.about));
    const answered = found.set.filter((one) => one.answers.length && !about.has(one.about));
    const shown = (one) => {
      const before = said.get(one.about);
      const usual = one.now || (one.isRole ? one.answers.find(({ options }) => !Object.keys(options).length)?.label : one.answers.at(-1).label);
      const chosen = before?.label || (one.isRole || !found["why not"] ? usual : "");
      return questionOf(one, chosen, (label) => this.set(one.about, { answer: label }));
    };
    const nothing = found.questions.length + answered.length ? "" : make("p", { class: "soft" }, found["why not"] ? "" : "Nothing is unclear. You may still say more:");
    return [...found.questions.map(shown), ...answered.map(shown), nothing, make("div", { class: "cells roles" }, roles.map(shown))];
  }

  // Every other option of the kind of data.
  more(found) {
    const one = (option) => {
      const now = this.settingOf(option.name)?.options[option.name];
      const key = `option ${option.name}`;
      const control = option.values.length ? make("select", { "data-key": key }, ["", ...option.values].map((value) => make("option", { value }, value || "as it is"))) : option.type === "yes or no" ? make("input", { type: "checkbox", checked: Boolean(now), "data-key": key }) : make("input", { type: option.type === "number" ? "number" : "text", "data-key": key, autocomplete: "off", placeholder: "as it is" });
      if (control.type !== "checkbox") control.value = Array.isArray(now) ? now.join(", ") : now ?? "";
      const valueOf = () => {
        if (control.type === "checkbox") return control.checked || undefined;
        if (!control.value.trim()) return undefined;
        if (option.list) return control.value.split(",").map((part) => part.trim());
        return option.type === "number" ? Number(control.value) : control.value.trim();
      };
      control.addEventListener("change", doing(() => this.set(option.name, { options: valueOf() === undefined ? {} : { [option.name]: valueOf() } })));
      return field(option.name.replaceAll("_", " "), control, option.help);
    };
    if (!found.settings.length) return "";
    return make("details", { "data-key": "more options" }, make("summary", {}, "More options"), make("div", { class: "cells" }, found.settings.map(one)));
  }

  // ------------------------------------------------------------------ training

  comparing(found) {
    const exact = make("input", { name: "minutes together", type: "number", min: "0.05", step: "any", value: String(this.minutes), "data-key": "minutes" });
    const near = MINUTES.reduce((best, one, k) => (Math.abs(one - this.minutes) < Math.abs(MINUTES[best] - this.minutes) ? k : best), 0);
    const slider = make("input", { type: "range", min: "0", max: String(MINUTES.length - 1), value: String(near), "aria-label": "minutes, slider", "data-key": "slider" });
    const moved = (value) => {
      this.minutes = value;
      sessionStorage.setItem(minutesOf(this.of), String(value));
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.plan(), REST);
    };
    slider.addEventListener("input", () => moved(Number((exact.value = String(MINUTES[slider.value])))));
    exact.addEventListener("input", () => Number(exact.value) > 0 && moved(Number(exact.value)));
    const begin = async (event) => {
      event.preventDefault();
      const { id } = await ask("POST", "/api/comparisons", this.planning());
      location.hash = `#/compare/${id}`;
    };
    this.planned = make("div", { class: "plan", "aria-live": "polite" });
    const form = make("form", { class: "row card", onsubmit: doing(begin) }, field("minutes of training, by the clock", exact), slider, make("button", { class: "act" }, "compare"), button("show the plan", () => this.plan(), { class: "quiet" }));
    const role = found["compares alone"] ? make("p", { class: "soft" }, "The column that matters is learned from the samples of each model.") : "";
    return make("section", {}, make("h3", {}, "Which model should I use?"), form, role, this.planned, this.families(found));
  }

  async makePlan() {
    this.planned.replaceChildren(make("p", { class: "soft" }, "Planning: the first seconds of training tell what a pass over the data costs."));
    const minutes = this.minutes;
    const { sentences, shares } = await ask("POST", "/api/plan", this.planning());
    const most = Math.max(...Object.values(shares), 1e-9);
    const line = ([name, seconds]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, seconds ? make("progress", { max: String(most), value: String(seconds), "aria-label": `time of ${name}` }) : ""), make("td", {}, seconds ? lasting(seconds) : "left out"));
    const rows = Object.entries(shares).sort(([, a], [, b]) => b - a).map(line);
    const told = make("details", { "data-key": "plan" }, make("summary", {}, "The plan in words"), make("ul", { class: "advice" }, sentences.map((sentence) => make("li", {}, rich(sentence)))));
    const table = make("table", { class: "plain columns" }, make("caption", {}, `The plan for ${minutes} minutes: who trains how long. The comparison starts from it.`), make("tbody", {}, rows));
    const keep = async () => {
      const { name, plan } = await ask("POST", "/api/plan/file", { ...this.source, minutes });
      save(name, new Blob([JSON.stringify(plan, null, 2)], { type: "application/json" }));
    };
    const file = make("p", { class: "row" }, button("download this plan", keep, { "data-key": "download plan" }), make("small", { class: "soft" }, "Drop the file on any page of a studio that has these data: all is set as it is now."));
    rebuild(this.planned, rows.length ? make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "plan" }, table) : "", told, file);
  }

  // What a plan and the comparison that starts from it are asked for.
  planning() {
    const draws = this.found.families.some((family) => family.draws);
    return { ...this.source, minutes: this.minutes, previews: draws ? Math.min(this.found.widgets.samples, MOST_PREVIEWED) : 0 };
  }

  families(found) {
    const chosen = new Set(this.settingOf("families")?.options.family || []);
    const one = ({ name, advice, "why not": misfit }) => {
      const check = make("input", { type: "checkbox", checked: chosen.has(name), disabled: Boolean(misfit), "data-key": `family ${name}` });
      check.addEventListener("change", doing(() => {
        chosen[check.checked ? "add" : "delete"](name);
        return this.set("families", { options: chosen.size ? { family: [...chosen] } : {} });
      }));
      return make("label", { class: "choice" }, check, make("span", {}, make("strong", {}, name), make("small", { class: "soft" }, rich(misfit || advice))));
    };
    const told = chosen.size ? `Only ${[...chosen].join(", ")}` : "All families that fit take part";
    return make("details", { "data-key": "families" }, make("summary", {}, told), make("div", { class: "cells" }, found.families.map(one)));
  }

  // Pages of packages for data like these.
  further({ pages }) {
    if (!pages.length) return "";
    const of = encodeURIComponent(this.of);
    const links = pages.map(({ name, link }) => make("a", { class: "act", href: `#/${name}/${of}` }, link));
    return make("section", {}, make("h3", {}, "What else?"), make("div", { class: "row" }, links));
  }

  // How near the samples of any tool are to these data.
  async measuring() {
    const { entries } = await ask("GET", "/api/home");
    const others = entries.filter(({ id, what }) => what === "upload" && id !== this.of);
    const list = make("select", { "data-key": "samples" }, others.map((one) => make("option", { value: one.id }, one.files.join(", "))));
    const begin = async () => {
      const { id } = await ask("POST", "/api/measurements", { ...this.source, samples: list.value });
      location.hash = `#/compare/${id}`;
    };
    const measure = others.length ? make("div", { class: "row" }, field("samples", list), button("measure", begin)) : "";
    return make("details", { "data-key": "measure" }, make("summary", {}, "Measure samples of another tool against these data"), measure, make("p", { class: "soft" }, "Bring the samples:"), choosing("", location.hash));
  }

  training(found) {
    const named = (family) => make("option", { value: family.name, disabled: Boolean(family["why not"]) }, family.name);
    const family = make("select", { name: "family", "data-key": "family" }, found.families.map(named));
    family.value = found.usual;
    const time = make("input", { name: "minutes", type: "number", min: "0.05", step: "any", value: "2", "data-key": "train minutes" });
    const begin = async (event) => {
      event.preventDefault();
      const chosen = found.families.find(({ name }) => name === family.value);
      const { id } = await ask("POST", "/api/runs", { ...this.source, previews: chosen.draws ? found.widgets.samples : 0, family: family.value, minutes: Number(time.value) });
      location.hash = `#/run/${id}`;
    };
    const form = make("form", { class: "row card", onsubmit: doing(begin) }, field("family", family), field("minutes", time), make("button", { class: "act" }, "train"));
    return make("details", { "data-key": "one family" }, make("summary", {}, "Train one family alone"), form);
  }
}

// Seconds as a person says them.
const lasting = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${(seconds / 60).toFixed(1)} minutes`);

// A small bar for each part of a column's values.
function histogram(bars) {
  const wide = 6, high = 22, namespace = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(namespace, "svg");
  drawn.setAttribute("class", "bars");
  drawn.setAttribute("viewBox", `0 0 ${Math.max(1, bars.length) * wide} ${high}`);
  drawn.setAttribute("aria-hidden", "true");
  bars.forEach((height, k) => {
    const bar = document.createElementNS(namespace, "rect");
    for (const [name, value] of Object.entries({ x: k * wide, y: high * (1 - height), width: wide - 1, height: high * height })) bar.setAttribute(name, value);
    drawn.append(bar);
  });
  return drawn;
}

customElements.define("studio-data", DataPage);
