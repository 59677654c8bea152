"""Bugs drawn by a seed, from operators on the syntax of modules that are new, and whether the tests of their room fail.

Nobody chooses such a bug, so that the share that dies says how much of the mathematics tests hold. The seed is the hash
of the last commit. A bug that survives gets a test by value; some change no value, and count as survivors all the same.
"""

from __future__ import annotations

import ast
import random
import re
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bars import Run, benchmark, plans
from common import Result
from mutants import ROOT, Mutant, copy_of_source, plant, tested

ROOMS = re.compile(r"src/genwright/(\w+/)?(families|networks|distributions|measure/metrics)/|.*_metrics\.py")
SINCE, COUNT = "2026-11-26", 40
MOST_TESTS = 5  # files of tests that a bug is tried against
AXES = {"sum", "mean", "softmax", "log_softmax", "cumsum", "cumprod", "logsumexp", "argmax", "argmin", "amax", "amin",
        "norm", "flatten", "squeeze", "unsqueeze", "std", "var", "prod", "any", "all", "cat", "stack"}  # fmt: skip
SYMMETRIC = {"min", "max", "minimum", "maximum", "hypot", "logaddexp", "transpose", "swapaxes"}  # they may swap
SWAPPED = {ast.Add: "-", ast.Sub: "+"}
DRAWN = plans(
    {"killed": (f"bugs drawn from modules since {SINCE} that tests of their room find, of {COUNT}", "bugs",
                ">= 32 bugs")},
    system="L7", data="the source", split="none", seeds=(0,), budget="their tests",
)  # fmt: skip


def new_modules() -> list[Path]:
    """Modules of the rooms that the history added since, below src/genwright, where they are now."""
    words = ["git", "log", f"--since={SINCE}", "--diff-filter=AR", "--name-status", "--format=", "--", "src/genwright"]
    lines = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    changes = [line.split("\t") for line in lines if line.endswith(".py")]
    moved = {change[1]: change[2] for change in changes if change[0].startswith("R")}

    def now(path: str) -> str:
        seen = {path}
        while (path := moved.get(path, path)) not in seen:
            seen.add(path)
        return path

    paths = {now(change[1]) for change in changes if change[0] == "A" and ROOMS.match(change[1])}
    return [Path(path).relative_to("src/genwright") for path in sorted(paths) if (ROOT / path).is_file()]


def mutations(text: str) -> Iterator[tuple[str, int, int, str]]:
    """(operator, begin, end, what replaces it) of everything in functions to which an operator applies."""
    starts, raw = [0], text.encode()
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    span = lambda node: (starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset)
    source = lambda node: raw[slice(*span(node))].decode()
    bodies = [part for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) for part in node.body]
    shown = [
        part for body in bodies for node in ast.walk(body) if isinstance(node, ast.Return) for part in logged(node)
    ]
    seen = {(ast.Call, span(part)) for part in shown if isinstance(part, ast.Call)}
    for node in (node for part in bodies for node in ast.walk(part)):
        where = span(node) if hasattr(node, "lineno") else None
        if where is None or (type(node), where) in seen:
            continue
        seen.add((type(node), where))
        if isinstance(node, ast.BinOp) and type(node.op) in SWAPPED:
            yield "sign", *where, f"({source(node.left)} {SWAPPED[type(node.op)]} {source(node.right)})"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            yield "dropped factor", *where, f"({source(node.left)})"
        if (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and not isinstance(node.operand, ast.Constant)
        ):
            yield "sign", *where, f"({source(node.operand)})"
        if isinstance(node, ast.Constant) and type(node.value) is int:
            yield "off by one", *where, str(node.value + 1)
        if isinstance(node, ast.Call):
            yield from _of_call(node, where, span, source)


def logged(node: ast.Return) -> list[ast.AST]:
    """The parts of what a loss returns to be logged, the dictionary beside it: a detach there changes no value."""
    beside = node.value.elts[1:] if isinstance(node.value, ast.Tuple) else []
    return [part for each in beside if isinstance(each, ast.Dict | ast.DictComp) for part in ast.walk(each)]


def _of_call(node: ast.Call, where: tuple[int, int], span, source) -> Iterator[tuple[str, int, int, str]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    plain = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
    if len(plain) == len(node.args) >= 2 and source(plain[0]) != source(plain[1]) and name not in SYMMETRIC:
        first, second = plain[:2]
        between = source(node)[span(first)[1] - where[0] : span(second)[0] - where[0]]
        yield "swapped argument", span(first)[0], span(second)[1], f"{source(second)}{between}{source(first)}"
    if name == "detach" and isinstance(node.func, ast.Attribute):
        yield "missing detach", *where, source(node.func.value)
    if name in AXES and node.args and type(getattr(node.args[-1], "value", None)) is int:
        axis = node.args[-1].value
        yield "wrong axis", *span(node.args[-1]), str(axis - 1 if axis else 1)


def drawn(seed: str, count: int = COUNT) -> list[Mutant]:
    """So many bugs, each of a module and an operator that the seed draws; a module that has none is left out."""
    rng, found = random.Random(seed), []
    every = {path: list(mutations((ROOT / "src/genwright" / path).read_text())) for path in new_modules()}
    every = {path: each for path, each in every.items() if each}
    while len(found) < count:
        path = rng.choice(sorted(every))
        kind = rng.choice(sorted({operator for operator, *_ in every[path]}))
        operator, begin, end, after = rng.choice([one for one in every[path] if one[0] == kind])
        text = (ROOT / "src/genwright" / path).read_text().encode()
        line = text[:begin].count(b"\n") + 1
        what = f"{operator}: line {line}, {text[begin:end].decode()} -> {after}"
        whole = (text[:begin] + after.encode() + text[end:]).decode()
        if compiles(whole) and tests_of(path) and all(one.what != what for one in found):
            found.append(Mutant(what, str(path), text.decode(), whole, tests_of(path)))
    return found


def compiles(text: str) -> bool:
    try:
        return bool(compile(text, "mutant", "exec"))
    except SyntaxError:
        return False


@cache
def texts_of_tests() -> dict[Path, str]:
    return {test: test.read_text() for test in sorted((ROOT / "tests").rglob("test_*.py"))}


def tests_of(path: Path) -> list[str]:
    """Files of tests that import the module, at most MOST_TESTS, those of its room first; where none does, those of its
    room that name it, or its family."""
    imported = re.compile(rf"\b{path.parent.name}(\.| import (\(\s*)?(\w+,\s*)*){path.stem}\b")
    named = re.compile(rf"\b{path.stem.replace('_', '[_-]')}\b")
    room = ROOT / "tests" / path.parts[0]
    every = texts_of_tests()
    found = [test for test, text in every.items() if imported.search(text)]
    found = found or [test for test, text in every.items() if named.search(text) and test.is_relative_to(room)]
    found.sort(key=lambda test: (path.stem not in test.stem, not test.is_relative_to(room)))
    return [str(test.relative_to(ROOT / "tests")) for test in found[:MOST_TESTS]]


@benchmark(plans=("DRAWN",), tiny={"count": 1})
def drawn_mutants(run: Run, count: int = COUNT, seed: str = "") -> Result:
    """Bugs that a seed draws from the modules that are new, one at a time, and whether a test that imports the module
    fails. seed: of the draw; the hash of the last commit where it is not named."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    chosen, rows = drawn(seed or head, count), []
    with tempfile.TemporaryDirectory() as folder:
        every = sorted({test for mutant in chosen for test in mutant.tests})
        status, said = tested(copy_of_source(Path(folder) / "sound"), every)
        if status != 0:
            raise SystemExit(f"the tests do not pass where nothing is planted:\n{said}")
        for number, mutant in enumerate(chosen):
            outcome, by = plant(mutant, Path(folder) / str(number))
            rows.append({"what": mutant.what, "file": mutant.file, "outcome": outcome, "by": by})
            print(f"{outcome:12} {mutant.file}: {mutant.what} {by}", flush=True)
    killed = sum(row["outcome"] == "killed" for row in rows)
    return [DRAWN["killed"].row(killed)], {"seed": seed or head, "mutants": rows}
