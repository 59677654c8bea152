"""The command line on graphs to model whole: from a person's folder to samples, likelihoods, completions and a
report."""

import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from genwright.cli.commands import main

GRAPHS = [ring(size) for size in range(5, 15) for ring in (nx.cycle_graph, nx.star_graph)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    here = tmp_path_factory.mktemp("graphs")
    (here / "rings").mkdir()
    for number, graph in enumerate(GRAPHS):
        nx.write_graphml(graph, here / "rings" / f"{number}.graphml")
    return here


@pytest.fixture
def do(home, capsys, monkeypatch):
    def run(command: str, code: int = 0) -> str:
        monkeypatch.chdir(home)
        with pytest.raises(SystemExit) as exit:
            main(command.split())
        out, err = capsys.readouterr()
        assert (exit.value.code or 0) == code, err
        return err if code else out

    return run


def test_from_a_folder_to_samples_likelihoods_completions_and_a_report(do, home):
    assert do("fit rings --preset tiny --items 320 --out run --quiet") == "model: run\n"
    assert re.match(r"5 sampled with seed \d+: samples\n", do("sample run -n 5"))
    drawn = [nx.read_graphml(path) for path in sorted((home / "samples").iterdir())]
    assert len(drawn) == 5 and all(1 <= len(graph) <= 30 for graph in drawn)
    do("sample run -n 5 --out new.npz")
    with np.load(home / "new.npz") as arrays:
        assert arrays["num_nodes"].shape == (5,) and arrays["edges"].shape == (arrays["edge_ptr"][-1], 2)
    assert do("log-prob run new.npz --draws 8").startswith("5 items, mean -")
    table = pd.read_csv(home / "log_prob.csv")
    assert len(table) == 5 and set(table["kind"]) == {"lower bound"} and set(table["of"]) == {"mass"}
    (home / "part").mkdir()
    nx.write_graphml(nx.Graph([("anna", "bert"), ("bert", "cora")]), home / "part" / "friends.graphml")
    said = do("complete run part --seed 1")
    assert re.match(r"1 \w+ (filled|completed) with seed 1 \(approximate\): filled\n", said)
    whole = nx.read_graphml(home / "filled" / "friends.graphml")
    assert set(whole) >= {"anna", "bert", "cora"} and whole.has_edge("anna", "bert")
    assert not whole.has_edge("anna", "cora")
    assert do("report run") == "report: run/report.html\n"
