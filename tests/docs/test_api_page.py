"""docs/api.md and docs/api/: pages for every public name, and for every name that a page or a notebook uses."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import draw_api
import pytest

import genwright

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/notebooks").glob("*.ipynb"))]
API = ROOT / "docs" / "api"
PUBLIC = draw_api.public()
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing)}


def snippets(page: Path) -> Iterator[ast.Module]:
    """The Python of a page."""
    text = page.read_text()
    if page.suffix == ".md":
        blocks = re.findall(r"^```python(?: cora| file)?\n((?:.*\n)*?)```$", text, re.M)
    else:
        blocks = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    yield from map(ast.parse, blocks)


def imported(page: Path) -> Iterator[tuple[str, str]]:
    """(module, name) that the Python of a page imports or uses from genwright; tests and modules are no names."""
    for node in (node for snippet in snippets(page) for node in ast.walk(snippet)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("genwright"):
            yield from ((node.module, alias.name) for alias in node.names if alias.name != "*")
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("gw", "genwright")
        ):
            yield "genwright", node.attr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_reference_has_what_a_page_uses(page):
    known = {("genwright", name) for name in genwright.__all__}
    known |= {(module, name) for module, names in draw_api.BEYOND.items() for name in names}
    assert not set(imported(page)) - known
    used = {node.attr for snippet in snippets(page) for node in ast.walk(snippet) if isinstance(node, ast.Attribute)}
    every = {(name, member) for name, thing in CLASSES.items() for member in draw_api.members(thing)}
    listed = lambda name: (API / f"{name}.md").read_text()
    assert not [one for one in every if one[1] in used and f"        - {one[1]}\n" not in listed(one[0])]


def test_every_public_name_has_a_docstring():
    assert not [name for name, thing in PUBLIC.items() if not inspect.getdoc(thing)]
    assert not [
        f"{name}.{member}"
        for name, thing in CLASSES.items()
        for member, value in draw_api.members(thing).items()
        if not inspect.getdoc(draw_api.of_member(thing, member, value))
    ]
