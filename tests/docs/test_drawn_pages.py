"""Pages and parts of pages that `make docs` draws."""

import re

import draw
import draw_records
from drawing import DOCS

from genwright.kinds.known_kinds import options
from genwright.kinds.load import load_data

AGES = re.compile("; (code changed since|history unknown)")  # which any change of the source brings


def test_every_drawn_page_is_what_the_code_and_the_records_give_now(monkeypatch):
    monkeypatch.setattr(draw_records, "code_changed", lambda row, record: False)
    drawn, present = draw.pages(), lambda text: AGES.sub("", text)
    stale = [name for name, text in drawn.items() if present((DOCS / name).read_text()) != present(text)]
    assert not stale, f"run make docs: {stale}"
    for folder in ("families", "api"):
        there = {f"{folder}/{path.name}" for path in (DOCS / folder).glob("*.md")}
        assert there == {name for name in drawn if name.startswith(f"{folder}/")}


def test_every_mark_of_a_page_is_drawn():
    for path in DOCS.glob("*.md"):
        marks = set(re.findall(r"^<!-- (.+): begin -->$", path.read_text(), re.MULTILINE))
        assert marks == set(draw.PARTS.get(path.name, ())), path.name


def test_the_docstring_of_load_data_has_every_option():
    text = " ".join(load_data.__doc__.split())
    assert not [one.name for one in options() if f"{one.name}: {one.help}" not in text]
