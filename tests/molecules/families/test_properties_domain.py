"""Properties of molecules: what is learned of measurements, and predictions in a person's units."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.answers import EXACT, LOWER_BOUND, UNKNOWN, Target
from genwright.core.errors import DataError, RunError
from genwright.core.schemas import require
from genwright.kinds.formats.source import Source
from genwright.kinds.known_kinds import READER, domain_schema
from genwright.molecules.families import properties_domain
from genwright.molecules.families.properties_domain import Properties, properties_data
from genwright.molecules.families.uncertainty import BelievedAnswers
from genwright.molecules.kinds.library import read_library
from genwright.molecules.package import PROPERTIES
from genwright.zoo import registry

pytest.importorskip("rdkit")
ALL = [f"{'C' * n}{end}" for n in range(1, 11) for end in ("O", "N", "c1ccccc1", "C(=O)O")]
PARTS = ["train"] * 24 + ["valid"] * 6 + ["test"] * 10
CLASS, NUMBER, LOG = Target("kind", ("a", "b", "c")), Target("y", (), 2.0, 3.0), Target("z", (), 1.0, 0.5, True)


def assay(**columns) -> pd.DataFrame:
    return pd.DataFrame({"smiles": ALL, "part": PARTS, **columns})


def said(found, similarity=None) -> BelievedAnswers:
    """Of one number, without an interval."""
    ends = torch.full((len(found), 1), torch.nan)
    similarity = torch.ones(len(found)) if similarity is None else similarity
    return BelievedAnswers(found, ends, ends, None, similarity, torch.arange(len(found)), None, None)


def load(table: pd.DataFrame, target, **options):
    return genwright.load_data(table, **{"target": target, "split_column": "part", "descriptors": "none", **options})


def test_answers_are_scaled_by_training_numbers_and_unknown_ones_say_nothing():
    y = np.arange(40.0)
    y[24:] += 1_000  # what does not train has no say
    table = assay(y=[">3", *map(str, y[1:39]), None], active=[0, 1, None, 1] * 10)
    data = properties_data(load(table, ["y", "active"]))
    y_target, active = data.domain.targets
    assert y_target.shift == pytest.approx(y[1:24].mean()) and y_target.scale == pytest.approx(y[1:24].std())
    assert active == Target("active", ("0", "1"))
    train = data.tensors("train")
    assert train.x.tolist() == list(range(24)) and train.given.shape == (24, 0)
    assert train.target.y[:, 0].mean() == pytest.approx((3 - y_target.shift) / y_target.scale / 24, abs=1e-5)
    assert train.target.known[:4].tolist() == [[LOWER_BOUND, EXACT], [EXACT, EXACT], [EXACT, UNKNOWN], [EXACT, EXACT]]
    assert train.target.y[:4, 1].tolist() == [0, 1, 0, 1]
    test = data.tensors("test").target
    assert test.known[-1].tolist() == [UNKNOWN, EXACT] and test.y[-1, 0] == 0 and test.y.isfinite().all()
    assert data.kind == "molecules" and data.task == "properties" and data.settled
    assert data.sizes == {"train": 24, "valid": 6, "test": 10}


def test_predictions_are_in_a_persons_units_and_rows():
    domain = Properties((CLASS, NUMBER, LOG), descriptors="none")
    library = read_library(Source.take(["OCC", "CC(", "C"], reader=READER), domain).items
    found = torch.tensor([[0.2, 0.5, 0.3, -1.0, 2.0], [0.6, 0.1, 0.3, 0.0, 0.0]])
    ends = np.stack([np.full(2, np.nan), [-2.0, 0], [0, -2.0]], 1)
    table = domain.table(found, library, ends, ends + 1, np.full((2, 3), 0.1), {"similarity": [0.5, 1.0]})
    assert set(table) == {
        name for name in domain.columns() if name not in ("nearest", "inside", "y_beyond", "z_beyond")
    }
    assert table["smiles"].tolist() == ["OCC", "CC(", "C"] and table["valid"].tolist() == [True, False, True]
    assert table["kind"].iloc[[0, 2]].tolist() == ["b", "a"] and table.iloc[1, 3:].isna().all()
    assert table[["p(kind=a)", "p(kind=b)", "p(kind=c)"]].iloc[0].tolist() == pytest.approx([0.2, 0.5, 0.3])
    assert table["y"].iloc[[0, 2]].tolist() == pytest.approx([-1, 2])
    assert table[["y_low", "y_high", "y_spread"]].iloc[0].tolist() == pytest.approx([-4, -1, 0.3])
    assert table["z"].iloc[[0, 2]].tolist() == pytest.approx([np.exp(2), np.exp(1)])
    assert table[["z_low", "z_high", "z_spread"]].iloc[2].tolist() == pytest.approx([1, np.exp(0.5), np.exp(0.05)])
    assert table["similarity"].iloc[[0, 2]].tolist() == [0.5, 1.0]
    one = Properties((NUMBER,), descriptors="none")
    assert list(one.table(found[:, :1], library)) == ["smiles", "name", "valid", "y", "y_low", "y_high", "spread"]
    task = one.without_labels(library)
    answers = one.answers(said(found[:, :1], similarity=torch.tensor([0.5, 1.0])), task)
    assert answers.iloc[:, :7].equals(one.table(found[:, :1], library)) and len(task.tensors("test")) == 2
    assert answers["nearest"].tolist() == [0, pd.NA, 1] and answers["inside"].isna().all()
    assert answers["similarity"].dropna().tolist() == [0.5, 1.0]
    assert list(answers) == [name for name in one.columns() if name != "beyond"]


def test_a_record_gives_the_same_domain_back_and_a_damaged_one_is_refused():
    schema = domain_schema("molecules", registry.TASKS[PROPERTIES].schema)
    for domain in (
        Properties((CLASS, NUMBER, LOG), descriptors="none", column="drug"),
        Properties((NUMBER,), descriptors=("a", "b"), mean=(0.0, 1.0), deviation=(1.0, 2.0)),
    ):
        record = json.loads(json.dumps(domain.to_json()))
        require(record, schema, "domain.json", "")
        assert Properties.from_json(record) == domain
        for damage in ({"targets": []}, {"deviation": [0.0]}, {"standard": {}}, {"descriptors": "mordred"}):
            with pytest.raises(RunError):
                require(record | damage, schema, "domain.json", "")
        with pytest.raises(ValueError):
            Properties.from_json(record | {"mean": [0.0, 1.0, 2.0]})
    with pytest.raises(ValueError):
        Properties.from_json(Properties((NUMBER, NUMBER), descriptors="none").to_json())


@pytest.fixture
def views(monkeypatch):
    """Stand-ins for what computes views."""

    asked = []
    described = lambda smiles: np.array([[len(s), np.nan, 5.0] for s in smiles], np.float32)
    graphs = lambda smiles, see: (asked.append("graph"), None, None)
    made = {"molecule_graphs": graphs, "descriptors": described, "MoleculesContext": lambda *views: views}
    for name, stand_in in (made | {"NAMES": ("length", "none", "same")}).items():
        monkeypatch.setattr(properties_domain, name, stand_in)
    return asked


def test_families_see_what_they_ask_for_scaled_by_training_molecules(views):
    data = properties_data(load(assay(y=np.arange(40.0)), "y", descriptors="rdkit"))
    domain, lengths = data.domain, np.array([len(s) for s in data.whole.smiles], float)
    assert domain.mean == pytest.approx((lengths[:24].mean(), 0, 5)) and domain.deviation[1:] == (1, 1)
    x, _, _, described, counts = domain.context_for(data, ("descriptors",))
    assert x is None and counts is None and views == []
    expected = np.stack([(lengths - lengths[:24].mean()) / lengths[:24].std(), np.zeros(40), np.zeros(40)], 1)
    assert described.numpy() == pytest.approx(expected, abs=1e-5) and described.dtype == torch.float32
    domain.context_for(data, ("graph",))
    assert views == ["graph"]
    assert domain.context(["C" * 9_000], ("descriptors",))[3].max() == 10  # far, but no farther
    assert Properties.from_json(domain.to_json()) == domain


def test_molecules_that_are_parsed_once_look_as_they_do_apart():
    domain, smiles = Properties((NUMBER,), descriptors="none"), ["CCO", "c1ccccc1Br", "CC(=O)[O-]"]
    both, graph, counts = (domain.context(smiles, views) for views in (("graph", "counts"), ("graph",), ("counts",)))
    assert both.x.equal(graph.x) and both.graph.features.equal(graph.graph.features) and graph.counts is None
    assert both.counts.equal(counts.counts) and counts.counts.sum() > 0 and counts.x is None


def test_a_persons_descriptors_are_needed_again_to_predict(views):
    own = pd.DataFrame({"smiles": ALL[1:], "a": np.arange(1.0, 40)})
    data = properties_data(load(assay(y=np.arange(40.0)), "y", descriptors=own))
    described = data.domain.context_for(data, ("descriptors",))[3]
    assert described.shape == (40, 1) and described[0] == 0 and described[1] < described[2]
    with pytest.raises(DataError):
        library = read_library(Source.take(ALL, reader=READER), data.domain).items
        data.domain.context_for(data.domain.without_labels(library), ("descriptors",))


def test_an_assay_can_be_predicted_about_if_it_was_read_as_training_was():
    data = load(assay(y=np.arange(40.0)), "y")
    domain = properties_data(data).domain
    assert len(domain.answers(said(torch.zeros(40, 1)), domain.without_labels(data))) == 40
    with pytest.raises(DataError):
        domain.without_labels(load(assay(y=np.arange(40.0)), "y", salts="keep"))
