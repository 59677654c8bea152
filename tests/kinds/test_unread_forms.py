# Tests kinds/formats/forms.py
"""Forms that are known and not read get a sentence of their own, with a command; folders that mix sound are read."""

import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.forms import UNREAD_FORMS
from genwright.sound.kinds.audio.sound_files import wav_bytes

COMMANDS = ("ffmpeg", "pandoc", "pdftotext", "arrow::write_parquet", "numpy", "7z x", "unrar x", "mdb-export")


@pytest.mark.parametrize("suffix", [suffix for form in UNREAD_FORMS for suffix in form.suffixes])
@pytest.mark.parametrize("is_folder", [False, True])
def test_each_is_named_with_a_command(suffix, is_folder, tmp_path):
    path = tmp_path / "set" if is_folder else tmp_path / f"my file{suffix}"
    path.mkdir() if is_folder else path.write_bytes(b"\x80\x04N.")
    for k in range(3 * is_folder):
        (path / f"{k}{suffix}").write_bytes(bytes(20))
    with pytest.raises(DataError) as refusal:
        genwright.load_data(path)
    assert any(word in str(refusal.value) for word in COMMANDS)


@pytest.mark.parametrize(
    "name, text, command",
    [("t.xml", '<?xml version="1.0"?>\n<rows><row><a>1</a></row></rows>', "pandas.read_xml"),
     ("t", "| a | b |\n|---|:-:|\n| 1 | 2 |\n", "pandoc"), ("t.md", "| a | b |\n|---|---|\n| 1 | 2 |\n", "pandoc")],
)  # fmt: skip
def test_tables_in_xml_and_markdown_are_refused_by_name(name, text, command, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=command):
        genwright.load_data(tmp_path / name)


def test_a_folder_of_something_else_says_what_is_there(tmp_path):
    for k in range(3):
        (tmp_path / f"{k}.blend").write_bytes(bytes(20))
    with pytest.raises(DataError, match=r"3 files \.blend"):
        genwright.load_data(tmp_path)


def test_sound_of_several_forms_may_lie_in_one_folder(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    for k in range(12):
        tone = np.sin(np.arange(900 + k) / (2 + k % 5)) / 2
        suffix, form = (("wav", "WAV"), ("aif", "AIFF"), ("flac", "FLAC"), ("au", "AU"))[k % 4]
        path = tmp_path / f"{k:02}.{suffix}"
        path.write_bytes(wav_bytes(tone, 8000)) if suffix == "wav" else soundfile.write(path, tone, 8000, format=form)
    data = genwright.load_data(tmp_path)
    assert data.kind == "audio" and sum(data.sizes.values()) == 12
