"""Texts of molecules as they are read: made canonical one by one, or graphs with kinds to model whole. Texts that are
left out are counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from ...core.account import Account
from ...core.errors import DataError
from ...core.patience import with_progress
from ...kinds.formats.raw import Raw
from ...kinds.values.equals import Equals
from ..chemistry.molecule_graphs import graph_of
from ..chemistry.standards import Unreadable, neutral_parent, parsed, quiet_rdkit, told_of_extensions

NOTE_TEXTS = 3  # texts left out that a note names
BLOCK = 1_000  # molecules between two looks at the clock

Read = TypeVar("Read")
Lost = list[tuple[str, str, str]]  # place, text and reason of each text that is left out


def chosen(options: dict, name: str, choices: Sequence[str], usual_way: str) -> str:
    """Returns the choice of an option. Raises DataError for a choice that is unknown.

    Args:
        options: Options of the load.
        name: Name of the option.
        choices: allowed ones.
        usual_way: the default.
    """
    if (choice := options.get(name, usual_way)) not in choices:
        raise DataError(f"{name}={choice!r} is unknown: choose one of {', '.join(choices)}")
    return choice


def read_molecules(raw: Raw, read: Callable[[str], Read], text: str) -> tuple[list[Read], np.ndarray, Lost]:
    """Reads texts as molecules, each text once. Returns the molecules, the numbers (n,) of their items, and what is
    left out.

    Raises DataError where nothing is left.

    Args:
        raw: the texts.
        read: a text -> its molecule.
        text: name of the source, for messages.
    """
    molecules, rows, lost = [], [], list(raw.unreadable)
    with quiet_rdkit():
        for begin in with_progress(range(0, len(raw.items), BLOCK), "reading molecules"):
            for i in range(begin, min(begin + BLOCK, len(raw.items))):
                try:
                    molecules.append(read(raw.items[i]))
                    rows.append(i)
                except Unreadable as reason:
                    lost.append((raw.item_places[i], raw.items[i], str(reason)))
    raw.account.leave_out(len(lost), "molecule", _list_first(lost), len(lost) + len(molecules))
    if not molecules:
        place, _, reason = lost[0]
        raise DataError(
            f"{text} holds no molecule that can be read ({place}: {reason}): check that it holds SMILES, or name their "
            "column"
        )
    return molecules, np.array(rows), lost


SALTS = "equal to another, or salts, acids or bases of it"  # molecules of one neutral parent, in notes


def parents_of(smiles: Sequence[str | None]) -> list[str | None]:
    """Computes the `neutral_parent` of each molecule, None of what is none.

    Args:
        smiles: canonical.
    """
    with quiet_rdkit():
        return [line and neutral_parent(line) for line in with_progress(smiles, "comparing salts")]


def neutral_parents(smiles: Sequence[str]) -> np.ndarray:
    """Numbers molecules by their parents: (n,) the number of the first molecule of the same parent."""
    return Equals(parents_of).number(smiles)


def _list_first(lost: Lost) -> str:
    """Why the first of what is left out is."""
    return "; ".join(f"{place}: {reason}" for place, _, reason in lost[:NOTE_TEXTS]) + "; ..." * (
        len(lost) > NOTE_TEXTS
    )


def mixtures(texts: list[str]) -> list[str]:
    """Says how many of the learned molecules are written as several fragments."""
    count = sum("." in text.split(maxsplit=1)[0] for text in texts)
    return [f"molecules written as several fragments: {count:,}"] * bool(count)


KIND = "graph-sets"


def as_graphs(raw: Raw) -> Raw:
    """Converts molecules to graphs with their properties; invalid ones are left out and counted."""
    graphs, rows, _ = read_molecules(raw, lambda text: graph_of(parsed(text)), raw.name)
    columns = {} if raw.beside is None else {name: raw.beside[name].tolist() for name in raw.beside}
    for graph, row in zip(graphs, rows):
        graph.graph.update({name: values[row] for name, values in columns.items()})
    account = Account(remarks=told_of_extensions(raw.items[row] for row in rows)) + raw.account
    parts, places = None if raw.parts is None else raw.parts[rows], [raw.item_places[row] for row in rows]
    return replace(
        raw, kind=KIND, items=graphs, parts=parts, account=account, given=(), beside=None, places=places, unreadable=[],
    )  # fmt: skip
