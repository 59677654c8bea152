"""The command line on lines of text: from a person's file to samples, likelihoods, completions and a report."""

import re

import pandas as pd
import pytest

import genwright

NAMES = [first + second + end for first in "ABCDEF" for second in ("nna", "ert", "ora") for end in ("", "s", "lie")]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("lines")
    (home / "names.txt").write_text("\n".join(NAMES))
    options = dict(preset="tiny", items=1500, out=home / "run", progress=False)
    genwright.fit(genwright.load_data(home / "names.txt"), "autoregressive", **options)
    return home


def test_samples_are_lines(do, home):
    assert re.match(r"5 sampled with seed \d+: samples.txt\n", do("sample run -n 5"))
    lines = (home / "samples.txt").read_text().split("\n")
    assert len(lines) == 6 and all(lines[:5]) and set("".join(lines)) <= set("".join(NAMES))
    assert "end in .txt" in do("sample run -n 5 --out new.csv", 2)


def test_log_prob_has_a_row_a_line(do, home):
    assert do("log-prob run names.txt").startswith("54 items, mean -")
    table = pd.read_csv(home / "log_prob.csv")
    assert len(table) == 54 and set(table["kind"]) == {"exact"} and set(table["of"]) == {"mass"}
    assert table.columns.tolist() == ["id", "nats", "kind", "of"]
    assert table["id"].tolist()[::53] == ["line 1", "line 54"]


def test_a_line_that_the_model_cannot_take_has_an_empty_cell(do, home):
    (home / "other.txt").write_text("Anna\n\nXaver\nAnna\n" + "Anna" * 200 + "\n")
    assert do("log-prob run other.txt --out other.csv").startswith("2 items, mean -")
    table = pd.read_csv(home / "other.csv")
    assert table["id"].tolist() == ["line 1", "line 3", "line 4", "line 5"]
    assert table["nats"].isna().tolist() == [False, True, False, True] and table["nats"][0] == table["nats"][2]
    (home / "strange.txt").write_text("\nXaver\n")
    assert "strange.txt: line 2 holds 'X'" in do("log-prob run strange.txt", 2)
    assert "other.txt: line 3 holds 'X'" in do("complete run other.txt", 2)


def test_complete_fills_holes_and_goes_on(do, home):
    (home / "holes.txt").write_text("_nna\nBe*\nCoralie\n")
    do("complete run holes.txt --seed 1")
    filled = (home / "filled.txt").read_text().split("\n")
    assert re.fullmatch(".nna", filled[0]) and re.fullmatch("Be.*", filled[1]) and filled[2:] == ["Coralie", ""]
    (home / "whole.txt").write_text("Anna\n")
    assert "nothing is missing in whole.txt" in do("complete run whole.txt --out w.txt")
