// How data reach the studio: files and folders that are dropped or chosen, and text that is pasted.

import { ask, busy, make, say } from "./parts.js";

const PLAN = ".plan.json"; // how the name of a plan ends
const LONG = 4_000; // letters of pasted text by which its form is judged

// Sends files, the first one into a new place beside which the others lie, and opens their page. Each has a `path`
// where it lay in a folder. then: the address that is opened, by default that of the data.
export async function bring(files, id = "", then = "") {
  if (!files.length) return;
  if (files.length === 1 && files[0].name.endsWith(PLAN)) return takePlan(files[0]);
  const whole = files.reduce((sum, { size }) => sum + size, 0);
  const bar = make("progress", { max: String(Math.max(1, whole)), value: "0", "aria-label": "sent" });
  say(make("span", {}, `Sending ${files.length > 1 ? `${files.length.toLocaleString("en")} files` : files[0].name} `), bar);
  let before = 0;
  for (const file of files) {
    const place = (file.path || file.name).split("/").map(encodeURIComponent).join("/");
    ({ id } = await busy(() => send(`/api/uploads/${place}${id ? `?to=${id}` : ""}`, file, (sent) => (bar.value = before + sent))));
    before += file.size;
  }
  say("");
  open(then || `#/data/${id}`);
}

function open(there) {
  if (location.hash === there) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = there;
}

// Where a tab keeps the minutes of data.
export const minutesOf = (id) => `minutes of ${id}`;

// Opens the data of a plan, which are set as it says.
async function takePlan(file) {
  let plan;
  try {
    plan = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is no plan: download one again from the page of its data`);
  }
  const { id, minutes } = await busy(() => ask("POST", "/api/plan/taken", plan));
  sessionStorage.setItem(minutesOf(id), String(minutes));
  open(`#/data/${id}`);
}

// XMLHttpRequest tells how much is sent, which fetch does not.
function send(path, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("load", () => {
      const found = JSON.parse(request.responseText || "{}");
      if (request.status < 300) resolve(found);
      else reject(new Error(`${file.name}: ${found.error || request.statusText}`));
    });
    request.addEventListener("error", () => reject(new Error(`${file.name} was cut short on its way: send it again`)));
    request.send(file);
  });
}

// The files of a drop, those of folders with their paths.
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.length ? (await Promise.all(entries.map((entry) => filesOf(entry)))).flat() : [...transfer.files];
}

async function filesOf(entry, above = "") {
  const path = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return entry.name.startsWith(".") ? [] : [Object.assign(file, { path })];
  }
  const reader = entry.createReader(), found = [];
  for (;;) { // a reader gives a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return (await Promise.all(found.map((one) => filesOf(one, `${path}/`)))).flat();
    found.push(...some);
  }
}

// The files of an input that takes a folder, with their paths.
export const filesOfFolder = (input) => [...input.files].filter(({ name }) => !name.startsWith(".")).map((file) => Object.assign(file, { path: file.webkitRelativePath || file.name }));

// Pasted cells or lines as a file; undefined where there is no text.
export function pasted(clipboard) {
  const text = clipboard?.getData("text/plain") || "";
  return text.trim() ? textFile(text) : undefined;
}

export function textFile(text) {
  const lines = text.trim().slice(0, LONG).split("\n").slice(0, -1 || undefined);
  const alike = (mark) => lines.length > 1 && lines[0].includes(mark) && new Set(lines.map((line) => line.split(mark).length)).size === 1;
  const suffix = alike("\t") ? "tsv" : alike(",") ? "csv" : "txt";
  return new File([text.endsWith("\n") ? text : `${text}\n`], `pasted.${suffix}`, { type: "text/plain" });
}

// Buttons that choose files, a folder, or pasted text. id: of data to which they are added. then: as in `bring`.
export function choosing(id = "", then = "") {
  const files = make("input", { type: "file", multiple: true, class: "away", tabindex: "-1", "aria-label": "files", id: "files" });
  const folder = make("input", { type: "file", webkitdirectory: true, class: "away", tabindex: "-1", "aria-label": "folder", id: "folder" });
  const text = make("textarea", { rows: "4", "aria-label": "cells or lines to paste", placeholder: "Paste cells or lines here" });
  const open = (input) => make("button", { type: "button", class: "act", onclick: () => input.click() }, input === files ? "Choose files" : "Choose a folder");
  const act = (input, list) => input.addEventListener("change", () => guarded(() => bring(list(), id, then)));
  act(files, () => [...files.files]);
  act(folder, () => filesOfFolder(folder));
  const take = () => text.value.trim() && guarded(() => bring([textFile(text.value)], id, then));
  const paste = make("details", {}, make("summary", {}, "Paste text"), text, make("button", { type: "button", class: "act", onclick: take }, "Use this text"));
  const wrong = make("p", { class: "error", hidden: true });
  async function guarded(action) {
    wrong.hidden = true;
    try {
      await action();
    } catch (error) {
      say(error.message);
      Object.assign(wrong, { textContent: error.message, hidden: false });
    }
  }
  return make("div", { class: "choosing" }, make("div", { class: "row" }, open(files), files, open(folder), folder), paste, wrong);
}

