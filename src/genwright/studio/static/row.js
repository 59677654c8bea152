// A row of a table: a person locks cells, and the model fills in the others.

import { ask, button, command, csvLink, doing, fresh, make, newest, say, tableOf } from "./parts.js";

const ROWS = 8; // rows of an answer: the first in the cells, the others below

class Row extends HTMLElement {
  async connectedCallback() {
    this.id = this.getAttribute("of");
    this.seed = fresh();
    this.others = make("section");
    this.line = make("div");
    this.move = newest(() => this.fill());
    await doing(() => this.begin())();
  }

  async begin() {
    say("the model opens");
    const columns = await ask("GET", `/api/models/${this.id}/row`);
    this.cells = columns.map((column) => new Cell(column, () => this.move()));
    const told = make("p", { class: "soft" }, "Change a cell to lock it. The model fills in the cells that are open.");
    const again = button("draw again", () => this.again(), { id: "again" });
    const open = button("open all", () => {
      for (const cell of this.cells) cell.lock(false);
      return this.move();
    });
    this.append(make("h1", {}, "Row"), told, make("div", { class: "row" }, again, open), make("div", { class: "cells" }, this.cells.map(({ box }) => box)), this.others, this.line);
    await this.move();
    say("");
  }

  again() {
    this.seed = fresh();
    return this.move();
  }

  async fill() {
    const locked = Object.fromEntries(this.cells.filter((cell) => cell.locked).map((cell) => [cell.name, cell.value]));
    const { columns, rows, command: typed } = await ask("POST", `/api/models/${this.id}/row`, { locked, n: ROWS, seed: this.seed });
    for (const cell of this.cells) if (cell.locked || !cell.given) cell.show(rows[0][columns.indexOf(cell.name)]);
    this.others.replaceChildren(make("h2", {}, "Other rows with these cells"), tableOf(columns, rows.slice(1), "other rows with these cells"));
    this.line.replaceChildren(make("p", { class: "soft" }, "The same in a terminal, with a file of the locked cells:"), this.file(locked), command(typed));
    this.dataset.moves = Number(this.dataset.moves || 0) + 1;
  }

  // The locked cells as a file, which `genwright complete` reads.
  file(locked) {
    const named = this.cells.map(({ name }) => name);
    return csvLink("rows.csv", named, Array(ROWS).fill(named.map((name) => locked[name] ?? "")), "download rows.csv");
  }

  pressed(key) {
    if (key !== " " || document.activeElement?.tagName === "BUTTON") return false;
    this.querySelector("#again")?.click();
    return true;
  }
}

// A cell: its lock, and a control of its column.
class Cell {
  constructor({ name, given, labels, low, high }, moved) {
    Object.assign(this, { name, given });
    const changed = () => {
      this.lock(true);
      moved();
    };
    this.check = make("input", { type: "checkbox", onchange: () => this.lock(this.check.checked) || moved() });
    this.text = labels ? make("select", { "aria-label": name, onchange: changed }, labels.map((label) => make("option", { value: label }, label))) : make("input", { "aria-label": name, autocomplete: "off", onchange: changed });
    this.slide = low === undefined ? undefined : make("input", { type: "range", min: String(low), max: String(high), step: "any", "aria-label": `${name}, slider`, oninput: () => this.slid() || changed() });
    this.box = make("div", { class: "card cell" }, make("div", { class: "row" }, make("strong", {}, name), make("label", { class: "soft" }, this.check, given ? " given" : " locked")), this.text, this.slide);
  }

  // A number with as many digits as a slider tells apart.
  slid() {
    const step = (this.slide.max - this.slide.min) / 200, digits = Math.max(0, -Math.floor(Math.log10(step)));
    this.text.value = Number(this.slide.value).toFixed(Math.min(digits, 12));
  }

  lock(isLocked) {
    this.check.checked = isLocked;
    this.box.classList.toggle("locked", isLocked);
  }

  show(text) {
    if (this.text.tagName === "SELECT" && ![...this.text.options].some(({ value }) => value === text)) this.text.append(make("option", { value: text }, text || "(missing)"));
    if (document.activeElement !== this.text) this.text.value = text; // as the data write it, which may have fewer digits
    if (this.slide && !this.locked) this.slide.value = text;
  }

  get locked() {
    return this.check.checked;
  }

  get value() {
    return this.text.value;
  }
}

customElements.define("studio-row", Row);
