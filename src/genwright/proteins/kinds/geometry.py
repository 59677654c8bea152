"""Geometry of a backbone: its angles, atoms built from angles, and the mirror image.

Bond lengths and angles are those of Engh & Huber 1991, in angstrom and degrees.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

N_CA, CA_C, C_N = 1.458, 1.525, 1.329
AT_N, AT_CA, AT_C = 121.7, 111.0, 117.2  # angles C-N-CA, N-CA-C, CA-C-N
TRANS = 180.0  # omega
HELIX, STRAND, LOOP = (-57.0, -47.0), (-119.0, 113.0), (-70.0, 140.0)  # phi, psi


def dihedral(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Computes the angles (n,) in degrees by which d is turned from a around the axis from b to c, as IUPAC counts
    them.

    Args:
        a, b, c, d: (n, 3) points.
    """
    axis = c - b
    first, second = np.cross(b - a, axis), np.cross(axis, d - c)
    sine = (np.cross(first, second) * axis).sum(-1) / np.maximum(np.linalg.norm(axis, axis=-1), 1e-9)
    return np.degrees(np.arctan2(sine, (first * second).sum(-1)))


def backbone_angles(atoms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes phi, psi (N,) in degrees of atoms (N, 3, 3), NaN at the ends and beside unknown residues."""
    n, ca, c = atoms.astype(np.float64).transpose(1, 0, 2)
    phi, psi = np.full((2, len(atoms)), np.nan)
    phi[1:] = dihedral(c[:-1], n[1:], ca[1:], c[1:])
    psi[:-1] = dihedral(n[:-1], ca[:-1], c[:-1], n[1:])
    return phi, psi


def build_backbone(phi: Sequence[float], psi: Sequence[float], omega: float = TRANS) -> np.ndarray:
    """Builds atoms (N, 3, 3) float32 of a backbone with these angles, the mean of all at the origin.

    Args:
        phi, psi: (N,) degrees; the first phi and the last psi say nothing.
        omega: degrees, of every peptide bond. Default: 180.
    """
    steps = [(C_N, AT_C, psi), (N_CA, AT_N, [omega] * len(phi)), (CA_C, AT_CA, phi)]
    angle = np.radians(AT_CA)
    points = [np.zeros(3), np.array([N_CA, 0.0, 0.0])]
    points.append(points[1] + CA_C * np.array([-np.cos(angle), np.sin(angle), 0.0]))
    for residue in range(1, len(phi)):
        for (length, bend, turns), at in zip(steps, (residue - 1, residue, residue)):
            points.append(_next_atom(*points[-3:], length, bend, turns[at]))
    atoms = np.array(points).reshape(-1, 3, 3)
    return (atoms - atoms.mean((0, 1))).astype(np.float32)


def _next_atom(a: np.ndarray, b: np.ndarray, c: np.ndarray, length: float, bend: float, turn: float) -> np.ndarray:
    """The point at a distance from c, at an angle with b, turned from a around the bond from b to c (degrees)."""
    bend, turn = np.radians(bend), np.radians(turn)
    along = (c - b) / np.linalg.norm(c - b)
    normal = _cross(b - a, along)
    normal /= np.linalg.norm(normal)
    axes = np.stack([along, _cross(normal, along), normal], 1)
    return c + length * axes @ np.array([-np.cos(bend), np.sin(bend) * np.cos(turn), np.sin(bend) * np.sin(turn)])


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The bits of `np.cross` of two vectors (3,), which takes several times as long to look at their shapes."""
    (a0, a1, a2), (b0, b1, b2) = a, b
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def backbone_of_trace(trace: np.ndarray) -> np.ndarray:
    """Builds atoms (N, 3, 3) float32 around CA (N, 3): N and C lie on the lines to the neighbours, a bond away."""
    if len(trace) < 2:
        ahead = np.tile([1.0, 0.0, 0.0], (len(trace), 1))
        behind = -ahead
    else:
        steps = np.diff(trace, axis=0)
        steps /= np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-6)
        ahead = np.concatenate([steps, steps[-1:]])
        behind = np.concatenate([-steps[:1], -steps])
    return np.stack([trace + N_CA * behind, trace, trace + CA_C * ahead], 1).astype(np.float32)


def best_rotation(ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """Computes the rotation (..., 3, 3) of determinant 1 by which points (..., m, 3) come nearest to others; both about
    0 (Kabsch 1976)."""
    u, _, vt = torch.linalg.svd(theirs.mT @ ours)
    signs = torch.ones_like(u[..., 0])
    signs[..., 2] = torch.linalg.det(u @ vt).sign()
    return (u * signs[..., None, :]) @ vt


def mirrored(atoms: np.ndarray) -> np.ndarray:
    """Mirrors atoms (..., 3)."""
    return atoms * np.array([1, 1, -1], atoms.dtype)
