"""Fifteen files as people have them: every column is understood as a person would, or asked about, and comes back as it
was written."""

import csv
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from messy_files import FILES, messy_files, write_file

from genwright import load_data
from genwright.kinds.tables.columns import Number

MESSY = messy_files()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messy")
    return {name: load_data(write_file(name, folder), given=[]) for name, *_ in FILES}


def rows_of(data) -> pd.DataFrame:
    return pd.concat(data.items.values(), ignore_index=True)


@pytest.mark.parametrize("name", MESSY)
def test_every_column_is_understood_or_asked_about(name, loaded):
    data = loaded[name]
    kinds = {column.name: column.kind for column in data.domain.columns}
    assert kinds == {column.name: column.kind for column in MESSY[name]}
    said = "\n".join(data.describe())
    for column in MESSY[name]:
        assert column.asked in said
        lines = [line for line in [*data.notes, *map(str, data.questions)] if line.startswith(f"`{column.name}`")]
        assert bool(lines) == bool(column.asked), lines


@pytest.mark.parametrize("name", MESSY)
def test_numbers_are_what_was_written(name, loaded):
    data = loaded[name]
    frame = rows_of(data)
    for column in data.domain.columns:
        truth = next(made.truth for made in MESSY[name] if made.name == column.name)
        if truth is None:
            continue
        cells = data.domain.cells(frame, column.name)
        if not isinstance(column, Number):
            assert cells.isna().sum() == truth.sum(), column.name
            continue
        values = column.from_leaf(column.encode(cells))
        near = np.clip(truth, column.low, column.high)  # what lies outside training rows is drawn to their end
        assert np.allclose(np.sort(np.clip(values, column.low, column.high)), np.sort(near), equal_nan=True), (
            column.name
        )


@pytest.mark.parametrize("name", MESSY)
def test_rows_come_back_as_they_were_written(name, loaded):
    data = loaded[name]
    frame = data.train
    back = data.domain.decode(*data.domain.encode(frame), 0)
    for made in MESSY[name]:
        if made.exact:
            pd.testing.assert_series_equal(back[made.name], frame[made.name])


@pytest.mark.parametrize("name", MESSY)
def test_what_is_answered_is_not_asked_again(name, loaded, tmp_path):
    path = write_file(name, tmp_path)
    for question in loaded[name].questions:
        if question.choices:
            assert question.text not in [asked.text for asked in load_data(path, **question.answer).questions]


def test_a_person_says_how_to_take_what_was_asked(tmp_path):
    path = write_file("asked", tmp_path)
    missing = {"visits": ["closed"], "hits": ["***"]}
    data = load_data(path, types={"units": "number"}, missing=missing)
    kinds = {column.name: column.kind for column in data.domain.columns}
    assert kinds == dict.fromkeys(("visits", "units", "hits", "x"), "number") | {"size": "category"}
    assert data.domain.missing == {"visits": ("closed",), "hits": ("***",)}
    data = load_data(write_file("sentinels", tmp_path), missing=[-999, "9999", -1])
    assert all(data.domain.cells(data.train, name).isna().any() for name in ("age", "days", "tenure"))
    assert not data.questions
    assert data.domain.columns[0].low >= 18


@pytest.mark.parametrize("name", MESSY)
def test_files_are_written_as_they_were(name, loaded, tmp_path):
    data = loaded[name]
    delimiter, encoding = next((delimiter, encoding) for other, delimiter, encoding, _ in FILES if other == name)
    path = data.domain.write(data.domain.decode(*data.domain.encode(data.train), 0), tmp_path / "again.csv")
    names, *rows = csv.reader(path.read_text(encoding=encoding).splitlines(), delimiter=delimiter)
    exact = [made for made in MESSY[name] if made.exact]
    found = Counter(tuple(row[names.index(made.name)] for made in exact) for row in rows)
    assert not found - Counter(zip(*[made.cells for made in exact]))
