"""Real codes that are quantised on the way to the picture: what the decoder sees, the averages, and the bound."""

import pytest
import torch
from short_training import batch_of
from test_gaussian_codec import LEVELS, PICTURE, D, Linear, Standard, log_masses, pictures

import genwright
from genwright.contract.small_data import small_data
from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.two_stage.quantized import QuantisedCodec
from genwright.families.two_stage.two_stage import TwoStage, latent
from genwright.families.two_stage.vector_quantisers import Codebook


def codec() -> QuantisedCodec:
    head = CategoricalHead(LEVELS)
    encoder, decoder = Linear(4, (D, 1, 1), 0.5), Linear(D, (1, 2, 2, head.size), 0.8)
    found = QuantisedCodec(encoder, decoder, head, Codebook(3, D), (1, 1), 0.25)
    found.shift.copy_(torch.tensor([0.5, -1.0]))
    found.square.copy_(torch.tensor([1.25, 3.25]))  # deviations of 1 and 1.5
    found.away.copy_(torch.tensor([0.5, 1.0]))
    return found.eval()


def test_codes_are_the_vectors_themselves_and_the_decoder_sees_the_nearest_entries():
    x, found = pictures(), codec()
    u = found.entries(found.encode(x))
    assert torch.allclose(u.movedim(-1, 1), found.encoder(x), atol=1e-5) and len(u.flatten(0, 2).unique(dim=0)) > 20
    seen = found.params(u).flatten(1)
    entries = found.quantiser.codes[torch.cdist(u.flatten(1), found.quantiser.codes).argmin(1)]
    assert torch.equal(seen, found.decoder(entries[..., None, None]).flatten(1))
    assert 1 < len(seen.unique(dim=0)) <= 3


@pytest.mark.long
def test_gradients_pass_the_codebook_and_its_averages_follow():
    found, x = codec().train(), pictures()
    found.encoder.weight.requires_grad_()
    loss, told = found.loss(batch_of(x, Draws("step")))
    loss.backward()
    assert found.encoder.weight.grad.abs().max() > 0 and 1 <= float(told["perplexity"]) <= 3.0001
    for k in range(900):
        found.loss(batch_of(x, Draws("step", k)))
    u = found.encoder(x).detach().movedim(1, -1)
    q = found.quantiser.decode(found.quantiser.encode(u))
    assert torch.allclose(found.away, (u - q).square().mean((0, 1, 2)), rtol=0.05)
    z = found.encode(x).detach()
    assert z.mean((0, 2, 3)).abs().max() < 0.05 and (z.std((0, 2, 3), correction=0) - 1).abs().max() < 0.05
    noisy = torch.stack([found.draw(x, Draws("q", k))[0] for k in range(300)])
    assert torch.allclose(noisy.std(0).mean((0, 2, 3)), (found.away / 4).sqrt() / found._scale().flatten(), rtol=0.05)


@pytest.mark.long
@torch.no_grad()
def test_the_bound_is_below_the_mass_and_nears_it_with_many_draws():
    found = codec()
    found.away.fill_(16.0)  # wide enough that many draws reach every entry
    model = TwoStage(PICTURE, Spec(()), found, [Standard(latent(found, 0), Spec(()))])
    x, nothing = pictures(), torch.zeros(81, 0)
    mass = log_masses(found, x)
    assert abs(float(mass.exp().sum()) - 1) < 1e-4
    one = torch.stack([model.log_likelihood(x, nothing, Draws("one", k), 1)[0] for k in range(100)]).mean(0)
    many, _ = model.log_likelihood(x, nothing, Draws("many"), 2000)
    assert (one < mass + 1e-3).all() and (mass - one).mean() > 0.1
    assert (many - mass).abs().mean() < 0.1 and (many - mass).mean().abs() < 0.05
    assert model.kind == "lower bound"


@pytest.mark.long
@pytest.mark.parametrize("numbers", [{"entries": 8}, {"heads": 2, "blocks": 1}], ids=["quantised", "transformer"])
def test_every_verb_of_the_variants(numbers, tmp_path):
    data = small_data("images")
    folder = tmp_path / "run"
    how = dict(preset="tiny", hyperparameters=numbers, items=256, progress=False)
    model = genwright.fit(data, "latent-diffusion", out=folder, **how)
    opened = genwright.load_model(folder)
    x = model.sample(5, given={"label": 3}, guidance=2.0, seed=0)
    assert (opened.sample(5, given={"label": 3}, guidance=2.0, seed=0) == x).all()
    found = opened.log_prob(data.test[:6])
    assert found.kind == "estimate" and (found.nats == model.log_prob(data.test[:6]).nats).all()
    known = torch.zeros(8, 8, dtype=torch.bool).numpy()
    known[:4] = True
    filled = opened.complete(data.test[:4], known, seed=0)
    assert (filled[:, :4] == data.test[:4, :4]).all()
    codes = opened.encode(data.test[:4])
    assert codes.shape == (4, 4, 4, 2) and opened.decode(codes).shape == (4, 8, 8, 1)
