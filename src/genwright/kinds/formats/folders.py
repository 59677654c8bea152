"""Folders of files, an item each: which files lie there, which are damaged, their labels, by sub-folders or in a table,
and the parts of a split."""

import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np

from ...core.account import Account
from ...core.errors import DataError, require_text
from ...core.limits import read_plain_head
from ...core.safe_text import label_of
from ..values.labels import PART_WORDS, require_shared

BROKEN = 0.05  # largest share of damaged files in a folder
TABLES, LABELS = (".csv", ".tsv", ".jsonl"), ("label", "labels", "class", "category", "target")  # columns of labels
OF_TEXTS = "metadata", "captions"  # names of tables whose other column may hold captions
HEAD = 65536  # bytes of a table that say whether it names files
NAMED = 0.5  # of the files, at least, that a table of labels names
T = TypeVar("T")


class Damaged(DataError):
    """A file that holds no whole image. Others beside it may."""


class Broken:
    """Damaged files among those of a folder, which are skipped as long as they are few."""

    def __init__(self, root: Path, files: int, what: str = "image"):
        self.root, self.files, self.what, self.errors = root, files, what, []

    def unless(self, read: Callable[..., T], *arguments: object) -> T | None:
        """Result of `read`, or None if the file is damaged. Raises DataError once too many files are."""
        try:
            return read(*arguments)
        except Damaged as error:
            self.errors.append(error)
        if len(self.errors) > BROKEN * self.files:
            if self.files * BROKEN < 1:  # a single one is too many
                raise self.errors[0]
            raise DataError(
                f"more than {BROKEN:.0%} of the {self.files:,} {self.what}s in {self.root} are damaged, the first of "
                f"them: {self.errors[0]}"
            ) from self.errors[0]
        return None

    def report(self, account: Account) -> None:
        """Note the number of skipped files, if there are any. Accounts stand in model cards and do not say where files
        lie, so a warning tells whoever reads the folder which of its files was the first."""
        if count := len(self.errors):
            account.leave_out(count, self.what, "damaged")
            note = f"{count:,} damaged {self.what}{'s' * (count > 1)} of {self.files:,} skipped"
            warnings.warn(f"{note} in {self.root}, the first of them since {self.errors[0]}", stacklevel=3)


def list_files(root: Path, suffixes: tuple[str, ...]) -> tuple[list[Path], list[str]]:
    """Files below a folder that have one of the suffixes, in order, and where the others lie in it; links that lead out
    of it are others. Raises DataError where such links, and perhaps tables, are all there is."""

    def refuse(error: OSError):
        raise DataError(
            f"{error.filename} cannot be read ({error.strerror}): allow reading it or move it away"
        ) from error

    files, others, set_aside, out, inside = [], [], 0, [], _place(root)
    for folder, below, names in os.walk(root, onerror=refuse):
        below[:] = sorted(name for name in below if not name.startswith("."))
        here, place = Path(folder), "" if folder == str(root) else f"{Path(folder).relative_to(root).as_posix()}/"
        linked = [name for name in below if os.path.islink(f"{folder}/{name}")]  # os.walk passes them
        for name in (*linked, *(name for name in names if not name.startswith("."))):
            is_link = os.path.islink(f"{folder}/{name}")  # anything else lies where it was found
            leads_out = is_link and not _place(here / name).is_relative_to(inside)
            if name.lower().endswith(suffixes) and not leads_out and name not in linked:
                files.append(here / name)
                continue
            others.append(f"{place}{name}")
            set_aside += is_link or name.lower().endswith((*TABLES, ".txt"))
            out += [f"{place}{name}"] * leads_out
    if not files and set_aside == len(others) and len(out) > len(others) / 2:
        raise DataError(
            f"{root} holds links that lead out of it ({len(out):,}, such as {min(out)}), which are not followed: "
            "copy the files there"
        )
    return sorted(files, key=lambda file: file.parts), sorted(others)


def places_below(root: Path, files: Iterable[Path]) -> list[str]:
    """Files as they lie below a folder; one that was named itself by its name."""
    return [file.name if file == root else file.relative_to(root).as_posix() for file in files]


def _place(file: Path) -> Path:
    """Path with all links followed; a link to itself leads to its own path."""
    return Path(os.path.realpath(file))


def read_labels(root: Path, files: list[Path], what: str = "image") -> tuple[np.ndarray | None, list[str]]:
    """Reads the labels of files in a folder. (n,) labels, None where there are none, and the names of the tables that
    they stand in: the sub-folders of the files, else what a table beside them says (`table_labels`). Raises DataError
    as `folder_labels` does, and for a label that only test files have."""
    labels, tables = folder_labels(root, files, what), []
    names = {file.stem for file in files}  # NAME.txt is the caption of NAME.png
    is_table = lambda path: path.suffix.lower() in TABLES or (path.suffix.lower() == ".txt" and path.stem not in names)
    beside = filter(is_table, sorted(root.iterdir()))
    while labels is None and (path := next(beside, None)):
        labels = table_labels(path, files)
        tables = [path.name]
    if labels is None:
        return None, []
    if (parts := folder_parts(places_below(root, files))) is not None:
        require_shared(labels, parts, str(root))
    return labels, tables


def table_labels(path: Path, files: list[Path]) -> np.ndarray | None:
    """Reads labels of files from a table. (n,) what a table says of files, with or without their suffix; None of one
    that it does not name, or gives two labels. The labels stand in a column that is called so, or in the only other
    one, if files share them; in a text without columns, behind the last blank. None where it has no such columns."""
    from .tables.delimited import read_table
    from .tables.json_records import read_records

    try:
        head = read_plain_head(path, HEAD).replace(b"\0", b"")  # UTF-16 has zeros
        if not any(max(re.findall("[ -~]*", file.stem), key=len).encode() in head for file in files):
            return None  # it may be large, and about something else
        frame = read_records(path).items if path.suffix.lower() == ".jsonl" else read_table(path)
        frame = frame.astype(object)
    except DataError as error:
        if path.suffix.lower() != ".txt":  # else it may be of words
            warnings.warn(f"no labels are read from {path.name}: {error}", stacklevel=3)
        return None
    forms = [(file.relative_to(path.parent).as_posix(), file.name, file.stem) for file in files]
    count = Counter(form for of_file in forms for form in set(of_file))
    number = {form: n for n, of_file in enumerate(forms) for form in of_file if count[form] == 1}
    is_cut = frame.shape[1] != 1  # else one blank is between a file and its label
    if not (is_cut and number.keys().isdisjoint(map(str, frame.columns))):  # the first line may name a file, no columns
        frame = frame.T.reset_index().T.reset_index(drop=True)
        frame = frame if is_cut else frame[0].str.rsplit(n=1, expand=True)
    for column in frame:
        others = [other for other in frame if other != column]
        called = [other for other in others if str(other).strip().lower() in LABELS]
        which = frame[column].map(lambda cell: number.get(str(cell).strip().replace("\\", "/")))
        there = which.notna()
        own = called if called or path.stem in OF_TEXTS else others
        if which.nunique() >= NAMED * len(files) and len(own) == 1:
            labels = np.full(len(files), None)
            for place, cells in frame.loc[there, own[0]].groupby(which[there]):
                named = {str(cell).strip() for cell in cells.dropna()}
                labels[int(place)] = named.pop() if len(named) == 1 else None
            if called or len(set(labels)) <= len(labels) / 2:
                return labels
    return None


def folder_labels(root: Path, files: list[Path], what: str) -> np.ndarray | None:
    """Reads labels of files from their sub-folders. (n,) the sub-folders that files stand in, None where there are
    none; a folder that holds all others is passed over, and so are parts of a split. A part of a split may have no
    sub-folders: its labels are None. Raises DataError for files beside sub-folders, and for parts without training
    files."""
    places = [file.relative_to(root).parts for file in files]
    level = _label_level(places)
    names = {parts[level] for parts in places if len(parts) > level + 1}
    if not names:
        return None
    for name in names:
        require_text(name, f"a sub-folder of {root}")
    labelled = {parts[:level] for parts in places if len(parts) > level + 1}
    loose = sum(len(parts) == level + 1 and parts[:level] in labelled for parts in places)
    if loose:
        few = ", ".join(sorted(names)[:3])
        raise DataError(
            f"{root} holds {loose} {what}{'s' * (loose > 1)} beside labelled sub-folders ({few}): move them into one"
        )
    if {name.lower() for name in names} <= PART_WORDS.keys() and len(names) > 1:
        raise DataError(f"{root} has sub-folders {', '.join(sorted(names))} and none to train: call one of them train")
    labels = [label_of(parts[level]) if len(parts) > level + 1 else None for parts in places]
    return np.array(labels, object if None in labels else None)


def folder_parts(places: Sequence[str]) -> np.ndarray | None:
    """Reads the parts of a split from folders. (n,) the parts of a split that files stand in, as folders `train` and
    `test` say; None where folders say none. Without `test`, files to validate are the test files. places: as they lie
    in their folder."""
    split = [PurePosixPath(place).parts for place in places]
    if not _is_split_level(split, level := _first_level(split)):
        return None
    parts = np.array([PART_WORDS[each[level].lower()] for each in split])
    return parts if (parts == "test").any() else np.where(parts == "valid", "test", parts)


def describe_deeper(root: Path, files: list[Path]) -> list[str]:
    """A sentence about folders below those that are labels, where there are any."""
    places = [file.relative_to(root).parts for file in files]
    level = _label_level(places)
    deeper = sorted({parts[-2] for parts in places if len(parts) > level + 2})
    if not deeper:
        return []
    labels = sorted({parts[level] for parts in places if len(parts) > level + 1})
    some = lambda names: ", ".join(names[:3]) + ", ..." * (len(names) > 3)
    return [
        f"labels are the folders {some(labels)}; those below them ({some(deeper)}) are no labels: give a folder of "
        "theirs, or move them up, if they are"
    ]


def _label_level(places: list[tuple[str, ...]]) -> int:
    """The level of the folders that are labels: the first that files do not all share, below parts of a split."""
    level = _first_level(places)
    return level + _is_split_level(places, level)


def _first_level(places: list[tuple[str, ...]]) -> int:
    """The first level whose folders files do not all share, if all go so deep."""
    level = 0
    while all(len(parts) > level + 2 for parts in places) and len({parts[level] for parts in places}) == 1:
        level += 1
    return level


def _is_split_level(places: list[tuple[str, ...]], level: int) -> bool:
    """Whether the folders at a level are the parts of a split, `train` among them."""
    names = {parts[level].lower() if len(parts) > level + 1 else "" for parts in places}
    return "train" in names and len(names) > 1 and "" not in names and names <= PART_WORDS.keys()
