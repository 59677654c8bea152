"""Baselines of structures by value: what each learns of chains made for it, and what it says of new ones."""

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.trainable import Items
from genwright.proteins.families.chain_tensors import encode_chains
from genwright.proteins.families.structure_baselines import (
    BOND,
    LETTERS,
    MeanDistances,
    NearestChain,
    StraightHelix,
    Window,
    _embed,
    _filled,
    _windows,
)
from genwright.proteins.kinds.chain import Chain, numbers_of
from genwright.proteins.kinds.geometry import HELIX, STRAND, backbone_angles, build_backbone


def chain(sequence: str, atoms: np.ndarray) -> Chain:
    return Chain("p", numbers_of(sequence), atoms.astype(np.float32), np.zeros(len(sequence), bool))


def backbone(angles: tuple[float, float], residues: int) -> np.ndarray:
    return build_backbone(*(np.full(residues, angle) for angle in angles))


def learned(family, chains: list[Chain]):
    x = encode_chains(chains)
    family.finish(Items(x, torch.zeros(len(chains), 0)), Draws("finish"))
    return family


def distances(ca: np.ndarray) -> np.ndarray:
    return np.linalg.norm(ca[:, None] - ca, axis=-1)


def test_a_chain_after_another_has_its_own_atoms():
    x = encode_chains([chain("ACDEF", np.zeros((5, 3, 3))), chain("GHIKLMN", np.zeros((7, 3, 3)))])
    atoms, confidence = StraightHelix(None).predict(x)
    phi, psi = backbone_angles(atoms[5:].numpy())
    assert np.allclose(phi[1:], HELIX[0], atol=1e-2) and np.allclose(psi[:-1], HELIX[1], atol=1e-2)
    assert atoms.shape == (12, 3, 3) and confidence.tolist() == [0.5] * 12


def test_a_window_holds_seven_letters_on_each_side_and_none_beyond_the_ends():
    windows = _windows(np.arange(3)).reshape(3, 15, LETTERS).argmax(2)
    assert windows[0].tolist() == [LETTERS - 1] * 7 + [0, 1, 2] + [LETTERS - 1] * 5
    assert windows[2].tolist() == [LETTERS - 1] * 5 + [0, 1, 2] + [LETTERS - 1] * 7


def test_letters_of_helices_and_of_strands_get_the_angles_of_each():
    """A strand alone pairs with nothing, so its letters stand for loops; letters of helices are helices."""
    chains = [chain("AEKL" * 6, backbone(HELIX, 24)), chain("VTIY" * 6, backbone(STRAND, 24))]
    family = learned(Window(None), chains)
    for sequence, helix in (("AEKLAEKLAEKL", True), ("VTIYVTIYVTIY", False)):
        atoms, sure = family.fold(numbers_of(sequence).astype(np.int64))
        phi, psi = backbone_angles(atoms)
        is_helix = (abs(phi[4:-4] - HELIX[0]) < 1) & (abs(psi[4:-4] - HELIX[1]) < 1)
        assert is_helix.all() if helix else not is_helix.any()
        scores = _windows(numbers_of(sequence).astype(np.int64)) @ family.weight.numpy().T + family.bias.numpy()
        assert sure == pytest.approx(torch.from_numpy(scores).softmax(1).amax(1).numpy(), abs=1e-6)
        assert (sure[4:-4] > 0.6).all()


def test_distances_are_means_by_separation_and_are_embedded():
    """Two straight chains with steps of 3 and of 5: what is two apart lies 8 apart on average."""
    line = lambda step, n: np.arange(n)[:, None, None] * np.array([step, 0.0, 0.0]) + np.zeros((n, 3, 3))
    family = learned(MeanDistances(None), [chain("ACDE", line(3, 4)), chain("ACD", line(5, 3))])
    pairs = {1: (3 * 3 + 2 * 5) / 5, 2: (2 * 6 + 1 * 10) / 3, 3: 9.0}  # each counts once for every pair
    assert family.distance[:4].tolist() == pytest.approx([0.0, *pairs.values()])
    assert family.distance[-1].item() == pytest.approx(9.0)


def test_points_are_found_again_from_their_distances():
    points = np.random.default_rng(0).normal(size=(9, 3)) * [3, 2, 1]
    assert np.allclose(distances(_embed(distances(points))), distances(points), atol=1e-6)
    assert _embed(distances(points[:2])).shape == (2, 3)


def test_what_lies_between_known_residues_is_on_a_line_and_beyond_them_in_a_row():
    atoms = np.full((6, 3, 3), np.nan)
    atoms[1], atoms[4] = 1.0, [[4.0, 1.0, 7.0]] * 3
    found = _filled(atoms)
    assert found[2].tolist() == [[2.0, 1.0, 3.0]] * 3 and found[3].tolist() == [[3.0, 1.0, 5.0]] * 3
    assert found[0, 1].tolist() == [1 - BOND, 1.0, 1.0] and found[5, 1].tolist() == [4 + BOND, 1.0, 7.0]
    helix = _filled(np.full((8, 3, 3), np.nan))
    assert np.allclose(backbone_angles(helix)[0][1:], HELIX[0], atol=1e-2)


def test_the_nearest_chain_lends_the_atoms_of_aligned_residues_and_the_share_of_equal_letters():
    pytest.importorskip("Bio")
    rng = np.random.default_rng(0)
    first, second = "ACDEFGHIKLMN", "WYWPWYHCWPWY"
    one, other = (chain(text, rng.normal(size=(12, 3, 3))) for text in (first, second))
    family = learned(NearestChain(None), [one, other])
    atoms, confidence = family.fold(numbers_of("GGWYWPWFHCWPWY").astype(np.int64))
    assert np.allclose(atoms[2:], other.atoms, atol=1e-5)
    assert confidence[2:].tolist() == pytest.approx([11 / 12] * 12) and not confidence[:2].any()
    assert np.allclose(atoms[1], other.atoms[0] - [BOND, 0, 0], atol=1e-5)
