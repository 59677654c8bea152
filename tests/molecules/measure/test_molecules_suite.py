# Tests molecules/measure/molecule_sheets.py
"""The metrics of molecules: real ones pass, and each fault of a model is told by the metric that is for it."""

import json
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from made_molecules import molecules
from PIL import Image

pytest.importorskip("rdkit")

import genwright  # noqa: E402
from genwright.kinds.domain import Drawn  # noqa: E402
from genwright.molecules.measure import molecules_suite as suites  # noqa: E402
from genwright.molecules.measure.molecules_suite import HISTOGRAMS, NEAREST, Suite  # noqa: E402
from genwright.studies.report.records import Row  # noqa: E402
from genwright.studies.report.results import measured_copy, metric_json, sound  # noqa: E402

EVERY = molecules(500)
KNOWN, FRESH = EVERY[:300], EVERY[300:]


@pytest.fixture(scope="module")
def suite():
    return Suite(genwright.load_data(KNOWN))


@pytest.fixture(scope="module")
def real(suite):
    return suite.reference()


class Says:
    """Draws what it was told to."""

    config, sizes, scored_sizes = {"family": "says"}, (64,), (64,)

    def __init__(self, smiles):
        self.smiles = Drawn(smiles)

    def has(self, verb):
        return verb == "sample"

    def sample(self, n, given=None, seed=None):
        return self.smiles[:n]


def measured(suite, smiles):
    return suite.measure(Says(smiles)).metrics


@pytest.fixture(scope="module")
def fresh(suite):
    return measured(suite, FRESH)


def test_every_metric_has_a_title_and_is_written(suite, real, fresh):
    assert {*fresh, *real} <= {*suite.TITLES} and set(suite.HEADLINE.values()) <= {*suite.TITLES}
    json.dumps([metric.to_json() for metric in (*fresh.values(), *real.values())])
    assert all(metric.n and metric.reference or name == "unique" for name, metric in fresh.items())


def test_fresh_molecules_pass_as_real_ones_do(real, fresh):
    assert fresh["valid"].value == fresh["novel"].value == fresh["unique"].value == 1
    assert abs(fresh["two_sample_auc"].value - 0.5) < 0.15 and abs(real["two_sample_auc"].value - 0.5) < 0.15
    for name in ("snn", "diversity", "filters"):
        assert fresh[name].value == pytest.approx(real[name].value, abs=0.08), name
    assert fresh["fragments"].value > 0.5 and fresh["copies"].value == 0
    assert 0.7 < fresh["memorisation"].value < 1.4


def test_what_cannot_be_read_counts_against_validity_and_the_two_sample_test(suite):
    broken = [text + "(" * (k % 2) + k * "C" * (k % 2) for k, text in enumerate(FRESH)]
    found = measured(suite, broken)
    assert found["valid"].value == 0.5 and found["two_sample_auc"].value > 0.6


@pytest.mark.long
def test_numbers_of_what_can_be_read_are_ranked_unless_that_is_little(suite, fresh):
    broken = [text + "(" * (k % 2) for k, text in enumerate(FRESH)]
    half, few = (measured(suite, some)["snn"] for some in (broken, broken[1::2] + broken[::4]))
    assert half.comparable(fresh["snn"]) and half.n == len(FRESH)
    assert half.detail == "100 of them can be read"
    assert few.n == len(broken[::4]) and not few.detail


@pytest.mark.parametrize("unreadable, copies", [(190, False), (0, True)], ids=["of 5%", "of all"])
def test_copies_among_the_few_that_can_be_read_are_not_said_of_the_model(suite, real, unreadable, copies):
    """A model of whose strings 5% can be read, all of them short training molecules, is a poor one, but copies
    nothing."""
    found = measured(suite, [*KNOWN[: 200 - unreadable], *["C("] * unreadable])
    ratio = found["memorisation"]
    assert ratio.value < 0.5 and found["copies"].value > 0.6 and ratio.n == 200 - unreadable
    assert ratio.survived == found["copies"].survived == found["novel"].survived == (200 - unreadable) / 200
    assert found["valid"].survived == found["two_sample_auc"].survived == 1
    stored = lambda metrics: {name: metric_json(metric) for name, metric in metrics.items()}
    row = Row("says", metrics=stored(found))
    assert measured_copy(SimpleNamespace(reference_metrics=stored(real)), row) == copies
    assert (sound(row, "memorisation") is not None) == copies


@pytest.mark.long
def test_copies_are_caught(suite):
    found = measured(suite, suite.train[:200])
    assert found["copies"].value == 1 and found["novel"].value == 0 and found["memorisation"].value == 0


@pytest.mark.long
def test_molecules_of_another_kind_are_told(suite, real):
    found = measured(suite, [k * "C" for k in range(1, 201)])
    assert found["two_sample_auc"].value > 0.95 and found["snn"].value < real["snn"].value / 2
    assert found["fragments"].value < 0.1 and found["scaffolds"].value == 0
    assert found["weight_distance"].value > 100 * real["weight_distance"].value > 0


def test_one_molecule_again_and_again_is_told(suite):
    found = measured(suite, [FRESH[0]] * 200)
    assert found["unique"].value == 0 and found["diversity"].value == 0


@pytest.mark.parametrize("smiles", [["CC("], ["CCO", "CC(", "(", "CN"]])
def test_of_almost_no_molecules_little_is_said(suite, smiles, tmp_path):
    found = measured(suite, smiles * 50 if len(smiles) == 1 else smiles + ["("] * 60)
    assert set(found) == {"valid", "two_sample_auc"} and found["valid"].value < 0.1
    suite.plot(Says(smiles), tmp_path)


@pytest.mark.long
def test_the_frechet_distance_is_refused_below_2000(suite, fresh, monkeypatch):
    assert "FCD is left out" in fresh["valid"].detail
    monkeypatch.setattr(suites, "FRECHET", 50)
    monkeypatch.setattr("genwright.measure.metrics.distances.CUTS", 2)
    found = measured(suite, FRESH[:60])
    assert "left out" not in found["valid"].detail
    worse = measured(suite, [k * "C" for k in range(1, 61)])["fcd"]
    assert worse.value > 2 * found["fcd"].value > 0 and "ChemNet sha256" in worse.reference


@pytest.mark.long
def test_the_same_seed_gives_the_same_numbers(fresh):
    again = measured(Suite(genwright.load_data(KNOWN)), FRESH)
    values = lambda metrics: {name: metric.value for name, metric in metrics.items()}
    assert values(fresh) == values(again)


@pytest.mark.long
def test_drawings(suite, tmp_path):
    model = Says(["CC("] + FRESH)
    paths = suite.plot(model, tmp_path / "model")
    assert list(paths) == [NEAREST, HISTOGRAMS] and list(suite.plot_real(tmp_path / "real")) == [NEAREST]
    for path in (suite.preview(model, tmp_path), suite.preview(None, tmp_path)):
        picture = ElementTree.parse(path)
        assert len(picture.findall(".//{*}path")) > 10  # bonds
        assert all("fill:#FFFFFF00" in ground.get("style") for ground in picture.findall(".//{*}rect"))
    for path in paths.values():
        with Image.open(path) as picture:
            ink = np.asarray(picture.convert("RGBA"))[..., 3] > 0
        assert 0.001 < ink.mean() < 0.5  # on transparent ground
