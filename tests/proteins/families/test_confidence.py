# Tests proteins/families/confidence.py, proteins/families/structures.py
"""Confidence that was measured: on chains that did not train, and on shuffled ones, which mean nothing."""

import numpy as np
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.proteins.families.chain_tensors import encode_chains
from genwright.proteins.families.confidence import PRIOR, Confidence, measure_confidence, signs_of
from genwright.proteins.families.structures import Structures
from genwright.proteins.kinds.chain import Chain
from genwright.proteins.kinds.named import FoldableWorld
from genwright.proteins.kinds.protein_data import ProteinChains
from genwright.proteins.measure import structure_scores as structures
from genwright.proteins.networks import losses
from genwright.run.tasks import task_of

WORLD = FoldableWorld(seed=3)


def test_a_distogram_expects_of_a_structure_what_its_bins_say():
    bins, distance = 12, torch.full((1, 2, 2), 7.0)  # edges 2, 4, ..., 22
    counts = ~torch.eye(2, dtype=torch.bool)[None]
    sure = lambda number: torch.full((1, 2, 2, bins), -40.0).index_fill(3, torch.tensor([number]), 40.0)
    right, near, far = (losses.expected_lddt(sure(number), distance, counts)[0, 0] for number in (3, 4, 9))
    # of distances from 6 to 8, within .5, 1, 2 and 4 of 7: half, all, all, all; of those from 8 to 10: none, none, ...
    assert right.item() == pytest.approx((0.5 + 1 + 1 + 1) / 4)
    assert near.item() == pytest.approx((0 + 0 + 0.5 + 1) / 4)
    assert far.item() == pytest.approx(0, abs=1e-6)


def test_signs_of_a_chain_are_alike_alone_and_among_longer_ones():
    sizes, rng = (9, 14), torch.Generator().manual_seed(0)
    mask = torch.arange(14) < torch.tensor(sizes)[:, None]
    expected, said, ca = (torch.rand(2, 14, *shape, generator=rng) for shape in ((), (), (3,)))
    together = signs_of(expected, said, ca * mask[..., None], mask)
    for number, size in enumerate(sizes):
        part = (slice(number, number + 1), slice(size))
        assert torch.allclose(together[part], signs_of(expected[part], said[part], ca[part], mask[part]), atol=1e-6)


def test_torn_bonds_and_doubt_lower_the_confidence():
    straight = torch.arange(20.0)[None, :, None] * torch.tensor([3.8, 0, 0])
    torn, half, mask = straight.clone(), torch.full((1, 20), 0.5), torch.ones(1, 20, dtype=torch.bool)
    torn[:, 10:] += 9.0
    confidence = Confidence()
    usual, broken = (confidence(signs_of(half, half, ca, mask))[0] for ca in (straight, torn))
    assert (broken[7:13] < usual[7:13]).all() and torch.equal(broken[:5], usual[:5])
    assert (confidence(signs_of(half / 5, half, straight, mask))[0] < usual).all()


def test_weights_are_measured_and_no_sign_counts_the_wrong_way():
    rng = np.random.default_rng(0)
    signs = [torch.from_numpy(rng.normal(size=(30, 3))) for _ in range(200)]
    lddt = [torch.sigmoid(0.5 + one @ torch.tensor([2.0, -1.0, 0.5], dtype=one.dtype)) for one in signs]
    confidence = Confidence()
    assert torch.equal(confidence(signs[0]), (PRIOR[0] + signs[0] @ signs[0].new_tensor(PRIOR[1:])).sigmoid())
    confidence.fit(signs, lddt)
    found = confidence.weights.tolist()
    assert found[1] > 1.4 and found[2] == 0 and 0.2 < found[3] < 0.6 and not confidence.flaw()
    few = Confidence()
    few.fit(signs[:1], lddt[:1])
    assert np.linalg.norm(np.subtract(few.weights.tolist(), PRIOR)) < np.linalg.norm(np.subtract(found, PRIOR))


def test_measuring_sees_chains_as_they_are_and_shuffled():
    chains, seen = WORLD.draw(WORLD.folds, 0, range(3)), []

    def answer(chain):
        seen.append(chain.letters[0])
        return chain.atoms, torch.zeros(1, chain.mask.shape[1], 3)

    confidence = Confidence()
    measure_confidence(confidence, encode_chains(chains), answer, 2 * 57**2, Draws("measure"))
    assert len(seen) == 4 and confidence.weights is not None
    for whole, shuffled in zip(seen[::2], seen[1::2]):
        assert not torch.equal(whole, shuffled) and torch.equal(whole.sort().values, shuffled.sort().values)
    blank = [Chain("x", chains[0].letters, np.full_like(chains[0].atoms, np.nan), chains[0].breaks)]
    unmeasured = Confidence()
    measure_confidence(unmeasured, encode_chains(blank), answer, 1, Draws("measure"))
    assert unmeasured.weights is None


@pytest.mark.parametrize("family", ["alphafold2", "alphafold3"])
def test_fit_measures_its_confidence(family):
    chains = WORLD.draw(WORLD.folds, 0, range(12))
    parts = np.array(["train"] * 6 + ["valid"] * 5 + ["test"])
    model = genwright.fit(ProteinChains("few", chains, parts), family, preset="tiny", items=8, progress=False)
    weights = getattr(model.family, "folding", model.family).calibrated.weights
    assert weights is not None and weights.tolist() != list(PRIOR)


def test_the_shipped_model_knows_what_it_does_not_know():
    """Its folds, folds that it never saw, six helices, and random letters on the structures of its world."""
    model, rng = genwright.load_model("shipped:foldable-chains"), np.random.default_rng(0)
    six, own = FoldableWorld(6, seed=5), FoldableWorld(seed=0)
    groups = [own.draw(own.seen_folds, 6, range(6)), own.draw(own.unseen_folds, 6, range(6))]
    groups.append(six.draw(six.folds, 6, range(6)))
    groups.append(
        [Chain("x", rng.integers(0, 20, len(one)).astype(np.int8), one.atoms, one.breaks) for one in groups[0]]
    )
    chains = [chain for group in groups for chain in group]
    folded = model.predict(chains)["folded"]
    true = np.array(
        [np.nanmean(structures.lddt(one.atoms, of.atoms, of.has_backbone)) for one, of in zip(folded, chains)]
    )
    said = np.array([one.confidence.mean() for one in folded])
    assert np.abs(true - said).mean() < 0.1 and np.corrcoef(true, said)[0, 1] > 0.9
    assert all(one.inside is not False for one in folded[:6]) and all(one.inside is False for one in folded[12:])


def test_a_chain_is_inside_by_its_length_and_its_words():
    chains = WORLD.draw(WORLD.folds, 0, range(60))
    parts = np.array(["train"] * 40 + ["valid"] * 20)
    domain = task_of(ProteinChains("made", chains, parts), "structure").domain
    domain = Structures.from_json(domain.to_json())
    letters = chains[0].letters
    assert domain.is_inside(chains[0])
    assert domain.is_inside(chains[0].cut(0, 20)) is False  # shorter
    strange = Chain("w", np.full_like(letters, 17), chains[0].atoms, chains[0].breaks)
    assert domain.is_inside(strange) is False
    assert Structures(0, 60, 1).is_inside(chains[0]) is None
