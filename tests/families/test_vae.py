# Tests families/latent/vae.py
from math import log

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Ordered, Real, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import Bernoulli, GaussianHead
from genwright.families.latent import vae as module
from genwright.families.latent.vae import VAE, VAENetworks


class Known(torch.nn.Module):
    """x = z + 0.5 noise with z ~ N(0, 1): log p(x) = log N(0, 1.25), p(z | x) = N(x / 1.25, 0.2).

    log_var: of the encoder's q; by default it is too wide on purpose.
    """

    def __init__(self, log_var=-0.5):
        super().__init__()
        self.log_var = log_var

    def encode(self, x, known, given):
        return x[:, :1, 0, 0] / 1.25, torch.full((len(x), 1), self.log_var)

    def prior(self, x, known, given):
        return torch.zeros(len(x), 1), torch.zeros(len(x), 1)

    def decode(self, z, known_values, known, given):
        log_sd = torch.full_like(z, 0.5).log()
        return torch.stack([z, log_sd], -1).view(len(z), 1, 1, 1, 2)


def test_the_bound_is_below_the_truth_and_tightens_with_k():
    spec, given = Spec((("x", Real(shape=(1, 1, 1))),)), Spec(())
    net = Known()
    vae = VAE(
        spec, given, VAENetworks(net.encode, None, net.decode, GaussianHead()), latents=1, draws=1, warmup=0
    ).eval()
    x = 1.25**0.5 * Draws(1).normal(4000, 1, 1, 1)
    truth = torch.distributions.Normal(0.0, 1.25**0.5).log_prob(x).mean()
    empty = torch.zeros(len(x), 0)
    bounds = [vae.log_likelihood(x, empty, Draws(2), k)[0].mean() for k in (1, 10, 200)]
    assert bounds[0] < bounds[1] < bounds[2] < truth + 0.005
    assert truth - bounds[0] > 0.02 and truth - bounds[2] < 0.01


NUMBER, NONE = Spec((("x", Real(shape=(1, 1, 1))),)), Spec(())


@pytest.fixture
def known(monkeypatch):
    """known(mask): what every item of a batch has known, as long as the test lasts."""
    return lambda mask: monkeypatch.setattr(module, "draw_known", lambda spec, x, rng: mask.expand(x.shape))


def loss_of(vae, x, items=0):
    return vae.loss(Batch(x, torch.zeros(len(x), 0), Draws(3), items))


def test_with_the_true_posterior_the_loss_is_minus_the_log_likelihood(known):
    """The bound is then no bound but the thing itself, for each item: so it is on average over z, for any x."""
    known(torch.tensor(False))
    net = Known(log(0.2))
    vae = VAE(
        NUMBER, NONE, VAENetworks(net.encode, net.prior, net.decode, GaussianHead()), latents=1, draws=1, warmup=0
    ).eval()
    for value in (-2.0, 0.0, 1.0):
        loss, _ = loss_of(vae, torch.full((10_000, 1, 1, 1), value))
        truth = -torch.distributions.Normal(0.0, 1.25**0.5).log_prob(torch.tensor(value))
        # -log p(x|z) = 2 (x - z)^2 + .. with x - z ~ N(0.2 x, 0.2): its variance is 16 (0.2 x)^2 0.2 + 8 0.2^2
        se = ((16 * (0.2 * value) ** 2 * 0.2 + 8 * 0.2**2) / 10_000) ** 0.5
        assert abs(loss - truth) < 5 * se


@pytest.mark.parametrize("training, items, weight", [
    (True, 0, 0.0), (True, 250, 0.25), (True, 1000, 1.0), (True, 5000, 1.0), (False, 0, 1.0), (False, 250, 1.0),
])  # fmt: skip
def test_the_latents_are_paid_for_in_full_after_the_warm_up_and_whenever_it_is_judged(known, training, items, weight):
    known(torch.tensor(False))
    net = Known()
    vae = VAE(
        NUMBER, NONE, VAENetworks(net.encode, net.prior, net.decode, GaussianHead()), latents=1, draws=1, warmup=1000
    ).train(training)
    x = Draws(1).normal(50, 1, 1, 1)
    loss, logs = loss_of(vae, x, items)
    logs = {name: number.item() for name, number in logs.items()}
    mean, log_var = net.encode(x, None, None)
    posterior, prior = torch.distributions.Normal(mean, (0.5 * log_var).exp()), torch.distributions.Normal(0.0, 1.0)
    assert logs["kl"] == pytest.approx(torch.distributions.kl_divergence(posterior, prior).mean().item(), rel=1e-5)
    assert loss.item() == pytest.approx(logs["reconstruction"] + weight * logs["kl"], rel=1e-5)


def test_with_the_true_posterior_and_prior_the_unknown_part_is_scored_exactly():
    """z ~ N(0, 1), two numbers N(z, 1/4) each: the first is known, of the second the law is plain."""
    two = Spec((("x", Real(shape=(2,))),))

    def posterior(x, known, given):
        precision = 1 + 4 * len(x[0])
        return 4 * x.sum(1, keepdim=True) / precision, torch.full((len(x), 1), -log(precision))

    prior = lambda x, known, given: posterior(x[:, :1], known, given)
    decoder = lambda z, x, known, given: torch.stack([z.expand(-1, 2), torch.full_like(x, 0.5).log()], -1)
    vae = VAE(two, NONE, VAENetworks(posterior, prior, decoder, GaussianHead()), latents=1, draws=3, warmup=0).eval()
    x = Draws(7).normal(50, 2)
    mask = torch.tensor([True, False]).expand(50, 2)
    nats, _ = vae.log_likelihood(x, torch.zeros(50, 0), Draws(8), None, mask)
    mean, log_var = prior(x, None, None)
    truth = torch.distributions.Normal(mean[:, 0], (log_var.exp()[:, 0] + 0.25).sqrt()).log_prob(x[:, 1])
    assert torch.allclose(nats, truth.double(), atol=1e-4)


def linear_gaussian(latents=3, numbers=6, log_var=0.0):
    """x = W z + 0.5 noise, z ~ N(0, I): a VAE of it whose encoder says N(0, exp(log_var)) of every item, and the truth
    log N(x; 0, W W' + I / 4)."""
    weight = Draws("weight").normal(numbers, latents)
    spec = Spec((("x", Real(shape=(numbers,))),))
    encoder = lambda x, known, given: (torch.zeros(len(x), latents), torch.full((len(x), latents), log_var))
    decoder = lambda z, x, known, given: torch.stack([z @ weight.T, torch.full((len(z), numbers), 0.5).log()], -1)
    vae = VAE(spec, NONE, VAENetworks(encoder, None, decoder, GaussianHead()), latents, draws=1, warmup=0).eval()
    covariance = weight @ weight.T + 0.25 * torch.eye(numbers)
    return vae, torch.distributions.MultivariateNormal(torch.zeros(numbers), covariance)


def test_five_thousand_draws_come_to_a_known_density_from_below():
    vae, truth = linear_gaussian()
    torch.manual_seed(0)
    x = truth.sample((64,))
    nats, se = vae.log_likelihood(x, torch.zeros(64, 0), Draws(5), 5000)
    gap = truth.log_prob(x).double() - nats
    assert gap.mean() > -2 * se.mean() / 8 and gap.mean() < 0.2
    few, _ = vae.log_likelihood(x, torch.zeros(64, 0), Draws(5), 5)
    assert (truth.log_prob(x) - few).mean() > 2


def test_refining_q_closes_the_gap_of_a_poor_encoder():
    """A diagonal q cannot be the posterior, whose covariance is full: what then is left is known in closed form."""
    vae, truth = linear_gaussian()
    torch.manual_seed(0)
    x, given = truth.sample((20,)), torch.zeros(20, 0)
    q = vae.refine(x, given, Draws(1), 400)
    before, after = (vae.bound(*law, x, given, Draws(2), 2000).mean() for law in (vae.encoder(x, None, given), q))
    weight = Draws("weight").normal(6, 3)
    precision = torch.eye(3) + 4 * weight.T @ weight  # of the posterior, whose best diagonal q has its diagonal
    left = 0.5 * (precision.diagonal().log().sum() - torch.logdet(precision))
    best = truth.log_prob(x).mean() - left
    assert before < best - 5 and abs(after - best) < 0.05
    assert torch.allclose(q[1], -precision.diagonal().log().expand(20, -1), atol=0.6)


def test_beta_and_free_bits_weigh_the_latents_in_training_alone(known):
    known(torch.tensor(False))
    net, x = Known(), Draws(1).normal(50, 1, 1, 1)
    make = lambda **numbers: VAE(
        NUMBER,
        NONE,
        VAENetworks(net.encode, net.prior, net.decode, GaussianHead()),
        latents=1,
        draws=1,
        warmup=0,
        **numbers,
    )
    loss, logs = loss_of(make(beta=4.0), x)
    assert loss.item() == pytest.approx(logs["reconstruction"].item() + 4 * logs["kl"].item(), rel=1e-5)
    free = make(free_bits=3.0)
    loss, logs = loss_of(free.train(), x)
    assert loss.item() == pytest.approx(logs["reconstruction"].item() + 3.0, rel=1e-5) and logs["kl"] < 3
    loss, logs = loss_of(free.eval(), x)
    assert loss.item() == pytest.approx(logs["reconstruction"].item() + logs["kl"].item(), rel=1e-5)


def test_without_a_prior_of_known_parts_nothing_is_hidden_and_completions_are_a_chain():
    """z in {about -4, about 4} is told by each of two pixels: the chain takes the unknown one to the side of the other,
    and no part is scored given the rest."""
    pair = Spec((("x", Ordered(2, shape=(1, 1, 2), axis="grid")),))
    encoder = lambda x, known, given: (
        8 * x.float().flatten(1).mean(1, keepdim=True) - 4,
        torch.full((len(x), 1), -1.0),
    )
    decoder = lambda z, x, known, given: (3 * z).view(-1, 1, 1, 1, 1).expand(-1, 1, 1, 2, 1)
    vae = VAE(pair, NONE, VAENetworks(encoder, None, decoder, Bernoulli()), latents=1, draws=1, warmup=0).eval()
    x, known = torch.zeros(400, 1, 1, 2), torch.tensor([True, False]).expand(400, 1, 1, 2)
    x[200:] = 1
    filled = vae.fill(x, known, torch.zeros(400, 0), Draws(4))
    assert filled[:200, ..., 1].mean() < 0.2 and filled[200:, ..., 1].mean() > 0.8
    with pytest.raises(Unsupported):
        vae.log_likelihood(x, torch.zeros(400, 0), Draws(4), 2, known)
