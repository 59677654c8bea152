# Tests cli/samples.py
"""What people try first with the verbs, on tables, text and images of their own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    price = rng.normal(50, 10, 120).round(1)
    weight = (2 * price + rng.normal(0, 5, 120)).round(1)
    region = rng.choice(["north", "south"], 120)
    return pd.DataFrame({"region": region, "Price, net": price, "weight": weight})


@pytest.fixture(scope="module")
def trained(rows, tmp_path_factory):
    home = tmp_path_factory.mktemp("people")
    for name, given in (("free", []), ("by-region", ["region"])):
        data = genwright.load_data(rows, given=given)
        genwright.fit(data, "copula", out=home / name, progress=False)
    genwright.fit(["anna", "berta", "carla"] * 10, "n-gram", out=home / "names", progress=False)
    pictures = np.zeros((40, 8, 8), np.uint8)
    pictures[np.arange(40), np.arange(40) % 8] = 255
    genwright.fit(pictures, "gaussian", out=home / "pictures", progress=False)
    return home


def test_several_completions_are_several_files(do, trained, rows):
    rows[:4].assign(weight=np.nan).to_csv("holes.csv", index=False)
    said = do(f"complete {trained}/by-region holes.csv --samples 2 --given region=north --seed 0 --out filled.csv.gz")
    first, second = (pd.read_csv(f"filled-{k}.csv.gz") for k in (1, 2))
    assert "4 missing values in 4 items" in said and said.endswith("filled-1.csv.gz, filled-2.csv.gz\n")
    assert first.drop(columns="weight").equals(second.drop(columns="weight")) and not first.equals(second)
    assert "leave --samples out" in do(f"complete {trained}/free holes.csv --samples 2 --estimate mean", 2)


def test_a_column_that_is_generated_is_given_by_a_value_or_by_a_file(do, trained):
    do(f"sample {trained}/free --given region=north -n 3 --out north.csv")
    assert list(pd.read_csv("north.csv").region) == ["north"] * 3
    Path("fixed.csv").write_text("region\nnorth\nnorth\n")
    do(f"complete {trained}/free fixed.csv --out filled.csv")
    assert list(pd.read_csv("filled.csv").region) == ["north"] * 2


@pytest.mark.parametrize(
    "command, words",
    [
        ("fit nowhere.csv --minutes 0", "minutes must be above 0"),
        ("fit nowhere.csv --family flo", "did you mean flow?"),
        ("compare nowhere.csv --minutes 0", "minutes must be above 0"),
        ("compare nowhere.csv --family vea", "did you mean vae?"),
        ("compare rows.csv --target wieght", "column 'wieght', named by target, is not in the table: did you mean"),
    ],
)
def test_mistakes_are_refused_before_data_are_read(do, rows, monkeypatch, command, words):
    monkeypatch.setattr("genwright.kinds.load._understood", None)  # which understands what was read
    rows.to_csv("rows.csv", index=False)
    assert words in do(f"{command} --quiet", 2)


def test_a_comma_belongs_to_the_name_of_a_column_that_has_one(do, rows):
    rows.to_csv("rows.csv", index=False)
    assert "`Price, net`, dropped" in do("describe rows.csv --drop 'Price, net'")
    others = do("describe rows.csv --drop region,weight")
    assert "`region`, dropped" in others and "`weight`, dropped" in others
    do("describe rows.csv --types 'Price, net=real,weight=real'")


def test_a_prompt_is_continued(do, trained):
    do(f"sample {trained}/names -n 5 --prompt be --out new.txt")
    assert [line[:2] for line in Path("new.txt").read_text().split()] == ["be"] * 5
    assert "--prompt is for models of text" in do(f"sample {trained}/free --prompt be", 2)


def test_a_transparent_part_of_an_image_and_a_black_part_of_a_mask_are_filled(do, trained):
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:4, :, 3] = 255
    Image.fromarray(pixels).save("hole.png")
    Image.fromarray(pixels[..., :3]).save("whole.png")
    Image.fromarray(pixels[..., 3]).save("mask.png")
    Image.fromarray(pixels[:4, :, 3]).save("small.png")
    for words in ("hole.png --out a.npz", "whole.png --known mask.png --out b.npz"):
        assert "32 missing values" in do(f"complete {trained}/pictures {words} --seed 0")
    a, b = (np.load(name)["x"] for name in ("a.npz", "b.npz"))
    assert np.array_equal(a, b) and not a[0, :4].any()
    assert "transparent" in do(f"complete {trained}/pictures whole.png", 2)
    assert "8 x 4 pixels" in do(f"complete {trained}/pictures whole.png --known small.png", 2)


def test_transparent_pixels_are_pointed_out_where_they_are_not_filled(do, trained):
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[:4, :, 3] = 0
    Image.fromarray(pixels).save("hole.png")
    assert "transparent pixels, which lie on white" in do(f"log-prob {trained}/pictures hole.png").err
    assert "transparent" not in do(f"complete {trained}/pictures hole.png").err


@pytest.mark.long
@pytest.mark.parametrize("options", ["--target weight", "--target weight --kind tables"])
def test_compare_reads_a_table_once(do, rows, options, monkeypatch):
    from genwright.kinds.formats.tables import delimited

    read, usual = [], delimited.read_delimited
    monkeypatch.setattr(delimited, "read_delimited", lambda *of: read.append(of) or usual(*of))
    rows.to_csv("rows.csv", index=False)
    assert "copula" in do(f"compare rows.csv {options} --dry-run --quiet") and len(read) == 1


def test_verbs_read_a_workbook_at_the_sheet_of_training_or_at_the_one_that_is_named(do, rows):
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter("book.xlsx") as book:
        pd.DataFrame({"note": ["made by Anna"]}).to_excel(book, sheet_name="info", index=False)
        rows.to_excel(book, sheet_name="May", index=False)
        rows[:30].assign(weight=np.nan).to_excel(book, sheet_name="June", index=False)
    do("fit book.xlsx --sheet May --family copula --out run --quiet")
    assert do("log-prob run book.xlsx").startswith("120 items, mean")
    assert do("complete run book.xlsx --sheet June --out filled.csv").startswith("30 missing values in 30 items")
    assert "sheet is for an Excel workbook" in do("log-prob run filled.csv --sheet June", 2)
    with pd.ExcelWriter("other.xlsx") as book:
        rows.to_excel(book, sheet_name="a", index=False)
        rows[:9].to_excel(book, sheet_name="b", index=False)
    assert "none is called 'May'" in do("log-prob run other.xlsx", 2)
    assert do("log-prob run other.xlsx --sheet b").startswith("9 items, mean")


def test_score_names_the_command_for_other_data(do, trained):
    assert f"take genwright log-prob {trained}/free new.csv" in do(f"score {trained}/free new.csv", 2)
