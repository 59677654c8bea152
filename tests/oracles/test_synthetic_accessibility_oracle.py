"""The score of synthetic accessibility beside `sascorer` of RDKit's Contrib."""

import sys
from pathlib import Path

import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

from rdkit import Chem, RDConfig  # noqa: E402

from genwright.molecules.chemistry.properties import synthetic_accessibility  # noqa: E402

ODD = ["C", "CC(C)(C)C", "C1CCC2(CC1)CC2", "C1CC2CCC1C2", "C1CCCCCCCCCCC1", "C[C@H](O)[C@@H](N)C(F)Cl", "[Na+].[Cl-]"]


def test_equals_the_authors_own(monkeypatch):
    folder = Path(RDConfig.RDContribDir) / "SA_Score"
    if not (folder / "sascorer.py").exists():
        pytest.skip("this RDKit comes without its Contrib")
    monkeypatch.syspath_prepend(str(folder))
    import sascorer

    for smiles in molecules(250) + ODD + ["C1CC2C3CC1C1(CC23)CCCCCCCC1" + 30 * "C(F)C(Cl)"]:
        mol = Chem.MolFromSmiles(smiles)
        assert synthetic_accessibility(mol) == pytest.approx(sascorer.calculateScore(mol), abs=1e-6), smiles
    sys.modules.pop("sascorer")
