# Tests kinds/values/labels.py
"""Labels of files in a folder stand in a table beside them, and parts of a split are sub-folders, whatever the files
hold."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genwright import load_data
from genwright.core.errors import DataError

N = 24
NAMES = [f"take {k}" for k in range(N)]
LABELS = [("up", "down")[k % 2] for k in range(N)]


def pictures(folder: Path) -> str:
    for k, name in enumerate(NAMES):
        Image.fromarray(np.random.default_rng(k).integers(0, 255, (9, 9), dtype=np.uint8)).save(folder / f"{name}.png")
    return ".png"


def sounds(folder: Path) -> str:
    for k, name in enumerate(NAMES):
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 8_000, 0, "NONE", ""))
            file.writeframes(np.random.default_rng(k).integers(-9_000, 9_000, 400, dtype=np.int16).tobytes())
    return ".wav"


def animations(folder: Path) -> str:
    for k, name in enumerate(NAMES):
        noise = np.random.default_rng(k).integers(0, 255, (4, 16, 16), dtype=np.uint8)
        first, *rest = map(Image.fromarray, noise)
        first.save(folder / f"{name}.gif", save_all=True, append_images=rest, duration=40)
    return ".gif"


def commas(folder: Path, suffix: str) -> None:
    lines = [f"{name}{suffix},{k},{label}" for k, (name, label) in enumerate(zip(NAMES, LABELS))]
    (folder / "train.csv").write_text("\n".join(["id,number,Class", *lines]))


def stems(folder: Path, suffix: str) -> None:
    """Names without their suffix, and one other column, whatever it is called; a name of no file; one file unnamed."""
    lines = [f"{name}\t{label}" for name, label in zip(["none", *NAMES[1:]], LABELS)]
    (folder / "labels.tsv").write_text("\n".join(["clip\tway", *lines]))


def headless(folder: Path, suffix: str) -> None:
    """No line of names: the first line is about a file."""
    (folder / "labels.csv").write_text("\n".join(f"{name}{suffix};{label}" for name, label in zip(NAMES, LABELS)))


def blanks(folder: Path, suffix: str) -> None:
    """One blank between a file, whose name has one too, and its label."""
    lines = [f"{name}{suffix} {label}" for name, label in zip(NAMES, LABELS)]
    (folder / "val.txt").write_text("\n".join(lines))


def metadata(folder: Path, suffix: str) -> None:
    rows = [{"file_name": f"{name}{suffix}", "label": label} for name, label in zip(NAMES, LABELS)]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))


@pytest.mark.parametrize("table", [commas, stems, headless, blanks, metadata])
@pytest.mark.parametrize("files", [pictures, sounds, animations])
def test_labels_stand_in_a_table_beside_the_files(files, table, tmp_path):
    table(tmp_path, files(tmp_path))
    data = load_data(tmp_path)
    labels = [label for part in ("train", "valid", "test") for label in data.values(part, "label")]
    unnamed = table is stems
    assert sorted(filter(None, labels)) == sorted(LABELS[unnamed:]) and len(labels) == N
    assert not data.account.unused


def test_other_tables_are_no_labels(tmp_path):
    pictures(tmp_path)
    (tmp_path / "log.csv").write_text("when,size\n" + "\n".join(f"2024-01-{1 + k:02d},{k}" for k in range(N)))
    lines = [f"{name}.png,a picture of {label}" for name, label in zip(NAMES, LABELS)]
    (tmp_path / "metadata.csv").write_text("\n".join(["file_name,text", *lines]))
    (tmp_path / "README.txt").write_text(f"All by one person.\nSee {NAMES[3]}.png for an example.")
    data = load_data(tmp_path, given=["caption"])
    unused = {"other files": ["README.txt", "log.csv"]}
    assert "label" not in data.domain.given.names and data.account.unused == unused


@pytest.mark.parametrize("folders", [("train/{}", "test/{}"), ("data/Train", "data/Val")], ids=["labels", "none"])
@pytest.mark.parametrize("files", [pictures, sounds, animations])
def test_sub_folders_are_parts_of_a_split(files, folders, tmp_path):
    suffix = files(tmp_path)
    for k, (name, label) in enumerate(zip(NAMES, LABELS)):
        place = tmp_path / folders[k >= 18].format(label)
        place.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}{suffix}").rename(place / f"{name}{suffix}")
    data = load_data(tmp_path)
    assert len(data.test) == 6 and len(data.valid) + len(data.train) == 18 and len(data.valid) > 0 and data.settled
    if "{}" in folders[0]:
        assert sorted(data.values("test", "label")) == ["down"] * 3 + ["up"] * 3
    else:
        assert "label" not in data.domain.given.names


def test_parts_without_one_to_train_are_refused(tmp_path):
    pictures(tmp_path)
    for k, name in enumerate(NAMES):
        (place := tmp_path / ("test", "val")[k % 2]).mkdir(exist_ok=True)
        (tmp_path / f"{name}.png").rename(place / f"{name}.png")
    with pytest.raises(DataError, match="none to train"):
        load_data(tmp_path)


def move(folder: Path, places: list[str]) -> None:
    pictures(folder)
    for name, place in zip(NAMES, places):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").rename(folder / place / f"{name}.png")


def test_a_part_without_sub_folders_has_no_labels(tmp_path):
    move(tmp_path, [*(f"train/{label}" for label in LABELS[:18]), *["test"] * 6])
    data = load_data(tmp_path)
    assert list(data.values("test", "label")) == [None] * 6 and set(data.values("train", "label")) == {"up", "down"}


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([*(f"train/{label}" for label in LABELS[:18]), *["train"] * 2, *["test"] * 4], "2 images beside"),
        ([*(f"train/{label}" for label in LABELS[:18]), *["test/left"] * 6], "label left in test items alone"),
    ],
)
def test_labels_that_some_files_cannot_have_are_refused(places, said, tmp_path):
    move(tmp_path, places)
    with pytest.raises(DataError, match=said):
        load_data(tmp_path)


def test_a_table_of_other_values_leaves_images_without_labels(tmp_path):
    pictures(tmp_path)
    lines = [f"{name}.png,{k / 7}" for k, name in enumerate(NAMES)]
    (tmp_path / "scores.csv").write_text("\n".join(["file,score", *lines]))
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *lines, "a,b,c"]))
    with pytest.warns(UserWarning, match="no labels are read from labels.csv: .*line 26"):
        data = load_data(tmp_path)
    assert "label" not in data.domain.given.names
    assert data.account.unused == {"other files": ["labels.csv", "scores.csv"]}
