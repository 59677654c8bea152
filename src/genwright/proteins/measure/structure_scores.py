"""Scores of predicted structures of chains, of built coordinates.

    lDDT     share of distances up to 15 A between CA atoms that are right to .5, 1, 2 and 4 A (Mariani 2013)
    TM       the best mean of 1 / (1 + (d / d_0)^2) over superpositions, d_0 = 1.24 (N - 15)^(1/3) - 1.8 A (Zhang 2004)
    RMSD     after the best proper rotation (Kabsch 1976)
    Q3       share of residues whose state is right: helix, strand or neither, by the angles of the backbone
    P@L/5    share of the N / 5 closest predicted pairs with 24 residues or more between them that touch (CA within 8 A)

What a mirror image of the truth scores: lDDT and P@L/5 see distances alone and give it 1. RMSD and TM rotate it but do
not mirror it, so they see it. Q3 sees angles, whose signs change: no helix is left.

Atoms are (N, 3, 3) in angstrom, rows N, CA and C; known: (N,) bool, residues whose true structure is known.
"""

from __future__ import annotations

import numpy as np
import torch

from ..kinds.geometry import best_rotation, mirrored
from ..kinds.secondary import find_states

REACH, TOLERANCES = 15.0, (0.5, 1.0, 2.0, 4.0)  # angstrom
LONG_RANGE, TOUCHING = 24, 8.0  # residues between the ends of a contact, at least, and angstrom
SEPARATION = 6  # separation in the chain from which a pair says something of the fold
CA = 1


def lddt(predicted: np.ndarray, true: np.ndarray, known: np.ndarray, separation: int = 1) -> np.ndarray:
    """Computes the lDDT (N,) in [0, 1] of the CA of each residue, NaN for an unknown one and for one without a
    partner.

    Args:
        predicted, true: (N, 3, 3) atoms.
        known: (N,) bool.
        separation: residues from one end of a pair to the other, at least. Default: 1, every pair.
    """
    ours, theirs = (_distances(atoms[:, CA]) for atoms in (predicted, true))
    place = np.arange(len(known))
    counts = known[:, None] & known & (abs(place[:, None] - place) >= separation)
    with np.errstate(invalid="ignore"):
        counts &= theirs < REACH
        errors = abs(ours - theirs)
    right = np.mean([errors < tolerance for tolerance in TOLERANCES], 0)
    pairs = counts.sum(1)
    return np.where(pairs > 0, (right * counts).sum(1) / np.maximum(pairs, 1), np.nan)


def rmsd(predicted: np.ndarray, true: np.ndarray, known: np.ndarray) -> float:
    """Computes the root mean square distance of known CA after the best proper rotation, in angstrom.

    Args:
        predicted: (N, 3, 3) atoms.
        true: (N, 3, 3) atoms.
        known: (N,) bool.
    """
    ours, theirs = predicted[known, CA].astype(np.float64), true[known, CA].astype(np.float64)
    moved, fixed = superpose(ours, theirs)
    return float(np.sqrt(np.square(moved - fixed).sum(1).mean()))


def has_right_hand(predicted: np.ndarray, true: np.ndarray, known: np.ndarray) -> bool:
    """Tells whether the prediction lies nearer to the truth than its own mirror image does.

    Args:
        predicted: (N, 3, 3) atoms.
        true: (N, 3, 3) atoms.
        known: (N,) bool.
    """
    return rmsd(predicted, true, known) < rmsd(mirrored(predicted), true, known)


def superpose(
    ours: np.ndarray, theirs: np.ndarray, chosen_points: np.ndarray | slice = slice(None)
) -> tuple[np.ndarray, np.ndarray]:
    """Moves points (m, 3) rigidly so that those numbered `chosen_points` are nearest to others. Returns both about the
    mean of the numbered others.

    Args:
        ours: (m, 3) points to move.
        theirs: (m, 3) other points.
        chosen_points: numbers of the points that count.
    """
    ours, theirs = (points - points[chosen_points].mean(0) for points in (ours, theirs))
    rotation = best_rotation(*(torch.from_numpy(points[chosen_points]) for points in (ours, theirs))).numpy()
    return ours @ rotation.T, theirs


def tm_score(predicted: np.ndarray, true: np.ndarray, known: np.ndarray) -> float:
    """Computes the TM-score in (0, 1] of the known CA, residue by residue; about .17 for unrelated structures.

    Superpositions begin at fragments of the whole length, half of it, and so on to four residues, and are fitted again
    to the residues that come to lie near (Zhang & Skolnick 2004).

    Args:
        predicted: (N, 3, 3) atoms.
        true: (N, 3, 3) atoms.
        known: (N,) bool.
    """
    ours, theirs = predicted[known, CA].astype(np.float64), true[known, CA].astype(np.float64)
    n = len(ours)
    scale = max(1.24 * np.cbrt(n - 15) - 1.8, 0.5)
    best, length = 0.0, n
    while length >= min(4, n):
        for start in range(0, n - length + 1, max(1, length // 2)):
            best = max(best, _refined(ours, theirs, np.arange(start, start + length), scale))
        if length == min(4, n):
            break
        length = max(min(4, n), length // 2)
    return best


def _refined(ours: np.ndarray, theirs: np.ndarray, nearby: np.ndarray, scale: float) -> float:
    """The best score on the way from a fragment, of residues `nearby`, to the residues that it brings together."""
    best, cut = 0.0, scale + 1.0
    for _ in range(20):
        moved, fixed = superpose(ours, theirs, nearby)
        distance = np.linalg.norm(moved - fixed, axis=1)
        best = max(best, float(np.mean(1 / (1 + (distance / scale) ** 2))))
        closer, limit = np.flatnonzero(distance < cut), cut
        while len(closer) < min(3, len(distance)):
            limit += 0.5
            closer = np.flatnonzero(distance < limit)
        if np.array_equal(closer, nearby):
            break
        nearby = closer
    return best


def q3(predicted: np.ndarray, true: np.ndarray, known: np.ndarray) -> float:
    """Computes the share of known residues in the right one of three secondary-structure states.

    Args:
        predicted: (N, 3, 3) atoms.
        true: (N, 3, 3) atoms.
        known: (N,) bool.
    """
    return float((find_states(predicted) == find_states(true))[known].mean())


# ---------------------------------------------------------------------- contacts


def contact_precision(predicted: np.ndarray, true: np.ndarray, known: np.ndarray) -> float:
    """Computes the share of the N / 5 closest predicted pairs whose CA truly touch, of those that lie 24 residues or
    more apart in the chain. NaN for a chain that has no such contact.

    Args:
        predicted: (N, 3, 3) atoms.
        true: (N, 3, 3) atoms.
        known: (N,) bool.
    """
    first, second = np.triu_indices(len(known), LONG_RANGE)
    is_known = known[first] & known[second]
    first, second = first[is_known], second[is_known]
    distances = lambda atoms: np.linalg.norm(atoms[first, CA] - atoms[second, CA], axis=1)
    touch = distances(true) < TOUCHING
    if not touch.any():
        return float("nan")
    chosen = np.argsort(distances(predicted), kind="stable")[: max(1, int(known.sum()) // 5)]
    return float(touch[chosen].mean())


def _distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None].astype(np.float64) - points, axis=-1)
