"""Files of text, one item a line or a file as a whole, and texts in Python.

A file is UTF-8, or UTF-16 with its mark, packed or not. In FASTA, a line that begins with > names each sequence and the
lines that follow hold it, perhaps in blocks of ten with their places; a line that begins with ; is a comment.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ....core.account import Account
from ....core.errors import DataError
from ....core.limits import MAX_ROWS, most_bytes, read_plain
from ..raw import Numbered

BREAKS = re.compile(r"\r\n|\r|\n")
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ud800-\udfff]")


class Lines(NamedTuple):
    """Lines that are not empty, as they stand in their source, their places there, and an account of all."""

    kept: list[str]
    places: Numbered
    account: Account


def read_lines(path: str | Path) -> Lines:
    """Lines of a file. Raises DataError as `read_text` does."""
    return lines_of(read_text(path), f"'{path}'")


def lines_of(text: str, what: str) -> Lines:
    """Lines of a text. what: what to call it. Raises DataError where it is empty."""
    lines = BREAKS.split(text)
    return _without_empty(lines if lines[-1] else lines[:-1], what, "line", 1)  # nothing follows the last line break


def read_text(path: str | Path) -> str:
    """The content of a file, without a mark of its byte order.

    Raises DataError for a file of another encoding or no text, naming the line, and for one too large.
    """
    raw = read_plain(Path(path), f"'{path}'", maximum=most_bytes() // 2)  # it is held twice, as bytes and as text
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide:
        check_count(raw.count(b"\n"), f"'{path}'")
    encoding, called = ("utf-16", "UTF-16") if wide else ("utf-8-sig", "UTF-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = 1 + bytes(error.object[: error.start]).decode(encoding, errors="ignore").count("\n")
        raise DataError(f"line {line:,} of '{path}' is not in {called}: save the file as UTF-8") from None
    del raw  # it is as large as the text
    if wide:
        check_count(text.count("\n"), f"'{path}'")
    if match := _BINARY.search(text):
        line = 1 + text.count("\n", 0, match.start())
        raise DataError(f"line {line:,} of '{path}' holds control characters: give a plain text, a line an item")
    return text


def split_lines(text: str) -> Iterator[str]:
    """The lines of a text without their breaks, one by one: a list of all takes far more memory than the text."""
    begin = 0
    for match in BREAKS.finditer(text):
        yield text[begin : match.start()]
        begin = match.end()
    yield text[begin:]


def read_texts(texts: Iterable) -> Lines:
    """Texts in Python. Raises DataError for what is no text, holds line breaks or too many."""
    texts = list(texts)
    check_count(len(texts), "the list")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"item {i:,} of the list is of type {type(text).__name__}: all must be texts")
        if BREAKS.search(text):
            raise DataError(f"item {i:,} of the list holds a line break: an item is one line, so cut or replace it")
        if _BINARY.search(text):
            raise DataError(f"item {i:,} of the list holds control characters: give plain texts")
    return _without_empty(texts, "the list", "item", 0)


def check_count(lines: int, what: str) -> None:
    if lines > MAX_ROWS:
        raise DataError(
            f"{what} has {lines:,} lines, and the limit is {MAX_ROWS:,}: sample that many at random "
            f"(shuf -n {MAX_ROWS})"
        )


def _without_empty(lines: list[str], what: str, unit: str, first: int) -> Lines:
    """first: the number of the first line."""
    numbers = np.array([number for number, line in enumerate(lines, first) if line.strip()], int)
    if not len(numbers):
        raise DataError(f"{what} is empty: give a text with a line an item")
    kept = [line for line in lines if line.strip()] if len(numbers) < len(lines) else lines
    account = Account(len(lines))
    account.leave_out(len(lines) - len(kept), unit, "empty")
    return Lines(kept, Numbered(unit, numbers), account)


COMMENT, END = ";", "//"
_LETTER = "[A-Za-z*.-]"
# blocks of ten letters, of which the last may be shorter, perhaps between the places of the first and last letter
BLOCKS = re.compile(rf"(?:\d+\s+)?(?:{_LETTER}{{10}}\s+)*{_LETTER}{{1,10}}(?:\s+\d+)?")


def read_fasta(path: str | Path) -> tuple[list[str], Lines]:
    """Names, and sequences, whose places are the lines of their names. Raises DataError for a text that does not begin
    with a name, and as `read_text` does."""
    stripped = enumerate(map(str.strip, BREAKS.split(read_text(path))), 1)
    every = [(number, line) for number, line in stripped if line]
    lines = [(number, line) for number, line in every if not line.startswith(COMMENT) and line != END]
    if not lines or not lines[0][1].startswith(">"):
        raise DataError(f"'{path}' is no FASTA: its first line must be > and a name, and the next hold the sequence")
    names, begins, letters, blocks = [], [], [], 0
    for number, line in lines:
        if line.startswith(">"):
            names.append(line[1:].strip())
            begins.append(number)
            letters.append([])
        else:
            cut = len(line.split()) > 1 and BLOCKS.fullmatch(line) is not None
            letters[-1].append(re.sub(r"[\s\d]+", "", line) if cut else line)
            blocks += cut
    check_count(len(names), f"'{path}'")
    whole = [(name, begin, "".join(parts)) for name, begin, parts in zip(names, begins, letters)]
    kept = [one for one in whole if one[2]]
    if not kept:
        raise DataError(f"'{path}' names {len(names):,} sequences and holds none: give the letters of each")
    account = Account(len(whole))
    account.leave_out(len(whole) - len(kept), "name", "no sequence follows")
    account.see("comments", len(every) - len(lines))
    account.remarks += [f"{blocks:,} lines are in blocks or numbered: the letters are joined"] * bool(blocks)
    names, begins, sequences = map(list, zip(*kept))
    return names, Lines(sequences, Numbered("line", begins), account)
