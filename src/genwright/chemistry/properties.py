"""Numbers that can be computed of any molecule, by the names that people ask for them."""

from collections.abc import Callable, Sequence

import numpy as np

from .sa import synthetic_accessibility
from .standards import quiet_rdkit

PROPERTIES = ("weight", "logp", "qed", "sa", "tpsa")  # g/mol, -, 0 .. 1, 1 .. 10, square angstrom


def properties(mol) -> tuple[float, ...]:
    """PROPERTIES of a molecule of RDKit."""
    return tuple(OF[name](mol) for name in PROPERTIES)


def computed(smiles: Sequence[str], names: Sequence[str]) -> dict[str, np.ndarray]:
    """{name: (n,) float64} of some PROPERTIES of canonical SMILES."""
    from rdkit import Chem

    found = {name: np.zeros(len(smiles)) for name in names}
    with quiet_rdkit():
        for k, text in enumerate(smiles):
            mol = Chem.MolFromSmiles(text)
            for name in names:
                found[name][k] = OF[name](mol)
    return found


def _weight(mol) -> float:
    from rdkit.Chem.Descriptors import MolWt

    return MolWt(mol)


def _logp(mol) -> float:
    from rdkit.Chem.Crippen import MolLogP

    return MolLogP(mol)


def _qed(mol) -> float:
    """How like known medicines a molecule is in eight properties: 0 .. 1 (Bickerton 2012)."""
    from rdkit.Chem.QED import qed

    return qed(mol)


def _tpsa(mol) -> float:
    from rdkit.Chem.rdMolDescriptors import CalcTPSA

    return CalcTPSA(mol)


OF: dict[str, Callable] = {
    "weight": _weight,
    "logp": _logp,
    "qed": _qed,
    "sa": synthetic_accessibility,
    "tpsa": _tpsa,
}
