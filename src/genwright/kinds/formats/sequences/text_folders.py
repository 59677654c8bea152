"""Folders of texts, one a file."""

import re
from contextlib import suppress
from pathlib import Path

import numpy as np

from ....core.account import Account
from ....core.errors import DataError
from ..folders import list_files, places_below, read_labels
from ..tables.delimited import looks_like_a_table
from .text_lines import BREAKS, read_text

TEXTS = ".txt", ".txt.gz"
GLANCE = 5  # files of a folder that say whether they are tables
ABOUT = re.compile(r"(readme|licen[cs]e|about|changes)\b.*|.*\.md", re.IGNORECASE)  # names of texts about the data


def is_text_folder(folder: Path) -> bool:
    """Whether all files of a folder are plain texts, at least two, apart from texts about the data, and no tables."""
    files, others = list_files(folder, TEXTS)
    data = [file for file in files if not ABOUT.match(file.name)]
    if len(data) < 2 or not all(ABOUT.match(name.rpartition("/")[2]) for name in others):
        return False
    with suppress(DataError):  # its reader says what is wrong
        return not all(looks_like_a_table(file) for file in data[:GLANCE])
    return True


def read_text_folder(folder: Path) -> tuple[list[str], list[str], np.ndarray | None, Account]:
    """The text of each file below a folder, their places, their labels by sub-folders, and an account. Breaks of lines
    stay. Raises DataError, naming the file, for what is no text."""
    files, others = list_files(folder, TEXTS)
    about = [file for file in files if ABOUT.match(file.name)]
    files = [file for file in files if file not in about]
    texts = [BREAKS.sub("\n", read_text(file)).strip("\n") for file in files]
    account = Account(len(files))
    filled = [k for k, text in enumerate(texts) if text.strip()]
    if not filled:
        raise DataError(f"'{folder}' holds empty texts alone: give texts")
    account.leave_out(len(texts) - len(filled), "file", "empty")
    account.see("other files", [*others, *places_below(folder, about)])
    labels, _ = read_labels(folder, [files[k] for k in filled], "text")
    return [texts[k] for k in filled], places_below(folder, [files[k] for k in filled]), labels, account
