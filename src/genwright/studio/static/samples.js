// Samples of a model as rows beside real rows or as sounds, and as a file in the form of the data. Both keep the rules of
// a table.

import { ask, blobOf, button, field, fresh, make, save, tableOf } from "./parts.js";

const SHOWN = 8, WANTED = 100; // rows on a page, and items of a file

// Sampled rows in a table, which a switch turns into as many real ones where these are known, or both one below the other.
export async function sampledRows(id, given) {
  const { columns, sampled, real, sounds } = await ask("POST", `/api/models/${id}/rows`, { n: SHOWN, seed: fresh(), given });
  if (sounds) return players(sounds);
  const table = make("div");
  const views = [["sampled", () => sampled], ["real", () => real], ["both, a column tells which", () => [...sampled.map((row) => ["sampled", ...row]), ...real.map((row) => ["real", ...row])]]];
  const look = ([name, rowsOf]) => table.replaceChildren(tableOf(rowsOf === views[2][1] ? ["row", ...columns] : columns, rowsOf(), `rows: ${name}`));
  look(views[0]);
  if (!real.length) return table;
  const one = (view, k) => make("label", { class: "choice" }, make("input", { type: "radio", name: `rows of ${id}`, checked: !k, onchange: () => look(view) }), view[0]);
  return make("div", {}, make("fieldset", { class: "switch" }, make("legend", {}, "Rows"), views.map(one)), make("p", { class: "soft" }, "The model did not learn from these real rows."), table);
}

// Sounds that a person may play, each a file of WAV in base64.
export const players = (sounds) => make("div", { class: "row sounds" }, sounds.map((sound, k) => make("audio", { controls: true, "aria-label": `item ${k + 1}`, src: URL.createObjectURL(blobOf(sound, "audio/wav")) })));

// A number and a button that brings a file of so many items. Rows of a table keep its rules, unless a person says no.
export function downloading(id, given) {
  const count = make("input", { type: "number", min: "1", max: "10000", value: String(WANTED), "data-key": `count ${id}` });
  const mend = make("input", { type: "checkbox", checked: true, "data-key": `mend ${id}` });
  const bring = async () => {
    const found = await ask("POST", `/api/models/${id}/file`, { n: Number(count.value), seed: fresh(), given: given(), mend: mend.checked });
    save(found.name, found);
  };
  return make("span", { class: "row" }, field("items", count), make("label", { class: "choice" }, mend, "keep the rules of the data"), button("download", bring));
}
