"""A graph as a text file of its edges: the names of two nodes a line, and behind them a weight, or NetworkX's {...},
which is not read; or, where a first line such as source,target,bond names them, other columns, which are attributes of
the edges. Blank lines and comments, which begin with # or %, are left out. Nodes are those that edges name.
"""

import csv
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from ...core.errors import DataError
from ...core.limits import MAX_MEMBERS
from ..sequences.text_lines import BREAKS
from ..tables.file_form import NUMBER

HEADS = {("source", "target"), ("from", "to"), ("u", "v"), ("node1", "node2"), ("src", "dst"), ("i", "j")}
SEPARATORS = ("\t", ";", "|", ",", None)  # those that names hold least come first; None: any blanks
GLANCE = 1_000  # lines by which the separator is found
COMMENT, MARKS = ("#", "%"), "# or %"
WEIGHT = "weight"  # of an edge, where no first line says what stands behind it
QUOTED_LETTERS = 40  # letters of a name or a line that an error shows


def read_edge_text(content: bytes | bytearray, what: str) -> tuple[Any, int]:
    """A MultiGraph of NetworkX, and the number of lines left out as comments. Raises DataError, naming the line, for
    what is no list of edges, and for more than is taken."""
    import networkx as nx

    try:
        text = bytes(content).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{what} is no UTF-8 text (byte {error.start}): save it as UTF-8") from error
    rows, named, comments = rows_of(text, lambda rows: _are_head(rows[0]))
    if not rows[named:]:
        raise DataError(f"{what} holds no edge: a graph without edges needs GraphML, which names its nodes")
    require_few_edges(len(rows), what)
    graph, columns = nx.MultiGraph(), rows[0].cells if named else []
    for number, line, cells in rows[named:]:
        if not (_are_edge(cells) or (len(columns) > 2 and len(cells) == len(columns) and all(cells[:2]))):
            raise DataError(
                f"{what}, line {number}: {quote_text(line)} is no edge, which is two names and perhaps a weight, or "
                "what the first line says: correct it"
            )
        attributes = {name: _value(text) for name, text in zip(columns[2:] or [WEIGHT], cells[2:]) if text}
        graph.add_edges_from([(*cells[:2], attributes)])
        if len(graph) > MAX_MEMBERS:
            raise DataError(
                f"{what}, line {number}: more than {MAX_MEMBERS} nodes, the limit for a graph that is modelled "
                "whole: leave it out"
            )
    return graph, comments


def require_few_edges(count: int, what: str) -> None:
    """Raises DataError for more edges than a graph has that is modelled whole."""
    if count > 2 * MAX_MEMBERS**2:
        raise DataError(f"{what} has more than {2 * MAX_MEMBERS**2:,} edges: remove those that are repeated")


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


def quote_text(text: str) -> str:
    return repr(text if len(text) <= QUOTED_LETTERS else f"{text[:QUOTED_LETTERS]}...")


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
