# Tests families/two_stage/two_stage.py, motion/networks/codecs.py, motion/zoo/clips.py, networks/codecs.py,
#   zoo/codes.py
"""Vector quantisation and two stages: codes, running averages, the bound against a sum over all codes, completions."""

from dataclasses import replace

import pytest
import torch
from short_training import batch_of

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.families.two_stage.quantized import VQCodec
from genwright.families.two_stage.two_stage import TwoStage
from genwright.families.two_stage.vector_quantisers import DECAY, Codebook
from genwright.motion.zoo.clips import VQ_VAE_CLIPS
from genwright.networks.codecs import GridDecoder, GridEncoder, grid
from genwright.networks.masked_conv import GatedPixelCNN
from genwright.zoo.codes import build_vq_vae

NONE = Spec(())


def picture(side: int) -> Spec:
    return Spec((("x", Ordered(5, shape=(1, side, side))),))


def two_stage(side: int, halvings: int, entries: int) -> TwoStage:
    """With random weights, none of them 0."""
    spec, head = picture(side), CategoricalHead(5)
    encoder = GridEncoder(spec, 8, 1, 3, halvings)
    decoder = GridDecoder(spec, 8, 1, 3, halvings, head.size)
    codec = VQCodec(encoder, decoder, head, Codebook(entries, 3), grid(spec, halvings), 0.25)
    codes = CategoricalHead(entries)
    network = GatedPixelCNN(codec.latents, NONE, entries, 8, 2)
    family = TwoStage(spec, NONE, codec, [Autoregressive(codec.latents, NONE, network, codes)]).eval()
    with torch.no_grad():
        for k, weight in enumerate(family.parameters()):
            weight.copy_(0.4 * Draws("weights", k).normal(weight.shape))
    return family


def pictures(n: int, side: int) -> torch.Tensor:
    return Draws("pictures").integers(5, (n, 1, side, side)).float()


def test_entries_are_running_averages_of_what_chooses_them_and_idle_ones_move_to_a_code():
    book, rng = Codebook(3, 2), Draws("follow")
    z = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 5.0]])
    chosen = torch.tensor([0, 0, 1])
    sums, counts = book.sums.clone(), book.counts.clone()
    book.follow(z, chosen, rng)
    assert torch.allclose(book.counts, DECAY * counts + (1 - DECAY) * torch.tensor([2.0, 1.0, 0.0]))
    assert torch.allclose(book.sums[0], DECAY * sums[0] + (1 - DECAY) * torch.tensor([4.0, 0.0]))
    for _ in range(1000):  # by then nothing has chosen the last one for long
        book.follow(z, chosen, rng)
    assert torch.allclose(book.codes[:2], torch.tensor([[2.0, 0.0], [0.0, 5.0]]), atol=1e-3)
    assert float((book.codes[2] - z).norm(dim=1).min()) < 1e-3


def test_gradients_pass_from_the_entry_to_the_encoder_as_if_they_were_one():
    family = two_stage(4, 1, 6)
    codec, x = family.codec, pictures(3, 4)
    codec.beta = 0.0
    loss, _ = codec.loss(batch_of(x, Draws(0)))
    (mine,) = torch.autograd.grad(loss, codec.encoder.last.bias)
    z = codec.encoder(x).movedim(1, -1)
    q = codec.quantiser.codes[codec.quantiser.nearest(z)].detach().requires_grad_()
    (theirs,) = torch.autograd.grad(-codec.log_prob(x, q).mean(), q)
    assert torch.allclose(mine, theirs.sum((0, 1, 2)), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_bound_is_the_largest_kind_of_term_of_the_sum_over_all_codes():
    """One place and four entries, so that the sum can be taken."""
    family, x = two_stage(2, 1, 4), pictures(5, 2)
    bound, _ = family.log_likelihood(x, torch.zeros(5, 0), Draws(0))
    terms = []
    for k in range(4):
        code = torch.full((5, 1, 1, 1), float(k))
        prior, _ = family.priors[0].log_likelihood(code, torch.zeros(5, 0), Draws(0))
        terms.append(prior + family.codec.log_prob(x, family.codec.entries(code)))
    terms = torch.stack(terms)
    assert torch.allclose(bound, terms.gather(0, family.codec.encode(x)[:, 0, 0, 0].long()[None])[0], atol=1e-4)
    assert (bound < terms.logsumexp(0)).all()


@pytest.mark.parametrize("side, halvings", [(7, 1), (9, 2), (28, 2)])
def test_sides_that_do_not_halve_are_padded_and_cut_again(side, halvings):
    family, x = two_stage(side, halvings, 4), pictures(2, side)
    codes = family.codec.encode(x)
    assert codes.shape == (2, *family.codec.latents.shape)
    assert family.codec.params(family.codec.entries(codes)).shape == (2, 1, side, side, 5)


def test_a_codebook_that_collapsed_is_reported():
    family, x = two_stage(8, 1, 32), pictures(40, 8)
    with torch.no_grad():
        family.codec.encoder.last.weight.zero_()
        assert family.health(x, torch.zeros(40, 0), Draws(0))


def clips_of_frames() -> tuple[Spec, TwoStage]:
    """Three frames of 6 x 5 pixels, two codes high, with random weights."""
    spec = Spec((("clip", Ordered(5, shape=(3, 1, 6, 5), axis="frames")),))
    family = build_vq_vae(spec, NONE, replace(VQ_VAE_CLIPS["tiny"], halvings=1)).family.eval()
    with torch.no_grad():
        for k, weight in enumerate(family.parameters()):
            weight.copy_(0.4 * Draws("weights", k).normal(weight.shape))
    return spec, family


def test_codes_of_a_clip_are_those_of_its_frames_one_below_the_other():
    spec, family = clips_of_frames()
    codec, x = family.codec, Draws("clips").integers(5, (2, *spec.shape)).float()
    codes = codec.encode(x)
    assert codes.shape == (2, 1, 9, 3) == (2, *codec.latents.shape)
    other = x.clone()
    other[:, 1] = 4 - other[:, 1]
    changed = (codec.encode(other) != codes).flatten(2).any((0, 1)).view(3, 3, 3)
    assert changed[1].any() and not changed[[0, 2]].any()
    params = codec.params(codec.entries(codes))
    assert params.shape[:-1] == x.shape
    one = codec.params(codec.entries(codes[:, :, 3:6].repeat(1, 1, 3, 1)))[:, 0]
    assert torch.allclose(one, params[:, 1])


def test_a_clip_goes_on_exactly_from_its_first_frames():
    spec, family = clips_of_frames()
    x = Draws("clips").integers(5, (2, *spec.shape)).float()
    known = torch.zeros(2, *spec.shape, dtype=torch.bool)
    known[:, :2] = True
    codes, own = family.codec.partial(x, known)
    assert own[:, :, :6].all() and not own[:, :, 6:].any()
    assert torch.equal(codes[:, :, :6], family.codec.encode(x)[:, :, :6])
    assert not family.priors[0]._known_ahead(own).any()
    filled = family.fill(x, known, torch.zeros(2, 0), Draws("fill"))
    assert torch.equal(filled[:, :2], x[:, :2])
