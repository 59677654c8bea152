// A molecule that a person draws or pastes: a model grows it at its open atoms, and models of properties judge it.

import { ask, button, command, csvLink, doing, drawings, field, fresh, make, say, tableOf } from "/static/parts.js";
import { moleculesOf, pictureOf } from "./pictures.js";
import "/static/given.js";

drawings.set("molecules", moleculesOf);

const GROWN = 12; // molecules of an answer

class MoleculePage extends HTMLElement {
  async connectedCallback() {
    this.id = this.getAttribute("of");
    await doing(() => this.begin())();
  }

  disconnectedCallback() {
    this.resized?.disconnect();
    this.editor?.destroy();
  }

  async begin() {
    say("the editor opens");
    const [chemistry, run, { entries }] = await Promise.all([import("./vendor/openchemlib.js"), ask("GET", `/api/runs/${this.id}`), ask("GET", "/api/home")]);
    this.chemistry = chemistry;
    this.line = make("input", { spellcheck: "false", autocomplete: "off", value: "c1ccccc1", onchange: doing(() => this.typed()) });
    this.canvas = make("div", { class: "editor", role: "application", "aria-label": "editor of molecules; the line above holds the same" });
    this.opens = make("div", { class: "opens" });
    this.answer = make("section", { "aria-live": "polite" });
    const judges = entries.filter((one) => one.task === "properties" && one.state === "done");
    this.append(make("h1", {}, "Molecule"), field("SMILES, to type or paste", this.line, "[*:1] marks where it grows"), make("div", { class: "two" }, make("div", {}, make("h2", {}, "Draw"), this.canvas), make("div", {}, make("h2", {}, "Open an atom"), make("p", { class: "soft" }, "Press an atom where the molecule shall grow, and again to close it. If none is open, the model or genwright chooses."), this.opens)));
    this.append(...(run.verbs.includes("complete") ? this.growing() : []), this.judging(judges), this.answer);
    this.resized = new ResizeObserver(() => this.molecule && this.editor.setMolecule(this.molecule.getCompactCopy()));
    this.editor = new chemistry.CanvasEditor(this.canvas);
    this.editor.setOnChangeListener((event) => event.isUserEvent && event.type === "molecule" && this.take(this.editor.getMolecule()));
    this.resized.observe(this.canvas);
    this.typed();
    say("");
  }

  growing() {
    this.given = make("studio-given", { of: this.id });
    return [make("h2", {}, "Grow"), this.given, make("div", { class: "row" }, button("grow", () => this.grow(), { id: "grow" }))];
  }

  judging(judges) {
    if (!judges.length) return make("p", { class: "soft" }, "Train a model of properties in this folder (genwright fit FILE --target COLUMN), and it predicts them here.");
    this.judge = make("select", {}, judges.map((one) => make("option", { value: one.id }, one.name)));
    if (judges.some(({ id }) => id === this.id)) this.judge.value = this.id;
    return make("div", { class: "row" }, field("model of properties", this.judge), button("predict", () => this.predict([this.line.value])));
  }

  typed() {
    let molecule;
    try {
      molecule = this.chemistry.Molecule.fromSmiles(this.line.value);
    } catch {
      throw new Error("this is no SMILES that the editor reads: correct it");
    }
    molecule.inventCoordinates();
    this.editor.setMolecule(molecule.getCompactCopy());
    this.picture(molecule);
  }

  // What was drawn, as SMILES whose open places are numbered.
  take(molecule) {
    let point = 0;
    this.line.value = molecule.toIsomericSmiles().replace(/\[[*?][^\]]*\]|\*/g, () => `[*:${++point}]`);
    this.picture(molecule);
  }

  // The molecule with a place to press on each atom.
  picture(molecule) {
    this.molecule = molecule;
    this.opens.replaceChildren();
    if (!molecule.getAllAtoms()) return;
    const text = molecule.toSVG(360, 280, "opens", { suppressChiralText: true }).replace(/<style>[^]*?<\/style>/, ""); // the page has its own
    const drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    for (const place of drawn.querySelectorAll("circle.event")) {
      const atom = Number(place.id.split(":").pop()), label = molecule.getAtomLabel(atom);
      place.setAttribute("tabindex", "0");
      place.setAttribute("role", "button");
      place.setAttribute("aria-label", `atom ${atom + 1}, ${label === "?" ? "an open place" : label}`);
      place.addEventListener("click", doing(() => this.turn(molecule, atom)));
      place.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), doing(() => this.turn(molecule, atom))()));
    }
    this.opens.append(drawn);
  }

  // Opens an atom, or closes it again.
  turn(molecule, atom) {
    const isOpen = (one) => molecule.getAtomicNo(one) === 0;
    const beside = [...Array(molecule.getConnAtoms(atom)).keys()].map((k) => molecule.getConnAtom(atom, k)).find(isOpen);
    if (isOpen(atom) || beside !== undefined) molecule.deleteAtom(isOpen(atom) ? atom : beside);
    else {
      if (molecule.getFreeValence(atom) < 1) throw new Error("this atom has no free valence: choose another");
      molecule.addBond(atom, molecule.addAtom(0), 1);
    }
    molecule.inventCoordinates();
    this.editor.setMolecule(molecule.getCompactCopy());
    this.take(molecule);
  }

  async grow() {
    say("the model grows the molecule");
    const grown = await ask("POST", `/api/models/${this.id}/grow`, { scaffold: this.line.value, given: this.given.value, n: GROWN, seed: fresh() });
    say("");
    const none = grown.invalid ? make("p", { class: "soft" }, `${grown.invalid} of ${GROWN} draws are no molecules, and left out.`) : "";
    this.show("Grown", grown, [none, make("p", { class: "soft" }, "The same in a terminal, with the SMILES above in scaffold.smi:"), command(grown.command)]);
  }

  async predict(molecules) {
    say("the model looks at the molecules");
    const { columns, rows } = await ask("POST", `/api/models/${this.judge.value}/molecules`, { molecules });
    say("");
    const told = { columns: ["smiles", ...columns.filter((name) => name !== "smiles")], rows: rows.map((row, k) => [molecules[k], ...row.filter((_, at) => columns[at] !== "smiles")]) };
    this.show(`Predicted by ${this.judge.selectedOptions[0].textContent}`, told, []);
  }

  // Molecules as pictures and numbers, with a file of them.
  show(title, { columns, rows }, more) {
    const at = columns.indexOf("smiles"), molecules = rows.map((row) => row[at]);
    const cells = rows.map((row) => [pictureOf(this.chemistry, row[at]), ...row]);
    const judge = this.judge && title === "Grown" ? button("predict these", () => this.predict(molecules)) : "";
    this.answer.replaceChildren(make("h2", {}, title), make("div", { class: "row" }, csvLink("molecules.csv", columns, rows), judge), tableOf(["molecule", ...columns], cells, title), ...more);
  }

  pressed(key) {
    if (key !== " " || ["BUTTON", "circle"].includes(document.activeElement?.tagName)) return false;
    this.querySelector("#grow")?.click();
    return true;
  }
}

customElements.define("studio-molecule", MoleculePage);
