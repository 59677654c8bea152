"""Draws what the docs show of the code and of benchmarks/results/: figures in the docs are never typed.

python docs/draw.py                           the pages, and the picture that needs no training (make docs)
python docs/draw.py PICTURES [ARGUMENT ...]   pictures of draw_pictures.py; some take run folders
"""

from __future__ import annotations

import sys

import draw_api
import draw_choosing
import draw_families
import draw_forms
import draw_install
import draw_lectures
import draw_pictures
import draw_records
import draw_rooms
from drawing import DOCS, marked

from genwright.core.errors import GenwrightError

PAGES = {
    "../src/genwright/__init__.pyi": draw_api.stub,
    "choosing.md": draw_choosing.page,
    "lectures.md": draw_lectures.page,
    "systems.md": draw_records.page,
    "systems-historical.md": draw_records.history,
}
PARTS: dict[str, dict] = {}  # {page: {mark: function that draws}}; several modules draw on one page
for module in (draw_api, draw_forms, draw_install, draw_records, draw_rooms):
    for name, parts in module.PARTS.items():
        PARTS[name] = PARTS.get(name, {}) | parts


def pages() -> dict[str, str]:
    """{page below docs: its text} of every page that is drawn, whole or between marks."""
    drawn = {name: page() for name, page in PAGES.items()} | draw_families.pages() | draw_api.pages()
    for name, parts in PARTS.items():
        drawn[name] = (DOCS / name).read_text()
        for mark, part in parts.items():
            drawn[name] = marked(drawn[name], "\n".join(part()), mark)
    return drawn


def main(pictures: str = "losses", *arguments: str) -> None:
    if len(sys.argv) == 1:
        for name, text in pages().items():
            (DOCS / name).parent.mkdir(exist_ok=True)
            (DOCS / name).write_text(text)
    for name, save in draw_pictures.PICTURES[pictures](*arguments):
        save(DOCS / name)
        print(DOCS / name)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except GenwrightError as error:
        sys.exit(f"not drawn: {error}")
