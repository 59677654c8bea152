// The first page: what the studio does, ways to bring data, and what lies in the folder, the newest first.

import { choosing } from "./bring.js";
import { ask, button, listen, make, minutes, rebuild, rich, say, sheet } from "./parts.js";

const LINKS = { comparison: "compare", upload: "data" }; // pages of entries that have another name
const CALLED = { run: "model", upload: "data" };
const TRY = [["digits", "Handwritten digits", "1,797 images, 8 x 8"], ["wine", "Wines", "a table of 178 rows"], ["shapes", "Shapes and captions", "20,000 colour images"], ["eight-gaussians", "Eight Gaussians", "points whose truth is known"]];
const MANY = 5; // entries from which on a search helps

class Home extends HTMLElement {
  connectedCallback() {
    this.list = make("ul", { class: "shelf" });
    this.search = make("input", { type: "search", "aria-label": "search the entries", placeholder: "search", oninput: () => this.filter() });
    this.found = make("div", { class: "row", hidden: true }, this.search);
    this.append(...this.bringing(), make("h2", {}, "Your data, comparisons and models"), this.found, this.list);
    this.events = listen("/events", { now: (found) => this.fill(found) });
  }

  disconnectedCallback() {
    this.events.close();
  }

  bringing() {
    const told = make("p", { class: "lead" }, "genwright learns what your data look like, picks the model that does it best, and makes new data like them.");
    const place = make("section", { class: "card drop", "aria-label": "Bring data" }, make("h2", {}, "Bring data"), make("p", {}, "Drop files anywhere on this page: a table, a workbook, images or sounds in a folder or zip, text, molecules, edges and nodes."), choosing());
    const card = ([name, title, what]) => make("a", { class: "card try", href: `#/data/${name}` }, make("strong", {}, title), make("span", { class: "soft" }, what));
    this.databases = make("div", { class: "tries" });
    const trying = make("section", { "aria-label": "Try one" }, make("h2", {}, "Or try one"), make("div", { class: "tries" }, TRY.map(card)), this.databases);
    return [make("h1", {}, "genwright studio"), told, make("div", { class: "two" }, place, trying)];
  }

  fill({ folder, entries, databases }) {
    rebuild(this.databases, databases.map(({ name, address }) => make("a", { class: "card try", href: `#/data/${name}`, "data-key": name }, make("strong", {}, "A database"), make("code", { class: "soft" }, address))));
    document.getElementById("where").textContent = folder;
    const shown = entries.filter((entry) => !entry.within);
    const last = new Map(); // of each upload its newest comparison
    for (const entry of entries) if (entry.what === "comparison" && entry.source && !last.has(entry.source)) last.set(entry.source, entry);
    const before = this.rows || new Map();
    const rows = shown.map((entry) => {
      const picked = entry.what === "upload" ? [...last].find(([source]) => source === entry.name || source.startsWith(`${entry.name}/`))?.[1] : undefined;
      const text = JSON.stringify([entry, picked]);
      return [entry.id, before.get(entry.id)?.text === text ? before.get(entry.id) : { text, row: this.row(entry, picked) }];
    });
    this.rows = new Map(rows);
    const nothing = shown.length ? "" : make("li", { class: "soft" }, "Nothing yet. Bring data, or try one of the cards. What a terminal trains in this folder shows up here too.");
    rebuild(this.list, ...[...this.rows.values()].map(({ row }) => row), nothing); // rows that are as they were stay
    this.found.hidden = shown.length < MANY;
    this.filter();
  }

  filter() {
    const word = this.search.value.trim().toLowerCase();
    for (const { row } of this.rows?.values() || []) row.hidden = !row.textContent.toLowerCase().includes(word);
  }

  row(entry, picked) {
    const title = entry.files?.join(", ") || entry.name;
    const link = make("a", { href: `#/${LINKS[entry.what] || entry.what}/${entry.id}`, "data-key": entry.id }, title);
    const told = {
      run: () => [`${entry.family} of ${entry.data || "data"}`, entry.note],
      comparison: () => entry.advice.slice(0, 1),
      upload: () => [...(entry.seen.read || []), picked ? `Last pick: ${picked.picks[0]?.family || "none yet"} (${picked.state}).` : ""],
    }[entry.what]?.() || [];
    const refused = entry.seen?.refused;
    const state = make("span", { class: `state ${refused ? "failed" : entry.state || ""}` }, refused ? "not read yet" : entry.state || CALLED[entry.what] || entry.what);
    const left = make("span", { class: "soft" }, minutes(entry["minutes left"]));
    const seen = entry.preview ? sheet(entry.widgets, { class: "thumb", src: `/api/runs/${entry.id}/previews/${entry.preview}`, alt: `samples of ${entry.name}`, loading: "lazy" }) : "";
    const first = entry.shown ? sheet({ pixels: true }, { class: "thumb", src: `/api/uploads/${entry.id}/first`, alt: `first items of ${title}`, loading: "lazy" }) : "";
    const away = button("remove", () => this.remove(entry, title), { class: "quiet", "aria-label": `remove ${title}` });
    const wrong = [refused, entry.error].filter(Boolean).map((text) => make("p", { class: "error" }, rich(text)));
    return make("li", { class: "card" }, seen || first, make("div", { class: "row" }, link, state, left, away), told.filter(Boolean).map((text) => make("p", { class: "soft" }, rich(text))), wrong);
  }

  async remove(entry, title) {
    const place = (await ask("DELETE", `/api/entries/${entry.id}`))["moved to"];
    const undo = button("Undo", async () => {
      await ask("POST", `/api/entries/${entry.id}/restore`, {});
      say(`${title} is back.`);
    }, { class: "quiet" });
    if (place) say(`Removed ${title}. `, undo);
    undo.focus();
  }

  pressed(key) {
    const links = [...this.list.querySelectorAll("li:not([hidden]) a")];
    const at = links.indexOf(document.activeElement);
    const step = { j: 1, k: -1 }[key];
    if (!step || !links.length) return false;
    links[Math.min(Math.max(at + step, 0), links.length - 1)].focus();
    return true;
  }
}

customElements.define("studio-home", Home);
