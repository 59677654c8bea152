// Names the search, lets the keyboard scroll wide tables, shows equations, and filters the table of systems.
const here = new URL(".", document.currentScript.src);

function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// KaTeX is part of the site, and loaded where a page has equations.
function showEquations() {
  const places = document.querySelectorAll(".arithmatex");
  if (!places.length) return;
  document.head.append(make("link", {rel: "stylesheet", href: new URL("vendor/katex/katex.min.css", here)}));
  const script = make("script", {src: new URL("vendor/katex/katex.min.js", here)});
  script.onload = () => {
    for (const place of places) {
      const source = place.textContent.replace(/^\\[([]/, "").replace(/\\[)\]]$/, "");
      katex.render(source, place, {displayMode: place.tagName === "DIV", throwOnError: false});
    }
  };
  document.head.append(script);
}

// The table of systems: a line of words, and a verdict. Without either, a part opens by its heading.
function filterSystems() {
  const article = document.querySelector("article");
  const parts = [...article.querySelectorAll("h2")].map((heading) => {
    const own = [];
    for (let next = heading.nextElementSibling; next && next.tagName !== "H2"; next = next.nextElementSibling) own.push(next);
    return {heading, own, rows: own.flatMap((one) => [...one.querySelectorAll("tbody tr")])};
  });
  const words = make("input", {type: "search", placeholder: "a system, a family, a data set", id: "systems-words"});
  const verdict = make("select", {id: "systems-verdict"},
    ...["any verdict", "met", "missed", "not measured", "historical"].map((text, k) => make("option", {value: k ? text : "", textContent: text})));
  const count = make("output", {});
  const show = () => {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filters = asked.length || verdict.value;
    let found = 0;
    for (const {heading, own, rows} of parts) {
      const title = heading.textContent.toLowerCase();
      const shown = rows.filter((row) => {
        const text = `${title} ${row.textContent.toLowerCase()}`;
        const told = row.cells[3]?.textContent.toLowerCase() ?? "";
        return asked.every((word) => text.includes(word)) && (!verdict.value || told.startsWith(verdict.value));
      });
      const open = filters ? shown.length : heading.dataset.open;
      for (const row of rows) row.hidden = !shown.includes(row);
      for (const one of own) one.hidden = !open;
      heading.hidden = filters && !shown.length;
      found += shown.length;
    }
    count.textContent = filters ? `${found} rows` : "Open a part by its heading.";
  };
  const openPart = (heading) => { heading.dataset.open = heading.dataset.open ? "" : "yes"; show(); };
  for (const {heading} of parts) {
    heading.tabIndex = 0;
    heading.classList.add("opens");
    heading.onclick = () => openPart(heading);
    heading.onkeydown = (event) => { if (event.key === "Enter") openPart(heading); };
  }
  const asked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (asked?.tagName === "H2") asked.dataset.open = "yes";
  parts.find(({heading}) => heading.id === "families-by-kind-of-data")?.heading.click();
  words.oninput = verdict.onchange = show;
  article.querySelector("h1").after(make("form", {className: "systems-filter", onsubmit: () => false},
    make("label", {htmlFor: "systems-words", textContent: "Show rows about"}), words,
    make("label", {htmlFor: "systems-verdict", textContent: "with"}), verdict, count));
  show();
  asked?.scrollIntoView();
}

document$.subscribe(() => setTimeout(() => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  showEquations();
  if (/systems\.html$/.test(location.pathname)) filterSystems();
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) table.tabIndex = 0;
}));
