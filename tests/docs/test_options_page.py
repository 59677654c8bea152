"""The tables of options and of named sets in docs/data.md, which docs/draw.py draws."""

from pathlib import Path

from genwright.data.kinds import options
from genwright.data.load import load_data
from genwright.data.named import NAMES

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def test_the_page_and_the_docstring_have_every_option():
    rows = {
        line.split("`")[1]: line for line in PAGE.read_text().splitlines() if line.startswith("| `") and "--" in line
    }
    for option in options():
        assert option.help in rows[option.name] and ", ".join(option.kinds) in rows[option.name], option.name
        assert f"{option.name}: {option.help}" in load_data.__doc__


def test_the_page_has_every_named_set():
    page = PAGE.read_text()
    assert all(f"| {name} | {row.what} | {row.licence} |" in page for name, row in NAMES.items()), "run make docs"
