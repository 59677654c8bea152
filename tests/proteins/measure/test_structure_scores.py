# Tests proteins/kinds/geometry.py, proteins/kinds/secondary.py, proteins/measure/structure_sheets.py,
#   proteins/measure/structures_suite.py
"""Scores of structures: by value, and what a mirror image of the truth has in each."""

import numpy as np
import pytest

from genwright.proteins.kinds.geometry import HELIX, LOOP, STRAND, backbone_angles, build_backbone, mirrored
from genwright.proteins.kinds.secondary import find_states
from genwright.proteins.measure import structure_scores as structures

TURNED = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]], np.float32)  # a rotation


def chain(helix: int = 20, strand: int = 12) -> np.ndarray:
    """(N, 3, 3) a helix, a loop and a strand."""
    phi, psi = np.array([HELIX] * helix + [LOOP] * 4 + [STRAND] * strand).T
    return build_backbone(phi, psi)


TRUE = chain()
KNOWN = np.ones(len(TRUE), bool)


def test_a_backbone_has_the_angles_and_bonds_that_it_was_built_with():
    phi, psi = backbone_angles(TRUE)
    assert np.allclose(phi[1:20], HELIX[0], atol=1e-2) and np.allclose(psi[:20], HELIX[1], atol=1e-2)
    steps = np.linalg.norm(np.diff(TRUE[:, 1], axis=0), axis=1)
    assert np.allclose(steps, 3.8, atol=0.05)
    assert np.linalg.norm(TRUE[18, 1] - TRUE[0, 1]) == pytest.approx(28.1, abs=0.2)  # 1.56 A a residue by these angles


def test_the_truth_turned_and_moved_is_perfect():
    moved = TRUE @ TURNED.T + np.float32([3, -20, 7])
    assert np.nanmin(structures.lddt(moved, TRUE, KNOWN)) == 1
    assert structures.rmsd(moved, TRUE, KNOWN) < 1e-3 and structures.tm_score(moved, TRUE, KNOWN) > 1 - 1e-6
    assert structures.has_right_hand(moved, TRUE, KNOWN) and structures.q3(moved, TRUE, KNOWN) == 1


def test_a_mirror_image_is_seen_by_all_but_distances():
    image = mirrored(TRUE)
    assert np.nanmin(structures.lddt(image, TRUE, KNOWN)) == 1 == np.nanmin(structures.lddt(image, TRUE, KNOWN, 6))
    assert structures.rmsd(image, TRUE, KNOWN) > 2 and structures.tm_score(image, TRUE, KNOWN) < 0.6
    assert not structures.has_right_hand(image, TRUE, KNOWN)
    assert structures.q3(image, TRUE, KNOWN) < 0.3
    assert "".join(find_states(TRUE)) == "H" * 20 + "E" * 16


def test_contacts_see_no_mirror_image():
    phi, psi = np.array([HELIX] * 14 + [LOOP] * 3 + [HELIX] * 20).T
    folded = build_backbone(phi, psi)
    first, second = np.triu_indices(len(folded), structures.LONG_RANGE)
    folded[second[:4], :, :] = folded[first[:4], :, :] + np.float32(1)  # so that some touch
    known = np.ones(len(folded), bool)
    assert structures.contact_precision(folded, folded, known) == structures.contact_precision(
        mirrored(folded), folded, known
    )
    assert np.isnan(structures.contact_precision(TRUE, TRUE * np.float32(9), KNOWN))


def test_lddt_by_hand():
    line = np.arange(4, dtype=np.float32)[:, None, None] * np.float32([3.8, 0, 0]) + np.zeros((4, 3, 3), np.float32)
    moved = line.copy()
    moved[3, :, 0] += 1.5  # all of its distances are wrong by 1.5: right to 2 and 4
    known = np.array([True, True, True, True])
    assert structures.lddt(moved, line, known) == pytest.approx([5 / 6, 5 / 6, 5 / 6, 1 / 2])
    assert structures.lddt(moved, line, known, 2)[3] == 1 / 2
    known[0] = False
    assert np.isnan(structures.lddt(moved, line, known)[0])
    assert structures.lddt(moved, line, known)[1:] == pytest.approx([3 / 4, 3 / 4, 1 / 2])


def test_tm_score_is_that_of_the_program():
    """The value of TM-align (Zhang & Skolnick 2005) for the same pair, whose best alignment is residue by residue."""
    steps = np.arange(len(TRUE))[:, None, None]
    bent = TRUE + np.float32(0.8) * np.sin(0.9 * steps + np.float32([0, 1, 2])).astype(np.float32)
    assert structures.tm_score(bent, TRUE, KNOWN) == pytest.approx(0.73465099, abs=1e-5)
