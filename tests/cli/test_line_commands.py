"""The command line on lines of text: from a person's file to samples, likelihoods, completions and a report."""

import re

import pandas as pd
import pytest

import genwright
from genwright.cli.commands import main

NAMES = [first + second + end for first in "ABCDEF" for second in ("nna", "ert", "ora") for end in ("", "s", "lie")]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    home = tmp_path_factory.mktemp("lines")
    (home / "names.txt").write_text("\n".join(NAMES))
    options = dict(preset="tiny", items=1500, out=home / "run", progress=False)
    genwright.fit(genwright.load_data(home / "names.txt"), "autoregressive", **options)
    return home


@pytest.fixture
def do(trained, capsys, monkeypatch):
    def run(command: str, code: int = 0) -> str:
        monkeypatch.chdir(trained)
        with pytest.raises(SystemExit) as exit:
            main(command.split())
        out, err = capsys.readouterr()
        assert (exit.value.code or 0) == code, err
        return err if code else out

    return run


def test_fit_says_what_it_understood_and_sample_writes_lines(do, trained, capsys):
    assert do("fit names.txt --preset tiny --items 640 --quiet") == "model: runs/names-autoregressive\n"
    assert re.match(r"5 sampled with seed \d+: samples.txt\n", do("sample run -n 5"))
    lines = (trained / "samples.txt").read_text().split("\n")
    assert len(lines) == 6 and all(lines[:5]) and set("".join(lines)) <= set("".join(NAMES))
    assert "end in .txt" in do("sample run -n 5 --out new.csv", 2)


def test_log_prob_has_a_row_a_line(do, trained):
    assert do("log-prob run names.txt").startswith("54 items, mean -")
    table = pd.read_csv(trained / "log_prob.csv")
    assert len(table) == 54 and set(table["kind"]) == {"exact"} and set(table["of"]) == {"mass"}
    assert table.columns.tolist() == ["id", "nats", "kind", "of"]
    assert table["id"].tolist()[::53] == ["line 1", "line 54"]


def test_a_line_that_the_model_cannot_take_has_an_empty_cell(do, trained, capsys):
    (trained / "other.txt").write_text("Anna\n\nXaver\nAnna\n" + "Anna" * 200 + "\n")
    assert do("log-prob run other.txt --out other.csv").startswith("2 items, mean -")
    table = pd.read_csv(trained / "other.csv")
    assert table["id"].tolist() == ["line 1", "line 3", "line 4", "line 5"]
    assert table["nats"].isna().tolist() == [False, True, False, True] and table["nats"][0] == table["nats"][2]
    (trained / "strange.txt").write_text("\nXaver\n")
    assert "strange.txt: line 2 holds 'X', which no line that this model was made for does" in do(
        "log-prob run strange.txt", 2
    )
    assert "other.txt: line 3 holds 'X'" in do("complete run other.txt", 2)


def test_complete_fills_holes_and_goes_on(do, trained):
    (trained / "holes.txt").write_text("_nna\nBe*\nCoralie\n")
    do("complete run holes.txt --seed 1")
    filled = (trained / "filled.txt").read_text().split("\n")
    assert re.fullmatch(".nna", filled[0]) and re.fullmatch("Be.*", filled[1]) and filled[2:] == ["Coralie", ""]
    (trained / "whole.txt").write_text("Anna\n")
    assert "nothing is missing in whole.txt" in do("complete run whole.txt --out w.txt")


def test_report_of_a_run_and_of_a_comparison(do, trained):
    assert do("report run") == "report: run/report.html\n"
    do("compare names.txt --family autoregressive --family n-gram --minutes 0.02 --out compared --quiet")
    (trained / "compared/report.html").unlink()
    assert do("report compared") == "report: compared/report.html\n"
    page = (trained / "compared/report.html").read_text()
    assert "Bits per symbol" in page and "real test line" in page and "Second halves, drawn" in page
