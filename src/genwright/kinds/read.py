"""Reading a source: the first format that recognises it reads it (see `kinds.formats`)."""

import os
from typing import Any

from ..core.errors import DataError, require_text
from .kind import TEXT_TABLES, WORKBOOKS, Held, Source
from .known_kinds import formats, kinds
from .named import suggest
from .raw import Raw


def read(source: Source) -> tuple[Held, str]:
    """The data, and what `source` was as text.

    Raises DataError for a source that is missing, damaged or of an unknown format, and for an option without a use.
    """
    for kind in kinds().values():
        kind.check(source)
    if source.path is not None:
        if not source.text or not os.path.exists(source.path):
            raise DataError(f"{source.text!r} is neither a file nor a folder nor named data: {suggest(source.text)}")
        require_text(source.path.name, "the data")
    form = next((row for row in formats() if row.looks(source)), None)
    if form is None:
        raise DataError(_not_understood(source))
    return take_as_kind(form.read(source), source), source.text or form.called or type(source.given).__name__


def take_as_kind(raw: Held, source: Source) -> Held:
    """The data that were read, as the kind that the options of the source name."""
    for kind in kinds().values():
        raw = kind.take(raw, source)
    return raw


def read_of_kind(source: Source, kind: str) -> Raw:
    """The same of what must be of one kind, that of a model's data."""
    raw, _ = read(source.but(kind=kind))
    if raw.kind != kind:
        raise DataError(
            f"{source.called} holds {called(raw)} and the model was trained on {kinds()[kind].called}: name data of "
            "its kind"
        )
    return raw


def source_like(given: Any, trained: dict[str, Any], options: dict[str, Any]) -> tuple[Source, list[str]]:
    """Items for a model, to be read as its training data were, and what to say of that. trained: the options of these
    data. options: as in `read_items`. Raises DataError for options that do not fit the items."""
    source = Source(given, options, usual_sheet=trained.get("sheet", ""))
    if source.is_folder and "captions" in trained:
        source = source.but(captions=trained["captions"])
    for kind in kinds().values():
        kind.check(source)
    row = trained.get("header_row")
    if row is None or "header_row" in options or not source.ends(*WORKBOOKS, *TEXT_TABLES):
        return source, []
    said = f"row {row} holds the column names, as in training: --header-row names another"
    return source.but(header_row=row), [said]


def called(raw: Held) -> str:
    """The name of its kind of data, in words."""
    return kinds()[raw.kind].called


def _not_understood(source: Source) -> str:
    from .images.picture_files import SUFFIXES
    from .tables.binary_tables import UNREAD, why_unread

    if source.path is None:
        return (
            f"data of type {type(source.given).__name__} is not known. Pass a name, a path, an array, (array, labels), "
            "a DataFrame, a dict of columns, a Bunch or a torch Dataset"
        )
    if source.path.suffix.lower() in UNREAD:
        return why_unread(source.path)
    if source.path.suffix.lower() in SUFFIXES:
        return f"{source.path} is one image, not a data set: pass the folder that holds it and others"
    return (
        f"{source.path} is of a kind that genwright does not know. Use .csv, .csv.gz, .txt, .json, .parquet, .feather, "
        ".xlsx, .npy, .npz, IDX (.idx, -ubyte), .smi, .xyz, .sdf, .wav, .mid, .fasta or .graphml. Folders may hold "
        "PNG, JPEG, WebP, GIF, TIFF or BMP images, sound, music or graphs"
    )
