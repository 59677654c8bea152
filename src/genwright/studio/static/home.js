// The first page: what lies in the folder, the newest first, and a place to drop a file.

import { ask, button, command, doing, field, make, minutes, say, sheet } from "./parts.js";

const LINKS = { comparison: "compare", upload: "data" }; // pages of entries that have another name

class Home extends HTMLElement {
  connectedCallback() {
    this.list = make("ul", { class: "shelf" });
    this.append(this.bringing(), make("h2", {}, "In this folder"), this.list);
    this.events = new EventSource("/events");
    this.events.addEventListener("now", (event) => this.fill(JSON.parse(event.data)));
  }

  disconnectedCallback() {
    this.events.close();
  }

  bringing() {
    const name = make("input", { name: "name", placeholder: "digits", autocomplete: "off", spellcheck: "false" });
    const open = (event) => {
      event.preventDefault();
      location.hash = `#/data/${encodeURIComponent(name.value || name.placeholder)}`;
    };
    const files = make("input", { type: "file", multiple: true, id: "files", onchange: doing(() => this.send([...files.files])) });
    const place = make("label", { class: "card drop", for: "files" }, "Drop a file here, or choose one: a table, a workbook, a zip of images or sounds, text, molecules", files);
    place.addEventListener("dragover", (event) => event.preventDefault());
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      doing(() => this.send([...event.dataTransfer.files]))();
    });
    const named = make("form", { class: "row", onsubmit: open }, field("or take data by name", name), make("button", { class: "act" }, "look"));
    return make("section", {}, make("h1", {}, "Bring data"), place, named);
  }

  async send(files) {
    let id = "";
    for (const file of files) {
      say(`sending ${file.name}`);
      const to = id ? `?to=${id}` : "";
      ({ id } = await ask("PUT", `/api/uploads/${encodeURIComponent(file.name)}${to}`, file));
    }
    if (id) location.hash = `#/data/${id}`;
  }

  fill({ folder, entries }) {
    document.getElementById("where").textContent = folder;
    const focused = document.activeElement?.dataset?.id;
    const shown = entries.filter((entry) => !entry.within);
    const rows = shown.map((entry) => [entry.id, JSON.stringify(entry), entry]);
    const before = this.rows || new Map();
    this.rows = new Map(rows.map(([id, text, entry]) => [id, before.get(id)?.text === text ? before.get(id) : { text, row: this.row(entry) }]));
    this.list.replaceChildren(...[...this.rows.values()].map(({ row }) => row)); // rows that are as they were stay
    if (!shown.length) this.list.append(make("li", { class: "soft" }, "Nothing yet. A run that a terminal writes here shows up by itself."), make("li", {}, command("genwright fit digits --family vae --minutes 1 --out digits-vae")));
    this.list.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  row(entry) {
    const title = entry.files?.join(", ") || entry.name;
    const link = make("a", { href: `#/${LINKS[entry.what] || entry.what}/${entry.id}`, "data-id": entry.id }, title);
    const told = {
      run: () => [`${entry.family} of ${entry.data || "data"}`, entry.note],
      comparison: () => entry.advice,
      upload: () => [entry.name],
    }[entry.what]?.() || [];
    const state = entry.state ? make("span", { class: `state ${entry.state}` }, entry.state) : make("span", { class: "state" }, entry.what);
    const left = make("span", { class: "soft" }, minutes(entry["minutes left"]));
    const seen = entry.preview ? sheet(entry.widgets, { class: "thumb", src: `/api/runs/${entry.id}/previews/${entry.preview}`, alt: `samples of ${entry.name}`, loading: "lazy" }) : "";
    const away = button("remove", async () => {
      const place = (await ask("DELETE", `/api/entries/${entry.id}`))["moved to"];
      say(place ? `${entry.name} lies in ${place} now: delete it there, or move it back` : "");
    }, { class: "quiet" });
    return make("li", { class: "card" }, seen, make("div", { class: "row" }, link, state, left, away), told.filter(Boolean).map((text) => make("p", { class: "soft" }, text)), entry.error ? make("p", { class: "error" }, entry.error) : "");
  }

  pressed(key) {
    const links = [...this.list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const step = { j: 1, k: -1 }[key];
    if (!step || !links.length) return false;
    links[Math.min(Math.max(at + step, 0), links.length - 1)].focus();
    return true;
  }
}

customElements.define("studio-home", Home);
