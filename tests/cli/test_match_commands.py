# Tests cli/commands.py, cli/matching.py
"""Images and texts in one space from the command line: fit, encode, predict, search and misfits on a folder."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from genwright.cli.commands import main

HALVES = {"left": np.s_[:, :4], "right": np.s_[:, 4:], "upper": np.s_[:4], "lower": np.s_[4:]}
NAMES = list(HALVES)


def draw(name: str, seed: int) -> Image.Image:
    image = np.random.default_rng(seed).integers(0, 60, (8, 8), np.uint8)
    image[HALVES[name]] += 180
    return Image.fromarray(image)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with captioned images, of which the first two have each other's caption, and a run on those."""
    folder = tmp_path_factory.mktemp("match")
    (folder / "zoo").mkdir()
    lines = ["file_name,text"]
    for i in range(80):
        draw(NAMES[i % 4], i).save(folder / "zoo" / f"{i:02}.png")
        said = NAMES[(1, 0)[i] if i < 2 else i % 4]
        lines.append(f"{i:02}.png,a bright {said} half")
    (folder / "zoo" / "metadata.csv").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit):
        patch.chdir(folder)
        main("fit zoo --task match --preset tiny --epochs 20 --out run -q".split())
    return folder


@pytest.mark.long
def test_search_finds_what_the_text_says_and_keeps_an_index(do, home):
    do("search run zoo 'a bright left half' -n 8 --out found.csv")
    found = pd.read_csv(home / "found.csv")
    assert list(found) == ["name", "score"] and found["score"].is_monotonic_decreasing
    assert sum(int(name[:2]) % 4 == 0 for name in found["name"]) >= 7
    (index,) = (home / "run" / "index").iterdir()
    made = index.stat().st_mtime_ns
    do("search run zoo left --out found.html")
    assert index.stat().st_mtime_ns == made
    assert (home / "found.html").read_text().count("data:image/png") == 12


def test_a_new_or_changed_file_alone_is_encoded_again(do, home, monkeypatch):
    from genwright.run import image_index

    do("encode run zoo --out codes.npz")
    encoded, decode = [], image_index.decode_for
    monkeypatch.setattr(image_index, "decode_for", lambda domain, files: encoded.extend(files) or decode(domain, files))
    draw("upper", 1_000).save(home / "zoo" / "04.png")  # it was left
    draw("left", 1_001).save(home / "zoo" / "new.png")
    do("search run zoo 'a bright left half' -n 30 --out again.csv")
    assert sorted(file.name for file in encoded) == ["04.png", "new.png"]
    names = list(pd.read_csv(home / "again.csv")["name"][:15])
    assert "new.png" in names and "04.png" not in names
    draw("left", 4).save(home / "zoo" / "04.png")
    (home / "zoo" / "new.png").unlink()
    do("encode run zoo --out more.npz")
    assert len(np.load(home / "more.npz")["codes"]) == 80


def test_a_file_is_known_by_its_bytes(do, home):
    """Two files that change places, with their times: a search finds what is in them now."""
    do("search run zoo 'a bright left half' -n 30 --out one.csv")
    one, two = home / "zoo" / "05.png", home / "zoo" / "06.png"
    times, held = [file.stat().st_mtime_ns for file in (one, two)], [file.read_bytes() for file in (one, two)]
    for file, data, time in zip((one, two), held[::-1], times):
        file.write_bytes(data)
        os.utime(file, ns=(time, time))
    do("search run zoo 'a bright left half' -n 30 --out two.csv")
    before, now = (pd.read_csv(home / name).set_index("name")["score"] for name in ("one.csv", "two.csv"))
    assert before.get("05.png") == now.get("06.png") and before.get("06.png") == now.get("05.png")
    for file, data in zip((one, two), held):
        file.write_bytes(data)


def test_a_file_of_several_pages_counts_once_by_its_first(do, home):
    """As in training: each name has the vector of its own file, however many pages those before it have."""
    shutil.copytree(home / "zoo", home / "paged")
    pages = [draw(NAMES[1], 1), draw(NAMES[2], 7), draw(NAMES[3], 8)]
    for name, suffix in (("00b", "gif"), ("00c", "tiff")):
        pages[0].save(home / "paged" / f"{name}.{suffix}", save_all=True, append_images=pages[1:])
    do("encode run zoo --out plain.npz")
    do("encode run paged --out paged.npz")
    plain, paged = (dict(zip(*map(np.load(home / name).get, ("id", "codes")))) for name in ("plain.npz", "paged.npz"))
    assert len(paged) == len(plain) + 2 and all(np.allclose(paged[name], plain[name], atol=1e-6) for name in plain)
    assert np.allclose(paged["00c.tiff"], plain["01.png"], atol=1e-6)


def test_packed_images_are_searched_as_those_of_the_folder(do, home):
    shutil.make_archive(str(home / "packed"), "zip", home, "zoo")
    for words in (
        "search run {} 'a bright left half' --out {}-s.csv",
        "misfits run {} --out {}-m.csv",
        "predict run {} --among 'a bright left half' --among right --out {}-p.csv",
        "encode run {} --out {}-e.csv.npz",
    ):
        for data in ("zoo", "packed.zip"):
            do(words.format(data, data))
    for one, other in (map(pd.read_csv, sorted(home.glob(f"*-{verb}.csv"))) for verb in "smp"):
        pd.testing.assert_frame_equal(one, other, atol=1e-5)
    one, other = (np.load(home / f"{data}-e.csv.npz") for data in ("zoo", "packed.zip"))
    assert list(one["id"]) == list(other["id"]) and np.allclose(one["codes"], other["codes"], atol=1e-5)


def test_an_unknown_word_is_said(do, home):
    said = do("search run zoo 'a bright zebra'")
    assert "letter by letter: 'zebra'" in said.err and len(said.splitlines()) == 12


def test_images_are_predicted_among_texts(do, home):
    among = " ".join(f"--among 'a bright {name} half'" for name in NAMES)
    do(f"predict run zoo {among} --out told.csv")
    told = pd.read_csv(home / "told.csv")
    assert np.allclose(told.filter(like="p(").sum(axis=1), 1, atol=1e-5)
    right = [label == f"a bright {NAMES[int(name[:2]) % 4]} half" for name, label in zip(told["id"], told["label"])]
    assert np.mean(right) >= 0.9


def test_misfits_are_the_images_with_a_wrong_caption(do, home):
    do("misfits run zoo -n 2 --out misfits.csv")
    found = pd.read_csv(home / "misfits.csv")
    assert set(found["name"]) == {"00.png", "01.png"}
    assert set(found["fits better"]) == {"a bright left half", "a bright right half"}


def test_texts_of_a_file_are_encoded(do, home):
    (home / "texts.txt").write_text("a bright left half\na bright upper half\n")
    do("encode run texts.txt --out texts.npz")
    found = np.load(home / "texts.npz")
    assert np.allclose(np.linalg.norm(found["codes"], axis=1), 1, atol=1e-5)
    assert list(found["id"]) == ["a bright left half", "a bright upper half"]
