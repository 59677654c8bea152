// Samples of a model as rows beside real rows, and as a file in the form of the data. Both keep the rules of a table.

import { ask, button, field, fresh, make, say, tableOf } from "./parts.js";

const SHOWN = 8, WANTED = 100; // rows on a page, and items of a file

// Sampled rows, and below them as many real ones, where these are known.
export async function sampledRows(id, given) {
  const { columns, sampled, real } = await ask("POST", `/api/models/${id}/rows`, { n: SHOWN, seed: fresh(), given });
  const parts = [["Sampled rows", sampled], ["Real rows, which the model did not learn from", real]].filter(([, rows]) => rows.length);
  return make("div", {}, parts.map(([title, rows]) => [make("h3", {}, title), tableOf(columns, rows, title)]));
}

// A number and a button that brings a file of so many items. Rows of a table keep its rules, unless a person says no.
export function downloading(id, given) {
  const count = make("input", { type: "number", min: "1", max: "10000", value: String(WANTED), "data-key": `count ${id}` });
  const mend = make("input", { type: "checkbox", checked: true, "data-key": `mend ${id}` });
  const bring = async () => {
    const found = await ask("POST", `/api/models/${id}/file`, { n: Number(count.value), seed: fresh(), given: given(), mend: mend.checked });
    const link = make("a", { href: URL.createObjectURL(found), download: found.name });
    link.click();
    URL.revokeObjectURL(link.href);
    say(`${found.name} is in your downloads.`);
  };
  return make("span", { class: "row" }, field("items", count), make("label", { class: "choice" }, mend, "keep the rules of the data"), button("download", bring));
}
