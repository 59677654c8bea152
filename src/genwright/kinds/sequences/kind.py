"""Lines of text, or one text in windows."""

import contextlib
from dataclasses import replace
from pathlib import Path

from ...core.account import Account
from ...core.errors import DataError
from ..formats.forms import BINARY_TABLES, TEXT, TEXT_TABLES, forms_of
from ..formats.raw import Raw
from ..formats.source import Held, Source
from ..kind import Format, Kind, Widgets, by_reader
from ..options import take_options

SEQUENCES, TEXT_COLUMN = "sequences", "text"
NAMED_READERS = "formats.sequences.text_lines:read_fasta", "formats.sequences.sequence_files:read_records"
SUBTITLES = "formats.sequences.sequence_files:read_subtitles"
OTHER_BREAKS = "ends of lines that are not \\n are read as such"


def _column(source: Source) -> Raw:
    """A table of which one column is wanted, whatever its file looks like otherwise."""
    if source.ends(*TEXT_TABLES):
        from ..formats.tables.delimited import read_delimited

        raw = read_delimited(source.path, source.get("header_row"), source.own_texts, source.labels)
    else:
        raw = source.but(column=None, windows=None, kind="tables").read()
    if raw.kind != "tables":
        raise DataError(
            f"column is an option for tables, and {source.called} holds {source.reader.called(raw.kind)}: leave column "
            "out"
        )
    return replace(raw, column=source.get("column"))


def as_lines(raw: Raw, column: str, source_name: str) -> Raw:
    """Returns the texts of one column of a table. Raises DataError where it is not there, or holds none.

    Args:
        raw: the table.
        column: its name.
        source_name: the name of the source in an error.
    """
    from .text_column import text_column

    (lines, rows, account), conditions = text_column(raw.items, column, source_name)
    return Raw(
        SEQUENCES, raw.name, lines, account=raw.account + account, beside=conditions, column=column, places=rows,
        asked=raw.asked, sheet=raw.sheet,
    )  # fmt: skip


def _read_fasta(source: Source) -> Raw:
    """Sequences with names."""
    import pandas as pd

    names, (lines, places, account) = forms_of(source.path.name, *NAMED_READERS)[0].function()(source.path)
    return Raw(SEQUENCES, source.stem, lines, account=account, beside=pd.DataFrame({"name": names}), places=places)


def _subtitles(source: Source) -> Raw:
    from ..formats.sequences.sequence_files import read_subtitles

    lines, places, account = read_subtitles(source.path)
    return Raw(SEQUENCES, source.stem, lines, account=account, places=places)


def _is_lines(source: Source) -> bool:
    """A .txt that is no table, or that is asked for as lines; one that cannot be read is left to the reader of tables,
    who says so; or any file but a workbook, where windows of it are asked for."""
    if source.get("windows") and source.path is not None and not source.is_folder:
        return not source.ends(*BINARY_TABLES)
    if source.get("header_row") is not None:
        return False
    if not source.ends(*TEXT) or source.get("kind") == SEQUENCES:
        return source.ends(*TEXT)
    from ..formats.tables.delimited import looks_like_a_table

    with contextlib.suppress(DataError):
        return not looks_like_a_table(source.path)
    return False


def _lines(source: Source) -> Raw:
    from ..formats.sequences.text_lines import BREAKS, lines_of, read_text
    from .windows import WINDOW, why_one_text

    text, size = read_text(source.path), source.get("windows")
    lines, places, account = lines_of(text, f"'{source.path}'")
    problem = "" if size else why_one_text(lines)
    if not (size or problem):
        return Raw(SEQUENCES, source.stem, lines, account=account, places=places)
    account = Account(remarks=[problem] * bool(problem) + [OTHER_BREAKS] * ("\r" in text))
    return Raw(SEQUENCES, source.stem, [BREAKS.sub("\n", text)], account=account, window=size or WINDOW)


def _is_text_folder(source: Source) -> bool:
    from ..formats.sequences.text_folders import is_text_folder

    return source.is_folder and source.get("kind") in (None, SEQUENCES) and is_text_folder(source.path)


def _text_folder(source: Source) -> Raw:
    """One text a file: an item, whose breaks of lines become blanks, or a text to cut, where windows are asked for."""
    import pandas as pd

    from ..formats.sequences.text_folders import read_text_folder

    texts, places, labels, account = read_text_folder(source.path)
    if size := source.get("windows"):
        return Raw(SEQUENCES, source.stem, ["\n".join(texts)], account=account, window=size)
    if broken_count := sum("\n" in text for text in texts):
        account.remarks.append(
            f"{broken_count:,} of {len(texts):,} texts have several lines, which are joined by blanks"
        )
    lines, conditions = [" ".join(text.split("\n")) for text in texts], None
    if labels is not None:
        conditions = pd.DataFrame({"label": labels})
    given = () if conditions is None else ("label",)
    return Raw(SEQUENCES, source.stem, lines, account=account, given=given, beside=conditions, places=places)


def _texts(source: Source) -> Raw:
    from ..formats.sequences.text_lines import read_texts

    if size := source.get("windows"):
        return Raw(SEQUENCES, "texts", ["\n".join(source.given)], window=size, account=Account())
    lines, places, account = read_texts(source.given)
    return Raw(SEQUENCES, "texts", lines, account=account, places=places)


def _labelled(source: Source) -> Raw:
    import pandas as pd

    from .text_column import text_column

    texts, given = source.given
    given = dict(given) if isinstance(given, dict) else {"label": given}
    for name, values in given.items():
        if len(values) != len(texts):
            raise DataError(f"there are {len(texts):,} texts and {len(values):,} of {name!r}: give one for each")
    frame = pd.DataFrame({TEXT_COLUMN: list(texts)} | {name: list(values) for name, values in given.items()})
    (lines, rows, account), conditions = text_column(frame, TEXT_COLUMN, "the texts")
    return Raw(SEQUENCES, "texts", lines, account=account, given=tuple(given), beside=conditions, places=rows)


def _take(raw: Held, source: Source) -> Held:
    """Molecules, where lines are asked for, the column of a table that holds texts, and one text, where windows are
    asked for."""
    if raw.kind == "tables" and raw.column:
        raw = as_lines(raw, raw.column, source.called)
    if raw.kind == SEQUENCES and (size := source.get("windows")) and not raw.window and raw.parts is None:
        return replace(raw, items=["\n".join(raw.items)], beside=None, places=(), given=(), window=size)
    return replace(raw, kind=SEQUENCES) if raw.kind == "molecules" and source.get("kind") == SEQUENCES else raw


KIND = Kind(
    SEQUENCES,
    "lines of text",
    "genwright.kinds.sequences.load",
    options=take_options("given types missing windows symbols column sheet header_row"),
    formats=(
        Format(lambda source: source.get("column") is not None, _column, "column of a table", asked=True),
        Format(by_reader(*NAMED_READERS), _read_fasta),
        Format(by_reader(SUBTITLES), _subtitles),
        Format(_is_text_folder, _text_folder),
        Format(_is_lines, _lines),
        Format(lambda source: source.holds_texts, _texts, "texts"),
        Format(lambda source: source.pairs_texts, _labelled, "texts and labels"),
    ),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:Lines",
    take=_take,
    widgets=Widgets(rows=True),
)
