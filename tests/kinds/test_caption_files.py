# Tests kinds/formats/images/caption_files.py, kinds/values/several_texts.py
"""Captions beside the pictures of a folder: every form that people have, and what is wrong with some."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.images.caption_files import read_captions
from genwright.kinds.load import read_items
from genwright.kinds.resplit import resplit
from genwright.kinds.values.several_texts import several, shares_of

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
    "prompts": ("metadata.csv", lines("Image_Path,Prompt", *QUOTED)),
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
    found = read_captions(zoo, sorted(zoo.rglob("*.png")), [])
    assert len(found.captions) == 12 and all(mark in text for text in found.captions) and not found.account.sentences()


def test_a_text_beside_each_picture(zoo):
    for name, text in rows():
        (zoo / name).with_suffix(".txt").write_text(f"\ufeff{text}\n", encoding="utf-8")
    (zoo / "red/2.txt").write_text("")
    (zoo / "red/0.txt").rename(zoo / "red/0.caption")
    (zoo / "readme.txt").write_text("About.")
    data = genwright.load_data(zoo, given=["label", "caption"])
    pairs = zip(data.train.given["label"], data.train.given["caption"])
    assert all(text is None or text.startswith(f"a {label} ") for label, text in pairs)
    said = "\n".join(data.describe())
    assert "texts without an image not used: readme.txt" in said and "11 of 12 items have a `caption`" in said
    assert "other file" not in said
    found, *_ = read_items(zoo, data.domain)
    assert sum(text is None for text in found.given["caption"]) == 1


@pytest.mark.parametrize("blue", ["captions.csv", "texts"])
def test_each_sub_folder_may_have_captions_of_its_own(zoo, blue):
    files = sorted(zoo.rglob("*.png"))
    for table in ("red/metadata.csv", "blue/captions.csv"):
        own = [file for file in files if file.parent == (zoo / table).parent]
        told = [f"{file.name},a {file.parent.name} thing {file.stem},{own[0].name}" for file in own]
        (zoo / table).write_text(lines("file_name,text,before", *told, f"gone.png,a thing,{own[0].name}"))
    if blue == "texts":
        (zoo / "blue/captions.csv").unlink()
        for file in own:
            file.with_suffix(".txt").write_text(f"a blue thing {file.stem}")
    data = genwright.load_data(zoo, given=["label", "caption"])
    for part in (*data.items.values(), read_items(zoo, data.domain).items):
        assert all(text.startswith(f"a {label}") for label, text in zip(part.given["label"], part.given["caption"]))
    said = "\n".join(data.describe())
    assert "red/metadata.csv without an image not used: gone.png" in said and "other file" not in said
    numbers = read_captions(zoo, files, [], ("before",)).beside["before"]
    first = {colour: min(i for i, file in enumerate(files) if file.parent.name == colour) for colour in COLOURS}
    first |= {"blue": -1} if blue == "texts" else {}
    assert numbers.tolist() == [first[file.parent.name] for file in files]
    (zoo / "red/metadata.csv").write_text("file_name,label\n0.png,red\n")
    assert read_captions(zoo, files[6:], [], ("before",)).beside == {}  # no table of images to edit


SEVERAL = {
    "lines of a text": {f"{name[:-4]}.txt": f"{text}\n\n{text} again\r\n" for name, text in rows()},
    "rows": {"metadata.csv": lines("file_name,text", *(f"{line}\n{line[:-1]} again{line[-1]}" for line in QUOTED))},
    "columns": {
        "metadata.csv": lines("text_2,file_name,text,text_3", *(
            f"{line[line.index(',') + 1:-1]} again\",{line},{line[line.index(',') + 1:]}" for line in QUOTED))
    },
    "a list": {
        "metadata.jsonl": lines(*(json.dumps({"file_name": n, "caption": [t, f"{t} again"]}) for n, t in rows()))
    },
}  # fmt: skip


@pytest.mark.parametrize("files", SEVERAL.values(), ids=SEVERAL)
def test_a_picture_may_have_several_captions(zoo, files):
    for name, content in files.items():
        (zoo / name).write_bytes(content.encode())
    data = genwright.load_data(zoo, given="caption")
    assert all(several(text) == (text, f"{text} again") for text in data.train.given["caption"])
    items = data.tensors("train")
    assert items.alternatives.values.sizes.tolist() == [1] * len(items) and data.tensors("test").alternatives is None
    assert data.domain.captions.decode(items.alternatives.values.x).tolist() == [
        f"{text} again" for text in data.domain.captions.decode(items.given)
    ]
    said = data.describe()
    assert "12 items have more than one `caption`, 24 in all: each batch shows one of them" in said
    (zoo / "metadata.csv").unlink(missing_ok=True), (zoo / "metadata.jsonl").unlink(missing_ok=True)
    for name in ("copy", "copy.npz"):
        again, *_ = read_items(data.domain.write(data.train, zoo.parent / name), data.domain)
        assert sorted(map(several, again.given["caption"])) == sorted(map(several, data.train.given["caption"]))


RATES = {"short": 0.25, "Long": 0.75}


def test_columns_of_captions_are_shown_at_their_rates(zoo, tmp_path):
    """The column of the highest rate is first. Two texts of a column share its rate. Verbs read the same columns."""
    told = [{"file_name": name, "short": f"{text} s", "long": [f"{text} l", f"{text} m"]} for name, text in rows()]
    del told[0]["short"]
    (zoo / "metadata.jsonl").write_text(lines(*map(json.dumps, told)))
    data = genwright.load_data(zoo, captions=RATES)
    captions = {text: text for part in data.items.values() for text in part.given["caption"]}
    for row in told:
        text = captions[row["long"][0]]
        assert several(text) == (*row["long"], *filter(None, [row.get("short")]))
        assert shares_of(text) == ((0.375, 0.375, 0.25) if "short" in row else (0.5, 0.5))
    shares = data.tensors("train").alternatives.shares
    assert all(row.tolist() in ([0.375, 0.25], [0.5]) for row in shares.x[:, 0].split(shares.sizes.tolist()))
    even = genwright.load_data(zoo, captions={"short": 0.5, "long": 0.5})
    assert data.hash != even.hash and data.options["captions"] == RATES
    read = read_items(zoo, data.domain, data.options)
    assert {several(text) for text in read.items.given["caption"]} == {several(text) for text in captions.values()}
    assert resplit(data, 3).tensors("train").alternatives.shares.sizes.gt(0).all()


def test_other_texts_of_a_picture_are_part_of_what_is_learned_from():
    x = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    texts = [[f"an image {i}", f"picture no. {i}"] for i in range(40)]
    load = lambda captions: genwright.load_data((x, {"caption": captions}), given="caption")
    one, two = load([first for first, _ in texts]), load(texts)
    assert one.hash != two.hash and one.tensors("train").alternatives is None
    assert resplit(two, 3).tensors("train").alternatives.values.sizes.eq(1).all()


def test_some_pictures_have_none_and_some_are_not_there(zoo):
    name, content = FILES["csv"]
    (zoo / name).write_text(lines(*content.splitlines()[:-2], "red/77.png,gone", "red/9.png,gone", "blue/9.png,"))
    data = genwright.load_data(zoo, given="caption")
    said = "\n".join(data.describe())
    assert "10 of 12 items have a `caption`" in said
    assert "2 names in metadata.csv without an image not used: red/77.png, red/9.png" in said


def test_captions_are_shown_and_counted(zoo):
    texts = ["A heart", "a  heart", "a very strange word " + "and more " * 20, *(f"a dog, {i}" for i in range(9))]
    table = {"file_name": [name for name, _ in rows()], "text": texts}
    pd.DataFrame(table).to_csv(zoo / "metadata.csv", index=False)
    said = str(genwright.load_data(zoo, given="caption")).split("\n")
    shown = [line for line in said if line.startswith("caption of ")]
    assert len(shown) == 4 and "caption of blue/1.png: a heart" in shown  # of 12, every third
    assert all(len(line) < 130 for line in shown)
    assert "1 `caption` text is shared by several items" in said
    assert any("`caption` words are spelled byte by byte, such as" in line for line in said)
    assert not any("caption" in line for line in str(genwright.load_data(zoo, given="label")).split("\n")[:-3])


def test_numbers_and_one_text_for_all_are_no_captions(zoo):
    with pytest.raises(DataError):
        genwright.load_data(zoo, given="caption")
    table = lambda texts: pd.DataFrame({"file_name": [name for name, _ in rows()], "text": texts})
    table([f"{i / 4} 1e-3" for i in range(12)]).to_csv(zoo / "metadata.csv", index=False)
    with pytest.raises(DataError):
        genwright.load_data(zoo, given="caption")
    table([None, *["A photo"] * 11]).to_csv(zoo / "metadata.csv", index=False)
    with pytest.raises(DataError):
        genwright.load_data(zoo, given="caption")
    assert len(genwright.load_data(zoo, given="label").train)  # nobody asked for captions


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


def test_a_caption_is_as_it_is_written(zoo):
    texts = ["NA", "007", "1.50", "null", "a cat", "total"] * 2
    (zoo / "captions.csv").write_text(lines("file_name,text", *(f"{n},{t}" for (n, _), t in zip(rows(), texts))))
    data = genwright.load_data(zoo, given=["caption"])
    assert {text for part in data.items.values() for text in part.given["caption"]} == set(texts)
