"""Captions beside the pictures of a folder: every form that people have, and what is wrong with some."""

import json

import numpy as np
import pytest
from PIL import Image

import genwright
from genwright.core.errors import DataError
from genwright.data.load import read_items
from genwright.data.readers.caption_files import read_captions

COLOURS = {"red": (200, 0, 0), "blue": (0, 0, 200)}


@pytest.fixture
def zoo(tmp_path):
    """Twelve pictures, in two sub-folders."""
    rng = np.random.default_rng(0)
    for i in range(12):
        colour = list(COLOURS)[i % 2]
        (tmp_path / "zoo" / colour).mkdir(parents=True, exist_ok=True)
        pixels = np.clip(rng.integers(0, 50, (8, 8, 3)) + COLOURS[colour], 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "zoo" / colour / f"{i}.png")
    return tmp_path / "zoo"


def rows(texts: bool = True) -> list[tuple[str, str]]:
    return [(f"{list(COLOURS)[i % 2]}/{i}.png", f'a {list(COLOURS)[i % 2]} "thing", {i}') for i in range(12)]


def lines(*of, ending="\n") -> str:
    return ending.join(of) + ending


QUOTED = [f'{name},"{text.replace(chr(34), chr(34) * 2)}"' for name, text in rows()]
FILES = {
    "jsonl": ("metadata.jsonl", lines(*(json.dumps({"file_name": n, "text": t}) for n, t in rows()))),
    "csv": ("metadata.csv", lines("file_name,text", *QUOTED)),
    "other heads": ("captions.csv", lines("image,caption", *QUOTED, ending="\r\n")),
    "semicolons": ("metadata.csv", "\ufeff" + lines("id;filename;text", *(f"7;{n};{t}" for n, t in rows()))),
    "backslashes": ("metadata.csv", lines("file_name,text", *(line.replace("/", "\\") for line in QUOTED))),
}


@pytest.mark.parametrize("name, content", FILES.values(), ids=FILES)
def test_captions_are_read_beside_labels(zoo, name, content):
    content = content.replace('"thing"', "thing") if ";" in content else content
    (zoo / name).write_text(content, encoding="utf-8", newline="")
    data = genwright.load_data(zoo, given=["label", "caption"])
    for part in data.items.values():
        for label, caption in zip(part.given["label"], part.given["caption"]):
            assert caption.replace('"', "").startswith(f"a {label} thing, ")
    assert not any("ignored" in line for line in data.describe())
    items, *_ = read_items(zoo, data.domain)
    assert len(items.given["caption"]) == 12


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.csv"])
@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b"])
def test_a_record_ends_at_a_line_end_alone(zoo, name, mark):
    texts = {file: text.replace(" ", mark, 1) for file, text in rows()}
    if name.endswith("csv"):
        content = lines(f"file_name,te{mark}xt,text", *(f'{file},,"{t}"' for file, t in texts.items()))
        content = content.replace('"thing"', "thing")
    else:
        content = lines(*(json.dumps({"file_name": f, "text": t}, ensure_ascii=False) for f, t in texts.items()))
    (zoo / name).write_text(content, encoding="utf-8", newline="")
    found, notes = read_captions(zoo / name, sorted(zoo.rglob("*.png")))
    assert len(found) == 12 and all(mark in text for text in found) and not notes


def test_some_pictures_have_none_and_some_several(zoo):
    name, content = FILES["csv"]
    short = [*content.splitlines()[:-2], "red/0.png,again", "red/77.png,gone", "blue/9.png,"]
    (zoo / name).write_text(lines(*short))
    said = "\n".join(genwright.load_data(zoo, given="caption").describe())
    for sentence in (
        "10 of 12 pictures have a caption",
        "1 further caption of pictures in metadata.csv ignored",
        "1 name in metadata.csv of pictures that are not there ignored",
    ):
        assert sentence in said


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("metadata.csv", b"file_name,colour\nred/0.png,red\n", "holds file_name, colour: call"),
        ("metadata.csv", b"", "holds nothing"),
        ("captions.csv", b"file_name,text\n0.png,red\n", "no caption of a picture beside it, such as '0.png'"),
        ("metadata.csv", "file_name,text\nred/0.png,é\n".encode("latin-1"), "not in UTF-8"),
        ("metadata.jsonl", b'{"file_name": "red/0.png"', "damaged or cut short"),
        ("metadata.jsonl", b'["red/0.png", "red"]\n', "damaged or cut short|holds"),
    ],
)
def test_what_cannot_be_read_is_told(zoo, name, content, words):
    (zoo / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        genwright.load_data(zoo, given="caption")


def test_what_was_written_is_read_again(zoo, tmp_path):
    name, content = FILES["csv"]
    (zoo / name).write_text(content)
    data = genwright.load_data(zoo, given=["label", "caption"])
    folder = data.domain.write(data.train, tmp_path / "copy")
    again, *_ = read_items(folder, data.domain)
    told = lambda items: sorted(zip(items.given["label"], items.given["caption"]))
    assert told(again) == told(data.train)
    whole = np.concatenate([data.train, data.valid, data.test])
    captions = np.concatenate([part.given["caption"] for part in data.items.values()])
    np.savez(tmp_path / "zoo.npz", x=whole, captions=captions.astype(str))
    loaded = genwright.load_data(tmp_path / "zoo.npz", given="caption")
    assert sorted(text for part in loaded.items.values() for text in part.given["caption"]) == sorted(captions)
