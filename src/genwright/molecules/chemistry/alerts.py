"""Why a medicinal chemist would put a molecule aside: the filters of MOSES (Polykovskiy 2020, Frontiers in
Pharmacology 11).

A molecule fails by a ring of 8 atoms or more, a charged atom, an element beside C N S O F Cl Br H, or by one of 502
patterns: 22 of reactive groups (MCF) and 480 of molecules that meddle with assays (PAINS; Baell & Holloway 2010).
Patterns name hydrogens, so that they are sought in the molecule with all of its own. Most are ruled out by bits: what
has not all the small pieces of a pattern, hydrogens left aside, does not hold it.
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ...core.limits import read_plain
from ...core.packages import Chem
from .standards import quiet_rdkit

LARGE = 8  # atoms of a ring that is too large
CHARGED, RARE = "[!+0]", "[!#6;!#7;!#16;!#8;!#9;!#17;!#35;!#1]"
BITS = 2048
GROUPS = {  # beginnings of the names of a group's alerts; PAINS have names of their own
    "mcf": "MCF",
    "charges": "charge",
    "elements": "element ",
    "rings": "large ring",
}
PAINS, SMARTS = "pains", "smarts"
OWN = "own "  # begins the names of alerts of a person
Alerts = tuple[tuple[str, str], ...]  # (name, SMARTS) of each


def group_of(alert: str) -> str:
    """Returns the group that an alert belongs to: one of GROUPS, SMARTS or PAINS."""
    groups = GROUPS | {SMARTS: OWN}
    return next((group for group, begin in groups.items() if alert.startswith(begin)), PAINS)


def read_alerts(path: str | Path) -> Alerts:
    """Reads the alerts of a person's file with lines "SMARTS name"; lines that begin with "# " are comments. Raises
    DataError with the line of what is no SMARTS, of a name that comes twice, and for a file without any."""
    alerts: dict[str, str] = {}
    for number, line in enumerate(bytes(read_plain(Path(path))).decode("utf-8-sig", "replace").splitlines(), 1):
        smarts, *words = line.split() or [""]
        if not smarts or line.lstrip().startswith("# "):
            continue
        name = OWN + (" ".join(words).replace(";", ",").replace(":", "-") or smarts)
        with quiet_rdkit():
            pattern = Chem.MolFromSmarts(smarts)
        if pattern is None or not pattern.GetNumAtoms():
            raise DataError(f"{path}, line {number}: {smarts[:40]!r} is no SMARTS: correct it, or remove the line")
        if name in alerts:
            raise DataError(f"{path}, line {number}: a second alert is called {name[len(OWN) :]!r}: rename one")
        alerts[name] = smarts
    if not alerts:
        raise DataError(f"{path} holds no alert: write a SMARTS and its name in each line, such as [N+](=O)[O-] nitro")
    return tuple(alerts.items())


def own_alerts(mol, alerts: Alerts) -> tuple[str, ...]:
    """Lists the names of the alerts that a molecule of RDKit holds; hydrogens are implicit."""
    return tuple(name for name, smarts in alerts if mol.HasSubstructMatch(_query(smarts)))


def structural_alerts(mol) -> tuple[str, ...]:
    """Lists the names of the filters that a molecule of RDKit fails; empty if it passes all."""
    failed_filters = []
    if any(len(ring) >= LARGE for ring in mol.GetRingInfo().AtomRings()):
        failed_filters.append("large ring")
    if mol.HasSubstructMatch(_query(CHARGED)):
        failed_filters.append("charge")
    rare = {mol.GetAtomWithIdx(atom).GetSymbol() for (atom,) in mol.GetSubstructMatches(_query(RARE))}
    failed_filters += [f"element {symbol}" for symbol in sorted(rare)]
    names, patterns, pieces = _patterns()
    with_hydrogens = Chem.AddHs(mol)
    likely = np.flatnonzero(~(pieces & ~_piece_bits(mol)).any(1))
    return (*failed_filters, *(names[k] for k in likely if with_hydrogens.HasSubstructMatch(patterns[k])))


@cache
def _patterns() -> tuple[list[str], list, np.ndarray]:
    text = files("genwright.molecules.chemistry").joinpath("features", "moses-filters.json").read_text(encoding="utf-8")
    names, smarts = zip(*json.loads(text))
    patterns = [Chem.MolFromSmarts(smarts_text) for smarts_text in smarts]
    return list(names), patterns, np.stack([_piece_bits(_without_hydrogens(pattern)) for pattern in patterns])


@cache
def _query(smarts: str):
    return Chem.MolFromSmarts(smarts)


def _without_hydrogens(pattern):
    """The pattern without the atoms that are certainly hydrogens ([#1])."""
    heavy_atoms = Chem.RWMol(pattern)
    for atom in reversed(pattern.GetAtoms()):
        if atom.GetSmarts() == "[#1]":
            heavy_atoms.RemoveAtom(atom.GetIdx())
    return heavy_atoms.GetMol()


def _piece_bits(mol) -> np.ndarray:
    """(BITS / 64,) uint64: which small pieces there are; those of a part are among those of the whole."""
    from rdkit import DataStructs

    return np.frombuffer(DataStructs.BitVectToBinaryText(Chem.PatternFingerprint(mol, BITS)), np.uint64)
