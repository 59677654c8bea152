"""Published molecules in space."""

import io

import numpy as np
import pandas as pd

from ...core.account import Account
from ..formats.download import File, content
from ..formats.raw import Raw
from ..points.atoms import Atoms, atoms_of
from ..points.point_files import ELEMENTS

FILE = File("qm7/qm7.npz", "c83848115fc5e2ec47310139e836002ecc47c5aaeb3003b41c3e5339088fe5d0", ())


def qm7() -> Raw:
    """Positions in angstrom, and beside them `energy`, the heat of atomisation in kcal/mol."""
    with np.load(io.BytesIO(content(FILE)), allow_pickle=False) as arrays:
        ends, charges, positions, energies = (arrays[name] for name in ("mol_ptr", "charges", "positions", "energies"))
    molecules = [_atoms(charges[a:b], positions[a:b]) for a, b in zip(ends, ends[1:])]
    return Raw("points", "qm7", molecules, beside=pd.DataFrame({"energy": energies[:, 0]}), account=Account())


def _atoms(charges: np.ndarray, positions: np.ndarray) -> Atoms:
    return atoms_of([ELEMENTS[charge - 1] for charge in charges], positions, "a molecule of QM7")
