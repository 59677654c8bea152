// Drawings of the first molecules of data.

import { make } from "./parts.js";
import { pictureOf } from "./pictures.js";

export async function moleculesOf(lines) {
  const chemistry = await import("./vendor/openchemlib.js");
  return make("div", { class: "molecules" }, lines.map((smiles) => make("figure", {}, pictureOf(chemistry, smiles) || make("p", {}, "no drawing"), make("figcaption", {}, make("code", {}, smiles)))));
}
