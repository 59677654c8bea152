"""Molecules by their SMILES: each string is read once, and all parts that metrics need are found together.

Parts belong to the molecule of the canonical string, so that no number depends on how a molecule was written. Equal
strings are read once; many strings are shared out to processes.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from ...core.cpu import cores, in_order
from ...core.errors import DataError
from ...core.packages import Chem, require_package
from ...measure.metrics.distances import frechet
from ..chemistry.alerts import structural_alerts
from ..chemistry.chemnet import activations
from ..chemistry.fingerprints import fingerprint, fragments, mean_similarities, nearest
from ..chemistry.properties import PROPERTIES, properties
from ..chemistry.scaffolds import scaffold
from ..chemistry.standards import neutral_parent, quiet_rdkit

PARALLEL_FROM = 5_000  # strings that are worth the start of processes
CHUNK = 500  # strings that a process is handed at once


@dataclass(frozen=True, eq=False)
class ReadMolecules:
    """The molecules in n strings, of which m could be read.

    Args:
        valid: (n,) bool.
        canonical: (m,) SMILES in the order of the strings, as often as these are.
        parts: what else was asked of each of the m, by name (`PARTS`).
    """

    valid: np.ndarray
    canonical: np.ndarray
    parts: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.canonical)

    def __getitem__(self, items: slice | np.ndarray) -> "ReadMolecules":
        """Some of those that could be read."""
        parts = {name: part[items] for name, part in self.parts.items()}
        canonical = self.canonical[items]
        return ReadMolecules(np.ones(len(canonical), bool), canonical, parts)

    def property(self, name: str) -> np.ndarray:
        """Returns the numbers (m,) of one of PROPERTIES."""
        return self.parts["properties"][:, PROPERTIES.index(name)]

    @cached_property
    def activations(self) -> np.ndarray:
        """The activations (m, 512) float32 of ChemNet."""
        places, strings = pd.factorize(self.canonical)
        return activations(strings)[places]

    @cached_property
    def parents(self) -> np.ndarray:
        """The SMILES (m,) without salts and charges, equal where molecules are one (see `neutral_parent`)."""
        with quiet_rdkit():
            return np.array([neutral_parent(smiles) for smiles in self.canonical], object)

    @cached_property
    def keys(self) -> np.ndarray:
        """The keys (m, 1) that are equal where molecules are."""
        return pd.factorize(self.parents)[0].astype(float)[:, None]

    def names(self, smiles: Sequence[str]) -> np.ndarray:
        """Names strings (n,) so that equal molecules have equal names; a string that cannot be read is its own name."""
        names = np.array(smiles[: len(self.valid)], object)
        names[self.valid] = self.canonical
        return names

    def bits(self, n: int) -> np.ndarray:
        """Returns the fingerprint bits of the first n strings, and whether there is none: (n, 1,025) float32."""
        valid = self.valid[:n]
        bits = np.zeros((n, 1 + 8 * self.parts["fingerprints"].shape[1]), np.float32)
        bits[valid, :-1] = np.unpackbits(self.parts["fingerprints"][: valid.sum()], axis=1)
        bits[~valid, -1] = 1
        return bits


def describe(smiles: Sequence[str], parts: Sequence[str] | None = None, processes: int | None = None) -> ReadMolecules:
    """Reads strings and computes the named parts of each molecule. Raises DataError where rdkit is not installed.

    Args:
        smiles: strings.
        parts: names of `PARTS`. Default: all.
        processes: number of them. Default: all cores where there are many strings.
    """
    require_package("rdkit")
    names = tuple(PARTS if parts is None else parts)
    places, strings = pd.factorize(np.array(smiles, object))
    if processes is None:
        processes = cores() if len(strings) >= PARALLEL_FROM else 1
    chunks = [strings[start : start + CHUNK].tolist() for start in range(0, len(strings), CHUNK)]
    rows = [row for part in in_order(partial(_rows, parts=names), chunks, processes) for row in part]
    readable = np.array([row is not None for row in rows], bool)
    valid = readable[places] if len(rows) else np.zeros(0, bool)
    places = (readable.cumsum() - 1)[places[valid]] if len(rows) else places
    columns = [*zip(*(row for row in rows if row is not None))] or [()] * (1 + len(names))
    canonical, *other_columns = (_column(name, column)[places] for name, column in zip(("canonical", *names), columns))
    return ReadMolecules(valid, canonical, dict(zip(names, other_columns)))


def read(smiles: str):
    """Reads the molecule of a string by RDKit, in its canonical form, and that form; None where the string, or its own
    canonical form, cannot be read or holds no atoms."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or not mol.GetNumAtoms():
        return None
    once = Chem.MolToSmiles(mol)
    if once == smiles:
        return mol, once
    mol = Chem.MolFromSmiles(once)
    return mol and (mol, Chem.MolToSmiles(mol))  # written again: now and then the form of a form is another


def tool() -> str:
    """Names RDKit and its version, by which properties differ a little."""
    import rdkit

    return f"RDKit {rdkit.__version__}"


PARTS: dict[str, Callable] = {
    "fingerprints": fingerprint,  # (m, 128) uint8
    "fragments": fragments,  # (m,) tuples of SMILES
    "scaffolds": scaffold,  # (m,) SMILES, or None
    "properties": properties,  # (m, 13) float64
    "alerts": structural_alerts,  # (m,) tuples of names
}
NUMBERS = {"fingerprints": (128, np.uint8), "properties": (len(PROPERTIES), np.float64)}


def _rows(strings: list[str], parts: tuple[str, ...]) -> list[tuple | None]:
    from rdkit import rdBase

    with rdBase.BlockLogs():  # of what cannot be read, which is counted
        return [_row(text, parts) for text in strings]


def _row(text: str, parts: tuple[str, ...]) -> tuple | None:
    molecule = read(text)
    return molecule and (molecule[1], *(PARTS[name](molecule[0]) for name in parts))


def _column(name: str, values: Sequence[Any]) -> np.ndarray:
    if name in NUMBERS:
        width, kind = NUMBERS[name]
        return np.array(values, kind).reshape(len(values), width)
    column = np.empty(len(values), object)
    column[:] = values
    return column


REFERENCE = ("fingerprints", "fragments", "scaffolds", "properties")  # parts that are asked of reference molecules
MOSES_PROPERTIES = {"logP": "logp", "SA": "sa", "QED": "qed", "weight": "weight"}


def moses(
    samples: ReadMolecules,
    test: ReadMolecules,
    scaffolds: ReadMolecules | None = None,
    train: Sequence[str] | None = None,
    firsts: Sequence[int] = (1_000, 10_000),
) -> dict[str, float]:
    """Computes the metrics of MOSES with its conventions (Polykovskiy 2020, Frontiers in Pharmacology 11), so that
    numbers stand beside published ones.

    valid        of all samples; everything else is of the valid ones, as often as they were drawn
    unique@k     different ones of the first k valid ones, or of fewer where there are fewer
    FCD          Frechet distance in ChemNet, whatever n: it falls with n
    SNN          mean over samples of the similarity to the nearest reference molecule
    Frag, Scaf   cosine between how often BRICS pieces, and scaffolds of two rings or more, occur
    IntDiv_p     1 - mean_i (mean_j s_ij^p)^(1/p), of all pairs, i = j among them
    Filters      share that fails no structural alert
    Novelty      of different ones, those that are not in the training set, whose strings are taken as they are written
    logP, SA, QED, weight    Wasserstein distance to the reference, of order 1

    The suite of molecules measures the same with errors, on as many real molecules, and FCD where n allows it.

    Raises DataError where fewer than two samples are valid.

    Args:
        samples: described in all parts.
        test, scaffolds: MOSES' two test sets, or others, in REFERENCE's parts.
        train: SMILES.
        firsts: the k of unique@k.
    """
    if len(samples) < 2:
        raise DataError(f"{len(samples)} of {len(samples.valid):,} samples can be read as molecules: two are the least")
    metrics = {"valid": float(samples.valid.mean())}
    metrics |= {f"unique@{k}": len(set(samples.canonical[:k])) / len(samples.canonical[:k]) for k in firsts}
    for name, reference in {"Test": test, "TestSF": scaffolds}.items():
        if reference is not None:
            metrics |= {f"{metric}/{name}": value for metric, value in against(samples, reference).items()}
    once, squared = mean_similarities(samples.parts["fingerprints"])
    metrics |= {"IntDiv": float(1 - once.mean()), "IntDiv2": float(1 - np.sqrt(squared).mean())}
    metrics["Filters"] = float(np.mean([not failed for failed in samples.parts["alerts"]]))
    for name, values in MOSES_PROPERTIES.items():
        metrics[name] = float(wasserstein_distance(test.property(values), samples.property(values)))
    if train is not None:
        different = set(samples.canonical)
        metrics["Novelty"] = len(different - set(train)) / len(different)
    return metrics


def against(samples: ReadMolecules, reference: ReadMolecules) -> dict[str, float]:
    """Computes FCD, SNN, Frag and Scaf of samples against one test set."""
    return {
        "FCD": frechet(samples.activations, reference.activations),
        "SNN": float(nearest(samples.parts["fingerprints"], reference.parts["fingerprints"])[0].mean()),
        "Frag": cosine(
            *(
                Counter(piece for pieces in molecules.parts["fragments"] for piece in pieces)
                for molecules in (samples, reference)
            )
        ),
        "Scaf": cosine(*(Counter(filter(None, molecules.parts["scaffolds"])) for molecules in (samples, reference))),
    }


def cosine(a: Counter, b: Counter) -> float:
    """Computes the cosine of the angle between two lists of counts; NaN where one is empty."""
    lengths = [np.sqrt(sum(count**2 for count in counts.values())) for counts in (a, b)]
    return float(sum(count * b[name] for name, count in a.items()) / np.prod(lengths)) if all(lengths) else float("nan")
