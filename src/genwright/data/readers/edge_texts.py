"""A graph as a text file of its edges: the names of two nodes a line, and behind them a weight, or NetworkX's {...},
which is not read; or, where a first line such as source,target,bond names them, other columns, which are attributes of
the edges. Blank lines and comments, which begin with # or %, are left out. Nodes are those that edges name.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS
from ...domains.tables.file_form import NUMBER
from .text_lines import BREAKS

HEADS = {("source", "target"), ("from", "to"), ("u", "v"), ("node1", "node2"), ("src", "dst"), ("i", "j")}
SEPARATORS = ("\t", ";", "|", ",", None)  # those that names hold least come first; None: any blanks
GLANCE = 1_000  # lines by which the separator is found
COMMENT, MARKS = ("#", "%"), "# or %"
WEIGHT = "weight"  # of an edge, where no first line says what stands behind it
SHOWN = 40  # letters of a name or a line that an error shows


@dataclass
class Edges:
    """Names of nodes and of the ends of edges, as a file has them. lines: of the edges. one_way: whether each is
    directed. of_nodes, of_edges, of_graph: what the file says of each beside, by the name of the attribute. comments:
    lines that are left out. whole: whether the graph is modelled whole, which limits its size. Raises DataError, naming
    the line, for more than is taken."""

    what: str
    nodes: dict[str, int] = field(default_factory=dict)
    ends: list[tuple[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    one_way: list[bool] = field(default_factory=list)
    of_nodes: dict[str, dict] = field(default_factory=dict)
    of_edges: list[dict] = field(default_factory=list)
    of_graph: dict = field(default_factory=dict)
    comments: int = 0
    whole: bool = True

    def node(self, name: str, line: int) -> None:
        if name in self.nodes:
            raise DataError(f"{self.what}, line {line}: node {shown(name)} is there twice: give each node a name")
        self._add(name, line)

    def edge(self, source: str, target: str, line: int, directed: bool = False) -> None:
        if self.whole and len(self.ends) >= 2 * MAX_MEMBERS**2:
            raise DataError(f"{self.what} has more than {2 * MAX_MEMBERS**2:,} edges: remove those that are repeated")
        self.ends.append((source, target))
        self.lines.append(line)
        self.of_edges.append({})
        self.one_way.append(directed)

    @property
    def directed(self) -> bool:
        return any(self.one_way)

    def both_ways(self) -> None:
        """In a graph with directed edges, each edge that is not directed becomes two, with the same attributes."""
        undirected = [at for at, one in enumerate(self.one_way) if not one and self.directed]
        for source, target, line, told in [(*self.ends[at], self.lines[at], self.of_edges[at]) for at in undirected]:
            if source != target:
                self.edge(target, source, line, directed=True)
                self.of_edges[-1].update(told)

    def require_nodes(self) -> None:
        """Raises DataError where there are none, or an edge names one that is not there."""
        for line, ends in zip(self.lines, self.ends):
            for name in ends:
                if name not in self.nodes:
                    raise DataError(
                        f"{self.what}, line {line}: an edge names node {shown(name)}, which is not there: add it"
                    )
        if not self.nodes:
            raise DataError(f"{self.what} holds a graph without nodes: leave it out")

    def nodes_of_edges(self) -> None:
        """Take what edges name for the nodes."""
        for line, ends in zip(self.lines, self.ends):
            for name in ends:
                if name not in self.nodes:
                    self._add(name, line)

    def _add(self, name: str, line: int) -> None:
        if self.whole and len(self.nodes) >= MAX_MEMBERS:
            raise DataError(
                f"{self.what}, line {line}: more than {MAX_MEMBERS} nodes, the limit for a graph that is modelled "
                "whole: leave it out"
            )
        self.nodes[name] = len(self.nodes)
        self.of_nodes[name] = {}


def read_edge_text(content: bytes | bytearray, what: str) -> Edges:
    """Raises DataError, naming the line, for what is no list of edges."""
    try:
        text = bytes(content).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{what} is no UTF-8 text (byte {error.start}): save it as UTF-8") from error
    rows, named, comments = rows_of(text, lambda rows: _are_head(rows[0]))
    if not rows:
        raise DataError(f"{what} holds no edge: a graph without edges needs GraphML, which names its nodes")
    found, columns = Edges(what, comments=comments), rows[0].cells if named else []
    for number, line, cells in rows[named:]:
        if not (_are_edge(cells) or (len(columns) > 2 and len(cells) == len(columns) and all(cells[:2]))):
            raise DataError(
                f"{what}, line {number}: {shown(line)} is no edge, which is two names and perhaps a weight, or what "
                "the first line says: correct it"
            )
        found.edge(*cells[:2], number)
        found.of_edges[-1] |= {name: _value(text) for name, text in zip(columns[2:] or [WEIGHT], cells[2:]) if text}
    if not found.ends:
        raise DataError(f"{what} holds no edge below its first line: leave it out")
    found.nodes_of_edges()
    return found


def begins_with_edge(start: bytes) -> bool:
    """Whether a file that starts so can be a list of edges. start: some of its bytes, the last line perhaps in part."""
    rows, named, _ = rows_of(start.decode("utf-8-sig", errors="replace"), lambda rows: _are_head(rows[0]))
    return bool(rows) and (named or _are_edge(rows[0].cells))


class Row(NamedTuple):
    number: int
    line: str
    cells: list[str]


def rows_of(text: str, is_named: Callable[[list[list[str]]], bool]) -> tuple[list[Row], bool, int]:
    """Lines of a text that say something, cut into cells; whether the first names columns, as `is_named` says of the
    cells; and how many comments are left out: lines that begin with # or %. Below names of columns #tag is a name, and
    only a mark that stands alone begins a comment."""
    lines = [(number, line.strip()) for number, line in enumerate(BREAKS.split(text), 1) if line.strip()]
    taken = [(number, line) for number, line in lines if line[0] not in COMMENT]
    by = _separator([line for _, line in taken[:GLANCE]])
    rows = [Row(number, line, _cells(line, by)) for number, line in taken]
    named = bool(rows) and is_named([row.cells for row in rows])
    if named and len(lines) > len(rows):
        below = [(number, line) for number, line in lines if number > rows[0].number]
        rows = rows[:1] + [
            Row(number, line, _cells(line, by)) for number, line in below if line.split(maxsplit=1)[0] not in COMMENT
        ]
    return rows, named, len(lines) - len(rows)


def shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def _separator(lines: list[str]) -> str | None:
    """Separator that cuts the most lines into the same number of cells, two or more, apart from NetworkX's {...}."""

    def alike(by: str | None) -> int:
        widths = Counter(len(_cells(_without_braces(line), by)) for line in lines)
        return max((count for width, count in widths.items() if width > 1), default=0)

    return max(SEPARATORS, key=alike)


def _without_braces(line: str) -> str:
    return line[: line.find("{")] if line.endswith("}") and "{" in line else line


def _cells(line: str, by: str | None) -> list[str]:
    """NetworkX's {...} at the end is one cell."""
    names = _without_braces(line)
    cells = [cell.strip().strip('"') for cell in names.split(by)]
    if by is not None and '"' in names:
        with suppress(csv.Error):  # a cell that is too long is no name
            cells = [cell.strip() for cell in next(csv.reader([names], delimiter=by, skipinitialspace=True))]
    braces = line[len(names) :]
    if braces and cells and not cells[-1]:
        cells.pop()
    return [*cells, braces] if braces else cells


def _value(text: str) -> int | float | str:
    """A number where it is one, else the word."""
    if not NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdecimal() else float(text.replace(",", "."))


def _are_head(names: list[str]) -> bool:
    return tuple(name.lower() for name in names[:2]) in HEADS


def _are_edge(cells: list[str]) -> bool:
    """Two names, and behind them nothing, a weight, or attributes in braces."""
    beside = cells[2] if len(cells) > 2 else ""
    weight = not beside or beside.startswith("{") or NUMBER.fullmatch(beside) is not None
    return 1 < len(cells) <= 3 and all(cells[:2]) and weight
