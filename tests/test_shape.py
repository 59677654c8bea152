"""The shape of the code: few rooms, few arrows between them, no long function, no kind of data asked by name."""

import ast
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from test_imports import MODULES, imported, room

import genwright

SOURCE = Path(genwright.__file__).parent
MAY_ASK_KINDS = ("kinds", "zoo")
FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef
LONG = 80  # lines of a function at most
MOST = {  # figure: at most
    "rooms": 15,
    "arrows between rooms": 65,
    f"functions over {LONG} lines": 0,
    "kinds of data asked by name": 0,
    "results: dict": 0,
}


@cache
def figures() -> dict[str, float]:
    files = sorted(SOURCE.rglob("*.py"))
    rooms = {room_of(file) for file in files if file.parent != SOURCE}
    total, arrows = Counter(), {(room(name), room(other)) for name in MODULES for other in imported(name)}
    for file in files:
        total.update(count_in(file, file.read_text()))
    arrows = {(a, b) for a, b in arrows if {a, b} <= rooms and a != b}
    return dict(total) | {"rooms": len(rooms), "arrows between rooms": len(arrows)}


def count_in(file: Path, text: str) -> dict[str, int]:
    """Figures of one file."""
    tree, nodes = ast.parse(text), defaultdict(list)
    for node in ast.walk(tree):
        nodes[type(node)].append(node)
    functions = [node for kind in FUNCTIONS for node in nodes[kind]]
    return {
        f"functions over {LONG} lines": sum(f.end_lineno - f.lineno + 1 > LONG for f in functions),
        "kinds of data asked by name": sum(asks_kind(file, node) for node in nodes[ast.Compare]),
        "results: dict": sum(map(is_untyped_results, nodes[ast.arg])),
    }


def room_of(file: Path) -> str:
    return file.relative_to(SOURCE).parts[0]


def asks_kind(file: Path, node: ast.Compare) -> bool:
    """Whether it compares a `kind` with a text, outside the rooms that may."""
    return (
        room_of(file) not in MAY_ASK_KINDS
        and any(isinstance(other, ast.Constant) and isinstance(other.value, str) for other in node.comparators)
        and re.search(r"(^|\.)kind$", ast.unparse(node.left)) is not None
    )


def is_untyped_results(node: ast.arg) -> bool:
    typed = node.arg == "results" and node.annotation is not None
    return typed and ast.unparse(node.annotation).startswith("dict")


@pytest.mark.parametrize("figure", MOST)
def test_the_code_keeps_its_shape(figure):
    assert figures()[figure] <= MOST[figure]
