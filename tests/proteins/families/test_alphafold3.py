"""AlphaFold 3's diffusion head: its alignment, what its denoiser sees, its loss and its samples."""

from dataclasses import replace

import pytest
import torch
from test_alphafold2 import batch, build, helix

from genwright.core.draws import Draws
from genwright.proteins.families import alphafold3
from genwright.proteins.families.alphafold3 import (
    SPREAD,
    AlphaFold3,
    DiffusionOptions,
    align,
    rotate_at_random,
    smooth_lddt,
)
from genwright.proteins.families.chain_tensors import encode_chains, pad
from genwright.proteins.families.structures import Structures
from genwright.proteins.networks import losses
from genwright.proteins.networks.frames import Frames
from genwright.proteins.networks.trunk import TrunkSizes
from genwright.training.stage import AdamW

SIZES, OPTIONS = TrunkSizes(width=16, pair_width=8), DiffusionOptions(draws=3, layers=1, steps=4, samples=3)
MIRROR = torch.tensor([-1.0, 1, 1])


@pytest.fixture
def family() -> AlphaFold3:
    trunk = build(SIZES)
    return AlphaFold3(trunk, SIZES.width, OPTIONS)


def truth_of(*chains) -> tuple[torch.Tensor, torch.Tensor]:
    padded = pad(encode_chains(chains))
    return alphafold3.centre(padded), padded.known


def test_turned_structures_are_rigid_and_keep_their_hand():
    truth, known = truth_of(helix(10), helix(7, 1))
    moved = rotate_at_random(truth, Draws(0), 4)
    assert torch.allclose(moved.square().sum(), 4 * truth.square().sum(), rtol=1e-4)
    assert torch.allclose(align(moved, truth[:, None].expand_as(moved), known), truth[:, None], atol=1e-3)
    mirrored = truth[:, None] * MIRROR
    assert (align(mirrored, truth[:, None], known) - truth[:, None])[0].abs().max() > 1


def test_the_alignment_moves_the_truth_onto_the_prediction_without_a_gradient():
    truth, known = truth_of(helix(10))
    known[0, 4] = False  # what stands there has no part in it
    spoiled = truth[:, None].clone()
    spoiled[0, 0, 4] += 50
    prediction = (rotate_at_random(spoiled, Draws(1), 1)[:, 0] + 7.0).requires_grad_()
    aligned = align(truth[:, None], prediction, known)
    assert not aligned.requires_grad
    assert torch.allclose(aligned[0, 0, known[0]], prediction[0, 0, known[0]], atol=1e-3)


def test_the_denoiser_sees_the_hand_of_the_trunks_structure_whatever_the_noise(family):
    chains, seen = pad(encode_chains([helix(10)])), []
    family.denoiser.register_forward_pre_hook(lambda _, read: seen.append(SPREAD * read[1]))
    fold = replace(family.read(chains), course=[Frames.from_points(chains.atoms)])
    noise, own = 160 * Draws(2).normal(1, 2, 10, 3, 3), fold.frames.build_atoms()[:, None].expand(1, 2, 10, 3, 3)
    for noisy in (noise, MIRROR * noise):
        family.denoise(noisy, torch.full((1, 2), 160.0), fold, chains.mask)
        assert torch.allclose(align(seen.pop(), own, chains.mask), own, atol=1e-3)


def test_smooth_lddt_is_near_lddt_and_has_a_gradient():
    truth, known = truth_of(helix(14))
    near = (truth + 0.8 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))).requires_grad_()
    hard = losses.mean_over(losses.lddt(near[:, :, 1], truth[:, :, 1], known), known)
    smooth = smooth_lddt(near, truth, known)
    assert abs(smooth.item() - hard.item()) < 0.1
    smooth.sum().backward()
    assert near.grad.abs().max() > 0


def test_at_little_noise_the_denoiser_returns_what_it_reads(family):
    chains = pad(encode_chains([helix(10)]))
    truth = alphafold3.centre(chains)[:, None]
    with torch.no_grad():
        denoised = family.denoise(truth, torch.full((1, 1), 1e-3), family.read(chains), chains.mask)
    assert torch.allclose(denoised, truth, atol=1e-2)


@pytest.mark.long
def test_the_head_learns_and_the_trunk_slowly_beside_it(family):
    trunk, head = family.stages()
    assert (trunk.name, head.name) == ("trunk", "head")
    of_trunk = {*map(id, family.folding.trunk.parameters())}
    (player,) = head.players
    assert of_trunk <= {*map(id, player.slow)} < {*map(id, player.parameters)}
    assert not {*map(id, family.denoiser.parameters())} & {*map(id, player.slow)}
    optimizer = AdamW(player.parameters, (0.9, 0.999), 0.0, player.slow)
    chains = [helix(24), helix(20, 1)]
    before, letters = player.loss(batch(chains, 99))[0].item(), family.folding.trunk.embedding.weight.clone()
    for step in range(60):
        player.loss(batch(chains, step))[0].backward()
        optimizer.step(3e-3)
    assert player.loss(batch(chains, 99))[0].item() < 0.9 * before
    assert 0 < (family.folding.trunk.embedding.weight - letters).abs().max() < 0.06  # 60 steps of 3e-4 are 0.018


def test_samples_are_ranked_by_confidence_and_seeded(family):
    family.eval()
    chains = encode_chains([helix(8), helix(11, 1)])
    with torch.no_grad():
        (first, confidence), (again, _) = family.ranked(chains, 3), family.ranked(chains, 3)
        atoms, sure = family.predict(chains)
    assert first.shape == (3, 19, 3, 3) and torch.equal(first, again) and not torch.allclose(first[0], first[1])
    for part in (slice(8), slice(8, 19)):
        means = confidence[:, part].mean(1)
        assert (means[:-1] >= means[1:]).all()
    assert torch.equal(atoms, first[0]) and torch.equal(sure, confidence[0])


def test_a_sample_takes_the_steps_of_algorithm_18(family, monkeypatch):
    """The denoiser says 1 everywhere, at six levels from 160 to .05 Angstrom."""
    family.options, levels, read = replace(OPTIONS, steps=6), [], []
    chains = pad(encode_chains([helix(5)]))

    def denoise(noisy, sigma, fold, mask):
        levels.append(sigma[0, 0].item())
        read.append(noisy)
        return torch.ones_like(noisy)

    monkeypatch.setattr(family, "denoise", denoise)
    with torch.no_grad():
        found, _ = family.eval().sample(chains, 2, Draws("sample"))
    rng, rho = Draws("sample"), 7
    ends = [0.05 ** (1 / rho), 160.0 ** (1 / rho)]
    sigmas = [(ends[1] + k / 5 * (ends[0] - ends[1])) ** rho for k in range(6)]
    y, asked = 160.0 * rng.normal(1, 2, 5, 3, 3), []
    for noisy, sigma, after in zip(read, sigmas, sigmas[1:]):
        gamma, stride = (1.8 if sigma > 1.0 else 1.0), (1.5 if sigma < 8.0 else 1.0)
        y = y + (gamma**2 - 1) ** 0.5 * sigma * rng.normal(y.shape)
        assert torch.allclose(noisy, y, rtol=1e-4, atol=1e-3)
        y = y + stride * (after - gamma * sigma) * (y - 1.0) / (gamma * sigma)
        asked.append(gamma * sigma)
    assert levels[:-1] == pytest.approx(asked, rel=1e-4) and levels[-1] == pytest.approx(0.05, rel=1e-4)
    assert torch.equal(found, torch.ones_like(found)) and len(levels) == 6


def test_the_denoiser_is_preconditioned_as_karras_has_it(family, monkeypatch):
    """c_skip = S^2 / (sigma^2 + S^2), c_out = sigma S / sqrt(sigma^2 + S^2), c_in = 1 / sqrt(sigma^2 + S^2)."""
    chains, seen = pad(encode_chains([helix(6)])), []

    def answer(noisy, aligned, level, single, pairs, mask):
        seen.append((noisy, aligned, level))
        return torch.full_like(noisy, 2.0)

    monkeypatch.setattr(family.denoiser, "forward", answer)
    noisy, sigma = Draws("noisy").normal(1, 2, 6, 3, 3), torch.tensor([[6.0, 15.0]])
    with torch.no_grad():
        found = family.denoise(noisy, sigma, family.read(chains), chains.mask)
    for draw, (skip, out, scale) in enumerate([(0.64, 4.8, 10.0), (64 / 289, 120 / 17, 17.0)]):
        assert torch.allclose(found[:, draw], skip * noisy[:, draw] + 2 * out, atol=1e-5)
        assert torch.allclose(seen[0][0][:, draw], noisy[:, draw] / scale, atol=1e-6)
    shares = torch.tensor([[6 / 0.05, 15 / 0.05]]).log() / torch.tensor(320 / 0.05).log()  # 0 .. 1 up to 320 Angstrom
    assert torch.allclose(seen[0][2], shares, atol=1e-5)


def test_the_loss_is_the_squared_error_what_lddt_lacks_and_a_share_of_the_doubt(family, monkeypatch):
    monkeypatch.setattr(family, "_doubt", lambda *given: torch.tensor([2.0, 4.0]))
    loss, logs = family.eval().loss(batch([helix(8), helix(9, 1)]))
    assert loss.item() == pytest.approx((logs["square"] + 1 - logs["smooth_lddt"]).item() + OPTIONS.confidence * 3)


def test_ranks_of_a_chain_stand_together(family):
    chains = [helix(8), helix(11, 1)]
    domain = Structures(rows=0, longest=11, count=2)
    with torch.no_grad():
        found = family.eval().ranked(encode_chains(chains), 3)
    table = domain.ranked_answers(found, domain.without_labels(chains))
    assert table["name"].tolist() == 3 * ["helix 0"] + 3 * ["helix 1"] and table["rank"].tolist() == 2 * [1, 2, 3]
    assert torch.equal(torch.as_tensor(table["folded"][4].atoms), found[0][1, 8:])


def test_an_output_that_is_off_costs_the_same_at_every_level(family, monkeypatch):
    """w c_out^2 = 1 (Karras 2022). A structure that is too large by c_out lies best where it is."""
    truths, away = [], lambda truth: truth - truth.mean((2, 3), keepdim=True)
    rotated = lambda *given: truths.append(rotate_at_random(*given)) or truths[-1]
    monkeypatch.setattr(alphafold3, "rotate_at_random", rotated)

    def denoise(noisy, sigma, fold, mask):
        c_out = sigma * SPREAD / (sigma**2 + SPREAD**2).sqrt()
        return truths[-1] + c_out[..., None, None, None] * away(truths[-1])

    monkeypatch.setattr(family, "denoise", denoise)
    with torch.no_grad():
        square = family.eval().loss(batch([helix(10)]))[1]["square"]
    assert square.item() == pytest.approx(away(truths[-1]).square().mean().item(), rel=1e-3)
