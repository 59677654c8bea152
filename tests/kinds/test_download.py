# Tests kinds/formats/download.py
"""Files of named data: found, verified, downloaded whole or not at all."""

import gzip
import hashlib
from dataclasses import replace

import pytest

from genwright.core.errors import DataError
from genwright.kinds.formats import download
from genwright.kinds.formats.download import File, content, tidy

BODY = b"some,columns\n1,2\n"


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A file behind a file:// address, and an empty cache of our own."""
    monkeypatch.delenv("GENWRIGHT_DATA", raising=False)
    monkeypatch.setattr(download.platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache"))
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "a.csv.gz").write_bytes(gzip.compress(BODY))
    return File("set/a.csv.gz", hashlib.sha256(BODY).hexdigest(), ((tmp_path / "server" / "a.csv.gz").as_uri(),))


def test_downloaded_once_then_from_the_cache(served, tmp_path):
    assert content(served) == BODY
    kept = tmp_path / "cache" / "data" / "set" / "a.csv.gz"
    assert [p.name for p in kept.parent.iterdir()] == ["a.csv.gz"]
    (tmp_path / "server" / "a.csv.gz").unlink()
    assert content(served) == BODY
    kept.write_bytes(gzip.compress(BODY[:-1]))
    with pytest.raises(DataError):
        content(served)
    kept.write_bytes(gzip.compress(BODY)[:-5])
    with pytest.raises(DataError, match="damaged"):
        content(served)


def test_the_data_folder_comes_first(served, tmp_path, monkeypatch):
    monkeypatch.setenv("GENWRIGHT_DATA", str(tmp_path / "mine"))
    (tmp_path / "mine" / "set").mkdir(parents=True)
    place = tmp_path / "mine" / "set" / "a.csv.gz"
    place.write_bytes(gzip.compress(BODY, compresslevel=1, mtime=5))  # another wrapper of the same content
    assert content(replace(served, urls=())) == BODY
    place.write_bytes(gzip.compress(b"other"))
    with pytest.raises(DataError, match=f"{place} is damaged"):
        content(served)


@pytest.mark.parametrize(
    "corrupt", [lambda b: b[: len(b) // 2], lambda b: gzip.compress(BODY + b"!"), lambda b: b"<html>", lambda b: b""]
)
def test_a_corrupted_download_is_refused_and_not_kept(served, tmp_path, corrupt):
    good = tmp_path / "server" / "a.csv.gz"
    bad = tmp_path / "server" / "bad.csv.gz"
    bad.write_bytes(corrupt(good.read_bytes()))
    with pytest.raises(DataError, match="sent other content"):
        content(replace(served, urls=(bad.as_uri(),)))
    assert not list((tmp_path / "cache").rglob("*.gz"))
    assert content(replace(served, urls=(bad.as_uri(), good.as_uri()))) == BODY  # the next address is tried


def test_a_bare_table_is_tidied_before_it_is_verified(served, tmp_path):
    raw = tmp_path / "server" / "bare.data"
    raw.write_bytes(b'|a comment\r\n1, "x y", ?\r\nNA, z, 3.\r\n\r\n')
    clean = b"a,b,c\n1,x y,\n,z,3\n"
    file = File("set/bare.csv.gz", hashlib.sha256(clean).hexdigest(), (raw.as_uri(),), "a,b,c")
    assert content(file) == clean == tidy(raw.read_bytes(), "a,b,c")
    assert content(replace(file, urls=())) == clean
    assert tidy(clean, "") == clean


def test_a_slow_download_shows_a_bar(served, monkeypatch, capsys):
    monkeypatch.setattr(download, "PATIENCE", -1.0)
    assert content(served) == BODY
    assert "downloading" in capsys.readouterr().err
