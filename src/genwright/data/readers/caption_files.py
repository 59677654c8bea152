"""Captions beside the pictures of a folder: metadata.jsonl or metadata.csv (the form of Hugging Face's imagefolder), or
captions.csv; a row a picture, with the name of its file and its text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from ...core.errors import DataError, damage
from ...core.formulas import unquoted
from ...core.limits import read_plain
from .text_lines import BREAKS

NAMES = ("metadata.jsonl", "metadata.csv", "captions.csv")
FILES, TEXTS = ("file_name", "filename", "file", "image"), ("text", "caption")  # what columns are called


def find_captions(root: Path) -> Path | None:
    """The file of captions in a folder of pictures, where there is one."""
    return next((root / name for name in NAMES if (root / name).is_file()), None)


def read_captions(path: Path, files: list[Path]) -> tuple[np.ndarray, list[str]]:
    """(n,) captions of picture files below the folder of `path`, None where a file has none; and notes. Of several
    captions of one picture the first is taken.

    Raises DataError, naming the file, where it cannot be read, has no column of files or of texts, or names none of
    the pictures.
    """
    found, more = {}, 0
    with damage(path):
        for name, text in _rows(path):
            place = str(PurePosixPath(name.replace("\\", "/")))
            more += place in found
            found.setdefault(place, text.strip())
    places = [file.relative_to(path.parent).as_posix() for file in files]
    captions = np.array([found.get(place) for place in places], object)
    if not captions.any():
        few = f", such as {next(iter(found))!r}" if found else ""
        raise DataError(f"{path} has no caption of a picture beside it{few}: name files as they lie in {path.parent}")
    notes, strangers = [], len(found.keys() - set(places))
    if more:
        notes.append(f"{more:,} further caption{'s' * (more > 1)} of pictures in {path.name} ignored")
    if strangers:
        notes.append(f"{strangers:,} name{'s' * (strangers > 1)} in {path.name} of pictures that are not there ignored")
    return captions, notes


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    """Names of files, and texts."""
    try:
        text = bytes(read_plain(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not in UTF-8: save it as UTF-8") from None
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in BREAKS.split(text) if line.strip()]
    else:
        head = BREAKS.split(text, 1)[0]
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count)))
    heads = dict.fromkeys(key for row in rows for key in row)
    name, caption = (next((key for key in keys if key in heads), None) for keys in (FILES, TEXTS))
    if name is None or caption is None:
        have = ", ".join(map(str, heads)) or "nothing"
        raise DataError(f"{path} holds {have}: call the column of files file_name, and that of captions text")
    plain = str if path.suffix == ".jsonl" else lambda cell: unquoted(str(cell))
    for row in rows:
        if row.get(name) and str(row.get(caption) or "").strip():
            yield plain(row[name]), plain(row[caption])
