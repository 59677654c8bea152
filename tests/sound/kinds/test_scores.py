# Tests sound/kinds/music/score_files.py
"""Scores that music21 reads hold the notes that were written, in steps of a sixteenth."""

import numpy as np
import pytest
from other_forms import SCORES, TUNES, put_form

import genwright
from genwright.core.errors import DataError
from genwright.sound.kinds.music.music_files import read_midi

pytest.importorskip("music21")


@pytest.mark.parametrize("form", SCORES, ids=[form.name for form in SCORES])
def test_notes_are_as_they_were(form, tmp_path):
    pieces, places, _ = read_midi(put_form(form, tmp_path))
    assert len(pieces) == len(places) == len(TUNES)
    for piece, tune in zip(pieces, TUNES):
        assert (piece[:, 0] == np.repeat(tune, 4)).all() and piece.shape == (64, 1)


def test_voices_rests_ties_and_chords_of_abc(tmp_path):
    tune = "X:1\nM:4/4\nL:1/4\nK:D\nV:1\nF2-F z|\nV:2\n[D,A,]4|\n"
    (tmp_path / "a.abc").write_text(tune)
    ((piece,), _, _) = read_midi(tmp_path / "a.abc")
    sounding = [sorted(set(step[step >= 0].tolist())) for step in piece]
    assert sounding == [[50, 57, 66]] * 12 + [[50, 57]] * 4


def test_short_tunes_have_windows_of_their_length(tmp_path):
    tunes = "".join(
        f"X:{k}\nM:4/4\nL:1/8\nK:C\nC{'DEFGAB'[k % 6]}EF G{'AB'[k % 2]}{'ABc'[k % 3]}c|\n\n" for k in range(12)
    )
    (tmp_path / "a.abc").write_text(tunes)
    data = genwright.load_data(tmp_path / "a.abc")
    assert data.kind == "music" and any("windows have 16" in line for line in data.describe())


def test_entities_are_refused_and_other_xml_is_no_score(tmp_path):
    (tmp_path / "a.musicxml").write_text('<!DOCTYPE s [<!ENTITY a "b">]><score-partwise/>')
    (tmp_path / "a.xml").write_text("<annotation/>")
    for name in ("a.musicxml", "a.xml"):
        with pytest.raises(DataError):
            genwright.load_data(tmp_path / name)


def test_tunes_that_are_all_one_are_split_with_a_remark(tmp_path):
    tune = "X:{}\nL:1/8\nK:C\nCDEF GABc|cBAG FEDC|CDEF GABc|cBAG FEDC|\n\n"
    (tmp_path / "t.abc").write_text("".join(tune.format(k) for k in range(12)))
    data = genwright.load_data(tmp_path / "t.abc")
    assert min(data.sizes.values()) > 0 and any("copies of another" in note for note in data.notes)
