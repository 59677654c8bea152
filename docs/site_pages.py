"""A hook of MkDocs: the navigation of families and of Python, which follows from the code, and words for the search.

docs/words.md has a table of what people search for and the page that answers. Each page gets its words as tags, which
the search weighs most. Pages that only list what others explain weigh least.
"""

import re
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.append(str(DOCS))

from draw_records import DATA  # noqa: E402

from genwright.zoo import registry  # noqa: E402

ROW = re.compile(r"^\| \[[^\]]*\]\(([\w./-]+)(?:#[\w-]+)?\) \| (.+) \|$", re.M)
LISTS = re.compile(r"(?:api/.*|systems|decisions|lectures|words|families/README|features)\.md")
TITLES = {
    "nodes": "nodes of a graph", "links": "links of a graph", "graphs": "labels of graphs",
    "relations": "types of edges", "properties": "properties of molecules", "recommend": "recommendations",
}  # fmt: skip


def on_config(config):
    """Adds families by kind of data, and the names of Python, to the navigation."""
    families = [{"Families": "families/README.md"}]
    for label in dict.fromkeys(row.label for row in registry.ROWS):
        rows = (row for row in registry.ROWS if row.label == label)
        title = TITLES.get(label, DATA[label].partition(":")[0])
        families.append({title: [{row.family: f"families/{row.family}.md"} for row in rows]})
    names = [{"Python": "api.md"}, *({page.stem: f"api/{page.name}"} for page in sorted((DOCS / "api").glob("*.md")))]
    for section in config["nav"]:
        if "Families" in section:
            section["Families"] = families
        if "Reference" in section:
            section["Reference"] = [{"Python": names} if one == "api.md" else one for one in section["Reference"]]
    return config


def on_nav(nav, config, files):
    """A family of several kinds of data stands open under the first of them."""
    sections = [item for tab in nav.items if tab.children for item in tab.children if item.is_section]
    for section in reversed(sections):
        for child in section.children:
            child.parent = section
    return nav


def search_words() -> dict[str, list[str]]:
    """{page below docs: words that lead to it}, from the table of docs/words.md."""
    text = (DOCS / "words.md").read_text(encoding="utf-8").partition("## Words for the search")[2]
    found: dict[str, list[str]] = {}
    for page, words in ROW.findall(text):
        found.setdefault(page, []).extend(word.strip(" `") for word in words.split(","))
    return found


def on_page_markdown(markdown: str, page: object, config: object, files: object) -> str:
    """Tags and weight of a page for the search; its text stays."""
    path = page.file.src_uri
    if words := search_words().get(path):
        page.meta["tags"] = words
    if LISTS.fullmatch(path):
        page.meta["search"] = {"boost": 0.5}
    return markdown
