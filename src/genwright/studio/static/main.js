// Which page is shown: the part of the address behind "#/" names it. What all pages share: titles, focus, keys, and the
// window as a place to drop files.

import "./home.js";
import "./data.js";
import "./run.js";
import "./compare.js";
import "./walk.js";
import "./complete.js";
import "./row.js";
import "./words.js";
import { bring, filesOfDrop, pasted } from "./bring.js";
import { ask, doing, make, say } from "./parts.js";

const PAGES = { "": "studio-home", data: "studio-data", run: "studio-run", compare: "studio-compare", walk: "studio-walk", complete: "studio-complete", row: "studio-row", words: "studio-words" };
const KEYS = [["?", "this list"], ["Left, Right", "from tab to tab of a model"], ["j, k", "next or previous entry of the first page"], ["Space", "sample again, or fill in again"], ["u", "undo a stroke"], ["arrows", "move on a walk, and along a slider"], ["Tab, Shift+Tab", "next or previous control"]];
const main = document.getElementById("page");

if (location.search) history.replaceState(null, "", location.pathname + location.hash); // the token leaves the address

const { pages } = await ask("GET", "/api/pages"); // of packages
await Promise.all(pages.map(({ script }) => import(script)));
for (const { name } of pages) PAGES[name] = `studio-${name}`;

let arrived = false; // whether the heading of the page had the focus
function turn() {
  const [page, of = ""] = location.hash.replace(/^#\/?/, "").split("/");
  const tag = PAGES[page] || PAGES[""];
  say("");
  document.getElementById("where").replaceChildren();
  document.title = "genwright studio";
  if (of) doing(() => lead(page, decodeURIComponent(of)))();
  arrived = false;
  main.focus();
  main.replaceChildren(make(tag, { of: decodeURIComponent(of) }));
}

// A new page has a title, and its heading the focus. So has the heading where the control that had it is gone.
function settle() {
  const heading = main.querySelector("h1");
  if (!heading) return;
  const title = `${heading.textContent} · genwright studio`;
  if (document.title !== title) document.title = title;
  const lost = !document.activeElement || document.activeElement === document.body;
  if (!lost && (arrived || document.activeElement !== main)) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: arrived });
  arrived = true;
}
new MutationObserver(settle).observe(main, { childList: true, subtree: true, characterData: true });

// The way back: from a page of a run to the run, and from there to its comparison.
async function lead(page, id) {
  const { entries } = await ask("GET", "/api/home");
  const at = entries.find((entry) => entry.id === id);
  const above = at?.within && entries.find((entry) => entry.id === at.within);
  const links = [above && ["compare", above], at && at.what === "run" && page !== "run" && ["run", at]].filter(Boolean);
  const shown = links.flatMap(([kind, entry]) => [make("a", { href: `#/${kind}/${entry.id}` }, entry.name.split("/").pop()), " / "]);
  if (location.hash.includes(id)) document.getElementById("where").replaceChildren(...shown, page === "run" || page === "compare" ? "" : page);
}

function showKeys() {
  const rows = KEYS.map(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]);
  const close = make("button", { type: "button", class: "act", onclick: () => dialog.close() }, "close");
  const dialog = make("dialog", { "aria-labelledby": "keys", onclose: () => dialog.remove() }, make("h2", { id: "keys" }, "Keys"), make("dl", { class: "keys" }, rows), close);
  main.append(dialog);
  dialog.showModal();
}

const typing = () => ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement?.tagName);
addEventListener("keydown", (event) => {
  if (typing() || event.ctrlKey || event.metaKey || event.altKey || main.querySelector("dialog")) return;
  if (event.key === "?") return showKeys();
  const page = main.firstElementChild;
  if (page?.pressed?.(event.key)) event.preventDefault();
});

let over = 0; // elements that a dragged file has entered and not left
const dragging = (change) => (event) => {
  event.preventDefault();
  over = Math.max(0, over + change);
  document.body.classList.toggle("dropping", over > 0);
};
addEventListener("dragenter", dragging(1));
addEventListener("dragleave", dragging(-1));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", async (event) => {
  const found = filesOfDrop(event.dataTransfer); // now: afterwards the browser forgets them
  over = 0;
  dragging(0)(event);
  doing(async () => bring(await found))();
});
addEventListener("paste", (event) => {
  const file = typing() ? undefined : pasted(event.clipboardData);
  if (file) doing(() => bring([file]))();
});
addEventListener("hashchange", turn);
turn();
