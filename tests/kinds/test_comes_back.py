"""What genwright writes, it reads: of each form of each kind a model finds the same items in the file as in memory."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.contract.small_data import small_data
from genwright.core.safe_text import folder_name, label_of
from genwright.kinds.formats.images.pictures import Pictures
from genwright.kinds.load import read_items
from genwright.sound.kinds.audio.clips import Clips
from genwright.sound.kinds.audio.sound_files import write_sound

HARD = ["a/b", "a_b", "a:b", "a%2Fb", ".a", "..", "a.", "a ", "%", "train", "ÄÖ 7", ""]


def again(data, items, path):
    """Items as they come back from a file, and a spec's numbers of both."""
    read = read_items(data.domain.write(items, path), data.domain)
    return read.items, [data.domain.encode(each) for each in (items, read.items)]


def same(data, items, path):
    back, ((x, given), (y, other)) = again(data, items, path)
    np.testing.assert_array_equal(np.asarray(x), np.asarray(y))
    np.testing.assert_array_equal(np.asarray(given), np.asarray(other))
    return back


def test_a_label_is_a_folder_and_a_folder_a_label():
    names = [folder_name(label) for label in HARD]
    assert len(set(names)) == len(HARD) and not set("/\\:") & set("".join(names)) and not {".", "..", ""} & set(names)
    assert [label_of(name) for name in names] == HARD
    assert label_of("100% %41") == "100% %41"  # a folder of somebody else
    assert [label_of(folder_name(label)) for label in (None, np.nan, "%none")] == [None, None, "%none"]


def test_items_without_a_label_have_none_when_they_come_back(tmp_path):
    labels, rng = np.array([None, "a", "b"] * 8, object), np.random.default_rng(0)
    write_sound(rng.uniform(-1, 1, (24, 400)), labels, 8_000, tmp_path / "sounds")
    pictures = gw.load_data((rng.integers(0, 255, (24, 8, 8)), labels))
    pictures.domain.write(Pictures(rng.integers(0, 255, (24, 8, 8, 1)), {"label": labels}), tmp_path / "pictures")
    for name in ("sounds", "pictures"):
        back = gw.load_data(tmp_path / name)
        told = [label for part in back.sizes for label in back.values(part, "label")]
        assert Counter(told) == Counter(labels), name


@pytest.mark.parametrize("name", ["new", "new.npz"])
def test_pictures(name, tmp_path):
    rng = np.random.default_rng(0)
    labels, captions = (
        np.array(["a/b", "a_b", ".c"] * 8),
        [f"=a {'red' if i % 2 else '-blue'} heart" for i in range(24)],
    )
    pictures = rng.integers(0, 2, (24, 8, 8)) * 255
    data = gw.load_data((pictures, {"label": labels, "caption": captions}), given=["label", "caption"])
    with pytest.warns(UserWarning, match="cells that begin like a formula") if name == "new" else np.errstate():
        back = same(data, data.train[np.argsort(data.train.given["label"], kind="stable")], tmp_path / name)
    assert sorted(back.given["caption"]) == sorted(data.train.given["caption"])
    if name == "new":
        assert ",'=a red heart" in (tmp_path / "new/metadata.csv").read_text()


def test_days_of_a_zone_with_summer_time(tmp_path):
    days = pd.date_range("2024-03-01", periods=60, freq="D", tz="Europe/Berlin")
    data = gw.load_data(pd.DataFrame({"day": days, "n": np.arange(60) % 7}))
    same(data, data.train, tmp_path / "t.csv")


@pytest.mark.parametrize("name", ["new.txt", "new.fasta"])
def test_lines(name, tmp_path):
    data = small_data("sequences")
    assert list(same(data, data.train, tmp_path / name)) == list(data.train)


def test_lines_of_a_column_with_what_is_given(tmp_path):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"text": [f"{w}" for w in rng.choice(["-ab", "ba c", "cab,"], 60)], "stars": np.arange(60) % 3})
    rows["text"] += [chr(97 + k % 26) * (k % 5) for k in range(60)]
    data = gw.load_data(rows, column="text", given="stars")
    with pytest.warns(UserWarning, match="cells that begin like a formula"):
        assert list(same(data, data.train, tmp_path / "new.csv")) == list(data.train)


@pytest.mark.parametrize("count", [1, 3])
def test_windows_of_text(count, tmp_path):
    text = "".join(np.random.default_rng(1).choice(list("abcde \n"), 600))
    data = gw.load_data(text.split("\n"), windows=32)
    assert list(same(data, data.train[:count], tmp_path / "new.txt")) == list(data.train[:count])


@pytest.mark.parametrize("name", ["new", "new.npz", "one.mid"])
def test_music(name, tmp_path):
    if not name.endswith("z"):
        pytest.importorskip("mido")
    rng = np.random.default_rng(0)
    tunes = [np.repeat(60 + rng.integers(0, 12, (10, 3)), 2, 0).astype(np.int16) for _ in range(12)]
    data = gw.load_data(tunes, windows=16)
    windows = [window.copy() for window in data.train[:4]]
    windows[0][:, 0] = windows[0][12:] = -1
    windows[1][:] = -1  # silence
    same(data, windows[:1] if name == "one.mid" else windows, tmp_path / name)


def test_sound(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.array(["a/b", "a_b"] * 12)
    clips = Clips([rng.uniform(-1, 1, 40 + k) for k in range(24)], {"label": labels}, rate=8000)
    data = gw.load_data(clips)
    items = data.domain.decode(
        *data.domain.encode(data.train[np.argsort(data.train.given["label"], kind="stable")]), None
    )
    back = same(data, items, tmp_path / "new")
    assert set(back.given["label"]) == {"a/b", "a_b"}


@pytest.mark.parametrize("name", ["new.smi", "new.csv", "new.sdf"])
def test_molecules(name, tmp_path):
    pytest.importorskip("rdkit")
    data = small_data("molecules")
    assert list(same(data, data.train, tmp_path / name)) == list(data.train)


@pytest.mark.parametrize("name", ["new.xyz", "new.sdf"])
def test_points(name, tmp_path):
    data = small_data("points")
    back = read_items(data.domain.write(data.train, tmp_path / name), data.domain).items
    assert [item.symbols for item in back] == [item.symbols for item in data.train]
    for one, other in zip(back, data.train):
        np.testing.assert_allclose(one.positions, other.positions, atol=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("name", ["new", "new.npz"])
def test_graphs(name, tmp_path):
    data = small_data("graph-sets")
    back = read_items(data.domain.write(data.train, tmp_path / name), data.domain).items
    assert (data.domain.keys(back) == data.domain.keys(data.train)).all()


def test_pictures_without_a_label_stay_without(tmp_path):
    x = np.random.default_rng(0).integers(0, 2, (24, 8, 8))
    data = gw.load_data((x, np.array(["a", "b", None] * 8, object)))
    items = Pictures(np.asarray(data.train), {"label": data.train.given["label"]})
    same(data, items, tmp_path / "new.npz")
