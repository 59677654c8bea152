"""The shape of the code, in figures that may fall and not rise. A figure above its aim says how far there is to go."""

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
PARTICLES = set(
    "a an the of at in on to by from with without for as and or not no is are was be been it its itself this that "
    "these those each every all alone apart again also once only still else other others same so such than then there "
    "here now where when who whom whose what which how why whether while told said asked kept left found given taken "
    "drawn made begun gone done seen shown known held put set got let own old new fresh first last next more most less "
    "least few many much some any none nothing whole part parts middle beside between among within into onto over "
    "under up down out off away back near like unlike".split()
)
FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef
LONG, MANY = 80, 12  # lines of a function, and its parameters, at most
TODAY_AND_AIM = {  # figure: no more than this today, and the aim
    "lines": (104_170, 77_000),
    "modules": (624, 536),
    "lines before the first class or function of a module, per cent": (16, 16),
    "rooms": (15, 15),
    "arrows between rooms": (65, 65),
    f"functions over {LONG} lines": (0, 0),
    f"functions with over {MANY} parameters": (0, 0),
    "kinds of data asked by name": (0, 0),
    "Any": (500, 500),
    "results: dict": (0, 0),
    "found assigned": (100, 100),
    "functions named by particles alone": (0, 0),
    "constants named by particles alone": (8, 8),
}


def by_particles_alone(name: str) -> bool:
    words = [word for word in name.lower().strip("_").split("_") if word]
    return bool(words) and PARTICLES.issuperset(words) and not name.startswith("__")


@cache
def figures() -> dict[str, float]:
    files = sorted(SOURCE.rglob("*.py"))
    rooms = {room_of(file) for file in files if file.parent != SOURCE}
    total, arrows = Counter(), {(room(name), room(other)) for name in MODULES for other in imported(name)}
    for file in files:
        total.update(count_in(file, file.read_text()))
    arrows = {(a, b) for a, b in arrows if {a, b} <= rooms and a != b}
    head = "lines before the first class or function of a module, per cent"
    return dict(total) | {
        "modules": len(files),
        "rooms": len(rooms),
        "arrows between rooms": len(arrows),
        head: round(100 * total[head] / total["lines"]),
    }


def count_in(file: Path, text: str) -> dict[str, int]:
    """Figures of one file."""
    tree, nodes = ast.parse(text), defaultdict(list)
    for node in ast.walk(tree):
        nodes[type(node)].append(node)
    functions = [node for kind in FUNCTIONS for node in nodes[kind]]
    parameters = lambda f: len(f.args.posonlyargs) + len(f.args.args) + len(f.args.kwonlyargs)
    lines = text.count("\n")
    return {
        "lines": lines - sum(map(lines_of_arguments, [*functions, *nodes[ast.ClassDef]])),
        "lines before the first class or function of a module, per cent": head(tree, lines),
        f"functions over {LONG} lines": sum(f.end_lineno - f.lineno + 1 > LONG for f in functions),
        f"functions with over {MANY} parameters": sum(parameters(f) > MANY for f in functions),
        "kinds of data asked by name": sum(asks_kind(file, node) for node in nodes[ast.Compare]),
        "Any": sum(name.id == "Any" for name in nodes[ast.Name]),
        "results: dict": sum(map(is_untyped_results, nodes[ast.arg])),
        "found assigned": sum(name.id == "found" and isinstance(name.ctx, ast.Store) for name in nodes[ast.Name]),
        "functions named by particles alone": sum(by_particles_alone(f.name) for f in functions),
        "constants named by particles alone": sum(map(by_particles_alone, constants(tree))),
    }


def lines_of_arguments(node: ast.AST) -> int:
    """Lines of a docstring that describe arguments; they do not count."""
    below = (ast.get_docstring(node) or "").partition("\nArgs:\n")[2]
    return bool(below) + len(below.partition("\n\n")[0].splitlines())


def head(tree: ast.Module, lines: int) -> int:
    starts = [
        min(n.lineno, *(d.lineno for d in n.decorator_list)) if n.decorator_list else n.lineno
        for n in tree.body
        if isinstance(n, (*FUNCTIONS, ast.ClassDef))
    ]
    return min(starts, default=lines + 1) - 1


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


def constants(tree: ast.Module) -> list[str]:
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    names = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return [name for name in names if name.isupper()]


@pytest.mark.parametrize("figure", TODAY_AND_AIM)
def test_the_code_keeps_its_shape(figure):
    today, aim = TODAY_AND_AIM[figure]
    assert today >= aim, "the aim is reached: hold it"
    assert figures()[figure] <= today
