"""The shape of the code: no function is long, and no kind of data is asked by name."""

import ast
import re
from functools import cache
from pathlib import Path

import genwright

SOURCE = Path(genwright.__file__).parent
FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef
MAY_ASK_KINDS = ("kinds", "zoo")
LONG = 80  # lines of a function's body at most, without its signature and docstring


@cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """(file below src/genwright, function or comparison)."""
    trees = ((file.relative_to(SOURCE), ast.parse(file.read_text())) for file in sorted(SOURCE.rglob("*.py")))
    return [
        (file, node) for file, tree in trees for node in ast.walk(tree) if isinstance(node, (*FUNCTIONS, ast.Compare))
    ]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement to the last, without the docstring."""
    begin = function.body[ast.get_docstring(function, clean=False) is not None :]
    return begin[-1].end_lineno - begin[0].lineno + 1 if begin else 0


LIKELIHOODS = {"exact", "lower bound", "estimate", "unnormalised"}  # kinds of these


def asks_kind(node: ast.Compare) -> bool:
    """Whether it compares a `kind` with a text, other than that of a likelihood."""
    texts = {other.value for other in node.comparators if isinstance(other, ast.Constant)}
    return (
        any(isinstance(text, str) for text in texts - LIKELIHOODS)
        and re.search(r"(^|\.)kind$", ast.unparse(node.left)) is not None
    )


def test_no_body_of_a_function_is_long():
    functions = ((file, node) for file, node in nodes() if isinstance(node, FUNCTIONS))
    assert not [f"{file}: {function.name}" for file, function in functions if body_lines(function) > LONG]


def test_the_signature_and_the_docstring_of_a_function_do_not_count():
    said = "\n".join(f"    # {line}" for line in range(LONG))
    (function,) = ast.parse(f'def f(\n{said}\n    a=1,\n):\n    """A.\n{said}\n    """\n    b = a\n    return b').body
    assert body_lines(function) == 2


def test_no_kind_of_data_is_asked_by_name():
    asked = ((file, node) for file, node in nodes() if isinstance(node, ast.Compare) and asks_kind(node))
    assert not [f"{file}: {ast.unparse(node)}" for file, node in asked if not {*MAY_ASK_KINDS} & {*file.parts}]
