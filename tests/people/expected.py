"""What a person who made a file would say of it, before anything reads it."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Expected:
    """A file, and how it is understood rightly.

    source: what a person passes. kind: of the data, once the questions are answered. items: in all parts together
    (nodes of one graph; several numbers where either is right). edges: of one graph. types: {column: type of
    docs/tables.md}, "a|b" where either is right. asks: {words of a question that must be asked: options that the person
    passes then}; "a|b" where either will do. A refusal that has these words asks as well. may_ask: the same of
    questions that would be right, but are not missed; any other question is wrong. says: patterns, each found in the
    description. refuses: a pattern found in the refusal, where that is right (with a kind, reading it is right too).
    cells: (rows, columns) as they are meant. texts: the same cells as they stand in a delimited file. lines: of text,
    sequences, SMILES as written. shape: of an image. labels: of images. bright_on_top: of images.
    """

    source: Path
    kind: str = ""
    items: int | tuple[int, ...] | None = None
    edges: int | None = None
    types: dict[str, str] = field(default_factory=dict)
    asks: dict[str, dict[str, Any]] = field(default_factory=dict)
    may_ask: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    refuses: str = ""
    cells: pd.DataFrame | None = None
    texts: pd.DataFrame | None = None
    lines: list[str] | None = None
    shape: tuple[int, ...] | None = None
    labels: set[str] | None = None
    bright_on_top: bool = False


def delimited(texts: pd.DataFrame, delimiter: str = ",", newline: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """Names and rows of cells as they are, quoted where they must be."""
    to = io.StringIO()
    rows = csv.writer(to, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    rows.writerow(texts.columns)
    rows.writerows(texts.itertuples(index=False))
    return to.getvalue()
