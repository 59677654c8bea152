"""Nearest entries, running averages, residual and finite scalar quantisation and the rotation trick, against
vector-quantize-pytorch."""

import pytest
import torch
from late_peers import Peer

from genwright.core.draws import Draws
from genwright.families.two_stage.vector_quantisers import (
    DECAY,
    Codebook,
    FiniteScalar,
    ResidualQuantiser,
    rotate_gradient,
)

peer = Peer("vector_quantize_pytorch")


def vectors(*shape: int) -> torch.Tensor:
    return Draws("oracle", *shape).normal(*shape)


@pytest.mark.parametrize("levels", [(8, 6, 5), (5, 4), (3, 3, 7)])
def test_finite_scalar_quantisation(levels):
    ours, theirs, z = FiniteScalar(levels), peer.FSQ(list(levels)), 2 * vectors(7, 9, len(levels))
    q, codes = theirs(z)
    assert torch.allclose(ours(z, Draws(0))[0], q, atol=1e-6)
    assert torch.equal(ours.encode(z)[..., 0], codes.long())


def test_the_nearest_entry_and_a_step_of_the_running_averages():
    ours = Codebook(12, 4)
    theirs = peer.VectorQuantize(
        dim=4, codebook_size=12, decay=DECAY, threshold_ema_dead_code=0, rotation_trick=False, commitment_weight=0.25
    )
    ours.counts.fill_(10.0)  # in use, as theirs never are put elsewhere
    ours.sums.copy_(10 * vectors(12, 4))
    book = theirs._codebook
    book.embed.copy_(ours.codes[None])
    book.embed_avg.copy_(ours.sums[None])
    book.cluster_size.copy_(ours.counts[None])
    z = vectors(3, 40, 4)
    q, codes, cost = ours(z, Draws(0))
    found, chosen, paid = theirs(z)
    assert torch.equal(codes[..., 0], chosen) and torch.allclose(q, found, atol=1e-5)
    assert torch.allclose(0.25 * cost.mean() / 4, paid.sum(), rtol=1e-4)  # theirs is a mean over numbers
    assert torch.allclose(ours.counts, book.cluster_size[0], rtol=1e-5)
    assert torch.allclose(ours.sums, book.embed_avg[0], atol=1e-4)


def test_residual_quantisation():
    ours = ResidualQuantiser(3, 8, 4).eval()
    theirs = peer.ResidualVQ(dim=4, num_quantizers=3, codebook_size=8, rotation_trick=False).eval()
    for i, book in enumerate(ours.each):
        book.sums.copy_(vectors(i + 1, 8, 4)[0])
        theirs.layers[i]._codebook.embed.copy_(book.codes[None])
    z = vectors(2, 30, 4)
    q, codes, _ = ours(z, Draws(0))
    found, chosen, _ = theirs(z)
    assert torch.equal(codes, chosen) and torch.allclose(q, found, atol=1e-5)


def test_the_rotation_trick():
    from vector_quantize_pytorch.vector_quantize_pytorch import rotate_to

    z, q, g = vectors(20, 5), vectors(21, 5)[:20], vectors(22, 5)[:20]
    grads = []
    for passed in (rotate_gradient, rotate_to):
        at = z.clone().requires_grad_()
        found = passed(at, q)
        assert torch.allclose(found, q, atol=1e-5)
        found.backward(g)
        grads.append(at.grad)
    assert torch.allclose(*grads, atol=1e-4)
