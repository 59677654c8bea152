"""A toy kind of data and one small family of each shape of training, registered as if they were part of the package."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.core.family import Family
from genwright.core.hyper import whole
from genwright.core.recipe import Optim, Recipe, Trained
from genwright.core.spec import Category, Marginal, Real, Spec, spec_from_json, spec_to_json
from genwright.core.trainable import Batch, Items, Player, Stage
from genwright.kinds.domain import Domain
from genwright.zoo import registry

D = 4


class ToyDomain(Domain):
    """Items: float tensors (n, D + 1), the last column a label."""

    kind = "toy"

    def __init__(self, spec: Spec, given: Spec):
        self.spec, self.given = spec, given

    def encode(self, items):
        return items[:, :-1], items[:, -1:]

    def encode_given(self, given, n):
        return torch.full((n, 1), float(given.get("label", float("nan"))))

    def decode(self, x, given, seed):
        return torch.cat([x, given], 1)

    def absent(self, *_):
        raise NotImplementedError

    encode_holes = decode_holes = stack = keys = write = absent

    def values(self, items, name):
        return items[:, self.spec.dims + self.given.names.index(name)]

    def describe(self):
        return []

    def to_json(self):
        return {"spec": spec_to_json(self.spec), "given": spec_to_json(self.given)}

    @classmethod
    def from_json(cls, record):
        return cls(spec_from_json(record["spec"]), spec_from_json(record["given"]))


def toy_data(n: int = 600, hash: str = "toy-1") -> Data:
    """Two correlated blobs."""
    rng = Draws("toy-data", n)
    label = rng.integers(2, (n + 120, 1)).float()
    mix = torch.tensor([[1.0, 0.8, 0, 0], [0, 0.6, 0, 0], [0, 0, 1, -0.5], [0, 0, 0, 0.5]])
    items = torch.cat([rng.normal(n + 120, D) @ mix + 2 * label, label], 1)
    spec = Spec(tuple((f"x{i}", Real()) for i in range(D)))
    parts = {"train": items[:n], "valid": items[n : n + 60], "test": items[n + 60 :]}
    label = Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))
    return Data("toy", ToyDomain(spec, Spec((("label", label),))), parts, hash, "toy_data()")


def mlp(*sizes: int) -> nn.Sequential:
    layers = [part for a, b in zip(sizes, sizes[1:]) for part in (nn.Linear(a, b), nn.SiLU())]
    return nn.Sequential(*layers[:-1])


def normal_nats(x, mean, log_sd):
    return (0.5 * ((x - mean) / log_sd.exp()) ** 2 + log_sd + 0.919).sum(1)


class ToyVAE(Family):
    """Draws its latent from the batch's generator, drops units by torch's global one, and counts in a buffer."""

    allow_bf16 = False  # so that two fits with one seed are the same bits, whatever a probe finds

    def __init__(self, spec, given, hidden: int):
        super().__init__(spec, given)
        self.encoder, self.decoder = mlp(D, hidden, 4), mlp(2, hidden, 2 * D)
        self.drop = nn.Dropout(0.1)
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def loss(self, batch: Batch):
        if self.training:
            self.seen += len(batch.x)
        mean, log_sd = self.encoder(batch.x).chunk(2, 1)
        z = mean + log_sd.exp() * batch.rng.normal(mean.shape)
        kl = 0.5 * (mean**2 + (2 * log_sd).exp() - 2 * log_sd - 1).sum(1)
        nats = normal_nats(batch.x, *self.decoder(self.drop(z)).chunk(2, 1)) + min(1.0, batch.items / 2000) * kl
        return nats.mean(), {"kl": float(kl.mean().detach())}

    def sample(self, n, given, rng):
        mean, log_sd = self.decoder(rng.normal(n, 2)).chunk(2, 1)
        return mean + log_sd.exp() * rng.normal(n, D)


class ToyFlow(Family):
    """Two affine couplings."""

    def __init__(self, spec, given, hidden: int):
        super().__init__(spec, given)
        self.nets = nn.ModuleList([mlp(D // 2, hidden, D) for _ in range(2)])

    def log_likelihood(self, x, given, rng, draws):
        total = 0.0
        for net in self.nets:
            a, b = x.chunk(2, 1)
            shift, log_scale = net(a).chunk(2, 1)
            x, total = torch.cat([(b + shift) * log_scale.tanh().exp(), a], 1), total + log_scale.tanh().sum(1)
        return total - normal_nats(x, 0.0, torch.zeros(())), None

    def loss(self, batch: Batch):
        return -self.log_likelihood(batch.x, batch.given, batch.rng, None)[0].mean(), {}

    def sample(self, n, given, rng):
        x = rng.normal(n, D)
        for net in reversed(self.nets):
            b, a = x.chunk(2, 1)
            shift, log_scale = net(a).chunk(2, 1)
            x = torch.cat([a, b / log_scale.tanh().exp() - shift], 1)
        return x


class ToyGAN(Family):
    """Two players, one of them every second step, and a buffer of old samples that grows."""

    grows: ClassVar[dict[str, int]] = {"old": 0}

    def __init__(self, spec, given, hidden: int):
        super().__init__(spec, given)
        self.generator, self.critic = mlp(2, hidden, D), mlp(D, hidden, 1)
        self.register_buffer("old", torch.empty(0, D))

    def stages(self):
        critic = Player("critic", list(self.critic.parameters()), self.critic_loss, unit="logistic")
        generator = Player("generator", list(self.generator.parameters()), self.loss, 2, "logistic")
        return [Stage("fit", [critic, generator])]

    def critic_loss(self, batch: Batch):
        fake = self.generator(batch.rng.normal(len(batch.x), 2)).detach()
        self.old = torch.cat([fake[:2], self.old])[:50]
        real, fake = self.critic(batch.x), self.critic(torch.cat([fake, self.old]))
        return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean(), {}

    def loss(self, batch: Batch):
        fake = self.generator(batch.rng.normal(len(batch.x), 2))
        return nn.functional.softplus(-self.critic(fake)).mean(), {}

    def sample(self, n, given, rng):
        return self.generator(rng.normal(n, 2))


class ToyTwoStage(Family):
    """A codec, a prior over its codes, and moments of the codes in buffers that have no length before data are seen."""

    grows: ClassVar[dict[str, int]] = {"rows": 0}

    def __init__(self, spec, given, hidden: int):
        super().__init__(spec, given)
        self.encoder, self.decoder, self.prior = mlp(D, hidden, 2), mlp(2, hidden, D), mlp(1, hidden, 2)
        self.register_buffer("mean", None)
        self.register_buffer("rows", torch.empty(0, 2))

    def stages(self):
        codec = [*self.encoder.parameters(), *self.decoder.parameters()]
        return [
            Stage("codec", [Player("codec", codec, self.codec_loss, unit="squares")], 2.0),
            Stage("prior", [Player("prior", list(self.prior.parameters()), self.prior_loss)], 1.0),
        ]

    def codec_loss(self, batch: Batch):
        noise = 0.2 * (1 - batch.progress) * batch.rng.normal(len(batch.x), 2)
        return ((self.decoder(self.encoder(batch.x) + noise) - batch.x) ** 2).sum(1).mean(), {}

    def prior_loss(self, batch: Batch):
        with torch.no_grad():
            z = self.encoder(batch.x)
        mean, log_sd = self.prior(z[:, :1]).chunk(2, 1)
        return normal_nats(z[:, 1:], mean, log_sd).mean(), {}

    def finish(self, items, rng):
        z = self.encoder(items.x)
        self.mean, self.rows = z.mean(0), z[rng.permutation(len(z))[:7]]

    def sample(self, n, given, rng):
        return self.decoder(self.mean + rng.normal(n, 2))

    def health(self, x, given, rng):
        return [f"the toy looked at {len(x)} items"]


class ToyFrozen(ToyTwoStage):
    """A codec with dropout and running means, which the second stage takes as it is and watches."""

    def __init__(self, spec, given, hidden: int):
        super().__init__(spec, given, hidden)
        first, last = nn.Linear(D, hidden), nn.Linear(hidden, 2)
        self.encoder = nn.Sequential(first, nn.BatchNorm1d(hidden), nn.Dropout(0.3), last)
        self.prior = nn.Sequential(self.prior, nn.Dropout(0.3))

    def prior_loss(self, batch: Batch):
        loss, _ = super().prior_loss(batch)
        with torch.no_grad():
            restless = not torch.equal(self.encoder(batch.x), self.encoder(batch.x))
        return loss, {"restless": float(restless), "prior_trains": float(self.prior.training)}


class ToyCodebook(Family):
    """A codec whose codebook is a running average over batches (van den Oord 2017, appendix A.1), and a prior that
    learns its codes in batches and with an optimizer of its own."""

    def __init__(self, spec, given, hidden: int):
        super().__init__(spec, given)
        self.encoder, self.decoder = mlp(D, hidden, 2), mlp(2, hidden, D)
        self.drop, self.logits = nn.Dropout(0.1), nn.Parameter(torch.zeros(2, 8))
        self.register_buffer("sums", torch.linspace(-1, 1, 16).view(8, 2))
        self.register_buffer("counts", torch.ones(8))

    def stages(self):
        codec = [*self.encoder.parameters(), *self.decoder.parameters()]
        quick = Optim(lr=0.05, clip=5.0, average=0.1)
        return [
            Stage("codec", [Player("codec", codec, self.codec_loss, unit="squares")], 2.0),
            Stage("prior", [Player("prior", [self.logits], self.prior_loss, optim=quick)], 1.0, 48, self.codes),
        ]

    def nearest(self, z):
        return torch.cdist(z, self.sums / self.counts[:, None]).argmin(1)

    def codec_loss(self, batch: Batch):
        z = self.encoder(batch.x)
        code = self.nearest(z)
        if self.training:
            with torch.no_grad():
                mine = nn.functional.one_hot(code, 8).float()
                self.counts.lerp_(mine.sum(0) + 1e-3, 0.1)
                self.sums.lerp_(mine.T @ z + 1e-3 * self.sums / self.counts[:, None], 0.1)
        q = (self.sums / self.counts[:, None])[code]
        x = self.decoder(self.drop(z + (q - z).detach()))
        return ((x - batch.x) ** 2).sum(1).mean() + 0.25 * ((z - q) ** 2).sum(1).mean(), {}

    def codes(self, items: Items, draws):
        """One of the two nearest codes, drawn, so that the draws of inputs are tested too."""
        codes = self.nearest(self.encoder(items.x) + 0.05 * draws.normal(len(items), 2))
        return Items(codes, items.given)

    def prior_loss(self, batch: Batch):
        said = self.logits[batch.given[:, 0].long()].log_softmax(1)
        return -said.gather(1, batch.x[:, None]).mean(), {"moved": self.sums.sum()}

    def sample(self, n, given, rng):
        code = rng.categories(self.logits.softmax(1)[torch.zeros(n, dtype=torch.long)])[:, 0]
        return self.decoder((self.sums / self.counts[:, None])[code])


class ToyFitting(ToyVAE):
    """Fits another model in its `finish`."""

    def finish(self, items, rng):
        from genwright.run.fit import fit

        with torch.enable_grad():
            self.other = fit(toy_data(), "toy-vae", items=640, progress=False)


class ToyMoments(Family):
    """Needs no gradient: everything happens in `finish`."""

    def __init__(self, spec, given):
        super().__init__(spec, given)
        self.register_buffer("mean", torch.zeros(D))

    def stages(self):
        return []

    def finish(self, items, rng):
        self.mean = items.x.mean(0)

    def sample(self, n, given, rng):
        return self.mean + rng.normal(n, D)


class ToyBroken(ToyVAE):
    """Its loss stops being a number after some items."""

    def loss(self, batch: Batch):
        loss, logs = super().loss(batch)
        return loss * (float("nan") if batch.items >= 3200 else 1.0), logs


class ToyJudged(Family):
    """One weight on its way from 0 to 3, of which validation likes 1 best."""

    monitor = "wrong"

    def __init__(self, spec, given, hidden: int):
        super().__init__(spec, given)
        self.weight = nn.Parameter(torch.zeros(()))

    def loss(self, batch: Batch):
        return (self.weight - 3) ** 2, {"wrong": float((self.weight.detach() - 1).abs())}

    def sample(self, n, given, rng):
        return self.weight.expand(n, D)


@dataclass(frozen=True)
class ToyHyper(Trained):
    batch: int = 32
    lr: float = 0.002
    hidden: int = whole(16, least=1, says="units of the hidden layer")


def recipe_of(family: type[Family], **training):
    def recipe(spec, given, hyper: ToyHyper) -> Recipe:
        return hyper.recipe(family(spec, given, hyper.hidden), warmup=500, **training)

    return recipe


RECIPES = {
    "toy-vae": recipe_of(ToyVAE),
    "toy-flow": recipe_of(ToyFlow),
    "toy-gan": recipe_of(ToyGAN, validates=False),
    "toy-two-stage": recipe_of(ToyTwoStage),
    "toy-broken": recipe_of(ToyBroken),
    "toy-judged": recipe_of(ToyJudged, average=0.0, validate_every=3),
    "toy-frozen": recipe_of(ToyFrozen),
    "toy-codebook": recipe_of(ToyCodebook),
    "toy-fitting": recipe_of(ToyFitting),
    "toy-moments": lambda spec, given: Recipe(ToyMoments(spec, given)),
}


def install() -> None:
    """Make the registry know the toys."""
    if ("toy", registry.GENERATE) in registry.TASKS:
        return
    registry.TASKS["toy", registry.GENERATE] = registry.Task(f"{__name__}:ToyDomain", "")
    presets = {"small": ToyHyper(), "wide": ToyHyper(hidden=512)}
    for name, recipe in RECIPES.items():
        registry.register("toy", name, recipe, {} if name == "toy-moments" else presets)
