"""Secondary structure of a backbone by its angles."""

from __future__ import annotations

import numpy as np

from .geometry import backbone_angles

HELIX_STATE, STRAND_STATE, COIL = "H", "E", "-"
SHORTEST_HELIX, SHORTEST_STRAND = 4, 2  # residues


def find_states(atoms: np.ndarray) -> np.ndarray:
    """Finds the secondary structure of atoms: (N,) H for helix, E for strand or - for neither. A helix is a run of
    four residues or more in the helical region of phi and psi, a strand of two or more in the extended one. An angle
    that is not known fits any state of its residue.

    Args:
        atoms: (N, 3, 3), NaN where unknown.
    """
    phi, psi = backbone_angles(atoms)
    free_phi, free_psi = np.isnan(phi), np.isnan(psi)
    helical = (free_phi | ((phi > -120) & (phi < -30))) & (free_psi | ((psi > -80) & (psi < 0)))
    extended = (free_phi | (phi < -60)) & (free_psi | (psi > 90) | (psi < -150))
    unknown = free_phi & free_psi
    states = np.full(len(atoms), COIL)
    states[_in_runs(extended & ~unknown, SHORTEST_STRAND)] = STRAND_STATE
    states[_in_runs(helical & ~unknown, SHORTEST_HELIX)] = HELIX_STATE
    return states


def _in_runs(holds: np.ndarray, shortest: int) -> np.ndarray:
    """(N,) bool: which places are in a run of `shortest` or more that hold."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    inside = np.zeros(len(holds), bool)
    for start, stop in edges.reshape(-1, 2):
        inside[start:stop] = stop - start >= shortest
    return inside
