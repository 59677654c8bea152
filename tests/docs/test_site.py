"""The site that `make site` builds: pages that render wholly, no dead link, and a search that answers with the right
page.

A page is looked at as HTML, and where a browser is there as a person sees it: with equations drawn, and by the search
box. The site is served on this machine, since a browser lets no page of a file search.
"""

import json
import re
import shutil
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import genwright

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.docs
build = pytest.importorskip("mkdocs.commands.build").build
load_config = pytest.importorskip("mkdocs.config").load_config
ASKED = {  # what people search for: pages that may come first
    "FID": ("metrics",),
    "ELBO": ("families/vae", "latents"),
    "install": ("install",),
    "CTGAN": ("tables", "families/gan"),
    "CSV": ("data",),
    "k.A.": ("data",),
    "ancestral sampling": ("sampling",),
    "ONNX": ("serving",),
    "GPU": ("install", "many-machines"),
    "privacy": ("metrics", "tables"),
    "time series": ("series",),
    "SMILES": ("molecules",),
    "docker": ("serving",),
    "missing values": ("data", "tables"),
    "classifier-free guidance": ("sampling",),
    "latent space": ("latents",),
    "QSAR": ("properties",),
    "node classification": ("graphs",),
    "MIDI": ("music",),
    "Slurm": ("many-machines",),
}


class Page(HTMLParser):
    """The addresses that a page leads to or loads, the names of its places, its text outside code, its equations."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loaded, self.places = [], [], {""}
        self.text, self.equations, self._open = [], [], []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.places.add(values.get("id") or "")
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in ("script", "img", "link"):
            self.loaded.append(values.get("src") or values.get("href") or "")
        if tag in ("pre", "code", "script", "style") or "arithmatex" in (values.get("class") or ""):
            self._open.append((tag, "arithmatex" in (values.get("class") or "")))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open:
            self.text.append(data)
        elif self._open[-1][1]:
            self.equations.append(data)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return {path.relative_to(folder).as_posix(): Page(path) for path in folder.rglob("*.html")}, folder


@pytest.fixture(scope="module")
def browser(site):
    """(a page of a browser, the address of the site)."""
    playwright = pytest.importorskip("playwright.sync_api")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site[1])))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with playwright.sync_playwright() as run:
        try:
            chromium = run.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        except playwright.Error:
            pytest.skip("there is no chromium")
        page = chromium.new_page(viewport={"width": 1280, "height": 1000})
        yield page, f"http://127.0.0.1:{server.server_port}/"
        chromium.close()
    server.shutdown()


def test_no_link_is_dead_and_nothing_is_fetched(site):
    pages, folder = site
    dead = []
    for name, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or name == "404.html":  # whose addresses are those of the server
                continue
            target = (folder / name).parent / unquote(parts.path) if parts.path else folder / name
            other = pages.get(target.resolve().relative_to(folder.resolve()).as_posix()) if target.exists() else None
            if not target.exists() or (other and unquote(parts.fragment) not in other.places):
                dead.append(f"{name}: {link}")
    assert not dead
    fetched = [
        link for name, page in pages.items() for link in page.loaded if urlsplit(link).scheme not in ("", "data")
    ]
    assert not fetched


def test_pages_render_wholly(site):
    pages, folder = site
    literal = re.compile(r"```|^:::|\$[^$\s][^$]*[\\_^][^$]*\$|E_q\(|\\(?:sum|log|mathcal)\b", re.M)
    assert not [(name, found[0]) for name, page in pages.items() if (found := literal.search("".join(page.text)))]
    assert not [path for path in folder.rglob("*.ipynb") if not path.with_suffix(".html").exists()]
    assert not [(name, link) for name, page in pages.items() for link in page.links if link.endswith(".ipynb")]
    assert not [name for name, page in pages.items() if re.match(r"families/(?!index)", name) and not page.equations]


def test_every_public_name_has_its_page(site):
    assert not [name for name in genwright.__all__ if f"api/{name}.html" not in site[0]]
    fit = "".join(site[0]["api/fit.html"].text)
    assert "Minutes of training" in fit and "Args:" not in fit


def test_every_page_is_in_the_navigation(site):
    config = load_config(str(ROOT / "mkdocs.yml"))
    nav = json.dumps(config["nav"])
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    generated = ("api/", "families/")
    assert not [page for page in pages if not page.startswith(generated) and f'"{page}"' not in nav]


@pytest.mark.browser
def test_every_equation_can_be_drawn(site, browser):
    page, address = browser
    page.goto(f"{address}families/vae.html")
    page.wait_for_selector(".katex")
    assert (
        page.locator(".arithmatex").count()
        == page.locator(".arithmatex > .katex, .arithmatex > .katex-display").count()
    )
    equations = {text.strip() for one in site[0].values() for text in one.equations}
    sources = [re.sub(r"^\\[(\[]|\\[)\]]$", "", text) for text in equations]
    refused = page.evaluate(
        """sources => sources.filter(source => {
            try { katex.renderToString(source, {throwOnError: true, strict: "error"}); return false; }
            catch (error) { return true; }
        })""",
        sources,
    )
    assert len(sources) > 500 and not refused


@pytest.mark.browser
def test_the_search_answers_with_the_right_page(browser):
    page, address = browser
    wrong = {}
    for words, right in ASKED.items():
        page.goto(address)
        page.fill(".md-search__input", words)
        first = page.locator(".md-search-result__item a").first
        page.wait_for_function(
            "() => document.querySelector('.md-search-result__item a')"
            " && document.querySelector('.md-search-result__meta').textContent.match(/\\d/)"
        )
        found = urlsplit(first.get_attribute("href")).path.rpartition(address)[2]
        if not any(found.endswith(f"{name}.html") for name in right):
            wrong[words] = found
    assert not wrong


@pytest.mark.browser
def test_the_table_of_systems_is_filtered(browser):
    page, address = browser
    page.goto(f"{address}systems.html")
    every = page.locator("tbody tr").count()
    page.fill("#systems-words", "fashion-mnist")
    shown = page.locator("tbody tr:visible")
    assert 0 < shown.count() < every / 4
