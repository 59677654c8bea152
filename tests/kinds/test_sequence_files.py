"""Sequences and subtitles in other forms are the texts that were written."""

import pytest
from other_forms import SEQUENCE, TEXTS, N, put_form

import genwright

NAMED = [form for form in TEXTS if form.needs]
SAID = [form for form in TEXTS if not form.needs]


def lines_of(form, place) -> list[str]:
    data = genwright.load_data(put_form(form, place))
    return sorted(line for part in data.items.values() for line in part)


@pytest.mark.parametrize("form", NAMED, ids=[form.name for form in NAMED])
def test_sequences_are_as_they_were(form, tmp_path):
    pytest.importorskip("Bio")
    assert [line.upper() for line in lines_of(form, tmp_path)] == sorted(map(SEQUENCE, range(N)))


@pytest.mark.parametrize("form", SAID, ids=[form.name for form in SAID])
def test_subtitles_are_lines_without_times_and_styles(form, tmp_path):
    for line in lines_of(form, tmp_path):
        assert line.startswith("Line ") and not set(line) & set("<>{}|\\") and "00" not in line


def test_gaps_of_an_alignment_are_said(tmp_path):
    pytest.importorskip("Bio")
    rows = "".join(f"s{k} {'ACGT' * 5 if k % 2 else 'AC--' * 5}{'ACGTACGT'[k % 8]}\n" for k in range(20))
    (tmp_path / "a.sto").write_text(f"# STOCKHOLM 1.0\n{rows}//\n")
    assert any("10 of 20 sequences have gaps" in line for line in genwright.load_data(tmp_path / "a.sto").describe())
