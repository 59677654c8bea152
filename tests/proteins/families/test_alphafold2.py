"""AlphaFold 2: what its loss learns, and what its prediction sees."""

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import GenwrightError
from genwright.core.trainable import Batch
from genwright.proteins.families import alphafold2
from genwright.proteins.families.alphafold2 import AlphaFold2, FoldingLoss
from genwright.proteins.families.chain_tensors import encode_chains, pad
from genwright.proteins.kinds.chain import Chain
from genwright.proteins.networks import losses
from genwright.proteins.networks.frames import Frames
from genwright.proteins.networks.trunk import TrunkSizes

SIZES = TrunkSizes(width=32, pair_width=16)


def helix(residues: int, seed: int = 0, turn: float = 100.0) -> Chain:
    """An ideal helix of random letters, its backbone atoms on three cylinders."""
    rng = np.random.default_rng(seed)
    radius, height, phase = np.array([1.55, 2.28, 1.66]), np.array([-0.9, 0.0, 1.1]), np.array([-28.0, 0.0, 26.0])
    angle = np.deg2rad(turn * np.arange(residues)[:, None] + phase)
    z = 1.5 * np.arange(residues)[:, None] + height
    atoms = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], -1).astype(np.float32)
    return Chain(f"helix {seed}", rng.integers(0, 20, residues).astype(np.int8), atoms, np.zeros(residues, bool))


def build(sizes: TrunkSizes = SIZES, recycles: int = 0, **objective: float) -> AlphaFold2:
    torch.manual_seed(0)
    return AlphaFold2(sizes, steps=2, recycles=recycles, invariant=True, objective=FoldingLoss(**objective))


def batch(chains: list[Chain], seed: int = 0, progress: float = 0.0, rows: int = 0) -> Batch:
    return Batch(encode_chains(chains, rows), torch.zeros(len(chains), 0), Draws(seed), 0, None, progress)


def test_it_learns_a_chain_with_its_hand():
    family, chain, steps, rate = build(TrunkSizes(width=64, pair_width=16), cropped=0.0), helix(12), 100, 3e-3
    optimizer = torch.optim.Adam(family.parameters(), rate)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 20, (steps - step) / (steps / 3))
        loss, logs = family.loss(batch([chain], step))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(family.parameters(), 1.0)
        optimizer.step()
    assert logs["lddt"] > 0.8 and not any(part.requires_grad for part in logs.values())
    family.eval()
    with torch.no_grad():
        atoms, confidence = family.predict(encode_chains([chain]))
    assert atoms.shape == (12, 3, 3) and confidence.min() >= 0 and confidence.max() <= 1
    ca = atoms[:, 1].double()
    bonds = ca[1:] - ca[:-1]
    triple = (torch.linalg.cross(bonds[:-2], bonds[1:-1]) * bonds[2:]).sum(-1)
    assert (triple > 0).double().mean() > 0.8  # a right-handed helix


def test_each_pass_reads_what_the_one_before_it_found_and_the_last_one_has_a_gradient(monkeypatch):
    family, seen = build(recycles=2, cropped=0.0), []
    run = family._pass

    def watched(residues, before):
        seen.append((before, run(residues, before), torch.is_grad_enabled()))
        return seen[-1][1]

    monkeypatch.setattr(family, "_pass", watched)
    found = family.fold(pad(encode_chains([helix(8)])), 3)
    assert [grad for *_, grad in seen] == [False, False, True] and found is seen[-1][1]
    assert seen[0][0] is None
    for (_, fold, _), (before, *_) in zip(seen, seen[1:]):
        assert all(torch.equal(*pair) for pair in zip(fold.before, before))
    assert not torch.equal(seen[0][1].frames.origin, found.frames.origin)


def test_the_loss_is_fape_and_weighed_nats(monkeypatch):
    """The nats are of two heads, of distances summed over both directions of a pair, and of the binned lDDT."""
    family, chain = build(cropped=0.0, distogram=0.3, confidence=0.01).eval(), helix(8)
    chains = pad(encode_chains([chain]))
    fold = family.fold(chains, 1)
    truth, known = Frames.from_points(chains.atoms), chains.known
    lddt = losses.lddt(fold.frames.origin, truth.origin, known)
    heads = losses.predicted_lddt_loss(family.confidence(fold.single), lddt, known)
    error = losses.aligned_error(fold.frames, truth)
    heads = heads + losses.aligned_error_loss(family.aligned_error(fold.pairs), error, known)
    both = family.distogram(fold.pairs) + family.distogram(fold.pairs).transpose(1, 2) - family.distogram.bias
    distances = losses.distogram_loss(both, truth.origin, known)
    fape = sum(losses.fape(f, f.origin, truth, truth.origin, known, None) for f in fold.course) / len(fold.course)
    loss, logs = family.loss(batch([chain]))
    assert loss.item() == pytest.approx((fape + 0.3 * distances + 0.01 * heads).item(), rel=1e-4)
    assert logs["fape"].item() == pytest.approx(fape.item()) and logs["lddt"].item() == pytest.approx(
        lddt.mean().item()
    )


def test_training_cuts_windows_and_validation_does_not():
    family, chains = build(cropped=1.0), [helix(40), helix(30, 1)]
    losses = {seed: family.loss(batch(chains, seed))[0].item() for seed in (0, 1)}
    assert losses[0] != losses[1]
    family.eval()
    assert family.loss(batch(chains, 0))[0] == family.loss(batch(chains, 1))[0]


def test_a_chain_is_folded_alike_alone_and_among_longer_ones():
    family, chains = build(recycles=1).eval(), [helix(12), helix(25, 1)]
    with torch.no_grad():
        alone = family.fold(pad(encode_chains(chains[:1])), 2).frames.origin
        among = family.fold(pad(encode_chains(chains)), 2).frames.origin[:1, :12]
        atoms, _ = family.predict(encode_chains(chains))
    assert torch.allclose(alone, among, atol=1e-4) and torch.allclose(atoms[:12, 1], alone[0], atol=1e-5)


def test_structures_are_not_seen_in_prediction():
    family, chain = build().eval(), helix(12)
    blank = Chain(chain.name, chain.letters, np.full_like(chain.atoms, np.nan), chain.breaks)
    with torch.no_grad():
        known, unknown = (family.predict(encode_chains([one]))[0] for one in (chain, blank))
    assert torch.equal(known, unknown)


def test_coordinates_are_single_precision_where_the_trunk_is_not():
    family = build(cropped=0.0)
    with torch.autocast("cpu", torch.bfloat16):
        fold = family.fold(pad(encode_chains([helix(12)])), 1)
        loss, logs = family.loss(batch([helix(12)]))
    assert {fold.single.dtype, fold.frames.origin.dtype, loss.dtype, logs["fape"].dtype} == {torch.float32}


def test_clamps_begin_when_they_are_due_and_differ_by_chain():
    chains = [helix(20, seed) for seed in range(40)]
    family = build(cropped=0.0, clamp_from=0.5)
    assert family._clamp(batch(chains, progress=0.4), 40) is None
    clamps = family._clamp(batch(chains, progress=0.6), 40)
    assert set(clamps.tolist()) == {10.0, torch.inf} and (clamps == 10).sum() > 28
    assert family.eval()._clamp(batch(chains, progress=1.0), 40) is None
    assert build()._clamp(batch(chains, progress=1.0), 40) is None


def test_an_alignment_is_read_and_unknown_residues_are_no_truth():
    sizes = TrunkSizes(width=32, pair_width=16, alignment=True)
    family, chain = build(sizes, cropped=0.0).eval(), helix(14)
    rows = np.stack([chain.letters, np.roll(chain.letters, 1)])
    aligned = Chain(chain.name, chain.letters, chain.atoms, chain.breaks, rows)
    fold = lambda one: family.fold(pad(encode_chains([one], 2)), 1).frames.origin
    assert not torch.allclose(fold(chain), fold(aligned))
    atoms = chain.atoms.copy()
    atoms[4], atoms[9, 0] = np.nan, np.nan
    holes = Chain(chain.name, chain.letters, atoms, chain.breaks)
    loss, _ = family.loss(batch([holes, helix(3, 1)], rows=2))
    loss.backward()
    assert loss.isfinite() and all(p.grad.isfinite().all() for p in family.parameters() if p.grad is not None)


def test_a_break_parts_what_follows_it():
    chain = helix(12)
    broken = Chain(chain.name, chain.letters, chain.atoms, np.arange(12) == 5)
    places = alphafold2.residues_of(pad(encode_chains([chain, broken]))).places
    assert places[0].tolist() == list(range(12)) and (places[1, 6:] - places[0, 6:] == alphafold2.BREAK).all()


def test_pairs_that_no_memory_holds_are_refused_before_they_are_made():
    alphafold2.require_pair_memory(128, 32)
    with pytest.raises(GenwrightError, match="residues"):
        alphafold2.require_pair_memory(10**6, 32)
