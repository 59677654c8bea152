# Tests molecules/chemistry/chemnet.py
"""ChemNet beside `fcd_torch`, from which its weights are."""

import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")
peer = pytest.importorskip("fcd_torch")

from genwright.measure.metrics.distances import frechet  # noqa: E402
from genwright.molecules.chemistry.chemnet import activations  # noqa: E402

ODD = ["C", "[Cr]CCl", "CC.O", "[Si](C)(C)C", *(k * "C" for k in (200, 345, 346, 347, 348, 349, 350, 400))]


def test_equals_the_published_port():
    smiles, fcd = molecules(200) + ODD, peer.FCD(canonize=False)
    assert activations(smiles) == pytest.approx(fcd.get_predictions(smiles), abs=1e-4)
    halves = smiles[:100], smiles[100:200]
    assert frechet(*map(activations, halves)) == pytest.approx(fcd(*halves), rel=1e-5)
