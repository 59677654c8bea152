# Tests proteins/networks/attention.py, proteins/networks/denoiser.py, proteins/networks/frames.py,
#   proteins/networks/losses.py, proteins/networks/pair_updates.py, proteins/networks/structure.py,
#   proteins/networks/trunk.py
"""Networks of proteins: how they move with the chain, what masks hide, and losses by value."""

import math
from dataclasses import replace

import pytest
import torch

from genwright.proteins.networks import losses
from genwright.proteins.networks.attention import ColumnAttention, DistanceAttention, LocalConvolutions, RowAttention
from genwright.proteins.networks.denoiser import SampleConfidence
from genwright.proteins.networks.frames import IDEAL, Frames
from genwright.proteins.networks.pair_updates import (
    EndsProduct,
    OuterProductMean,
    RecyclingEmbedder,
    RelativePosition,
    TriangleProduct,
)
from genwright.proteins.networks.structure import InvariantPointAttention, StructureModule
from genwright.proteins.networks.trunk import GAP, AlignmentTrack, Residues, Trunk, TrunkSizes

N, WIDTH, PAIRS = 7, 16, 8


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def random_frames(*shape: int) -> Frames:
    return Frames.from_updates(torch.randn(*shape, 6))


def mirrored(frames: Frames) -> Frames:
    """The frames of the atoms' mirror image."""
    return Frames.from_points(frames.build_atoms() * torch.tensor([-1.0, 1, 1]))


def random_motion() -> Frames:
    return random_frames(1)


def moved(motion: Frames, frames: Frames) -> Frames:
    return Frames(motion.rotation[:, None], motion.origin[:, None]).compose(frames)


def test_a_frame_of_three_points_puts_them_where_it_should():
    ideal = torch.tensor(IDEAL)
    frames = random_frames(2, N)
    again = Frames.from_points(frames.build_atoms())
    assert torch.allclose(again.rotation, frames.rotation, atol=1e-5)
    assert torch.allclose(again.origin, frames.origin, atol=1e-5)
    assert torch.allclose(again.invert(frames.build_atoms()), ideal.expand(2, N, 3, 3), atol=1e-5)
    assert torch.allclose(torch.linalg.det(frames.rotation), torch.ones(2, N), atol=1e-5)


def test_an_update_of_zeros_moves_nothing_and_a_quaternion_turns_by_its_angle():
    still = Frames.from_updates(torch.zeros(6))
    assert torch.equal(still.rotation, torch.eye(3)) and not still.origin.any()
    quarter = Frames.from_updates(torch.tensor([0.0, 0, 1, 0, 0, 0]))  # the quaternion (1, 0, 0, 1): 90 degrees about z
    assert torch.allclose(quarter.apply(torch.tensor([[1.0, 0, 0]])), torch.tensor([[0.0, 1, 0]]), atol=1e-6)


def test_motions_compose_and_invert():
    outer, inner, points = random_frames(2, N), random_frames(2, N), torch.randn(2, N, 5, 3)
    assert torch.allclose(outer.compose(inner).apply(points), outer.apply(inner.apply(points)), atol=1e-5)
    assert torch.allclose(outer.invert(outer.apply(points)), points, atol=1e-5)


@pytest.mark.parametrize("outgoing", [True, False])
def test_a_triangle_product_sums_over_the_third_residue(outgoing):
    layer, pairs = TriangleProduct(PAIRS, outgoing), torch.randn(1, 3, 3, PAIRS)
    mask = torch.ones(1, 3, 3, dtype=torch.bool)
    normed = layer.norm(pairs)
    a, b = (layer.sides(normed) * layer.gates(normed).sigmoid()).chunk(2, -1)
    i, j = 0, 2
    third = [(a[:, i, k] * b[:, j, k]) if outgoing else (a[:, k, i] * b[:, k, j]) for k in range(3)]
    wanted = layer.out(layer.norm_out(sum(third))) * layer.gate(normed)[:, i, j].sigmoid()
    assert torch.allclose(layer(pairs, mask)[:, i, j], wanted, atol=1e-5)


def test_an_outer_product_is_a_mean_over_the_rows_that_exist():
    layer, rows = OuterProductMean(WIDTH, PAIRS), torch.randn(1, 3, N, WIDTH)
    row_mask = torch.ones(1, 3, N, dtype=torch.bool)
    row_mask[:, 2] = False
    a, b = layer.factors(layer.norm(rows[:, :2])).chunk(2, -1)
    shared = (a[:, :, 1, :, None] * b[:, :, 4, None]).mean(1).flatten(1)
    assert torch.allclose(layer(rows, row_mask)[:, 1, 4], layer.out(shared), atol=1e-2)


def test_ends_and_positions_tell_a_pair_from_its_turned_one():
    ends, position = EndsProduct(WIDTH, PAIRS), RelativePosition(PAIRS, most_residues=2)
    pairs = ends(torch.randn(1, N, WIDTH))
    assert pairs.shape == (1, N, N, PAIRS) and not torch.allclose(pairs, pairs.transpose(1, 2))
    apart = position(torch.arange(N)[None])
    assert torch.equal(apart[0, 0, 2], apart[0, 0, 6]) and not torch.equal(apart[0, 0, 2], apart[0, 2, 0])


def test_a_pair_is_told_of_the_product_and_of_the_difference_of_its_ends():
    layer, single = EndsProduct(WIDTH, PAIRS), torch.randn(1, N, WIDTH)
    i, j = 1, 4
    left, right = layer.ends(layer.norm(single))[0, [i, j]].chunk(2, -1)
    wanted = layer.product(left[0] * right[1]) + layer.difference(left[0]) - layer.difference(right[1])
    assert torch.allclose(layer(single)[0, i, j], wanted, atol=1e-5)


def test_confidence_reads_the_mean_over_the_residues_that_exist():
    """Of relu(W p_ij + e(d_ij)), with one of 16 embeddings of the distance: from 3.25 Angstrom on in steps of 1.25."""
    layer, single, pairs = SampleConfidence(WIDTH, PAIRS), torch.randn(1, 4, WIDTH), torch.randn(1, 4, 4, PAIRS)
    ca = torch.tensor([[[0.0, 0, 0], [4.0, 0, 0], [0.0, 30, 0], [1.0, 1, 1]]])
    bins = [0, 1, 15]  # of 0, 4 and 30 Angstrom
    read = [(layer.of_pair(pairs[0, 0, j]) + layer.distance.weight[bins[j]]).relu() for j in range(3)]
    wanted = layer.out(layer.enter(single[0, 0]) + layer.mixed(sum(read) / 3))
    found = layer(single, pairs, ca, torch.tensor([[True, True, True, False]]))
    assert torch.allclose(found[0, 0], wanted, atol=1e-5)


def test_recycling_sees_distances_alone():
    layer, single, pairs = RecyclingEmbedder(WIDTH, PAIRS), torch.randn(1, N, WIDTH), torch.randn(1, N, N, PAIRS)
    ca = 5 * torch.randn(1, N, 3)
    one, other = layer(single, pairs, ca)[1], layer(single, pairs, random_motion().apply(ca))[1]
    assert torch.allclose(one, other, atol=1e-5)
    assert not torch.allclose(one, layer(single, pairs, 3 * ca)[1])


def test_invariant_point_attention_does_not_see_a_rigid_motion_but_a_mirror():
    layer, mask = InvariantPointAttention(WIDTH, PAIRS), torch.ones(1, N, dtype=torch.bool)
    single, pairs, frames = torch.randn(1, N, WIDTH), torch.randn(1, N, N, PAIRS), random_frames(1, N)
    out = layer(single, pairs, frames, mask)
    assert torch.allclose(layer(single, pairs, moved(random_motion(), frames), mask), out, atol=1e-4)
    assert (layer(single, pairs, mirrored(frames), mask) - out).abs().max() > 1e-2


def test_invariant_point_attention_is_algorithm_22():
    """One residue and one head at a time, of two chains of which one is shorter."""
    heads, scalars, points, values = 2, 3, 2, 3
    layer = InvariantPointAttention(WIDTH, PAIRS, heads, scalars, points, values)
    layer.sharpness.data = torch.tensor([0.3, -0.8])
    single, pairs, frames = torch.randn(2, 4, WIDTH), torch.randn(2, 4, 4, PAIRS), random_frames(2, 4)
    mask = torch.ones(2, 4, dtype=torch.bool)
    mask[1, 3] = False
    found, gamma = layer(single, pairs, frames, mask), torch.nn.functional.softplus(layer.sharpness)
    b, i = 1, 2
    there = [j for j in range(4) if mask[b, j]]
    of = lambda linear, j, h, *shape: linear(single[b, j]).view(heads, *shape)[h]
    move = lambda j, at: at @ frames.rotation[b, j].T + frames.origin[b, j]
    answers = [[], [], [], []]
    for h in range(heads):
        q, k, v = zip(*(of(layer.qkv, j, h, 3 * scalars).chunk(3) for j in range(4)))
        qp, kp = (
            [move(j, of(linear, j, h, points, 3)) for j in range(4)] for linear in (layer.q_points, layer.k_points)
        )
        vp = [move(j, of(layer.v_points, j, h, values, 3)) for j in range(4)]
        away = [gamma[h] / 2 * (2 / (9 * points)) ** 0.5 * (qp[i] - kp[j]).square().sum() for j in there]
        logits = [q[i] @ k[j] / scalars**0.5 + layer.pair_bias(pairs[b, i, j])[h] - off for j, off in zip(there, away)]
        weights = (torch.stack(logits) / 3**0.5).softmax(0)
        mean = lambda each, weights=weights: sum(w * each[j] for w, j in zip(weights, there))
        point = (mean(vp) - frames.origin[b, i]) @ frames.rotation[b, i]
        for one, part in zip(answers, (mean(v), mean(pairs[b, i]), point.flatten(), point.norm(dim=-1))):
            one.append(part)
    wanted = layer.out(torch.cat([part for each in answers for part in each]))
    assert torch.allclose(found[b, i], wanted, atol=1e-4)


def test_rigid_motion_of_the_frames_moves_the_step_with_it():
    """What a structure step gives from moved frames are the moved frames that it gives."""
    layer, mask = StructureModule(WIDTH, PAIRS), torch.ones(1, N, dtype=torch.bool)
    single, pairs, frames = torch.randn(1, N, WIDTH), torch.randn(1, N, N, PAIRS), random_frames(1, N)
    motion = random_motion()

    def step(start: Frames) -> Frames:
        return start.compose(Frames.from_updates(layer.update(layer.attention(single, pairs, start, mask))))

    there, here = step(moved(motion, frames)), moved(motion, step(frames))
    assert torch.allclose(there.origin, here.origin, atol=1e-4)
    assert torch.allclose(there.rotation, here.rotation, atol=1e-4)


def some_structure() -> tuple[Frames, Frames, torch.Tensor]:
    truth = Frames.from_updates(torch.cat([torch.randn(1, N, 3), 8 * torch.randn(1, N, 3)], -1))
    near = truth.compose(Frames.from_updates(0.2 * torch.randn(1, N, 6)))
    return near, truth, torch.ones(1, N, dtype=torch.bool)


def test_fape_is_zero_at_the_truth_and_sees_hands_but_no_motion():
    near, truth, known = some_structure()
    measure = lambda frames: losses.fape(frames, frames.origin, truth, truth.origin, known)
    assert measure(truth).item() == pytest.approx(1e-3, rel=1e-3)  # the root of the 1e-4 that keeps its gradient finite
    assert torch.allclose(measure(moved(random_motion(), near)), measure(near), atol=1e-4)
    turned = moved(random_motion(), truth)
    assert torch.allclose(losses.fape(near, near.origin, turned, turned.origin, known), measure(near), atol=1e-4)
    assert measure(mirrored(truth)).item() > 0.3
    assert losses.lddt(mirrored(truth).origin, truth.origin, known).min() == 1.0


def test_fape_is_the_mean_error_in_each_frame_and_a_clamp_bounds_it():
    _, truth, known = some_structure()
    shifted = truth.origin + torch.tensor(
        [3.0, 4.0, 0.0]
    )  # every point five Angstrom away, in every frame of the truth
    open_, clamped = (losses.fape(truth, shifted, truth, truth.origin, known, clamp) for clamp in (None, 2.0))
    assert open_.item() == pytest.approx(0.5, rel=1e-4) and clamped.item() == pytest.approx(0.2, rel=1e-4)
    each = losses.fape(truth, shifted, truth, truth.origin, known, torch.tensor([math.inf]))
    assert torch.allclose(each, open_)


def test_open_fape_has_a_gradient_at_the_start_where_the_clamped_one_has_none():
    truth = Frames.from_updates(torch.cat([torch.randn(1, N, 3), 100 * torch.randn(1, N, 3)], -1))
    known = torch.ones(1, N, dtype=torch.bool)
    sizes = []
    for clamp in (None, 10.0):
        start = torch.zeros(1, N, 3, requires_grad=True)
        frames = Frames(Frames.identity(1, N).rotation, start)
        losses.fape(frames, start, truth, truth.origin, known, clamp).sum().backward()
        sizes.append(start.grad.abs().max().item())
    assert sizes[0] > 1e-3 and sizes[1] == 0


def test_lddt_by_value():
    ca = torch.tensor([[[0.0, 0, 0], [4, 0, 0], [8, 0, 0], [40, 0, 0]]])
    near = ca.clone()
    near[0, 2, 0] += 1.5  # within tolerances 2 and 4 of four; the fourth residue has no neighbour
    known = torch.ones(1, 4, dtype=torch.bool)
    assert torch.allclose(losses.lddt(near, ca, known), torch.tensor([[0.75, 0.75, 0.5, 0.0]]))
    known[0, 2] = False
    assert torch.allclose(losses.lddt(near, ca, known)[0, :2], torch.ones(2))


def test_beliefs_are_means_of_bins_and_their_losses_fall_at_the_right_bin():
    logits = torch.full((1, 1, 50), -30.0)
    logits[..., 44] = 30
    assert losses.predicted_lddt(logits).item() == pytest.approx(0.89)
    known = torch.ones(1, 1, dtype=torch.bool)
    at, off = (losses.predicted_lddt_loss(logits, torch.full((1, 1), value), known) for value in (0.89, 0.5))
    assert at < 1e-3 < off
    near, truth, known = some_structure()
    error = losses.aligned_error(near, truth)
    assert torch.allclose(losses.aligned_error(moved(random_motion(), near), truth), error, atol=1e-4)
    logits = torch.nn.functional.one_hot((error / 0.5).long().clamp(max=63), 64) * 60.0
    assert losses.aligned_error_loss(logits, error, known) < 1e-3
    apart = torch.cdist(truth.origin, truth.origin)
    right = torch.bucketize(apart, torch.linspace(2, 22, 63))
    assert losses.distogram_loss(torch.nn.functional.one_hot(right, 64) * 60.0, truth.origin, known) < 1e-3


SIZES = TrunkSizes(width=WIDTH, pair_width=PAIRS, sequence_layers=1, alignment=True)


def some_chains(residues: int, padding: int = 0) -> Residues:
    letters = torch.randint(0, 20, (2, residues))
    aligned = torch.randint(0, 20, (2, 4, residues))
    aligned[:, 0], aligned[:, 3] = letters, GAP
    parts = [torch.nn.functional.pad(part, (0, padding), value=20) for part in (letters, aligned)]
    mask = torch.arange(residues + padding).expand(2, -1) < residues
    places = torch.arange(residues + padding).expand(2, -1)
    return Residues(parts[0], mask, places, parts[1])


def fold(chains: Residues, modules: tuple[Trunk, StructureModule], passes: int = 2) -> torch.Tensor:
    trunk, structure = modules
    before = None
    for _ in range(passes):
        single, pairs = trunk(chains, before)
        _, course = structure(single, pairs, chains.mask)
        before = single, pairs, 10 * course[-1].origin
    return course[-1].origin


def test_masks_leak_nothing():
    modules = Trunk(SIZES, recycles=True).eval(), StructureModule(WIDTH, PAIRS).eval()
    torch.manual_seed(1)
    alone = some_chains(N)
    torch.manual_seed(1)
    padded = some_chains(N, padding=5)
    assert torch.allclose(fold(alone, modules), fold(padded, modules)[:, :N], atol=1e-4)
    other = replace(padded, letters=torch.where(padded.mask, padded.letters, 3))
    assert torch.allclose(fold(other, modules)[:, :N], fold(padded, modules)[:, :N], atol=1e-4)
    without = replace(alone, alignment=alone.alignment[:, :3])  # a row of gaps alone is no sequence
    assert torch.allclose(fold(without, modules), fold(alone, modules), atol=1e-4)


def test_unknown_residues_have_no_part_in_losses():
    near, truth, known = some_structure()
    known[:, 3] = False
    truth.origin[:, 3] = math.nan
    origin = near.origin.clone().requires_grad_()
    near = Frames(near.rotation, origin)
    safe = Frames(truth.rotation, truth.origin.nan_to_num())
    loss = losses.fape(near, origin, safe, safe.origin, known).sum()
    loss = loss + losses.distogram_loss(torch.zeros(1, N, N, 64), truth.origin, known).sum()
    loss.backward()
    assert loss.isfinite() and origin.grad.isfinite().all() and not origin.grad[:, 3].any()


def test_every_attention_hears_who_is_there():
    x, mask = torch.randn(1, N, WIDTH), torch.arange(N)[None] < 5
    places, pairs = torch.arange(N)[None], torch.randn(1, N, N, PAIRS)
    other = torch.where(mask[..., None], x, 9.0)
    rows, row_mask = torch.stack([x, x], 1), torch.stack([mask, mask], 1)
    row, column = RowAttention(WIDTH, PAIRS, 4), ColumnAttention(WIDTH, 4)
    along, near = DistanceAttention(WIDTH, 4), LocalConvolutions(WIDTH, 2)
    for layer in (lambda y: row(y, mask, pairs), lambda y: along(y, mask, places), lambda y: near(y, mask)):
        assert torch.allclose(layer(x)[:, :5], layer(other)[:, :5], atol=1e-5)
        assert not torch.allclose(layer(x)[:, :5], layer(x.flip(1))[:, :5])
    assert torch.allclose(row(rows, row_mask, pairs)[:, 0], row(x, mask, pairs), atol=1e-5)
    assert torch.allclose(column(rows, row_mask)[:, 0], column(rows, row_mask)[:, 1], atol=1e-5)


def test_an_alignment_tells_of_its_first_row_whatever_the_order_of_the_others():
    sizes = TrunkSizes(width=WIDTH, pair_width=PAIRS)
    track, chains = AlignmentTrack(sizes).eval(), some_chains(N)
    single, pairs = torch.randn(2, N, WIDTH), torch.randn(2, N, N, PAIRS)
    of = lambda order: track(replace(chains, alignment=chains.alignment[:, order]), single, pairs)[0]
    assert torch.allclose(of([0, 1, 2, 3]), of([0, 2, 1, 3]), atol=1e-5)
    assert torch.allclose(of([0, 3, 1, 2]), of([0, 1, 2]), atol=1e-5)  # a row of gaps alone says nothing
    assert not torch.allclose(of([0, 1, 2]), of([1, 0, 2]), atol=1e-3)


def test_residues_beyond_the_farthest_separation_are_all_alike():
    near = DistanceAttention(WIDTH, 4, most_residues=3)
    x, mask = torch.randn(1, N, WIDTH), torch.ones(1, N, dtype=torch.bool)
    places = torch.arange(N)[None]
    assert near.bias.num_embeddings == RelativePosition(PAIRS, most_residues=3).embedding.num_embeddings == 7
    far = torch.where(places > 3, places + 50, places)  # 4 and later lie beyond 3 of all before
    farther = torch.where(places > 3, places + 90, places)
    assert torch.equal(near(x, mask, far), near(x, mask, farther))


def test_residues_know_their_number_where_they_are_asked_to():
    letters, mask = torch.zeros(1, 20, dtype=torch.int64), torch.ones(1, 20, dtype=torch.bool)
    near, far = torch.arange(20)[None], torch.arange(20)[None] + 600
    for knows in (True, False):
        torch.manual_seed(0)
        trunk = Trunk(TrunkSizes(width=16, pair_width=8, places=knows))
        single, other = (trunk(Residues(letters, mask, places))[0] for places in (near, far))
        assert torch.allclose(single, other, atol=1e-5) != knows
