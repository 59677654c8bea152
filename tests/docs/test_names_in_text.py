"""Names in backticks, on pages and in docstrings: what looks like a file, a module, a class or a function exists.

Commands and options have tests of their own (`test_remedies.py`, `test_snippets.py`).
"""

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "genwright"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = ("src", "tests", "docs", "benchmarks", "models", ".ci")  # whose files and words names may stand for
FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef

BLOCK = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)(?! at commit)")  # an earlier commit may have had what a record names
WORD = re.compile(r"[^\W\d]\w*")
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*|[\w-]+\.py")
DOTTED = re.compile(r"(?:gw\.|genwright\.)?([^\W\d]\w*(?:\.[^\W\d]\w*)+)(?:\(.*\))?", re.S)
NAME = re.compile(r"([^\W\d]\w*)(?:\(.*\))?", re.S)
DATA_FILE = re.compile(r"\.(csv|tsv|txt|smi|xyz|sdf|npz|png|jpg|html|xlsx|jsonl|safetensors|wav|mid|pdb|cif|gz|json)$")
PLACEHOLDER = re.compile(r"(?<![A-Za-z])(NAME|KIND|WING|DATA|FAMILY|FOLDER)(?![a-z])")
VARIABLES = {
    "genwright",
    "data",
    "model",
    "family",
    "predictor",
    "comparison",
    "network",
    "hyper",
}  # of readers, and modules too
OTHERS = {
    "twine", "sha256sum", "sacct", "GOMP_SPINCOUNT", "F.glu", "pyarrow.Table.from_pandas(rows)",  # other programs
    "my_score.py", "dock.py", "VAEHyper()", "canonical_smiles", "engine_id", "jo_n", "toxicity_of", "userId", "y_unit",
    "P1DT2H",  # a duration
}  # fmt: skip  # what is not ours, or stands for something of a reader's


@cache
def files() -> frozenset[str]:
    """Files and folders of the repository, with / before and after their names."""
    found = [path for name in FOLDERS for path in (ROOT / name).rglob("*")] + [*ROOT.iterdir()]
    return frozenset(f"/{path.relative_to(ROOT).as_posix()}/" for path in found)


@cache
def folders() -> set[str]:
    """Names of folders of code."""
    return {path.name for name in FOLDERS[:4] for path in (ROOT / name).rglob("*/")} | set(FOLDERS)


class Known:
    """What code defines.

    words: of code and data, without docstrings. modules: {stem: words of the modules of that name}. members: {class:
    names in its body}, of all classes of a name. bases: {class: names of its bases}.
    """

    def __init__(self):
        self.words = set(dir(builtins))
        self.modules, self.members, self.bases = defaultdict(set), defaultdict(set), defaultdict(set)
        self.docstrings: list[tuple[Path, str]] = []
        for path in (path for name in FOLDERS for path in (ROOT / name).rglob("*.py") if path != Path(__file__)):
            self._read(path)
        for path in (path for path in SOURCE.rglob("*") if path.suffix in (".js", ".j2", ".json")):
            self.words |= set(WORD.findall(path.read_text()))

    def _read(self, path: Path) -> None:
        text = path.read_text()
        if SOURCE in path.parents or path.parent.name == "benchmarks":
            tree = ast.parse(text)
            lines = text.splitlines()
            for node in _described(tree):
                self._read_class(node)
                if docstring := ast.get_docstring(node):
                    self.docstrings.append((path, docstring))
                    begin, end = node.body[0].lineno - 1, node.body[0].end_lineno
                    lines[begin:end] = [""] * (end - begin)
            text = "\n".join(lines)
        words = set(WORD.findall(text))
        self.words |= words
        self.modules[path.parent.name if path.name == "__init__.py" else path.stem] |= words

    def _read_class(self, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef):
            self.members[node.name] |= set(WORD.findall(ast.unparse(ast.Module(_without_docstring(node), []))))
            self.bases[node.name] |= {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}


def _described(node: ast.AST) -> Iterator[ast.AST]:
    """A module, its classes and functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.stmt):
            if isinstance(child, (ast.ClassDef, *FUNCTIONS)):
                yield from _described(child)


def _without_docstring(node: ast.ClassDef) -> list[ast.stmt]:
    return node.body[ast.get_docstring(node) is not None :]


@cache
def known() -> Known:
    return Known()


def members(name: str) -> set[str]:
    """Names in the bodies of a class and of its bases."""
    return known().members[name].union(*(members(base) for base in known().bases.get(name, ()) if base != name))


def is_file(path: str) -> bool:
    """Whether a file, a module without its suffix, or a folder has this path, or one that ends in it."""
    return any(f"/{path.removeprefix('./').strip('/')}{end}/" in one for end in ("", ".py") for one in files())


def lacks(span: str) -> bool:
    """Whether a span looks like a name and names nothing that is there."""
    if PATH.fullmatch(span):
        ours = span.endswith(".py") or not folders().isdisjoint(span.split("/")) and not span.startswith("runs/")
        return ours and not DATA_FILE.search(span) and not is_file(span)
    if found := DOTTED.fullmatch(span):
        *first, last = found[1].split(".")
        if DATA_FILE.search(span) or is_file(found[1].replace(".", "/")):
            return False
        if first[-1] in known().members:
            return last not in members(first[-1])
        if first[-1] in known().modules and first[-1] not in VARIABLES:
            return last not in known().modules[first[-1]]
        return not known().words.issuperset((*first, last))
    found = NAME.fullmatch(span)
    return found is not None and found[1] not in known().words


def missing(text: str) -> list[str]:
    """Spans of a page or a docstring, without its blocks of code, that name nothing that is there."""
    spans = (" ".join(span.split()) for span in SPAN.findall(BLOCK.sub("", text)))
    return [span for span in spans if span not in OTHERS and not PLACEHOLDER.search(span) and lacks(span)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_what_is_there(page):
    assert missing(page.read_text()) == []


def test_docstrings_name_what_is_there():
    found = ((path, missing(docstring)) for path, docstring in known().docstrings if SOURCE in path.parents)
    assert not [f"{path}: {', '.join(names)}" for path, names in found if names]


@pytest.mark.parametrize(
    "gone",
    ["core/no_such.py", "two_stage/quantisers", "data/kinds/", "Results.left_out", "genwright.core.no_such",
     "grid_masks.rules_of", "exits.no_such", "no_such_function(x)", "NoSuchClass"],
)  # fmt: skip
def test_what_is_not_there_is_found(gone):
    assert missing(f"See `{gone}`.")
