# Tests kinds/load.py
"""load_data: what is understood, and how it is split."""

import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from genwright.core.errors import DataError
from genwright.kinds.formats.images.pictures import picture_keys
from genwright.kinds.load import load_data, read_items
from genwright.kinds.splits import split


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def pictures(rng, n=100, side=8):
    return rng.integers(0, 256, (n, side, side), dtype=np.uint8)


# ---------------------------------------------------------------- splitting


def keys_of(n, seed=0):
    return np.random.default_rng(seed).integers(0, 2**63, n, dtype=np.uint64)


def test_shares_and_determinism():
    keys = keys_of(1000)
    parts = split(keys, None, None, 0)
    assert [(parts == part).sum() for part in ("train", "valid", "test")] == [720, 80, 200]
    assert (split(keys, None, None, 0) == parts).all() and (split(keys, None, None, 1) != parts).any()
    order = np.random.default_rng(1).permutation(1000)
    assert (split(keys[order], None, None, 0) == parts[order]).all()  # the order of the rows does not matter


def test_the_side_does_not_depend_on_how_keys_look():
    parts = split(np.arange(10_000, dtype=np.uint64), None, None, 0)
    assert abs((parts[:5000] == "test").sum() - 1000) < 100


def test_equal_items_fall_on_one_side():
    keys = np.concatenate([keys_of(700), keys_of(100), keys_of(100), keys_of(100)])  # 100 items four times
    parts = split(keys, None, None, 0)
    for side in ("train", "valid"):
        assert not np.isin(keys[parts == side], keys[parts == "test"]).any()
    assert not np.isin(keys[parts == "train"], keys[parts == "valid"]).any()
    assert abs((parts == "test").sum() - 200) <= 4


def test_where_chance_makes_most_items_repeat_they_are_split_one_by_one():
    keys = np.tile(keys_of(4), 50)
    parts = split(keys, None, None, 0, possible=lambda: 4)
    assert [(parts == part).sum() for part in ("train", "valid", "test")] == [144, 16, 40]
    parts = split(keys, None, None, 0, possible=lambda: 1_000)
    assert all(len(set(parts[keys == key])) == 1 for key in keys)


def test_every_label_has_its_share():
    labels = np.repeat(["a", "b", "c"], [500, 300, 33])
    keys = keys_of(len(labels))
    parts = split(keys, labels, None, 0)
    assert (parts == "test").sum() == 167  # ceil(0.2 * 833)
    for label, n in (("a", 500), ("b", 300), ("c", 33)):
        assert abs((parts[labels == label] == "test").sum() - 0.2 * n) <= 1
        assert abs((parts[labels == label] == "valid").sum() - 0.08 * n) <= 1


def test_settled_parts_stay():
    given = np.repeat(["", "test"], [90, 10])
    parts = split(keys_of(100), None, given, 0)
    assert (parts[90:] == "test").all() and (parts == "test").sum() == 10 and (parts == "valid").sum() == 9
    full = np.repeat(["train", "valid", "test"], [50, 20, 30])
    assert (split(keys_of(100), None, full, 0) == full).all()


def test_validation_is_capped():
    parts = split(keys_of(100_000), None, None, 0)
    assert (parts == "valid").sum() == 5000 and (parts == "test").sum() == 20_000


def test_keys_of_pictures_see_content_and_shape(rng):
    x = rng.integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)
    x[3] = x[0]
    keys = picture_keys(x)
    assert keys[3] == keys[0] and len(set(keys.tolist())) == 3
    assert (picture_keys(x[::-1]) == keys[::-1]).all()
    assert picture_keys(np.zeros((1, 8, 9, 1), np.uint8)) != picture_keys(np.zeros((1, 9, 8, 1), np.uint8))


# ---------------------------------------------------------------- images


def test_digits():
    load_data("digits")
    start = time.perf_counter()
    data = load_data("digits")
    assert time.perf_counter() - start < 1
    assert len(data.train) + len(data.valid) == 1437 and len(data.test) == 360
    for part in (data.train, data.valid, data.test):
        share = np.bincount(part.given["label"], minlength=10) / len(part)
        assert share.min() > 0.08 and share.max() < 0.12
    assert data.domain.spec.leaf.levels == 17 and data.domain.labels == list(range(10))
    assert data.describe()[0] == "1,797 images, 8 x 8, grey, 17 levels"
    assert data.describe()[-1] == "1,293 to train, 144 to validate, 360 to test"
    x, given = data.tensors("test").x, data.tensors("test").given
    assert x.shape == (360, 1, 8, 8) and given[:, 0].tolist() == data.test.given["label"].tolist()
    assert data.tensors("test").x is x and "scikit-learn" in data.licence and data.source == "digits"
    assert load_data("digits").hash == data.hash != load_data("digits", seed=1).hash


def test_arrays_with_and_without_labels(rng):
    x, y = pictures(rng), np.array(["cat", "dog"])[rng.integers(0, 2, 100)]
    data = load_data((x, y))
    assert data.domain.given.names == ["label"] and data.train.shape == (72, 8, 8, 1)
    where = {p.tobytes(): label for p, label in zip(x, y)}
    for part in data.items.values():
        assert all(where[p.tobytes()] == label for p, label in zip(np.asarray(part), part.given["label"]))
    assert load_data((x, y), given=[]).domain.given.names == [] == load_data(x).domain.given.names
    assert load_data((x, y), given="label").domain.given.names == ["label"]
    same = load_data((x, np.zeros(100, int)))
    assert same.domain.given.names == [] and any("same label, 0" in line for line in same.describe())
    again = load_data(data.train)  # what load_data returns carries its labels
    assert again.domain.given.names == ["label"]


def test_a_label_that_training_lacks_is_still_known(rng):
    data = load_data((pictures(rng, 30), np.array([0] * 29 + [1])))
    assert data.domain.labels == [0, 1] and len(data.domain.given.columns[0].marginal.probs) == 2


def test_npz_round_trip_and_official_test(tmp_path, rng):
    x, y = pictures(rng), rng.integers(0, 3, 100)
    np.savez(tmp_path / "p.npz", images=x, labels=y)
    data = load_data(tmp_path / "p.npz")
    assert data.name == "p" and data.domain.labels == [0, 1, 2] and sum(map(len, data.items.values())) == 100
    np.savez(tmp_path / "q.npz", x_train=x[:70], y_train=y[:70], x_test=x[70:], y_test=y[70:])
    split_data = load_data(str(tmp_path / "q.npz"))
    assert (np.asarray(split_data.test)[..., 0] == x[70:]).all() and (split_data.test.given["label"] == y[70:]).all()
    digits = load_data("digits")
    digits.domain.write(digits.test, tmp_path / "d.npz")
    assert load_data(tmp_path / "d.npz").domain.spec == digits.domain.spec
    np.save(tmp_path / "x.npy", x / 255)
    assert load_data(tmp_path / "x.npy").domain.spec == data.domain.spec


def test_a_folder_with_labels(tmp_path, rng):
    for i, picture in enumerate(pictures(rng, 20, 80)):
        (tmp_path / "pets" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / "pets" / "ab"[i % 2] / f"{i}.png")
    data = load_data(tmp_path / "pets")
    assert data.name == "pets" and data.domain.labels == ["a", "b"] and data.train.shape == (14, 32, 32, 1)
    assert "resized from 80 x 80 to 32 x 32" in data.describe()
    items, known, *_ = read_items(tmp_path / "pets", data.domain)
    assert items.shape == (20, 32, 32, 1) and known is None
    keys = {p.tobytes() for part in data.items.values() for p in np.asarray(part)}
    assert {p.tobytes() for p in np.asarray(items)} == keys
    one = tmp_path / "one"
    for i in range(12):
        (one / "only").mkdir(parents=True, exist_ok=True)
        Image.fromarray(pictures(rng, 1)[0]).save(one / "only" / f"{i}.png")
    assert load_data(one).domain.given.names == []


def test_squares_up_to_64_pixels_stay_as_they_are(rng):
    for side, kept in ((33, 33), (64, 64), (65, 32), (200, 32)):
        data = load_data(rng.integers(0, 256, (12, side, side, 3), dtype=np.uint8))
        assert data.domain.size == (kept, kept, 3) and ("resized" in " ".join(data.describe())) == (side != kept)
    assert load_data(rng.integers(0, 256, (12, 60, 50), dtype=np.uint8)).domain.size == (32, 32, 1)


def test_counts_of_an_imbalanced_label_are_told(rng):
    labels = np.repeat(["cat", "dog", "owl"], [70, 20, 10])
    lines = load_data((pictures(rng), labels)).describe()
    assert "`label` is imbalanced in training: cat 51, dog 14, owl 7" in lines
    assert not any("imbalanced" in line for line in load_data((pictures(rng), np.arange(100) % 3)).describe())
    many = load_data((pictures(rng, 400), np.minimum(rng.geometric(0.1, 400), 25)))
    (line,) = [line for line in many.describe() if "imbalanced" in line]
    assert line.count(",") == 12 and ", ..., " in line
    table = pd.DataFrame({"h": rng.normal(size=100), "kind": labels})
    assert any(line.startswith("`kind` is imbalanced") for line in load_data(table, given="kind").describe())
    assert not any("imbalanced" in line for line in load_data(table).describe())


# ---------------------------------------------------------------- tables


def test_rows_become_columns(rng):
    data = load_data(rng.normal(size=(60, 3)))
    assert list(data.train.columns) == ["x0", "x1", "x2"] and len(data.test) == 12 and data.domain.given.names == []
    labelled = load_data((rng.normal(size=(60, 2)), rng.integers(0, 2, 60)))
    assert labelled.domain.given.names == ["label"]
    assert data.tensors("train").x.shape == (43, 3)


def test_a_domain_knows_training_rows_alone(rng):
    """Levels, names, scales, margins and shares of absence stay as they are, whatever the newest rows hold."""
    frame = pd.DataFrame({
        "day": np.arange(400), "real": rng.normal(size=400), "count": rng.poisson(3, 400),
        "word": rng.choice(["u", "v"], 400),
    })  # fmt: skip
    newer = frame.copy()
    newer.loc[288:, "real"] = 100 + 50 * newer["real"]  # 288 to train, the rest to validate and to test
    newer.loc[288:, "count"] = 999
    newer.loc[288:, "word"] = "w"
    newer.loc[300:330, "real"] = np.nan
    one, other = (load_data(table, time="day", drop=["day"]) for table in (frame, newer))
    assert one.train.equals(other.train) and len(one.train) == 288
    assert one.domain.to_json() == other.domain.to_json()


def test_frequencies_of_labels_are_those_of_training_pictures(tmp_path, rng):
    x, y = pictures(rng), rng.integers(0, 2, 100)
    domains = []
    for test_labels in (y[70:], np.zeros(30, int)):
        np.savez(tmp_path / "p.npz", x_train=x[:70], y_train=y[:70], x_test=x[70:], y_test=test_labels)
        data = load_data(tmp_path / "p.npz")
        share = np.bincount(data.train.given["label"]) / len(data.train)
        assert data.domain.given.columns[0].marginal.probs == pytest.approx(share, abs=0.01)
        domains.append(data.domain.to_json())
    assert domains[0] == domains[1]


def test_a_toy_knows_its_density():
    data = load_data("checkerboard")
    assert [len(data.items[part]) for part in ("train", "valid", "test")] == [50_000, 5_000, 20_000]
    assert (data.log_density(data.test) == -np.log(32)).all()
    assert data.tensors("test").x.shape == (20_000, 2)


def test_frames_and_files(tmp_path, rng):
    frame = pd.DataFrame({"a": rng.normal(size=80), "b": rng.choice(["u", "v"], 80)})
    frame.to_csv(tmp_path / "t.csv.gz", index=False)
    by_file, by_frame = load_data(tmp_path / "t.csv.gz"), load_data(frame)
    assert by_file.name == "t" and len(by_frame.test) == 16 and by_file.domain.spec.names == ["a", "b"]
    assert load_data(frame, given="b").domain.given.names == ["b"]
    shuffled = load_data(frame.sample(frac=1, random_state=0))
    assert sorted(shuffled.test["a"]) == sorted(by_frame.test["a"]) and shuffled.hash != by_frame.hash
    items, known, *_ = read_items(tmp_path / "t.csv.gz", by_file.domain)
    assert items.shape == (80, 2) and known is None


def test_rows_that_differ_in_an_identifier_only_are_equal(rng):
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.choice(["u", "v"], 60)})
    twice = pd.concat([frame, frame], ignore_index=True)
    twice.insert(0, "id", [f"row {i:04d}" for i in range(120)])
    data = load_data(twice)
    assert "id" not in data.domain.spec.names
    sides = [set(part["a"]) for part in data.items.values()]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 60


def test_a_rarely_missing_cell_is_seen_in_training(rng):
    frame = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    frame.loc[[5, 70], "b"] = np.nan
    for seed in range(5):
        assert load_data(frame, seed=seed).train["b"].isna().sum() == 2


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "source, options, words",
    [
        ("digit", {}, "did you mean 'digits'"),
        ("no/such/place.csv", {}, "neither a file nor a folder"),
        ("", {}, "neither a file nor a folder"),
        ("long" * 1000, {}, "neither a file nor a folder"),
        (42, {}, "type int"),
        ([[1, 2]], {}, "type list"),
        (np.zeros((5, 8, 8), np.uint8), {}, "holds 5 items: at least 10"),
        (np.zeros((1, 4)), {}, "holds 1 item:"),
        (np.zeros((0, 4)), {}, "empty"),
        (np.float64(3), {}, "type float"),
        (np.full((20, 2), np.inf), {}, "infinite"),
        (np.array([{}] * 20, dtype=object), {}, "Python objects"),
        (np.array(["a"] * 20), {}, "plain numbers"),
        (np.zeros((20, 2), complex), {}, "plain numbers"),
        ((np.zeros((20, 8, 8), np.uint8), np.zeros(19)), {}, "one label for each"),
        ((np.zeros((20, 8, 8), np.uint8), np.linspace(0, 1, 20)), {}, "not whole numbers"),
        ((np.zeros((20, 8, 8), np.uint8), np.array(["a", None] * 10, object)), {}, "mixed kinds or missing"),
        ((np.zeros((20, 8, 8), np.uint8), np.arange(20)), {}, "20 labels for 20"),
        (pd.DataFrame({"a": np.arange(20.0), "b": [{1, 2}] * 20}), {}, "'b' holds a set in a cell"),
        (pd.DataFrame({"a": np.zeros(2_000_001, np.uint8)}), {}, "2,000,001 rows, more than the limit of 2,000,000"),
        (
            "digits",
            {"types": {"a": "number"}},
            "leave (types|drop) out",
        ),
        ("digits", {"drop": ["a"]}, "leave (types|drop) out"),
        ("digits", {"given": ["colour"]}, "the only one is 'label'"),
        (np.zeros((20, 8, 8), np.uint8), {"given": "label"}, "they have no labels"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(source, options, words):
    with pytest.raises(DataError, match=words) as raised:
        load_data(source, **options)
    assert "\n" not in str(raised.value)
