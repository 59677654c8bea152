"""Counts for the variational autoencoder, and the baselines of counts."""

from dataclasses import dataclass

from ...core.hyper import real, whole
from ...core.limits import MOST_WIDTH
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...families.latent.vae import VAENetworks
from ...zoo import autoencoders, baselines, fields
from ...zoo.card import FLOOR, Baseline, On, extend_card, on_class
from ..families.baselines import BootstrapCounts, LogCountsPCA, PoissonProfile, Profile
from ..families.vae import CountsVAE
from ..networks.counts import CountDecoder, CountEncoder, NegativeBinomial, Totals

CONDITION_WIDTH = 8  # numbers of the vector of conditions


@dataclass(frozen=True)
class CountsHyper(Trained):
    """Hyperparameters of a variational autoencoder of counts."""

    lr: float = 3e-3
    latents: int = fields.latents(10)
    units: int = whole(128, least=1, most=MOST_WIDTH, says="units of the hidden layer of encoder and decoder")
    dropout: float = fields.dropout(0.1)
    draws: int = fields.draws(64)
    kl_warmup: float = real(0.25, least=0.0, most=1.0, says="share of training over which the weight of the KL grows")


PRESETS = {"small": CountsHyper(), "tiny": CountsHyper(latents=2, units=16, draws=4, kl_warmup=0.0, lr=1e-2)}


def build(spec: Spec, given: Spec, hyper: CountsHyper) -> Recipe:
    columns, totals = spec.leaf.each.columns[0].k, Totals(CONDITION_WIDTH)
    sizes = columns, given, hyper.latents, hyper.units, hyper.dropout, totals
    networks = VAENetworks(CountEncoder(*sizes), None, CountDecoder(*sizes), NegativeBinomial(columns))
    family = CountsVAE(spec, given, networks, hyper.latents, hyper.draws, hyper.kl_warmup)
    return hyper.recipe(family, warmup=1_000, clip=100.0)


VAE = extend_card(
    autoencoders.VAE_CARD,
    {"counts": On(build, PRESETS, paper="scVI, Lopez 2018", equations=("counts.families.vae",), default=True)},
    near=("scvi", "totalvi", "ldvae"),
)
BOOTSTRAP = extend_card(baselines.BOOTSTRAP, {"counts": on_class(BootstrapCounts)})
PROFILE = Baseline(
    "one-profile",
    ("Take it to see what one profile of all rows explains.", FLOOR),
    {"counts": baselines.ByLabel(Profile, paper="negative binomials around one profile")},
)
POISSON = Baseline(
    "poisson",
    ("Take it to see how far counts scatter beyond a Poisson law.", FLOOR),
    {"counts": baselines.ByLabel(PoissonProfile, paper="Poisson numbers around one profile")},
)
PCA = extend_card(
    baselines.PCA_CARD,
    {"counts": on_class(LogCountsPCA, paper="principal components of log counts")},
    equations=(),
)
