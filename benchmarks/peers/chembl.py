"""Parents of molecules by the ChEMBL structure pipeline (Bento et al. 2020)."""

from __future__ import annotations

from collections.abc import Iterable


def parents_by_chembl(smiles: Iterable[str]) -> list[str | None]:
    """SMILES of each parent; None where the pipeline has none: it excludes most compounds of metals, and fails on
    valences that it does not know."""
    from chembl_structure_pipeline import standardizer
    from rdkit import Chem

    parents: list[str | None] = []
    for text in smiles:
        try:
            parent, excluded = standardizer.get_parent_mol(standardizer.standardize_mol(Chem.MolFromSmiles(text)))
            parents.append(None if excluded else Chem.MolToSmiles(parent))
        except ValueError:  # of RDKit
            parents.append(None)
    return parents
