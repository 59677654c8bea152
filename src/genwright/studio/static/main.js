// Which page is shown: the part of the address behind "#/" names it.

import "./home.js";
import "./data.js";
import "./run.js";
import "./compare.js";
import "./walk.js";
import "./complete.js";
import "./row.js";
import "./words.js";
import { ask, doing, make, say } from "./parts.js";

const PAGES = { "": "studio-home", data: "studio-data", run: "studio-run", compare: "studio-compare", walk: "studio-walk", complete: "studio-complete", row: "studio-row", words: "studio-words" };

if (location.search) history.replaceState(null, "", location.pathname + location.hash); // the token leaves the address

const { pages } = await ask("GET", "/api/pages"); // of packages
await Promise.all(pages.map(({ script }) => import(script)));
for (const { name } of pages) PAGES[name] = `studio-${name}`;

function turn() {
  const [page, of = ""] = location.hash.replace(/^#\/?/, "").split("/");
  const tag = PAGES[page] || PAGES[""];
  say("");
  document.getElementById("where").replaceChildren();
  if (of) doing(() => lead(page, decodeURIComponent(of)))();
  document.getElementById("page").replaceChildren(make(tag, { of: decodeURIComponent(of) }));
}

// The way back: from a page of a run to the run, and from there to its comparison.
async function lead(page, id) {
  const { entries } = await ask("GET", "/api/home");
  const at = entries.find((entry) => entry.id === id);
  const above = at?.within && entries.find((entry) => entry.id === at.within);
  const links = [above && ["compare", above], at && at.what === "run" && page !== "run" && ["run", at]].filter(Boolean);
  const shown = links.flatMap(([kind, entry]) => [make("a", { href: `#/${kind}/${entry.id}` }, entry.name.split("/").pop()), " / "]);
  if (location.hash.includes(id)) document.getElementById("where").replaceChildren(...shown, page === "run" || page === "compare" ? "" : page);
}

const typing = () => ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement?.tagName);
addEventListener("keydown", (event) => {
  if (typing() || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = document.getElementById("page").firstElementChild;
  if (page?.pressed?.(event.key)) event.preventDefault();
});
addEventListener("hashchange", turn);
turn();
