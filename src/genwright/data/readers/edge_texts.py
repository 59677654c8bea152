"""A graph as a text file of its edges: the names of two nodes a line, and behind them a weight, or NetworkX's {...},
which is not read; or, where a first line such as source,target,bond names them, other columns, which are attributes of
the edges. Blank lines and lines that begin with # or % are left out. Nodes are those that edges name.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field

from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS

HEADS = {("source", "target"), ("from", "to"), ("u", "v"), ("node1", "node2"), ("src", "dst"), ("i", "j")}
SEPARATORS = (",", ";", "\t", None)  # None: any blanks
WEIGHT = "weight"  # of an edge, where no first line says what stands behind it
SHOWN = 40  # letters of a name or a line that an error shows


@dataclass
class Edges:
    """Names of nodes and of the ends of edges, as a file has them. lines: of the edges. directed: some are. of_nodes,
    of_edges, of_graph: what the file says of each beside, by the name of the attribute. Raises DataError, naming the
    line, for more than is taken."""

    what: str
    nodes: dict[str, int] = field(default_factory=dict)
    ends: list[tuple[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    directed: bool = False
    of_nodes: dict[str, dict] = field(default_factory=dict)
    of_edges: list[dict] = field(default_factory=list)
    of_graph: dict = field(default_factory=dict)

    def node(self, name: str, line: int) -> None:
        if name in self.nodes:
            raise DataError(f"{self.what}, line {line}: node {shown(name)} is there twice: give each node a name")
        self._add(name, line)

    def edge(self, source: str, target: str, line: int, directed: bool = False) -> None:
        if len(self.ends) >= 2 * MAX_MEMBERS**2:
            raise DataError(f"{self.what} has more than {2 * MAX_MEMBERS**2:,} edges: remove those that are repeated")
        self.ends.append((source, target))
        self.lines.append(line)
        self.of_edges.append({})
        self.directed |= directed

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
        if len(self.nodes) >= MAX_MEMBERS:
            raise DataError(
                f"{self.what}, line {line}: more than {MAX_MEMBERS} nodes, and a graph that is modelled whole has at "
                "most so many, as every two of them are looked at: leave it out"
            )
        self.nodes[name] = len(self.nodes)
        self.of_nodes[name] = {}


def read_edge_text(content: bytes | bytearray, what: str) -> Edges:
    """Raises DataError, naming the line, for what is no list of edges."""
    try:
        said = _said(bytes(content).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(f"{what} is no UTF-8 text (byte {error.start}): save it as UTF-8") from error
    if not said:
        raise DataError(f"{what} holds no edge: a graph without edges needs GraphML, which names its nodes")
    by, found = _separator(said[0][1]), Edges(what)
    columns = _names(said[0][1], by, -1) if _are_head(_names(said[0][1], by)) else []
    for number, line in said[bool(columns) :]:
        names = _names(line, by, -1 if len(columns) > 2 else 2)
        if not (_are_edge(names) or (len(columns) > 2 and len(names) == len(columns) and all(names[:2]))):
            raise DataError(
                f"{what}, line {number}: {shown(line)} is no edge, which is two names and perhaps a weight, or what "
                "the first line says: correct it"
            )
        found.edge(*names[:2], number)
        found.of_edges[-1] |= {name: _value(text) for name, text in zip(columns[2:] or [WEIGHT], names[2:]) if text}
    if not found.ends:
        raise DataError(f"{what} holds no edge below its first line: leave it out")
    found.nodes_of_edges()
    return found


def lines_of_edges(content: bytes | bytearray, what: str) -> list[str]:
    """The lines that say something, of UTF-8, else of Windows-1252. Raises DataError where there are none."""
    try:
        text = bytes(content).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = bytes(content).decode("cp1252", errors="replace")
    said = [line for _, line in _said(text)]
    if not said:
        raise DataError(f"{what} holds no edge: give it a line for each, as in source,target")
    return said


def begins_with_edge(start: bytes) -> bool:
    """Whether a file that starts so can be a list of edges. start: some of its bytes, the last line perhaps in part."""
    said = _said(start.decode("utf-8-sig", errors="replace"))
    names = _names(said[0][1], _separator(said[0][1])) if said else []
    return _are_head(names) or _are_edge(names)


def shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def _said(text: str) -> list[tuple[int, str]]:
    """Lines that say something, with their numbers."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    return [(number, line) for number, line in lines if line and line[0] not in "#%"]


def _separator(line: str) -> str | None:
    return next(separator for separator in SEPARATORS if separator is None or separator in line)


def _names(line: str, by: str | None, most: int = 2) -> list[str]:
    """Cells of a line, `most` of them by themselves and the rest in one; -1: all."""
    return [name.strip().strip('"') for name in line.split(by, most)]


def _value(text: str) -> int | float | str:
    """A number where it is one, else the word."""
    for kind in (int, float):
        with suppress(ValueError, OverflowError):
            return kind(text)
    return text


def _are_head(names: list[str]) -> bool:
    return tuple(name.lower() for name in names[:2]) in HEADS


def _are_edge(names: list[str]) -> bool:
    """Two names, and behind them nothing, a weight, or attributes in braces."""
    beside = names[2] if len(names) > 2 else ""
    number = re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", beside, re.I)
    return len(names) > 1 and all(names[:2]) and (not beside or beside.startswith("{") or number is not None)
