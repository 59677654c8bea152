// What pages are made of: elements, requests to the server, and the line that says what went wrong.

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== ""));
  return element;
}

// A sentence that a reader of the screen hears too.
export function say(text, ...more) {
  const line = document.getElementById("said");
  line.replaceChildren(text, ...more);
}

// The page of a person who waits: a reader of the screen is told, and asks again when it is done.
let waiting = 0;
export async function busy(action) {
  const main = document.getElementById("page");
  waiting++;
  main.setAttribute("aria-busy", "true");
  try {
    return await action();
  } finally {
    if (!--waiting) main.removeAttribute("aria-busy");
  }
}

// Replaces what an element holds. The control that had the focus has it again: one of the same data-key, else the
// first heading.
export function rebuild(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key || "-" : "";
  const open = new Set([...element.querySelectorAll("details[open]")].map((one) => one.dataset.key));
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  for (const one of element.querySelectorAll("details")) if (one.dataset.key && open.has(one.dataset.key)) one.open = true;
  if (!key) return;
  const again = element.querySelector(`[data-key="${CSS.escape(key)}"]`) || element.querySelector("h1, h2");
  if (again?.matches("h1, h2")) again.tabIndex = -1;
  again?.focus();
}

// Text of which the parts between backticks are names.
export const rich = (text) => text.split("`").map((part, k) => (k % 2 ? make("code", {}, part) : part));

// The answer of the server: an object, or a Blob of a picture with the command that makes it. Throws an Error with the server's sentence.
export async function ask(method, path, body) {
  const settings = { method };
  if (body instanceof Blob) settings.body = body;
  else if (body !== undefined) {
    settings.body = JSON.stringify(body);
    settings.headers = { "content-type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(path, settings);
  } catch {
    throw new Error("the studio does not answer: start it again, in the same folder");
  }
  const isJson = (answer.headers.get("content-type") || "").startsWith("application/json");
  const found = isJson ? await answer.json() : await answer.blob();
  if (!answer.ok) {
    const error = new Error(found.error || answer.statusText);
    Object.assign(error, { status: answer.status, found });
    throw error;
  }
  if (!isJson) Object.assign(found, { command: decodeURIComponent(answer.headers.get("x-command") || ""), name: answer.headers.get("x-name") });
  return found;
}

// What the server tells as it happens. handlers: {name of an event: function of its data}. A studio that ended, or began
// again with another token, is told of at the top of the page; the page goes on when it answers again.
export function listen(path, handlers) {
  const events = new EventSource(path), notice = document.getElementById("lost");
  for (const [name, act] of Object.entries(handlers)) events.addEventListener(name, ({ data }) => act(JSON.parse(data)));
  events.addEventListener("open", () => notice.replaceChildren());
  events.addEventListener("error", () => {
    const isNew = events.readyState === EventSource.CLOSED; // it answered, and did not know this page
    notice.textContent = isNew ? "The studio was started again: open the address that it shows now." : "The studio does not answer. Start it again in the same folder: this page then goes on.";
  });
  return events;
}

// Runs what a button does. What went wrong stands behind it, until it is pressed again.
export function doing(action) {
  return async (event) => {
    const control = event?.currentTarget?.nodeType ? event.currentTarget : undefined;
    if (control?.dataset.busy) return event.preventDefault();
    if (control) control.dataset.busy = "yes";
    const place = control?.closest("form, .row, fieldset, .card") || control;
    if (place?.nextElementSibling?.matches(".went-wrong")) place.nextElementSibling.remove();
    try {
      say("");
      await busy(() => action(event));
    } catch (error) {
      if (error.status === 409 && error.message.startsWith("a newer")) return;
      say(error.message);
      const wrong = make("p", { class: "error went-wrong" }, rich(error.message));
      if (place?.isConnected) place.after(wrong);
      else document.getElementById("page").firstElementChild?.append(wrong);
    } finally {
      if (control) delete control.dataset.busy;
    }
  };
}

export function command(text) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    say("copied");
  };
  const line = make("div", { class: "command" }, make("code", {}, text), make("button", { type: "button", onclick: doing(copy) }, "copy"));
  return make("details", { class: "terminal", "data-key": "terminal" }, make("summary", {}, "In a terminal"), line);
}

// Rows of cells below the names of their columns, none of which lines have. A press on a name sorts by its column.
export function tableOf(columns, rows, label) {
  const body = make("tbody", {}, rows.map((row) => make("tr", {}, row.map((cell) => make("td", {}, cell)))));
  const head = columns.length ? make("thead", {}, make("tr", {}, columns.map((name, k) => make("th", { scope: "col" }, make("button", { type: "button", class: "sort", onclick: (event) => sortBy(event.currentTarget.parentNode, body, k) }, name))))) : "";
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, make("table", { class: "plain" }, head, body));
}

// Numbers by size, and all else by letters; a second press turns the order round.
function sortBy(heading, body, k) {
  const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
  const cell = (row) => row.children[k].textContent;
  const before = (a, b) => cell(a) - cell(b) || cell(a).localeCompare(cell(b), undefined, { numeric: true });
  body.append(...[...body.children].sort((a, b) => sign * before(a, b)));
}

// Runs one request at a time; of those that wait, the newest goes next.
export function newest(action) {
  let next, busy = false;
  return async (asked) => {
    next = { asked };
    if (busy) return;
    busy = true;
    try {
      while (next) {
        const { asked: now } = next;
        next = undefined;
        await doing(() => action(now))();
      }
    } finally {
      busy = false;
    }
  };
}

// How a package draws first items of a kind of data: {kind: function of lines -> an element, or a promise of one}.
export const drawings = new Map();

export function button(text, action, more = {}) {
  return make("button", { type: "button", class: "act", onclick: doing(action), ...more }, text);
}

export function field(label, control, hint = "") {
  return make("label", { class: "field" }, make("span", {}, label), control, hint ? make("small", { class: "soft" }, hint) : "");
}

// A link that brings rows of texts as a file.
export function csvLink(name, columns, rows, text = "download") {
  const line = (texts) => texts.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
  const written = [columns, ...rows].map((row) => `${line(row)}\n`).join("");
  return make("a", { class: "act", download: name, href: `data:text/csv;charset=utf-8,${encodeURIComponent(written)}` }, text);
}

// Puts a file among the downloads of a person.
export function save(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
  say(`${name} is in your downloads.`);
}

// Shows a PNG in an image, which a person may drag out as a file.
export function show(image, blob) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(blob);
  image.hidden = false;
}

export function blobOf(base64, type) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type });
}

// The pen of a canvas. Throws an Error with the command that does the same where the browser has no canvas.
export function pen(canvas, instead) {
  const found = canvas.getContext?.("2d");
  if (!found) throw new Error(`this browser cannot draw: in a terminal, \`${instead}\` does the same`);
  return found;
}

// An image of items. widgets: how items of its kind are shown.
export const sheet = (widgets, more = {}) => make("img", { ...more, class: `${more.class || "sheet"}${widgets.pixels ? " pixels" : ""}` });

export const fresh = () => Math.floor(Math.random() * 2 ** 31);

export function minutes(number) {
  if (number === null || number === undefined) return "";
  const seconds = Math.ceil(number * 60);
  return seconds === 1 ? "1 second left" : number < 1 ? `${seconds} seconds left` : `${number.toFixed(1)} minutes left`;
}
