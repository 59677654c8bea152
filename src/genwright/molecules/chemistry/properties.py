"""Numbers that can be computed of any molecule, by the names that people ask for them.

Synthetic accessibility says how hard a molecule is to make: 1 easy, 10 hard (Ertl & Schuffenhauer 2009, Journal of
Cheminformatics 1:8).

    score = mean over fragments of how common each is  -  penalties for size, stereo centres, spiro and bridgehead
            atoms and rings above 8  +  log(atoms / kinds of fragments) / 2 where there are more atoms

turned round and brought to 1 .. 10. Fragments are Morgan's of radius 2, and how common they are was counted in PubChem.
It equals `sascorer` of RDKit's Contrib, which has two terms otherwise than the paper: large rings count once, and the
last one is its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log, log10

import numpy as np
from safetensors.numpy import load

from ...core.packages import Chem
from .standards import quiet_rdkit

UNSEEN = -4.0  # score of a fragment that no molecule of PubChem's sample has
LOWEST, HIGHEST = -4.0, 2.5  # range of the raw score
LARGE = 8  # atoms of a ring that is not large yet


def synthetic_accessibility(mol) -> float:
    """Computes the synthetic accessibility score, 1 .. 10, of a molecule of RDKit that has atoms."""
    from rdkit.Chem import rdMolDescriptors

    circles = _generator().GetSparseCountFingerprint(mol).GetNonzeroElements()
    counts = np.fromiter(circles.values(), float, len(circles))
    common = float(_scores(np.fromiter(circles, np.uint32, len(circles))) @ counts / counts.sum())
    atoms = mol.GetNumAtoms()
    centres = len(Chem.FindMolChiralCenters(mol, includeUnassigned=True))
    rings = any(len(ring) > LARGE for ring in mol.GetRingInfo().AtomRings())
    penalties = atoms**1.005 - atoms + log10(centres + 1) + log10(rings + 1)
    penalties += log10(rdMolDescriptors.CalcNumSpiroAtoms(mol) + 1)
    penalties += log10(rdMolDescriptors.CalcNumBridgeheadAtoms(mol) + 1)
    symmetry = log(atoms / len(circles)) / 2 if atoms > len(circles) else 0.0
    score = 11 - 9 * (common - penalties + symmetry - LOWEST + 1) / (HIGHEST - LOWEST)
    score = 8 + log(score - 8) if score > 8 else score
    return min(10.0, max(1.0, score))


def _scores(fragments: np.ndarray) -> np.ndarray:
    """(m,) float64 of fragments by their numbers (m,) uint32."""
    known, scores = _table()
    place = np.searchsorted(known, fragments).clip(max=len(known) - 1)
    return np.where(known[place] == fragments, scores[place], UNSEEN)


@cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    """Fragments in order, and the score of each."""
    stored = load(files("genwright.molecules.chemistry").joinpath("features", "fragments-2.safetensors").read_bytes())
    steps = np.ascontiguousarray(stored["steps"].T).view("<u4").ravel()  # (4, m) bytes, which a wheel packs to half
    bits = np.cumsum(steps, dtype=np.uint32)
    order = np.argsort(bits)
    return bits[order], np.repeat(stored["scores"], stored["counts"])[order]


@cache
def _generator():
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=2)


@dataclass(frozen=True)
class Property:
    """A row of TABLE: a number that can be computed of any molecule.

    Args:
        meaning: in a phrase, for `score` and `screen`.
        tolerance: the usual one of a wish of `design`.
        compared: how `compare` calls the distance of its distributions, "" where it reports none.
        unit: of that distance.
    """

    meaning: str
    tolerance: float = 1.0
    compared: str = ""
    unit: str = ""


TABLE = {  # how each is computed, _functions says
    "weight": Property("molecular weight, g/mol", 50.0, "Weight", "g/mol"),
    "logp": Property("Crippen's estimate of log10 of the octanol-water partition", 1.0, "logP", "logP"),
    "qed": Property("likeness to known medicines, 0 .. 1 (Bickerton 2012)", 0.2, "QED", "QED"),
    "sa": Property("how hard it is to make, 1 easy .. 10 hard (Ertl & Schuffenhauer 2009)", 1.0, "SA", "SA"),
    "tpsa": Property("topological polar surface, square angstrom", 20.0),
    "hbd": Property("hydrogen bond donors"),
    "hba": Property("hydrogen bond acceptors"),
    "rotatable": Property("rotatable bonds"),
    "fsp3": Property("share of carbon atoms that are sp3", 0.2),
    "charge": Property("net charge"),
    "rings": Property("rings"),
    "lipinski": Property("rules of Lipinski (1997) that it breaks, of 4: weight 500, logp 5, hbd 5, hba 10"),
    "veber": Property("rules of Veber (2002) that it breaks, of 2: rotatable 10, tpsa 140"),
}
PROPERTIES = tuple(TABLE)
MEANINGS = {name: row.meaning for name, row in TABLE.items()}


def properties(mol, names: Sequence[str] = PROPERTIES) -> tuple[float, ...]:
    """Computes some PROPERTIES of a molecule of RDKit."""
    functions = _functions()
    if set(names) <= functions.keys():
        return tuple(functions[name](mol) for name in names)
    values = {name: function(mol) for name, function in functions.items()}
    return tuple((values | _broken_rules(values))[name] for name in names)


def _broken_rules(values: dict[str, float]) -> dict[str, float]:
    limits = {"weight": 500, "logp": 5, "hbd": 5, "hba": 10}, {"rotatable": 10, "tpsa": 140}
    counts = [sum(values[name] > limit for name, limit in rules.items()) for rules in limits]
    return dict(zip(("lipinski", "veber"), counts))


def computed(smiles: Sequence[str], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Computes some PROPERTIES of canonical SMILES: {name: (n,) float64}."""
    rows = np.zeros((len(smiles), len(names)))
    with quiet_rdkit():
        for k, text in enumerate(smiles):
            rows[k] = properties(Chem.MolFromSmiles(text), names)
    return dict(zip(names, rows.T))


@cache
def _functions() -> dict[str, Callable]:
    """How each of PROPERTIES is computed. QED says how like known medicines a molecule is (Bickerton 2012)."""
    from rdkit.Chem import QED, Crippen, Descriptors, GetFormalCharge, rdMolDescriptors

    return {
        "weight": Descriptors.MolWt,
        "logp": Crippen.MolLogP,
        "qed": QED.qed,
        "sa": synthetic_accessibility,
        "tpsa": rdMolDescriptors.CalcTPSA,
        "hbd": rdMolDescriptors.CalcNumHBD,
        "hba": rdMolDescriptors.CalcNumHBA,
        "rotatable": rdMolDescriptors.CalcNumRotatableBonds,
        "fsp3": rdMolDescriptors.CalcFractionCSP3,
        "charge": GetFormalCharge,
        "rings": rdMolDescriptors.CalcNumRings,
    }
