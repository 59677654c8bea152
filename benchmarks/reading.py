"""Forty identifiers and forty docstrings, drawn once, for a reader who does not know the code.

`python benchmarks/reading.py` prints them. The reader sees a definition's first line and, of an identifier, one line
that uses it; he says what it does or holds. results/reading.json keeps what he was shown, what he said, and whether the
code agrees.
"""

import ast
import json
import random
import re
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "genwright"
DRAWN = 40
DEFINED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions() -> list[tuple[Path, str, str, str]]:
    """(file, name, first line, docstring or "") of functions, methods, classes and constants of modules."""
    rows = []
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if isinstance(node, DEFINED) and not node.name.startswith("__"):
                rows.append((file, node.name, signature(node), ast.get_docstring(node) or ""))
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                rows.append((file, node.targets[0].id, ast.unparse(node)[:120], ""))
    return rows


def signature(node: DEFINED) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}({', '.join(map(ast.unparse, node.bases))})"
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    marks = "".join(f"@{ast.unparse(mark)} " for mark in node.decorator_list)
    return f"{marks}def {node.name}({ast.unparse(node.args)}){returned}"


def usage(file: Path, name: str, generator: random.Random) -> str:
    """One line of a file that uses a name and does not define it, or ""."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    lines = [line.strip() for line in file.read_text().splitlines() if word.search(line)]
    using = [
        line for line in lines if not re.match(rf"@|(async )?def {name}\b|class {name}\b|{name} = |from |import ", line)
    ]
    return generator.choice(using) if using else ""


def draw(seed: int = 0) -> dict[str, list[dict[str, str]]]:
    generator = random.Random(seed)
    rows = definitions()
    names = generator.sample(rows, DRAWN)
    explained = generator.sample([row for row in rows if row[3]], DRAWN)
    return {
        "identifiers": [{"name": n, "first line": s, "used": usage(f, n, generator)} for f, n, s, _ in names],
        "docstrings": [{"first line": s, "docstring": doc} for _, _, s, doc in explained],
    }


if __name__ == "__main__":
    print(json.dumps(draw(), indent=1))
