"""Lines, molecules, points and graphs that are given a text: from a column to a run, a draw and the file of it."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import genwright

N = 200
RNG = np.random.default_rng(0)
SIDE = RNG.choice(["left", "right"], N)
NOTES = [f"sample {k} stands on the {side} of it" for k, side in enumerate(SIDE)]
TEXT = "a sample on the left"


def lines():
    words = ["".join(RNG.choice(list("abc" if side == "left" else "cde"), 6)) for side in SIDE]
    frame = pd.DataFrame({"word": words, "note": NOTES})
    return genwright.load_data(frame, kind="sequences", column="word", given="note")


def smiles():
    pytest.importorskip("rdkit")
    ends = np.where(SIDE == "left", "N", "O")
    made = ["C" * int(RNG.integers(1, 9)) + end + "C" * int(RNG.integers(1, 9)) for end in ends]
    return genwright.load_data(pd.DataFrame({"smiles": made, "note": NOTES}), given="note")


def points():
    sets = [(["C" if side == "left" else "O"] * 3, RNG.normal(size=(3, 3))) for side in SIDE]
    return genwright.load_data((sets, {"note": NOTES}), given="note")


def graphs():
    made = [nx.gnm_random_graph(6, 5 if side == "left" else 9, seed=k) for k, side in enumerate(SIDE)]
    for graph, note in zip(made, NOTES):
        graph.graph["note"] = note
    return genwright.load_data(made, given="note")


CASES = {
    lines: ("autoregressive", "out.csv"),
    smiles: ("autoregressive", "out.csv"),
    points: ("equivariant-diffusion", "out.xyz"),
    graphs: ("discrete-diffusion", "out.npz"),
}


@pytest.mark.long
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_a_text_reaches_the_model_its_draws_and_their_file(make, tmp_path):
    data, (family, file) = make(), CASES[make]
    assert data.domain.given.widths == [65] and any("`note`, texts, with" in line for line in data.describe())
    model = genwright.fit(data, family, items=200, preset="tiny", out=tmp_path / "run", progress=False)
    opened, few = genwright.load_model(tmp_path / "run"), data.test[:5]
    assert opened.domain.to_json() == data.domain.to_json()
    nats = {text: opened.log_prob(few, given={"note": text}).nats for text in (TEXT, "right")}
    assert (nats[TEXT] == model.log_prob(few, given={"note": TEXT}).nats).all()
    assert (nats[TEXT] != nats["right"]).any()
    drawn = opened.sample(4, given={"note": TEXT}, seed=0)
    assert drawn.given["note"].tolist() == [TEXT] * 4 and "note" not in opened.sample(2, seed=0).given
    assert TEXT.encode() in opened.domain.write(drawn, tmp_path / file).read_bytes() or file.endswith(".npz")


def test_a_file_of_graphs_holds_their_texts_and_needs_no_pickle(tmp_path):
    domain, test = graphs().domain, graphs().test[:3]
    test.given["note"] = np.array([TEXT, None, TEXT], object)
    with np.load(domain.write(test, tmp_path / "out.npz")) as arrays:
        assert arrays["graph_note"].tolist() == [TEXT, "", TEXT]
    folder = domain.write(test, tmp_path / "folder")
    assert [TEXT in path.read_text() for path in sorted(folder.iterdir())] == [True, False, True]
