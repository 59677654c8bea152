// Pictures of molecules in a table.

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
