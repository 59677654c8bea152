"""Whether the mathematics behind a figure has changed since it was measured: the families, networks, distributions and
metrics that it ran, by what they compute: their syntax without docstrings, messages, types and imports, and whatever
their own names are.

New records name these files: every module of genwright and of benchmarks that was loaded (`loaded_files`). For older
records they are those that the script imports. A file that was only renamed, or described in other words, counts as
unchanged.
"""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import bars

SOURCE = bars.ROOT / "src"
JUDGED = re.compile(  # where the mathematics stands, in rooms and in packages of a science
    r"src/genwright/((\w+/)?(families|networks|distributions|measure/metrics)/|\w+/measure/(?!.*_suite\.py))"
)
RECORDING = {"ages.py", "bars.py", "bench.py", "systems.py"}  # they write records down, and measure nothing


def loaded_files() -> dict[str, str]:
    """{path below the repository: hash of its content} of the modules that this process has loaded."""
    paths = {Path(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    measures = lambda path: path.is_relative_to(SOURCE) or path.parent == bars.HERE and path.name not in RECORDING
    own = sorted(filter(measures, paths))
    return {str(path.relative_to(bars.ROOT)): blob for path, blob in zip(own, blobs(tuple(own)))}


def blobs(paths: tuple[Path, ...]) -> list[str]:
    """Git's hash of the content of each file."""
    if not paths:
        return []
    command = ["git", "hash-object", "--stdin-paths"]
    done = subprocess.run(command, cwd=bars.ROOT, input="\n".join(map(str, paths)), capture_output=True, text=True)
    return done.stdout.split()


def code_changed(row: dict, record: dict) -> bool | None:
    """Whether the code of a row changed; None where nothing tells, as in a clone without history.

    Args:
        row: Of a record.
        record: With "script", and "code" as `loaded_files` gives it, in newer ones.
    """
    if code := record.get("code"):
        return changed_since({path: blob for path, blob in code.items() if JUDGED.match(path)})
    name = record["script"].removeprefix("bench.py ").split(" at ")[0]
    if name not in bars.benchmarks():
        return True  # its program is gone
    commits = {row["run"]["commit"], *(part.split(" ")[0].rstrip(",") for part in row.get("parts", {}))}
    known, imported = [blobs_of(commit) for commit in commits], imported_files(bars.benchmarks()[name][0])
    if None in known:
        return None
    judged = [path for path in imported if JUDGED.match(path)]
    return any(changed_since({path: blobs[path] for path in judged if path in blobs}) is not False for blobs in known)


def changed_since(code: dict[str, str]) -> bool | None:
    """Whether the syntax of a file is not there any more, under any name. None where nothing tells.

    Args:
        code: {path: hash of the content of a file}.
    """
    blobs_there = set(present_blobs().values())
    then = [syntax_of(blob) for blob in code.values() if blob not in blobs_there]
    if not code or None in then:
        return None
    return not present_syntax().issuperset(then)


@cache
def present_blobs() -> dict[str, str]:
    every = {str(path.relative_to(bars.ROOT)): path for path in sorted(SOURCE.rglob("*.py"))}
    judged = {name: path for name, path in every.items() if JUDGED.match(name)}
    return dict(zip(judged, blobs(tuple(judged.values()))))


@cache
def present_syntax() -> frozenset[str]:
    return frozenset(syntax((bars.ROOT / path).read_text()) for path in present_blobs())


@cache
def syntax_of(blob: str) -> str | None:
    """The digest of a file in the history; None where it is not there."""
    done = subprocess.run(["git", "cat-file", "blob", blob], cwd=bars.ROOT, capture_output=True, text=True)
    return None if done.returncode else syntax(done.stdout)


def syntax(text: str) -> str:
    """A digest of what a module computes. Names that it defines, or imports from genwright, are numbered in the order
    in which they come."""
    tree, own = ast.parse(text), set()
    for node in ast.walk(tree):
        own |= names_bound(node)
        for part in ("annotation", "returns"):
            if hasattr(node, part):
                setattr(node, part, None)
        if isinstance(body := getattr(node, "body", None), list):
            kept = [part for part in body if not isinstance(part, ast.Import | ast.ImportFrom)]
            is_text = lambda part: isinstance(part, ast.Expr) and isinstance(getattr(part.value, "value", None), str)
            node.body = [part for part in kept if not is_text(part)]
    numbers: dict[str, str] = {}
    for node in ast.walk(tree):
        for part in ("id", "attr", "arg", "name"):
            name = getattr(node, part, None)
            if name in own:
                setattr(node, part, numbers.setdefault(name, str(len(numbers))))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            node.value = ""  # a message
    return hashlib.blake2b(ast.dump(tree).encode(), digest_size=16).hexdigest()


def names_bound(node: ast.AST) -> set[str]:
    """The names that a piece of syntax gives to what is of this package."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
        return {getattr(node, "id", None) or node.attr}
    if isinstance(node, ast.ImportFrom) and node.level:
        return {alias.asname or alias.name for alias in node.names}
    return set()


@cache
def blobs_of(commit: str) -> dict[str, str] | None:
    """{path: hash of its content} of the files of a commit that are judged; None where the commit is not there."""
    command = ["git", "ls-tree", "-r", "--format=%(path) %(objectname)", commit, "src/"]
    done = subprocess.run(command, cwd=bars.ROOT, capture_output=True, text=True)
    return None if done.returncode else dict(line.split(" ") for line in done.stdout.splitlines())


@cache
def imported_files(script: str) -> frozenset[str]:
    """Paths of what a module of benchmarks/ imports, directly or not, itself among them."""
    found, left = set(), [bars.HERE / f"{script}.py"]
    while left:
        path = left.pop()
        if path in found or not path.exists() or path.parent == bars.HERE and path.name in RECORDING:
            continue
        found.add(path)
        left += direct_imports(path)
    return frozenset(str(path.relative_to(bars.ROOT)) for path in found)


@cache
def direct_imports(path: Path) -> tuple[Path, ...]:
    """Where the modules that a file imports may stand."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [file for alias in node.names for file in files_of(alias.name, path, 0)]
        elif isinstance(node, ast.ImportFrom):
            name = node.module or ""
            found += files_of(name, path, node.level)
            found += [file for alias in node.names for file in files_of(f"{name}.{alias.name}", path, node.level)]
    return tuple(found)


def files_of(module: str, importer: Path, level: int) -> list[Path]:
    """Where a module may stand. level: dots before its name."""
    roots = [importer.parents[level - 1]] if level else [SOURCE, bars.HERE]
    place = module.strip(".").replace(".", "/")
    return [root / f"{place}{end}" for root in roots for end in (".py", "/__init__.py")]
