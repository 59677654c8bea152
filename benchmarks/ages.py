"""Whether the mathematics behind a figure has changed since it was measured: what the functions of its families, their
networks, distributions and metrics compute.

A record holds a digest of each such function (`computed`). A row is marked where one of them is in no file any more,
under any name. A digest is of the syntax without docstrings, messages, types and imports, and with its names numbered.
Only names that torch and numpy have stay, since they say what is computed.

`python benchmarks/ages.py` adds the digests to records that have none, from the files of their commit.
"""

from __future__ import annotations

import ast
import builtins
import copy
import hashlib
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import bars

from genwright.zoo import registry
from genwright.zoo.card import read_index

SOURCE = bars.ROOT / "src"
JUDGED = re.compile(  # where the mathematics stands, in rooms and in packages of a science
    r"src/genwright/((\w+/)?(families|networks|distributions|measure/metrics)/|\w+/measure/(?!.*_suite\.py))"
)
METRICS = re.compile(r"src/genwright/(\w+/)?measure/")
BUILDS = re.compile(r"src/genwright/(\w+/)?zoo/")  # functions that build a family of its networks
SHORT_TEXT = 40  # letters of a text that may name a family
RECORDING = {"ages.py", "bars.py", "bench.py", "systems.py"}  # they write records down, and measure nothing


def loaded_files() -> dict[str, str]:
    """{path below the repository: hash of its content} of the modules that this process has loaded."""
    paths = {path for module in list(sys.modules.values()) if (path := getattr(module, "__file__", None))}
    paths = [bars.ROOT / path for path in paths]
    measures = lambda path: path.is_relative_to(SOURCE) or path.parent == bars.HERE and path.name not in RECORDING
    own = sorted(filter(measures, paths))
    return {str(path.relative_to(bars.ROOT)): blob for path, blob in zip(own, blobs(own))}


def blobs(paths: Iterable) -> list[str]:
    """Git's hash of the content of each file."""
    words = ["git", "hash-object", "--stdin-paths"]
    done = subprocess.run(words, cwd=bars.ROOT, input="\n".join(map(str, paths)), capture_output=True, text=True)
    return done.stdout.split()


# ---------------------------------------------------------------------- what a function computes


def digest(node: ast.stmt) -> str:
    """Of what a statement computes, whatever its names. Changes the node."""
    for part in ast.walk(node):
        for name in ("annotation", "returns"):
            if hasattr(part, name):
                setattr(part, name, None)
        if isinstance(body := getattr(part, "body", None), list):
            part.body = [one for one in body if not is_silent(one)]
    numbers: dict[tuple[bool, str], str] = {}
    for part in ast.walk(node):
        for name in ("id", "attr", "arg", "name"):
            word = getattr(part, name, None)
            if word is not None and word not in kept_names(name):
                key = isinstance(part, ast.Attribute | ast.keyword), word  # `self.mean` is not the variable `mean`
                setattr(part, name, numbers.setdefault(key, str(len(numbers))))
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value:
            part.value = ""  # a message
    return hashlib.blake2b(ast.dump(node).encode(), digest_size=5).hexdigest()


def is_silent(node: ast.stmt) -> bool:
    """Whether a statement computes nothing: an import, a text."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Import | ast.ImportFrom)


@cache
def kept_names(role: str) -> frozenset[str]:
    """Names of libraries, which say what is computed. role: the field of the syntax that holds them."""
    if role == "id":
        return frozenset(dir(builtins))
    if role != "attr":
        return frozenset()
    import numpy
    import torch

    owners = (torch, torch.Tensor, torch.nn, torch.nn.functional, torch.linalg, numpy, numpy.ndarray, numpy.linalg)
    return frozenset(name for owner in (*owners, math, str, dict, list, set) for name in dir(owner))


def pieces(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The functions, methods and constants of a module or class, one by one."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from pieces(node.body)
        elif not is_silent(node):
            yield node


@cache
def present_digests() -> frozenset[str]:
    """Of all that the judged files of today compute."""
    paths = [path for path in sorted(SOURCE.rglob("*.py")) if JUDGED.match(str(path.relative_to(bars.ROOT)))]
    return frozenset(digest(piece) for path in paths for piece in pieces(ast.parse(path.read_text()).body))


def code_changed(row: dict, record: dict) -> bool | None:
    """Whether what a row is of computes otherwise now; None where its record does not tell."""
    computed = record.get("computed", {}).get(", ".join(row.get("families", ())))
    return None if computed is None else not present_digests().issuperset(computed.split())


# ---------------------------------------------------------------------- what a row is of


def families_of(row: dict, record: dict, program: str) -> list[str]:
    """The families that a row names, else those of its record, else those that its program names; none for a figure of
    none. Simple baselines alone do not count."""
    texts = [f"{row['what']} {' '.join(row.get('sides') or {})}", " ".join(record.get("trainings") or ())]
    for text in [*texts, short_texts(program)]:
        found = families_in(text)
        if not all(known_families()[family] for family in found):
            return found
    return []


def families_in(text: str) -> list[str]:
    return [family for family in known_families() if re.search(rf"(?<![\w-]){re.escape(family)}(?![\w-])", text)]


@cache
def known_families() -> dict[str, bool]:
    """{family: whether it is a simple baseline}, in the order of their names."""
    return dict(sorted((row.family, row.baseline) for row in registry.rows()))


def short_texts(program: str) -> str:
    """The texts of a program that may name a family."""
    texts = (node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant))
    return " ".join(text for text in texts if isinstance(text, str) and len(text) < SHORT_TEXT)


@dataclass(frozen=True)
class Unit:
    """A function, class or constant at the top of a file. uses: the names of others that it mentions."""

    path: str
    name: str
    uses: frozenset[str]
    node: ast.stmt


def units_of(path: str, text: str) -> list[Unit]:
    """All units of a file. A name counts as used where the file defines or imports it."""
    tree, found, own = ast.parse(text), [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            own |= {alias.asname or alias.name for alias in node.names}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
        found += [(name, node) for target in targets if (name := getattr(target, "id", getattr(target, "name", "")))]
    own |= {name for name, _ in found}
    return [Unit(path, name, names_used(node, own) - {name}, node) for name, node in found]


def names_used(node: ast.stmt, own: set[str]) -> frozenset[str]:
    """Those of a file's own names that a statement mentions, and what it takes from modules of these names."""
    used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & own
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Attribute))
    return frozenset(used | {part.attr for part in parts if getattr(part.value, "id", "") in own})


def of_code(record: dict, sources: Mapping[str, str], program: str) -> dict[str, object]:
    """What a record holds of the code that ran: "bars", each with its "families", and "computed", {families: digests
    of all that they, their networks and the metrics of the record compute}.

    Args:
        record: with "bars" and "trainings".
        sources: {path: text} of the files that ran.
        program: text of the module of the benchmark.
    """
    units = [unit for path, text in sources.items() if JUDGED.match(path) or BUILDS.match(path)
             for unit in units_of(path, text)]  # fmt: skip
    named: dict[str, list[Unit]] = {}
    for unit in units:
        named.setdefault(unit.name, []).append(unit)
    words = " ".join(f"{row['what']} {(row.get('plan') or {}).get('metric', '')}" for row in record["bars"]).lower()
    words = set(re.findall("[a-z]{4,}", words))
    shared = [unit for unit in units if METRICS.match(unit.path) and words & set(unit.name.lower().split("_"))]
    shared += [unit for one in units_of("", program) for name in one.uses for unit in named.get(name, ())]
    rows = [row | {"families": families_of(row, record, program)} for row in record["bars"]]
    computed = {}
    for families in sorted({tuple(row["families"]) for row in rows}):
        left = [unit for family in families for unit in roots_of(family, units)] + shared
        reached = {}
        while left:
            unit = left.pop()
            if id(unit) not in reached:
                reached[id(unit)] = unit
                left += [other for name in unit.uses for other in named.get(name, ())]
        bodies = [unit.node for unit in reached.values() if JUDGED.match(unit.path)]
        computed[", ".join(families)] = " ".join(sorted({digest(piece) for piece in pieces(copy.deepcopy(bodies))}))
    return {"bars": rows, "computed": computed}


def roots_of(family: str, units: list[Unit]) -> list[Unit]:
    """Where a family begins: its modules, of its own name or that of today's, and the functions that build it."""
    rows = read_index()[family]["on"].values() if family in read_index() else ()
    modules = {name.partition(":")[0].rpartition(".")[2] for row in rows for name in row["equations"]}
    modules |= {family.replace("-", "_")}
    own = [unit for unit in units if "/families/" in unit.path and PurePosixPath(unit.path).stem in modules]
    classes = {unit.name for unit in own if isinstance(unit.node, ast.ClassDef)}
    builds = lambda unit: BUILDS.match(unit.path) and isinstance(unit.node, ast.FunctionDef) and unit.uses & classes
    return own + [unit for unit in units if builds(unit)]


def of_this_tree(record: dict) -> dict[str, object]:
    """What a new record holds of its code."""
    module, _ = bars.benchmarks().get(record["script"].removeprefix("bench.py "), ("", ""))
    path = bars.HERE / f"{module}.py"
    program = path.read_text() if path.is_file() else ""
    return of_code(record, {path: (bars.ROOT / path).read_text() for path in record["code"]}, program)


# ---------------------------------------------------------------------- records that have none yet


def of_history(record: dict) -> dict[str, object]:
    """What a record of earlier holds of its code, by the files that it names, else by those of its commit; nothing
    where the history does not have them."""
    dated = [row for row in record.get("bars", []) if bars.verdict(row) != bars.HISTORICAL]
    if not dated:
        return {}
    words = ["ls-tree", "-r", "--format=%(path) %(objectname)", dated[0]["run"]["commit"], "src/", "benchmarks/"]
    tree = dict(line.split(" ") for line in git(*words).splitlines())
    code = record.get("code") or tree
    paths = [path for path in code if JUDGED.match(path) or BUILDS.match(path)]
    texts = {path: text_of(code[path]) for path in paths}
    texts |= {path: text_of(tree.get(path, "")) for path, text in texts.items() if text is None}  # it was uncommitted
    if not tree or None in texts.values():
        return {}
    name = record["script"].removeprefix("bench.py ").split(" at ")[0]
    programs = (text_of(blob) for path, blob in (tree | code).items() if path.startswith("benchmarks/"))
    program = next((text for text in programs if text and f"\ndef {name}(" in text), "")
    found = of_code(record | {"bars": dated}, texts, program)
    rows = iter(found["bars"])
    return found | {"bars": [next(rows) if row in dated else row for row in record["bars"]]}


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=bars.ROOT, capture_output=True, text=True).stdout


@cache
def text_of(blob: str) -> str | None:
    done = subprocess.run(["git", "cat-file", "blob", blob], cwd=bars.ROOT, capture_output=True, text=True)
    return None if done.returncode else done.stdout


if __name__ == "__main__":
    for path in sorted(bars.RESULTS.glob("*.json")):
        record = json.loads(path.read_text())
        if "computed" not in record and (found := of_history(record)):
            path.write_text(json.dumps(record | found, indent=1) + "\n")
