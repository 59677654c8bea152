# Tests molecules/measure/molecule_metrics.py
"""MOSES' metrics: identities, its conventions, and what they say of poor samples."""

import numpy as np
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

from genwright.core.errors import DataError  # noqa: E402
from genwright.molecules.measure.molecule_metrics import REFERENCE, describe, moses


@pytest.fixture(scope="module")
def real():
    return describe(molecules(60))


def test_the_same_molecules_are_at_no_distance(real):
    found = moses(real, real, real, list(real.canonical))
    ones = (
        "valid",
        "unique@1000",
        "unique@10000",
        *(f"{name}/{of}" for name in ("SNN", "Frag", "Scaf") for of in ("Test", "TestSF")),
    )
    zeros = ("FCD/Test", "FCD/TestSF", "logP", "SA", "QED", "weight", "Novelty")
    assert [found[name] for name in ones] == pytest.approx([1.0] * len(ones), abs=1e-6)
    assert [found[name] for name in zeros] == pytest.approx([0.0] * len(zeros), abs=1e-6)
    assert 0 < found["IntDiv2"] < found["IntDiv"] < 1


def test_one_molecule_again_and_again_has_no_diversity(real):
    found = moses(describe(["CCO"] * 5 + ["CC("] * 3), real)
    assert found["IntDiv"] == found["IntDiv2"] == 0 and found["valid"] == 5 / 8
    assert found["unique@1000"] == 1 / 5 and found["Filters"] == 1
    assert np.isnan(found["Scaf/Test"])  # it has no rings


def test_conventions(real):
    found = moses(describe(["OCC", "CCO", "CCN", "CC("]), real, None, ["OCC", "CCN"], firsts=(2,))
    assert found["unique@2"] == 1 / 2  # of the first two valid ones
    assert found["Novelty"] == 1 / 2  # training strings are taken as they are written
    assert "FCD/TestSF" not in found


@pytest.mark.parametrize("smiles", [["CC("], ["CCO"], ["CCO", "("]])
def test_fewer_than_two_molecules_are_refused(real, smiles):
    with pytest.raises(DataError):
        moses(describe(smiles), real)


def test_the_reference_needs_no_alerts(real):
    assert moses(real, describe(list(real.canonical), REFERENCE))["SNN/Test"] == pytest.approx(1)
