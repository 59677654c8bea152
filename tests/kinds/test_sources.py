# Tests kinds/formats/source.py, kinds/formats/tables/table_parts.py, kinds/kind.py
"""What a person hands over becomes a source, and what a reader gives back carries its account."""

import pandas as pd
import pytest

from genwright import load_data
from genwright.core.account import Account
from genwright.core.domain import Question
from genwright.core.errors import DataError
from genwright.kinds import known_kinds
from genwright.kinds.formats.raw import Raw
from genwright.kinds.formats.source import Source
from genwright.kinds.kind import Kind
from genwright.kinds.known_kinds import READER, read

ROWS = [{"a": k, "b": k % 3} for k in range(30)]
TABLE = pd.DataFrame(ROWS)
ADDRESS = "postgresql://me:secret@host/db"


@pytest.mark.parametrize("given", [ROWS, TABLE, "digits", ADDRESS], ids=["rows", "frame", "name", "address"])
def test_a_source_holds_what_it_was_given(given):
    """Its constructor converts nothing; `Source.take` does."""
    options = {"kind": "tables"}
    source = Source(given, options)
    assert source.given is given and source.options is options


def test_a_source_is_taken_in_a_form_that_readers_know(tmp_path):
    archive = tmp_path / "a.zip"
    archive.write_bytes(b"")
    assert Source.take(ROWS).given.equals(TABLE)
    member = Source.take(f"{archive}::b.csv", {"kind": "tables"})
    assert member.given == str(archive) and member.options == {"kind": "tables", "archive_file": "b.csv"}
    assert "secret" not in Source.take(ADDRESS).text


def test_no_reader_leaves_its_account_out():
    with pytest.raises(TypeError):
        Raw("tables", "t", TABLE)
    assert Raw("tables", "t", TABLE, account=Account(remarks=["as it is"])).notes == ["as it is"]


def test_a_source_that_must_be_of_a_kind_is_refused_as_another():
    source = Source.take(TABLE, reader=READER)
    assert source.read_as("tables").items.equals(TABLE)
    with pytest.raises(DataError):
        Source.take(["a line"] * 20, reader=READER).read_as("tables")


def test_every_kind_recognises_its_own_columns(monkeypatch):
    """A kind from outside is asked like ours, unless a person says what the data are."""
    asks = lambda columns: [Question.whether("Is `a` one?", kind="ones")] * ("a" in columns)
    monkeypatch.setattr(known_kinds, "_registered", [Kind("ones", "ones", "json", recognise=asks)])
    assert "Is `a` one?" in [question.text for question in load_data(TABLE).questions]
    assert "Is `a` one?" not in [question.text for question in load_data(TABLE, kind="tables").questions]
    assert "Is `a` one?" not in [question.text for question in load_data(TABLE.rename(columns={"a": "c"})).questions]


def test_a_column_of_texts_keeps_the_account_of_its_file(tmp_path):
    """A table of one column of texts is read as its lines, with all that was said of the file."""
    path = tmp_path / "t.csv"
    lines = [f"{word} {k} über" for k in range(150) for word in ("eins",)]
    path.write_bytes("\n".join(["text", *lines]).encode("cp1252"))
    raw, _ = read(Source(str(path)))
    assert raw.kind == "sequences" and any("Windows-1252" in note for note in raw.account.sentences())
