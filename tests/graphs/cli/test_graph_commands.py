# Tests graphs/cli.py
"""fit, predict, encode and list on graphs, as typed. Mistakes are in faults/."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.cli.families import predictor_table
from genwright.zoo import registry

COUNT = 40
FIT = "fit edges.csv --nodes nodes.csv --target kind --drop age --directed --task nodes --family gcn --preset tiny"


@pytest.fixture
def home(tmp_path):
    """A folder with two tables of a graph."""
    rng = np.random.default_rng(0)
    pairs = [(f"n{i}", f"n{(i + step) % COUNT}") for i in range(COUNT) for step in (1, 2)]
    pd.DataFrame(pairs, columns=["source", "target"]).to_csv(tmp_path / "edges.csv", index=False)
    table = {
        "id": [f"n{i}" for i in range(COUNT)],
        "age": rng.normal(size=COUNT),
        "city": rng.choice(list("xyz"), COUNT),
        "kind": np.array(["a", "b"])[np.arange(COUNT) * 2 // COUNT],
    }
    pd.DataFrame(table).to_csv(tmp_path / "nodes.csv", index=False)
    return tmp_path


def test_fit_predict_encode_and_replay(do):
    assert do(f"{FIT} --seed 3") == "model: runs/edges-gcn\n"
    config = genwright.load_model("runs/edges-gcn").config
    assert config["data"]["options"] == {"nodes": "nodes.csv", "target": "kind", "drop": ["age"], "directed": True}
    assert do("predict runs/edges-gcn edges.csv --nodes nodes.csv") == "40 predicted: predictions.csv\n"
    table = pd.read_csv("predictions.csv")
    assert list(table.columns) == ["id", "label", "p(a)", "p(b)"] and table["id"].tolist() == [
        f"n{i}" for i in range(COUNT)
    ]
    assert do("encode runs/edges-gcn edges.csv --nodes nodes.csv") == "40 codes of 8 numbers: codes.npz\n"
    codes = np.load("codes.npz", allow_pickle=False)
    assert codes["codes"].shape == (COUNT, 8) and codes["id"][3] == "n3"
    assert do("fit --replay runs/edges-gcn --quiet") == "model: runs/edges-gcn-replay\n"
    do("predict runs/edges-gcn-replay edges.csv --nodes nodes.csv --directed --out again.csv")
    do("predict runs/edges-gcn edges.csv --nodes nodes.csv --directed --out first.csv")
    assert pd.read_csv("again.csv").equals(pd.read_csv("first.csv"))
    assert not pd.read_csv("again.csv").equals(table)  # which was of the undirected graph


def test_a_generative_model_encodes_too(do):
    do("fit nodes.csv --family pca --out pca")
    assert do("encode pca nodes.csv --out z.npz").startswith("40 codes of ")
    model = genwright.load_model("pca")
    assert np.allclose(np.load("z.npz")["codes"], model.encode(pd.read_csv("nodes.csv")))


def test_list_has_a_block_of_predictors(do):
    out = do("list")
    assert predictor_table() in out
    for row in (row for row in registry.ROWS if registry.predicts(row.task)):
        (line,) = [
            line for line in out.splitlines() if line.replace("*", " ").split()[:3] == [row.kind, row.task, row.family]
        ]
        assert line.endswith(row.paper)


# ---------------------------------------------------------------------- a person's own graphs, everywhere


def test_an_edge_list_alone_is_learned_replayed_and_predicted(do, tmp_path):
    pairs = "".join(f"n{i};n{(i + step) % COUNT};{step / 2}\n" for i in range(COUNT) for step in (1, 2))
    (tmp_path / "lone.csv").write_text(pairs)
    assert do("fit lone.csv --task links --family gae --preset tiny") == "model: runs/lone-gae\n"
    assert do("predict runs/lone-gae lone.csv").endswith("predicted: predictions.csv\n")
    assert set(pd.read_csv("predictions.csv")["source"]) <= {f"n{i}" for i in range(COUNT)}
    assert do("encode runs/lone-gae lone.csv").startswith(f"{COUNT} codes of ")
    assert do("fit --replay runs/lone-gae --quiet") == "model: runs/lone-gae-replay\n"


@pytest.mark.long
def test_compare_takes_an_edge_list_alone(do, tmp_path):
    (tmp_path / "lone.csv").write_text("".join(f"n{i};n{(i + s) % COUNT}\n" for i in range(COUNT) for s in (1, 2)))
    out = do("compare lone.csv --task links --family gae --minutes 0.01 --quiet")
    assert out == "runs/compare-lone/report.html\n"


@pytest.mark.long
@pytest.mark.parametrize(
    "command", ["ladder edges.csv --family label-propagation --seeds 1", "depth edges.csv --seeds 1 --minutes 0.0001"]
)
def test_studies_take_ones_own_tables(command, do):
    said = do(f"{command} --nodes nodes.csv --target kind --out study --quiet")
    assert "study" in said and (Path("study") / "results.json").exists()


@pytest.mark.parametrize(
    "command", ["ladder edges.csv", "depth edges.csv --nodes nodes.csv", "fit edges.csv --task nodes"]
)
def test_an_error_names_the_options_that_are_missing(command, do):
    said = do(command, 2)
    assert "--nodes" in said and "--target" in said
