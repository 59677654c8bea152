"""The shape of the code, in figures that may fall and not rise. A figure above its aim says how far there is to go."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

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
LONG, MANY = 80, 12  # lines of a function, and its parameters, at most
TODAY_AND_AIM = {  # figure: no more than this today, and the aim
    "lines": (89_000, 77_000),
    "modules": (810, 560),
    "lines before the first class or function of a module, per cent": (20, 16),
    "rooms": (15, 15),
    "arrows between rooms": (68, 68),
    f"functions over {LONG} lines": (0, 0),
    f"functions with over {MANY} parameters": (0, 0),
    "kinds of data asked by name": (22, 0),
    "Any": (1_265, 500),
    "results: dict": (0, 0),
    "found assigned": (566, 100),
    "functions named by particles alone": (435, 0),
    "constants named by particles alone": (257, 40),
}


def by_particles_alone(name: str) -> bool:
    words = [word for word in name.lower().strip("_").split("_") if word]
    return bool(words) and PARTICLES.issuperset(words)


@cache
def figures() -> dict[str, float]:
    trees = {file: ast.parse(file.read_text()) for file in SOURCE.rglob("*.py")}
    lines = {file: file.read_text().count("\n") for file in trees}
    nodes = [(file, node) for file, tree in trees.items() for node in ast.walk(tree)]
    functions = [node for _, node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    names = [node for _, node in nodes if isinstance(node, ast.Name)]
    parameters = lambda f: len(f.args.posonlyargs) + len(f.args.args) + len(f.args.kwonlyargs)
    heads = [head(tree, lines[file]) for file, tree in trees.items()]
    return {
        "lines": sum(lines.values()),
        "modules": len(trees),
        "lines before the first class or function of a module, per cent": round(100 * sum(heads) / sum(lines.values())),
        "rooms": len({file.relative_to(SOURCE).parts[0] for file in trees if file.parent != SOURCE}),
        "arrows between rooms": len(arrows(nodes)),
        f"functions over {LONG} lines": sum(f.end_lineno - f.lineno + 1 > LONG for f in functions),
        f"functions with over {MANY} parameters": sum(parameters(f) > MANY for f in functions),
        "kinds of data asked by name": sum(asks_kind(file, node) for file, node in nodes),
        "Any": sum(name.id == "Any" for name in names),
        "results: dict": sum(is_untyped_results(node) for _, node in nodes),
        "found assigned": sum(name.id == "found" and isinstance(name.ctx, ast.Store) for name in names),
        "functions named by particles alone": sum(by_particles_alone(f.name) for f in functions),
        "constants named by particles alone": sum(map(by_particles_alone, constants(trees.values()))),
    }


def head(tree: ast.Module, lines: int) -> int:
    kinds = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef
    starts = [
        min(n.lineno, *(d.lineno for d in n.decorator_list)) if n.decorator_list else n.lineno
        for n in tree.body
        if isinstance(n, kinds)
    ]
    return min(starts, default=lines + 1) - 1


def arrows(nodes) -> set[tuple[str, str]]:
    """(room, room that it imports)."""
    rooms = {file.relative_to(SOURCE).parts[0] for file, _ in nodes if file.parent != SOURCE}
    pairs = set()
    for file, node in nodes:
        if isinstance(node, ast.ImportFrom):
            package = ("genwright", *file.relative_to(SOURCE).parts[:-1])
            above = package[: len(package) - node.level + 1] if node.level else ()
            path = (*above, *(node.module or node.names[0].name).split("."))
            pairs |= (
                {(file.relative_to(SOURCE).parts[0], path[1])} if path[0] == "genwright" and len(path) > 1 else set()
            )
    return {(a, b) for a, b in pairs if {a, b} <= rooms and a != b}


def asks_kind(file: Path, node: ast.AST) -> bool:
    """Whether it compares a `kind` with a text, outside the rooms that may."""
    return (
        isinstance(node, ast.Compare)
        and file.relative_to(SOURCE).parts[0] not in MAY_ASK_KINDS
        and any(isinstance(other, ast.Constant) and isinstance(other.value, str) for other in node.comparators)
        and re.search(r"(^|\.)kind$", ast.unparse(node.left)) is not None
    )


def is_untyped_results(node: ast.AST) -> bool:
    typed = isinstance(node, ast.arg) and node.arg == "results" and node.annotation is not None
    return typed and ast.unparse(node.annotation).startswith("dict")


def constants(trees) -> list[str]:
    targets = [
        target for tree in trees for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
    ]
    names = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return [name for name in names if name.isupper()]


@pytest.mark.parametrize("figure", TODAY_AND_AIM)
def test_the_code_keeps_its_shape(figure):
    today, aim = TODAY_AND_AIM[figure]
    assert today >= aim, "the aim is reached: hold it"
    assert figures()[figure] <= today
