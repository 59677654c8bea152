"""A folder of graphs, one a file: GraphML where there is any, else lists of edges."""

import os
from pathlib import Path
from typing import Any

from ...core.errors import DataError
from ...core.limits import most_bytes, open_plain, read_plain, require_size
from ...core.patience import with_progress
from ..images.picture_files import SUFFIXES as PICTURES
from ..sequences.text_lines import comments_left_out
from .edge_texts import MARKS, begins_with_edge, read_edge_text
from .graphml import read_graphml

GRAPHML, EDGES, TEXTS = (".graphml",), (".edges", ".edgelist"), (".txt", ".csv", ".tsv")
BEGINNING = 4096  # bytes, in which a text tells whether it is a list of edges
PARSED = 8  # bytes of memory that a byte of a file may take once it is taken apart


def is_graph_folder(folder: Path) -> bool:
    """Whether it holds GraphML or edge lists by their own suffixes; or texts, of which the first begins as an edge list
    does, and neither images nor folders."""
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if any(_has_ending(path, GRAPHML + EDGES) for path in paths):
        return True
    texts = [path for path in paths if _has_ending(path, TEXTS)]
    return bool(texts) and not any(p.is_dir() or p.name.lower().endswith(PICTURES) for p in paths) and _begins(texts[0])


def _begins(path: Path) -> bool:
    """Whether a text begins as a list of edges."""
    try:
        with open_plain(path) as file:
            start = file.read(BEGINNING)
        return begins_with_edge(start)
    except (DataError, OSError):  # whoever reads it will say what is wrong
        return False


def read_graph_folder(folder: Path) -> tuple[list[Any], list[str], list[str]]:
    """Graphs of NetworkX, just as the files have them, the names of these files, in order, and notes.

    Raises DataError, naming the file, for what cannot be read, and for more than is taken.
    """
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    ending = next(e for e in (GRAPHML, EDGES, TEXTS) if any(_has_ending(path, e) for path in files))
    taken, inside = [path for path in files if _has_ending(path, ending)], os.path.realpath(folder)
    for path in taken:
        if not os.path.realpath(path).startswith(os.path.join(inside, "")):
            raise DataError(f"{path} is a link that leads out of its folder: put the file itself there")
    most = most_bytes() // PARSED
    require_size(folder, sum(path.stat().st_size for path in taken), most=most)
    loaded = [_read(path) for path in with_progress(taken, "reading graphs")]
    others, notes = len(files) - len(taken), comments_left_out(sum(comments for _, comments in loaded), MARKS)
    notes += [f"{others} other file{'s' * (others > 1)} ignored"] * bool(others)
    return [graph for graph, _ in loaded], [path.name for path in taken], notes


def is_graphml(path: Path) -> bool:
    """Whether it is a file of GraphML by its suffix."""
    return _has_ending(path, GRAPHML)


def read_one_graphml(path: Path) -> Any:
    """The graph of a file, of any size. Raises DataError for what cannot be read."""
    return read_graphml(read_plain(path, most=most_bytes() // PARSED), str(path), whole=False)


def is_graph_file(path: Path) -> bool:
    """Whether it is GraphML or a list of edges by its own suffix."""
    return _has_ending(path, GRAPHML + EDGES)


def read_graph_file(path: Path) -> Any:
    """The graph of one file, just as that has it."""
    return _read(path)[0]


def _read(path: Path) -> tuple[Any, int]:
    """The graph, and the number of lines left out as comments."""
    content = read_plain(path, most=most_bytes() // PARSED)
    return (read_graphml(content, str(path)), 0) if _has_ending(path, GRAPHML) else read_edge_text(content, str(path))


def _has_ending(path: Path, ending: tuple[str, ...]) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(ending) and not path.is_dir()
