"""Whether the code behind a figure has changed since it was measured, by the content of the files that it ran.

New records name these files: every module of genwright and of benchmarks that was loaded (`loaded_files`). For older
records they are those that the script imports, with all of genwright where it calls `genwright.NAME` or runs its
source. A file that was only renamed counts as unchanged.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import bars

SOURCE = bars.ROOT / "src"
BY_NAME = re.compile(r'(?<!from )\bgenwright\.\w|"src"')  # a script that runs modules which it does not import
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
        present = present_blobs()
        there = set(present.values())
        return any(present.get(path) != blob and blob not in there for path, blob in code.items())
    name = record["script"].removeprefix("bench.py ").split(" at ")[0]
    if name not in bars.benchmarks():
        return True  # its program is gone
    commits = {row["run"]["commit"], *(part.split(" ")[0].rstrip(",") for part in row.get("parts", {}))}
    known = [blobs_of(commit) for commit in commits]
    present = {present_blobs()[path] for path in imported_files(bars.benchmarks()[name][0])}
    return None if None in known else any(not present <= blobs for blobs in known)


@cache
def present_blobs() -> dict[str, str]:
    paths = tuple(sorted([*SOURCE.rglob("*.py"), *bars.HERE.rglob("*.py")]))
    return {str(path.relative_to(bars.ROOT)): blob for path, blob in zip(paths, blobs(paths))}


@cache
def blobs_of(commit: str) -> frozenset[str] | None:
    """Hashes of all files of a commit; None where the commit is not there."""
    command = ["git", "ls-tree", "-r", "--format=%(objectname)", commit]
    done = subprocess.run(command, cwd=bars.ROOT, capture_output=True, text=True)
    return None if done.returncode else frozenset(done.stdout.split())


@cache
def imported_files(script: str) -> frozenset[str]:
    """Paths of what a module of benchmarks/ imports, directly or not, itself among them."""
    found, left = set(), [bars.HERE / f"{script}.py"]
    while left:
        path = left.pop()
        if path in found or not path.exists() or path.parent == bars.HERE and path.name in RECORDING:
            continue
        found.add(path)
        if path.parent == bars.HERE and BY_NAME.search(path.read_text()):
            found.update(SOURCE.rglob("*.py"))
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
