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


def test_complete_names_the_columns_that_it_invents_and_ignores(do, trained, rows, capsys):
    rows[:4].rename(columns={"weight": "Weight"}).to_csv("renamed.csv", index=False)
    with pytest.warns(UserWarning, match="lacks column 'weight', .* does not know column 'Weight', .* new name"):
        model = genwright.load_model(trained / "free")
        model.complete(pd.read_csv("renamed.csv"), seed=0)


def test_several_completions_are_several_files(do, trained, rows):
    rows[:4].assign(weight=np.nan).to_csv("holes.csv", index=False)
    said = do(f"complete {trained}/by-region holes.csv --samples 2 --given region=north --seed 0 --out filled.csv.gz")
    first, second = (pd.read_csv(f"filled-{k}.csv.gz") for k in (1, 2))
    assert "4 missing values in 4 items" in said and said.endswith("filled-1.csv.gz, filled-2.csv.gz\n")
    assert first.drop(columns="weight").equals(second.drop(columns="weight")) and not first.equals(second)
    assert "leave --samples out" in do(f"complete {trained}/free holes.csv --samples 2 --estimate mean", 2)


def test_a_column_that_is_generated_is_given_by_a_file_as_sample_says(do, trained):
    said = do(f"sample {trained}/free --given region=north", 2)
    assert "the lines 'region' and 'north' to fixed.csv" in said and "genwright complete RUN fixed.csv" in said
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
    monkeypatch.setattr("genwright.data.load.kinds", None)  # which understands what was read
    rows.to_csv("rows.csv", index=False)
    assert words in do(f"{command} --quiet", 2)


def test_a_comma_belongs_to_the_name_of_a_column_that_has_one(rows, tmp_path, monkeypatch, capsys):
    from genwright.cli.commands import main

    monkeypatch.chdir(tmp_path)
    rows.to_csv("rows.csv", index=False)
    for options in (["--drop", "Price, net"], ["--drop", "region,weight"], ["--types", "Price, net=real,weight=real"]):
        with pytest.raises(SystemExit) as ended:
            main(["describe", "rows.csv", *options])
        assert not ended.value.code, capsys.readouterr().err
    dropped, others, _ = capsys.readouterr().out.split("rows: tables")[1:]
    assert "`Price, net`, dropped" in dropped and "`region`, dropped" in others and "`weight`, dropped" in others


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


def test_score_names_the_command_for_other_data(do, trained):
    assert f"take genwright log-prob {trained}/free new.csv" in do(f"score {trained}/free new.csv", 2)
