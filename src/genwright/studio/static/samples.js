// Samples of a model as rows beside real rows, and as a file in the form of the data.

import { ask, button, field, fresh, make, say, tableOf } from "./parts.js";

const SHOWN = 8, WANTED = 100; // rows on a page, and items of a file

// Sampled rows, and below them as many real ones, where these are known.
export async function sampledRows(id, given) {
  const { columns, sampled, real } = await ask("POST", `/api/models/${id}/rows`, { n: SHOWN, seed: fresh(), given });
  const part = (title, rows) => (rows.length ? [make("h3", {}, title), tableOf(columns, rows, title)] : []);
  return make("div", {}, part("Sampled rows", sampled), part("Real rows, which the model did not learn from", real));
}

// A number and a button that brings a file of so many items. cures: options that mend the samples.
export function downloading(id, given, cures = []) {
  const count = make("input", { type: "number", min: "1", max: "10000", value: String(WANTED) });
  const bring = async () => {
    const found = await ask("POST", `/api/models/${id}/file`, { n: Number(count.value), seed: fresh(), given: given(), cures });
    const link = make("a", { href: URL.createObjectURL(found), download: found.name });
    link.click();
    URL.revokeObjectURL(link.href);
    say(`${found.name} is in your downloads; in a terminal: ${found.command}`);
  };
  return make("span", { class: "row" }, field("items", count), button("download", bring));
}
