// Pictures of molecules.

import { make } from "/static/parts.js";

const WIDE = 160, HIGH = 120; // pixels

export function pictureOf(chemistry, smiles) {
  try {
    const drawn = chemistry.Molecule.fromSmiles(smiles).toSVG(WIDE, HIGH, undefined, { suppressChiralText: true });
    return make("img", { class: "molecule", alt: smiles, width: WIDE, height: HIGH, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn)}` });
  } catch {
    return ""; // no molecule
  }
}

// The first molecules of data, of which each is a line.
export async function moleculesOf({ rows }) {
  const chemistry = await import("./vendor/openchemlib.js");
  const drawn = ([smiles]) => make("figure", {}, pictureOf(chemistry, smiles) || make("p", {}, "no drawing"), make("figcaption", {}, make("code", {}, smiles)));
  return make("div", { class: "molecules" }, rows.map(drawn));
}
