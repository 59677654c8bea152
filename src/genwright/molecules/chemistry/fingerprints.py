"""Parts of molecules, and how alike molecules are by them.

Parts are circles around atoms, whose bits and counts are fingerprints, and pieces that are joined in synthesis. Two
molecules are alike by the bits that both have over those that one has (Tanimoto 1958), 1 where they are equal. Common
bits of all pairs are a product of matrices, and are taken in blocks, so that memory does not grow with pairs.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

from ...core.packages import Chem
from ...core.type_names import RdkitMolecule
from .standards import quiet_rdkit

MOSES_BITS, MOSES_RADIUS = 1024, 2  # size of MOSES' own fingerprints


def fingerprint(mol) -> np.ndarray:
    """Computes the Morgan fingerprint of a molecule, (MOSES_BITS / 8,) uint8: which circles of atoms there are (Rogers
    & Hahn 2010), a bit each, packed."""
    from rdkit import DataStructs

    bits = _generator(MOSES_RADIUS, MOSES_BITS).GetFingerprint(mol)
    return np.frombuffer(DataStructs.BitVectToBinaryText(bits), np.uint8)


def fragments(mol) -> tuple[str, ...]:
    """Cuts a molecule at all bonds that reactions make (BRICS; Degen 2008), and returns the pieces as SMILES with marks
    at the cuts."""
    from rdkit.Chem.rdmolops import FragmentOnBRICSBonds

    return tuple(Chem.MolToSmiles(FragmentOnBRICSBonds(mol)).split("."))


BITS = 2048  # bits of a fingerprint
EQUAL_SIMILARITY = 1.0  # of molecules with one fingerprint
ROWS, COLUMNS = 1_000, 5_000  # size of a block
TIE = 1e-14  # subtracted from the similarity of a later one of equals; different similarities are farther apart


def morgan_counts(smiles: Sequence[str], radius: int = 2, bits: int = BITS) -> np.ndarray:
    """Counts how often each circle of atoms is in molecules (Rogers & Hahn 2010), folded into so many bits: (n, bits)
    float32.

    Args:
        smiles: canonical, of n molecules.
        radius: Radius of the circles, at most.
        bits: Bits of the fingerprint.
    """
    counts = np.zeros((len(smiles), bits), np.float32)
    count = counter_into(counts, radius)
    with quiet_rdkit():
        for row, text in enumerate(smiles):
            count(row, Chem.MolFromSmiles(text))
    return counts


def counter_into(counts: np.ndarray, radius: int = 2) -> Callable[[int, RdkitMolecule], None]:
    """Returns a function of a row's number and its molecule that writes the row of `morgan_counts`.

    Args:
        counts: (n, bits).
    """
    count = _generator(radius, counts.shape[1]).GetCountFingerprintAsNumPy

    def write(row: int, molecule: RdkitMolecule) -> None:
        counts[row] = count(molecule)

    return write


def packed(counts: np.ndarray) -> np.ndarray:
    """Packs counts (n, bits) to bits (n, bits / 8) uint8: whether there is any."""
    return np.packbits(counts > 0, axis=1)


def nearest(fingerprints: np.ndarray, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finds the most similar of fingerprints `candidates` (m, bytes), m >= 1, to each of `fingerprints` (n, bytes)
    uint8, packed. Returns the similarity (n,) and its number (n,), the first of several."""
    best, number = torch.full((len(fingerprints),), -1.0), torch.zeros(len(fingerprints), dtype=torch.long)
    for rows, column, similar in _blocks(fingerprints, candidates):
        best_similarity, place = similar.max(1)
        is_better = best_similarity > best[rows]
        number[rows][is_better] = place[is_better] + column
        best[rows][is_better] = best_similarity[is_better]
    return best.double().numpy(), number.numpy()


def several_nearest(
    fingerprints: np.ndarray, packed_candidates: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the `count` most similar fingerprints of each, all where there are fewer: similarities and numbers (n,
    count), nearest first.

    Args:
        fingerprints: (n, bytes) uint8, packed.
        packed_candidates: (m, bytes) uint8, packed.
        count: neighbours of each.
    """
    n, count = len(fingerprints), min(count, len(packed_candidates))
    best, number = torch.full((n, count), -1.0, dtype=torch.float64), torch.zeros(n, count, dtype=torch.long)
    for rows, column, similar in _blocks(fingerprints, packed_candidates):
        numbers_of_columns = torch.arange(column, column + similar.shape[1]).expand(similar.shape)
        candidates, numbers = (
            torch.cat([best[rows], similar.double()], 1),
            torch.cat([number[rows], numbers_of_columns], 1),
        )
        order = (candidates - TIE * numbers).topk(count).indices
        best[rows], number[rows] = candidates.gather(1, order), numbers.gather(1, order)
    return best.numpy(), number.numpy()


def cluster_butina(fingerprints: np.ndarray, threshold: float = 0.6) -> np.ndarray:
    """Clusters molecules: (n,) the number of the centre of each molecule's cluster. The molecule with most neighbours
    takes them with it, then the one with most neighbours among the rest (Butina 1999).

    Args:
        threshold: the similarity of neighbours.
    """
    neighbours_of: list[list[np.ndarray]] = [[] for _ in fingerprints]
    for rows, column, similar in _blocks(fingerprints, fingerprints):
        for number, row in zip(range(rows.start, len(fingerprints)), (similar >= threshold).numpy()):
            neighbours_of[number].append(np.flatnonzero(row) + column)
    neighbours, cluster = [np.concatenate(parts) for parts in neighbours_of], np.full(len(fingerprints), -1)
    for centre in np.argsort([-len(number) for number in neighbours], kind="stable"):
        if cluster[centre] < 0:
            cluster[neighbours[centre][cluster[neighbours[centre]] < 0]] = centre
    return cluster


def _blocks(fingerprints: np.ndarray, candidates: np.ndarray) -> Iterator[tuple[slice, int, Tensor]]:
    """Rows, the first column, and the similarities (rows, columns) of each block."""
    for column in range(0, len(candidates), COLUMNS):
        right = _bits(candidates[column : column + COLUMNS])
        for row in range(0, len(fingerprints), ROWS):
            rows = slice(row, row + ROWS)
            yield rows, column, similarity(_bits(fingerprints[rows]), right)


def mean_similarities(fingerprints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes the mean similarity (n,) of each fingerprint (n, bytes) to all n, itself among them, and the mean of its
    squares."""
    n = len(fingerprints)
    sums, squares = torch.zeros(n, dtype=torch.float64), torch.zeros(n, dtype=torch.float64)
    for row in range(0, n, ROWS):
        block = _bits(fingerprints[row : row + ROWS])
        for column in range(row, n, ROWS):  # a pair once: similarity is symmetric
            similar = similarity(block, _bits(fingerprints[column : column + ROWS]))
            for total, values in ((sums, similar), (squares, similar.square())):
                total[row : row + ROWS] += values.sum(1, dtype=torch.float64)
                if column > row:
                    total[column : column + ROWS] += values.sum(0, dtype=torch.float64)
    return (sums / n).numpy(), (squares / n).numpy()


def similarity(left: Tensor, right: Tensor) -> Tensor:
    """Computes Tanimoto similarities (n, m) of bits (n, d) and (m, d), float32; 1 where neither has any."""
    common = left @ right.T
    return (common / (left.sum(1)[:, None] + right.sum(1) - common)).nan_to_num_(1.0)


def _bits(packed_bits: np.ndarray) -> Tensor:
    return torch.from_numpy(np.unpackbits(packed_bits, axis=1)).float()


@cache
def _generator(radius: int, bits: int):
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=bits)
