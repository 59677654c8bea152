// Which page is shown: the part of the address behind "#/" names it.

import "./home.js";
import "./data.js";
import "./run.js";
import "./compare.js";
import "./walk.js";
import "./complete.js";
import { make, say } from "./parts.js";

const PAGES = { "": "studio-home", data: "studio-data", run: "studio-run", compare: "studio-compare", walk: "studio-walk", complete: "studio-complete" };

if (location.search) history.replaceState(null, "", location.pathname + location.hash); // the token leaves the address

function turn() {
  const [page, of = ""] = location.hash.replace(/^#\/?/, "").split("/");
  const tag = PAGES[page] || PAGES[""];
  say("");
  document.getElementById("where").textContent = "";
  document.getElementById("page").replaceChildren(make(tag, { of: decodeURIComponent(of) }));
}

const typing = () => ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement?.tagName);
addEventListener("keydown", (event) => {
  if (typing() || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = document.getElementById("page").firstElementChild;
  if (page?.pressed?.(event.key)) event.preventDefault();
});
addEventListener("hashchange", turn);
turn();
