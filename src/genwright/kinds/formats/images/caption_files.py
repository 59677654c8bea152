"""Captions of the images in a folder: a table beside them (metadata.jsonl or metadata.csv, the form of Hugging Face's
imagefolder, or captions.csv), else a text beside each, NAME.txt or NAME.caption for NAME.png. Sub-folders may have
tables of their own. An image may have several captions: rows of the table, numbered columns (text, text_2), or lines of
its text. Other columns of the table may name other images of the folder, such as the one that an image was edited from.
The columns question and answer hold what is asked of an image, a row a question."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat
from math import isclose, isfinite
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import pandas as pd

from ....core.account import Account
from ....core.errors import DataError
from ....core.limits import most_bytes, require_size
from ...values.several_texts import in_array, several, shares_of, texts_of
from ...values.typed_cells import MISSING
from ..folders import LABELS
from ..parsing import parsing
from ..sequences.text_lines import BREAKS, read_text
from ..tables.delimited import read_delimited, read_table
from ..tables.json_records import read_records
from .answers import COLUMNS, NAME, join_answers

NAMES = ("metadata.jsonl", "metadata.csv", "captions.csv")
CAPTION_SUFFIXES = (".txt", ".caption")
FILES = tuple("file_name filename file file_path image image_path image_file path".split())  # names of the column
TEXTS = ("text", "caption", "prompt")  # also numbered, as in text_2
WAYS = (
    "write each text into NAME.txt beside NAME.png, or all into metadata.csv beside the images (also metadata.jsonl, "
    "captions.csv). Its columns are file_name and text. In Python, pass (array, {'caption': texts})"
)
Row = tuple[str, list[tuple[str, object]]]  # place in words, and cells under their heads


class Found(NamedTuple):
    """Captions and conditions found beside images. captions: (n,) a text or `Texts`, None where an image has none; None
    where there are no captions at all. account: what was left out. files: that were read, as they lie below the folder.
    beside: {column: (n,) the number of the image that it names for each image, -1 where it names none}. answers: (n,)
    as `answers.join_answers` writes them, None where an image has none; None without such columns."""

    captions: np.ndarray | None
    account: Account
    files: list[str]
    beside: dict[str, np.ndarray] = {}
    answers: np.ndarray | None = None

    @property
    def texts(self) -> dict[str, np.ndarray]:
        """Returns the texts of images by variable: {variable: (n,) texts}."""
        texts = {"caption": self.captions, NAME: self.answers}
        return {name: values for name, values in texts.items() if values is not None}


class Told(NamedTuple):
    """A row of a table about one image. place: of the row, in words. texts: each with its column. beside: {column: its
    cell}. asked: its question and its answer, or nothing."""

    place: str
    name: str
    texts: list[tuple[str, str]]
    beside: dict[str, str]
    asked: tuple[str, ...]


def read_captions(
    root: Path,
    pictures: list[Path],
    texts: list[Path],
    beside: Sequence[str] = (),
    rates: Mapping[str, float] | None = None,
) -> Found:
    """Captions of image files below `root`. texts: the files below it that end as in CAPTION_SUFFIXES. beside: columns
    of the table that name other images; those that it does not have are passed over. rates: columns of the table
    that hold captions, and how often training shows each; the first of an image is that of the highest rate. By default
    these are the columns called as in TEXTS, at equal rates.

    Raises DataError, naming the file and its line, where one cannot be read, where a table has no column of files or of
    texts, where it names none of the images, or where a cell of `beside` names no file.
    """

    @cache
    def rows_of(table: Path) -> list[Row]:
        with parsing(table):
            return _cells_below_heads(table)

    @cache
    def table_of(folder: Path) -> Path | None:
        """Finds the file of captions for a folder: that of the highest folder around it that has one."""
        if folder != root and (above := table_of(folder.parent)):
            return above
        own = next((folder / name for name in NAMES if (folder / name).is_file()), None)
        return own if own and (rates or not _hold_labels_alone(rows_of(own), beside)) else None

    told: dict[Path | None, list[int]] = {}  # the numbers of the images that a table tells of
    for number, picture in enumerate(pictures):
        told.setdefault(table_of(picture.parent), []).append(number)
    if rates and not any(told):
        raise DataError(
            f"{root} has no table of captions, and captions names its columns {' and '.join(rates)}: write "
            "metadata.csv with them, or leave captions out"
        )
    free, found = [text for text in texts if table_of(text.parent) is None], []
    for table, numbers in told.items():
        own = [pictures[number] for number in numbers]
        read = _in_table(root, table, rows_of(table), own, beside, rates) if table else _in_texts(root, own, free)
        found.append((numbers, read))
    return _join(found, len(pictures))


def _join(found: list[tuple[list[int], Found]], n: int) -> Found:
    """One for n images of several files, each with the numbers of its images."""
    beside, (captions, answers) = {}, np.full((2, n), None, object)
    for numbers, own in found:
        for texts, of_own in ((captions, own.captions), (answers, own.answers)):
            texts[numbers] = None if of_own is None else of_own
        for column, which in own.beside.items():
            which = np.where(which >= 0, np.array(numbers)[which], -1)
            beside.setdefault(column, np.full(n, -1))[numbers] = which
    account = sum((own.account for _, own in found), Account())
    files = [file for _, own in found for file in own.files]
    captions, answers = (texts if texts.any() else None for texts in (captions, answers))
    return Found(captions, account, files, beside, answers)


def require_rates(rates: object) -> None:
    """Raises DataError for what is no {column: rate}, or where the rates do not sum to 1."""
    if not isinstance(rates, Mapping) or not rates:
        raise DataError("captions must be columns with their rates: write {'short': 0.05, 'long': 0.95}")
    for column, rate in rates.items():
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not isfinite(rate) or not 0 < rate <= 1:
            raise DataError(f"the rate of captions {column!r} is {rate}: make it above 0 and at most 1")
    if not isclose(total := sum(rates.values()), 1.0, abs_tol=1e-6):
        raise DataError(f"the rates of captions sum to {total:g}: make them sum to 1, as 0.05 and 0.95 do")


def check_captions(captions: str | Iterable[object] | None, n: int, what: str) -> np.ndarray | None:
    """Checks captions of images in memory. (n,) captions of images in memory: of each a text, a sequence of several, or
    nothing (None, NaN). None where no image has any. Raises DataError for what is no text, and for another number."""
    if captions is None:
        return None
    captions = [captions] if isinstance(captions, str) else list(captions)
    if len(captions) != n:
        raise DataError(f"{what} has {len(captions)} captions for {n} images: pass one text for each")
    checked = np.full(n, None, object)
    for i, told in enumerate(captions):
        rates = shares_of(told) if isinstance(told, str) else repeat(1.0)
        told = several(told) if isinstance(told, str) or not isinstance(told, Iterable) else told
        there = [text for text in told if pd.isna(text) is not True]
        for text in there:
            if not isinstance(text, str):
                raise DataError(
                    f"{what} has a caption of type {type(text).__name__}: make captions texts, None where there is none"
                )
        checked[i] = texts_of(map(str, there), rates)
    return checked if checked.any() else None


def _in_texts(root: Path, pictures: list[Path], texts: list[Path]) -> Found:
    """Captions from a text beside each image, one a line."""
    beside: dict[Path, Path] = {}
    for path in texts:
        if (other := beside.setdefault(path.with_suffix(""), path)) != path:
            raise DataError(f"{other} and {path.name} are captions of one image: write them into one file, a line each")
    own = [beside.get(picture.with_suffix("")) for picture in pictures]
    there = dict.fromkeys(path for path in own if path is not None)
    if not there:
        return Found(None, Account(), [])
    require_size(f"the texts in {root}", sum(path.stat().st_size for path in there), maximum=most_bytes() // 2)
    told = {path: texts_of(map(str.strip, BREAKS.split(read_text(path)))) for path in there}
    strangers = _below(root, [path for path in texts if path not in there])
    captions = in_array([told.get(path) for path in own])
    return Found(captions, _ignored(strangers, "texts without an image"), _below(root, texts))


def _in_table(
    root: Path, path: Path, rows: list[Row], pictures: list[Path], beside: Sequence[str],
    rates: Mapping[str, float] | None,
) -> Found:  # fmt: skip
    told: dict[str, list[tuple[str, str]]] = {}
    named: dict[str, dict[str, Told]] = {}
    asked: dict[str, list[tuple[str, ...]]] = {}
    with parsing(path):
        for row in _rows(path, rows, beside, rates):
            name = _as_it_lies(row.name)
            told.setdefault(name, []).extend(row.texts)
            if row.asked:
                asked.setdefault(name, []).append(row.asked)
            for column, cell in row.beside.items():
                if named.setdefault(column, {}).setdefault(name, row).beside[column] != cell:
                    raise DataError(f"{row.place} names another {column!r} of {name} than a row before: leave one")
    places = _below(path.parent, pictures)
    captions = in_array([_of_columns(told.get(place, ()), rates) for place in places])
    numbers = {column: _numbers(path, column, rows, places) for column, rows in named.items()}
    answers = in_array([join_answers(asked.get(place, ())) for place in places]) if asked else None
    if not captions.any() and answers is None and not any((which >= 0).any() for which in numbers.values()):
        few = f", such as {next(iter(told))!r}" if told else ""
        raise DataError(f"{path} has no caption of an image beside it{few}: name files as they lie in {path.parent}")
    strangers = sorted(told.keys() - set(places))
    file = path.relative_to(root).as_posix()
    return Found(captions, _ignored(strangers, f"names in {file} without an image"), [file], numbers, answers)


def _hold_labels_alone(rows: list[Row], beside: Sequence[str]) -> bool:
    """Whether the rows of a table hold labels of images, no texts and no other images."""
    heads = {head for _, row in rows for head, _ in row}
    texts = any(_columns(heads, what) for what in TEXTS) or heads.issuperset(COLUMNS)
    images = any(column.strip().lower() in heads for column in beside)
    return not texts and not images and not heads.isdisjoint(LABELS)


def _of_columns(texts: Sequence[tuple[str, str]], rates: Mapping[str, float] | None) -> str | None:
    """The texts of an image, each with its column, as `texts_of` gives them. Several texts of a column share its
    rate."""
    if rates is None:
        return texts_of(text for _, text in texts)
    texts = sorted(((column, text) for column, text in texts if text), key=lambda told: -rates[told[0]])
    several = Counter(column for column, _ in texts)
    return texts_of((text for _, text in texts), [rates[column] / several[column] for column, _ in texts])


def _numbers(path: Path, column: str, rows: dict[str, Told], places: list[str]) -> np.ndarray:
    """(n,) the number of the image that a column names for each of n places, -1 where it names none or a damaged one.
    rows: {file: its row}. Raises DataError for a cell that names no file."""
    numbers = {place: number for number, place in enumerate(places)}
    which = np.full(len(places), -1)
    for name in filter(numbers.__contains__, rows):
        other = _as_it_lies(rows[name].beside[column])
        if other not in numbers and not os.path.isfile(path.parent / other):
            raise DataError(
                f"{rows[name].place} names {other!r} as {column!r}, and {path.parent} holds no such file: correct the "
                f"name, or leave {column!r} out of given"
            )
        which[numbers[name]] = numbers.get(other, -1)
    return which


def _as_it_lies(name: str) -> str:
    """A file as it lies in its folder, with forward slashes."""
    return str(PurePosixPath(name.replace("\\", "/")))


def _below(root: Path, files: Iterable[Path]) -> list[str]:
    """Files as they lie below a folder."""
    return [file.relative_to(root).as_posix() for file in files]


def _ignored(names: list[str], what: str) -> Account:
    """An account of what belongs to no image."""
    account = Account()
    account.see(what, names)
    return account


def _rows(path: Path, rows: list[Row], beside: Sequence[str], rates: Mapping[str, float] | None) -> Iterator[Told]:
    """The rows that say anything of a file. beside, rates: as of `read_captions`."""
    heads = dict.fromkeys(head for _, row in rows for head, _ in row)
    name = next((head for head in FILES if head in heads), None)
    columns = next(filter(None, (_columns(heads, what) for what in TEXTS)), [])
    if rates:
        columns = {column.strip().lower(): column for column in rates}
        if missing := [column for head, column in columns.items() if head not in heads]:
            have = ", ".join(heads) or "nothing"
            raise DataError(f"{path} has no column {missing[0]!r} of captions: it holds {have}")
    called = columns if rates else {column: column for column in columns}
    others = {column: column.strip().lower() for column in beside if column.strip().lower() in heads}
    pair = COLUMNS if all(column in heads for column in COLUMNS) else ()
    if name is None or not (columns or others or pair):
        have = ", ".join(heads) or "nothing"
        raise DataError(f"{path} holds {have}: call the column of files file_name, and that of captions text")
    for place, row in rows:
        files = [value for head, value in row if head == name and value]
        values = [(column, value) for column in columns for head, value in row if head == column and value is not None]
        texts = [(column, text) for column, value in values for text in (value if isinstance(value, list) else [value])]
        named = {column: value for column, own in others.items() for head, value in row if head == own and value}
        cells = {head: value for head, value in row if head in pair and value is not None}
        for value in [*files, *(text for _, text in texts), *named.values(), *cells.values()]:
            if not isinstance(value, (str, int, float)):
                raise DataError(f"{place} has a value of type {type(value).__name__}: write files and texts in quotes")
        asked = tuple(str(cells[column]) for column in pair) if len(cells) == 2 else ()
        if files and (texts or named or asked):
            texts = [(called[column], str(text).strip()) for column, text in texts]
            yield Told(place, str(files[0]), texts, {key: str(value) for key, value in named.items()}, asked)


def _columns(heads: Iterable[str], what: str) -> list[str]:
    """The columns that are called `what`, alone or with a number, in the order of their numbers."""
    numbers = {head: re.fullmatch(rf"{what}(?:_?(\d{{1,3}}))?", head) for head in heads}
    return sorted((head for head, match in numbers.items() if match), key=lambda head: int(numbers[head][1] or 1))


def _cells_below_heads(path: Path) -> list[Row]:
    """Cells of a .csv as they are written, so that a caption may be `1.50` or `NA`; an empty one is None."""
    if path.suffix == ".jsonl":
        frame = read_records(path).items
    else:
        frame = read_delimited(path, own_texts=dict.fromkeys(read_table(path), MISSING)).items.replace("", None)
    heads = [str(name).strip().lower() for name in frame]
    frame = frame.astype(object).where(frame.notna(), None)
    rows = enumerate(frame.itertuples(index=False, name=None), 1)
    return [(f"row {number:,} of {path}", list(zip(heads, row))) for number, row in rows]
