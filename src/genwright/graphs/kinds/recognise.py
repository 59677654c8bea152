"""How the edges of a graph are told in columns that were read as something else."""

from collections.abc import Iterable
from itertools import permutations

import pandas as pd

from ...core.domain import Question
from ...kinds.kind import LINES
from ...kinds.values.cells import hold_texts
from .graph_texts import COMMENT, columns_of_triples, ends_of_table, named_ends, named_triple

ENOUGH = 20  # different names, at least
SHARED = 0.5  # share of the names of one end of edges that stand at the other
MOST_COLUMNS = 4  # in an edge list whose columns are not named so
UNNAMED = ["x0", "x1"]  # columns of a file of numbers alone
UNNAMED_TRIPLES = ["x0", "x1", "x2"]
RELATION_ROWS = 10  # rows for each name of a relation, at least, where columns are not named so
NODE_NAMES = ("id", "node")  # of the column that names nodes, else it is the first


def ask_relations(frame: pd.DataFrame) -> list[Question]:
    """Asks whether columns are the typed edges of a graph: head, relation and tail, by their names, or three columns of
    which one has few names, and the others have names from one set."""
    if frame.shape[1] < 3:
        return []
    named = named_triple(list(frame.columns))
    is_unnamed = list(map(str, frame.columns)) == UNNAMED_TRIPLES
    if not named and frame.shape[1] > 3:
        return []
    columns = [frame.iloc[:, j] for j in named or columns_of_triples(frame)]
    if any(cells.isna().any() for cells in columns):
        return []
    are_names = [hold_texts(cells) or (pd.api.types.is_integer_dtype(cells.dtype) and bool(named or is_unnamed))
                 for cells in columns]  # fmt: skip
    first, relations, second = (set(cells.unique().tolist()) for cells in columns)
    if not all(are_names) or len(first | second) < ENOUGH or len(relations) < 2:
        return []
    is_shared = len(first & second) >= SHARED * min(len(first), len(second))
    if not named and not (is_shared and len(relations) * RELATION_ROWS <= len(frame)):
        return []
    head, relation, tail = (f"`{cells.name}`" for cells in columns)
    question = (
        f"Columns {head}, {relation} and {tail} may hold edges of {len(relations):,} types between "
        f"{len(first | second):,} names: are they triples, of which missing ones are to be learned? (--task links "
        "learns edges without their types.)"
    )
    return [Question.whether(question, task="relations")]


def ask_links(frame: pd.DataFrame) -> list[Question]:
    """Asks whether columns are the edges of a graph: two columns of names from one set, as the reader of edges takes
    them, or lines of two names each."""
    if list(frame.columns) == [LINES]:
        frame = _cut_lines(frame[LINES])
    is_edge_list = bool(named_ends(frame.columns)) or list(map(str, frame.columns)) == UNNAMED
    if frame.shape[1] < 2 or not (is_edge_list or frame.shape[1] <= MOST_COLUMNS):
        return []
    ends = [frame.iloc[:, j] for j in ends_of_table(frame)]
    pair = [cells.name for cells in ends]
    texts = all(map(hold_texts, ends))
    are_whole = all(pd.api.types.is_integer_dtype(cells.dtype) for cells in ends)
    if any(cells.isna().any() for cells in ends):
        return []
    if not (texts or is_edge_list and are_whole):
        return []
    first, second = (set(cells.unique().tolist()) for cells in ends)
    loops = (ends[0].to_numpy() == ends[1].to_numpy()).mean()
    if len(first | second) < ENOUGH or len(first & second) < SHARED * min(len(first), len(second)) or loops > SHARED:
        return []
    question = (
        f"Columns `{pair[0]}` and `{pair[1]}` share {len(first & second):,} names: are the rows edges of a graph, "
        "whose links are to be learned? With a table of its nodes, pass --nodes FILE instead."
    )
    return [Question.whether(question, task="links")]


def find_edges_and_nodes(files: dict[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """Pairs of names among files: a table of edges, and the one in which each node that it names has one row."""
    pairs = []
    for edges, nodes in permutations(files, 2):
        table, beside = files[edges], files[nodes]
        if table.shape[1] < 2 or not beside.shape[1]:
            continue
        names = next((name for name in beside.columns if str(name).lower() in NODE_NAMES), beside.columns[0])
        rows = set(beside[names].astype(str))
        ends = [set(table.iloc[:, j].astype(str)) for j in ends_of_table(table)]
        if len(rows) == len(beside) and ends[0] | ends[1] <= rows:
            pairs.append((edges, nodes))
    return pairs


def _cut_lines(lines: Iterable[str]) -> pd.DataFrame:
    """Lines of two words each, between comments, as a table; empty where there are other lines."""
    rows = [line.split() for line in lines if not line.startswith(COMMENT)]
    two = all(len(row) == 2 for row in rows)
    return pd.DataFrame(rows if two else [], columns=["first", "second"] if two else None, dtype="str")
