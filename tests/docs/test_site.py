"""The site that `make site` builds: no warning, no dead link, and a search that finds the words of the field."""

import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import genwright

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.docs
build = pytest.importorskip("mkdocs.commands.build").build
load_config = pytest.importorskip("mkdocs.config").load_config


class Page(HTMLParser):
    """The addresses that a page leads to or loads, and the names of its places."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loaded, self.places = [], [], {""}
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.places.add(values.get("id") or "")
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in ("script", "img", "link"):
            self.loaded.append(values.get("src") or values.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return {path.relative_to(folder).as_posix(): Page(path) for path in folder.rglob("*.html")}, folder


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


def test_the_search_finds_words_of_the_field(site):
    index = json.loads((site[1] / "search" / "search_index.json").read_text())
    texts = [(entry["title"] + " " + entry["text"]).lower() for entry in index["docs"]]
    for words in ("ELBO", "ancestral sampling", "k.A."):
        assert any(words.lower() in text for text in texts), words


def test_every_public_name_has_its_place(site):
    places = " ".join(site[0]["api.html"].places).lower()
    assert not [name for name in genwright.__all__ if name.lower() not in places]
