# Tests kinds/formats/names.py, kinds/named/points.py, kinds/named/sequences.py, kinds/named/tables.py
"""The table of names, the idx format, and the published sets where they are at hand."""

import hashlib
import os
import zipfile
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

import genwright
from genwright.core.errors import DataError
from genwright.core.manifest import load_place
from genwright.kinds.formats.images.idx import read_idx
from genwright.kinds.formats.names import NAMES, suggest
from genwright.kinds.formats.source import Source
from genwright.kinds.named import images, read_named

needs_files = pytest.mark.skipif(
    not os.environ.get("GENWRIGHT_DATA"), reason="set GENWRIGHT_DATA to the published files"
)
at_hand = lambda test: pytest.mark.long(needs_files(test))  # they hold the published files, which no change touches


def test_every_row_names_a_function_and_a_licence():
    for name, row in NAMES.items():
        assert callable(load_place(row.reader, "genwright.kinds.named")), name
        assert row.what and row.licence


def test_names_close_by_are_suggested():
    assert "'digits'" in suggest("digit") and "'wine-quality-red'" in suggest("wine-quality")
    assert "penguins" in suggest("zzz")


def test_a_path_is_no_name_where_something_lies_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    for given in (Path("digits"), Path("./digits"), "./digits"):
        assert Source.take(given).is_folder and Source.take(given).text == "./digits"  # which a record may read again
    assert Source.take("digits").name == "digits" and Source.take(Path("iris")).name == "iris"


@pytest.mark.parametrize(
    "name, rows, columns", [("iris", 150, 5), ("wine", 178, 14), ("breast-cancer", 569, 31), ("diabetes", 442, 11)]
)
def test_tables_of_scikit_learn(name, rows, columns):
    raw = read_named(name, 0)
    assert raw.items.shape == (rows, columns) and raw.name == name and raw.licence
    if name == "iris":
        assert sorted(raw.items["target"].unique()) == ["setosa", "versicolor", "virginica"]
    if name == "diabetes":
        assert raw.items["age"].max() > 70  # years, not standardised


def test_digits_have_seventeen_levels():
    raw = read_named("digits", 0)
    assert raw.items.shape == (1797, 8, 8, 1) and raw.items.dtype == np.uint8
    assert raw.items.max() == 16 and raw.levels == 17


def test_idx():
    header = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3])
    assert read_idx(header + bytes(range(6))).tolist() == [[[0, 1, 2]], [[3, 4, 5]]]
    cut, other = (header + bytes(5), header[:9]), (b"PNG!", b"\0\0\x0a\1")
    for bad, words in [(data, "cut short") for data in cut] + [(data, "not an idx") for data in other]:
        with pytest.raises(DataError, match=words):
            read_idx(bad, "f")


@at_hand
@pytest.mark.parametrize(
    "name, rows, columns, empty",
    [
        ("abalone", 4177, 9, 0),
        ("california-housing", 20640, 10, 207),
        ("diamonds", 53940, 10, 0),
        ("horse-colic", 300, 28, 1605),
        ("mpg", 398, 9, 6),
        ("penguins", 344, 8, 19),
        ("titanic", 891, 15, 869),
        ("wine-quality-red", 1599, 12, 0),
        ("wine-quality-white", 4898, 12, 0),
        ("adult", 48842, 15, 6465),
    ],
)
def test_published_tables(name, rows, columns, empty):
    raw = read_named(name, 0)
    assert raw.items.shape == (rows, columns) and raw.items.isna().sum().sum() == empty
    if name == "adult":
        assert (raw.parts == "test").sum() == 16281 and raw.items["income"].nunique() == 2
    if name == "horse-colic":
        assert raw.items["lesion_1"].str.len().max() == 5 and (raw.items["lesion_1"] == "02208").any()


@at_hand
def test_published_colour_pictures():
    raw = read_named("cifar10-jpeg", 0)
    assert raw.items.shape == (6000, 32, 32, 3) and raw.items.dtype == np.uint8 and (raw.parts == "test").sum() == 1000
    assert np.unique(raw.labels[:5000], return_counts=True)[1].tolist() == [500] * 10 and set(raw.labels) == set(
        raw.names
    )


@at_hand
def test_published_emoji_have_names_and_keep_skin_tones_in_one_part():
    raw = read_named("openmoji", 0)
    assert raw.items.shape == (4147, 64, 64, 3) and len(set(raw.labels)) == 12
    assert (
        raw.captions[0] == "grinning face" and raw.items[0, 32, 32].tolist()[2] < 100 and (raw.items[0, 0] == 255).all()
    )
    waving = raw.parts[[name.startswith("waving hand") for name in raw.captions]]
    assert len(waving) == 6 and len(set(waving)) == 1 and (raw.parts == "test").sum() == 830
    assert (read_named("openmoji", 1).parts != raw.parts).any()


@at_hand
def test_one_skin_tone_of_each_emoji_is_held_out():
    raw = read_named("openmoji-tones", 0)
    test = raw.parts == "test"
    assert (
        raw.items.shape == (1525, 64, 64, 3) and np.unique(raw.labels[test], return_counts=True)[1].tolist() == [61] * 5
    )
    assert all(f" {tone} skin tone" in caption for tone, caption in zip(raw.labels, raw.captions))
    base = np.array([caption.replace(f"{tone} skin", "") for tone, caption in zip(raw.labels, raw.captions)])
    assert len(set(base)) == len(set(base[test])) == test.sum() == 305
    assert (read_named("openmoji-tones", 1).parts != raw.parts).any()


@at_hand
@pytest.mark.parametrize("name, first", [("mnist", 5), ("fashion-mnist", "Ankle boot")])
def test_published_pictures(name, first):
    raw = read_named(name, 0)
    assert raw.items.shape == (70_000, 28, 28, 1) and (raw.parts == "test").sum() == 10_000
    assert raw.labels[0] == first and set(np.unique(raw.labels)) == set(raw.names)
    assert np.unique(raw.labels, return_counts=True)[1].min() > 6000


@at_hand
def test_binarised_mnist_is_drawn_by_its_grey_values_and_shares_no_digit_between_parts(monkeypatch):
    """Each training digit twice, and not 32 times."""
    assert images.TIMES == 32
    monkeypatch.setattr(images, "TIMES", 2)
    monkeypatch.setattr(images, "mnist", cache(images.mnist))
    raw, grey = read_named("binarised-mnist", 0), read_named("mnist", 0).items
    counts = {part: int((raw.parts == part).sum()) for part in ("train", "valid", "test")}
    assert counts == {"train": 110_000, "valid": 5_000, "test": 10_000} and raw.labels is None and raw.levels == 2
    assert np.array_equal(raw.items, read_named("binarised-mnist", 1).items)  # the seed is of the split alone
    drawn = {"test": grey[60_000:], "valid": grey[55_000:60_000]}
    for part, source in drawn.items():
        x = raw.items[raw.parts == part]
        assert (x[source == 0] == 0).all() and (x[source == 255] == 1).all()
        assert x.mean() == pytest.approx(source.mean() / 255, abs=1e-3)
    times = raw.items[raw.parts == "train"].reshape(2, 55_000, 28, 28, 1)
    half = (grey[:55_000] > 100) & (grey[:55_000] < 155)
    assert times[:, half].mean() == pytest.approx(0.5, abs=0.01)
    assert (times[0] != times[1])[half].mean() == pytest.approx(0.5, abs=0.01)  # drawn anew each time


@at_hand
@pytest.mark.parametrize(
    "name, parts",
    [("planar", (128, 32, 40)), ("tree", (128, 32, 40)), ("sbm", (128, 32, 40)), ("protein", (551, 183, 184))],
)
def test_graphs_in_their_published_split(name, parts):
    raw = read_named(name, 0)
    assert tuple((raw.parts == part).sum() for part in ("train", "valid", "test")) == parts
    assert len(raw.items) == sum(parts)


@at_hand
def test_molecules_with_what_was_measured():
    pytest.importorskip("rdkit")
    data = genwright.load_data("bbbp", split="scaffold")
    assert sum(data.sizes.values()) == 2_037 and len(data.unreadable) == 13 and data.domain.given.names == ["BBBP"]
    assert read_named("esol", 0).items[0].startswith("OCC3OC(OCC2OC")


@at_hand
def test_moses_has_its_published_split():
    raw = read_named("moses", 0)
    assert (len(raw.items), int((raw.parts == "test").sum()), raw.canonical) == (1_760_737, 176_074, True)


def test_spoken_digits_are_read_from_their_archive(tmp_path, monkeypatch):
    """A recording of each digit by two speakers, in an archive like that of the authors."""
    monkeypatch.setenv("GENWRIGHT_DATA", str(tmp_path))
    file, sound = tmp_path / "fsdd" / "recordings.zip", tmp_path / "one.wav"
    file.parent.mkdir()
    wavfile.write(sound, 8_000, np.arange(-500, 500, dtype=np.int16))
    with zipfile.ZipFile(file, "w") as archive:
        for digit, speaker, number in product(range(10), ("ann", "ben"), (0, 7)):
            archive.write(sound, f"recordings/{digit}_{speaker}_{number}.wav")
    monkeypatch.setattr("genwright.sound.kinds.named.SHA256", hashlib.sha256(file.read_bytes()).hexdigest()[:16])
    raw = read_named("fsdd", 0)
    assert len(raw.items) == 40 and raw.items.rate == 8_000 and (raw.parts == "test").sum() == 20
    assert set(raw.items.given["label"]) == set("0123456789") and set(raw.items.given["speaker"]) == {"ann", "ben"}


@at_hand
@pytest.mark.parametrize("name", NAMES)
def test_every_set_that_is_at_hand_is_read(name):
    try:
        read_named(name, 0)
    except DataError as error:
        assert "not to be had by download" in str(error)
        pytest.skip(str(error))
