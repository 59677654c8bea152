"""Wishes: what is read, what is refused, and what a desirability is worth."""

import numpy as np
import pandas as pd
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

import genwright  # noqa: E402
from genwright.core.errors import GivenError  # noqa: E402
from genwright.molecules.design.oracle import Answer  # noqa: E402
from genwright.molecules.design.wants import Objective, Want, parse_want  # noqa: E402

INF = float("inf")


@pytest.mark.parametrize(
    "text, want",
    [
        ("qed>=0.8", Want("qed", 0.8, INF)),
        ("weight=300..350", Want("weight", 300, 350)),
        ("logp <= -1.5", Want("logp", -INF, -1.5)),
        ("logp=-2..-1", Want("logp", -2, -1)),
        ("tpsa=70+-10", Want("tpsa", 70, 70, 10)),
        ("2*qed>=0.8+-0.05", Want("qed", 0.8, INF, 0.05, 2)),
        ("../runs/a-b:active.low>=.9", Want("../runs/a-b:active.low", 0.9, INF)),
    ],
)
def test_a_wish_is_read(text, want):
    assert parse_want(text) == want


@pytest.mark.parametrize("text", ["qed>>0.8", "qed>=high", "weight=350..300", "0*qed>=0.8"])
def test_what_is_no_wish_is_refused(text):
    with pytest.raises(GivenError):
        parse_want(text)


def test_an_end_counts_little_so_both_signs_mean_the_same():
    assert parse_want("qed>0.8") == parse_want("qed>=0.8") and parse_want("logp<3") == parse_want("logp<=3")


@pytest.mark.parametrize("texts", [["dipole>=1"], ["similarity>=0.4"], ["weight=100..200", "weight=300..350"]])
def test_wishes_that_cannot_be_met_are_refused(texts):
    with pytest.raises(GivenError):
        Objective(None, [parse_want(text) for text in texts])


def test_a_desirability_is_one_within_and_falls_beyond():
    want = Want("tpsa", 60, 80, 10)
    found = want.desirability(np.array([60, 70, 80, 90, 50, 200, np.nan]))
    assert found[:3].tolist() == [1, 1, 1] and found[3] == found[4] == pytest.approx(np.exp(-0.5))
    assert 0 < found[5] < 1e-20 and found[6] == 0


def test_the_score_is_the_weighted_geometric_mean_of_what_is_shown():
    goal = Objective(None, [parse_want("3*weight=60..80"), parse_want("qed>=0.8")])
    (answer,) = goal(["CCO"])
    weight, qed = answer.beside["weight desirability"], answer.beside["qed desirability"]
    assert answer.beside["weight"] == pytest.approx(46.07, abs=0.01)
    assert answer.score == pytest.approx((weight**3 * qed) ** 0.25)
    assert list(answer.beside) == list(goal.columns) == ["weight", "qed", "weight desirability", "qed desirability"]


def test_a_score_beside_wishes_is_itself_a_wish():
    score = lambda smiles: [Answer(float(len(text))) for text in smiles]
    with pytest.raises(GivenError):
        Objective(score, [parse_want("qed>=0.8")])
    with pytest.raises(GivenError):
        Objective(score, [parse_want("score>=8")])
    goal = Objective(score, [parse_want("score>=5+-1"), parse_want("weight>=30")])
    short, long = goal(["CCO", "CCCCO"])
    assert long.score == 1 and short.beside["score given"] == 3 and short.score == pytest.approx(np.exp(-1))
    unscored = Objective(lambda smiles: [Answer(None, error="no")], [parse_want("score>=5+-1")])
    assert unscored(["C"])[0].score is None and unscored(["C"])[0].error == "no"


def test_similarity_is_to_the_nearest():
    goal = Objective(None, [parse_want("similarity>=1")], lead_molecules=["CCO", "c1ccccc1"])
    assert goal(["OCC"])[0].score == 1 and goal(["CCCCCCCC"])[0].score < 1


@pytest.fixture(scope="module")
def assay(tmp_path_factory):
    """Runs that predict a class and a number: `one` model of few molecules, and `five` with intervals."""
    folder, smiles = tmp_path_factory.mktemp("assay"), molecules(400)
    table = pd.DataFrame({"smiles": smiles, "y": [len(text) for text in smiles]})
    table["active"] = table["smiles"].str.contains("CO").astype(int)
    for name, count, members, logs in (("one", 60, 1, []), ("five", 400, 5, []), ("logs", 60, 1, ["y"])):
        table[:count].to_csv(folder / f"{name}.csv", index=False)
        data = genwright.load_data(folder / f"{name}.csv", target=["active", "y"], log=logs, descriptors="none")
        options = dict(preset="tiny", steps=20, hyperparameters={"members": members}, progress=False)
        genwright.fit(data, "fingerprint", out=folder / name, **options)
    return folder


@pytest.mark.long
def test_a_prediction_is_a_wish_and_so_is_its_lower_bound(assay):
    model, smiles = genwright.load_model(assay / "five"), molecules(4, seed=1)
    names = [f"{assay / 'five'}:{name}" for name in ("y", "y.low", "active", "active.low")]
    goal = Objective(None, [parse_want(f"{name}>=0.5") for name in names], open_run=genwright.load_model)
    found = pd.DataFrame([answer.beside for answer in goal(smiles)])[names].to_numpy()
    table = model.predict(smiles)
    active = table["p(active=1)"]
    wanted = [table["y"], table["y_low"], active, active - table["active_spread"]]
    assert np.allclose(found, np.transpose(wanted)) and (found[:, 1] < found[:, 0]).all()


def test_a_number_that_was_learned_as_its_logarithm_needs_a_tolerance(assay):
    wish = f"{assay / 'logs'}:y<=20"
    with pytest.raises(GivenError):
        Objective(None, [parse_want(wish)], open_run=genwright.load_model)
    goal = Objective(None, [parse_want(f"{wish}+-5")], open_run=genwright.load_model)
    assert goal.wants[0].tolerance == 5 and list(goal.runs) == [str(assay / "logs")]


@pytest.mark.parametrize("asked", ["z.low", "y.low"])
def test_a_prediction_that_a_run_does_not_make_is_refused(assay, asked):
    with pytest.raises(GivenError):
        Objective(None, [parse_want(f"{assay / 'one'}:{asked}>=1")], open_run=genwright.load_model)
    Objective(None, [parse_want(f"{assay / 'one'}:y>=1")], open_run=genwright.load_model)
