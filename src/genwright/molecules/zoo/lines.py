"""Molecules as lines of symbols: baselines that know valences, and families of lines."""

from dataclasses import replace

from ...core.hyper import Brief
from ...core.recipe import Recipe
from ...core.spec import Spec
from ...families.baselines.bootstrap_and_independent import Bootstrap
from ...zoo import autoencoders, autoregressive, baselines, diffusion
from ...zoo.autoencoders import ADVERSARIAL_ON_LINES, VAE_ON_LINES
from ...zoo.autoregressive import NGRAM_ON_LINES, ON_LINES
from ...zoo.card import NO_LIKELIHOOD, Alias, Baseline, On, extend_card, on_class
from ...zoo.diffusion import DISCRETE_ON_LINES
from ..chemistry.random_molecules import Census, Pieces, census_of, pieces_of, random_molecule, recombined
from ..families.remade import Remade

BOOTSTRAP = extend_card(baselines.BOOTSTRAP, {"molecules": on_class(Bootstrap)})
NGRAM = extend_card(autoregressive.NGRAM, {"molecules": NGRAM_ON_LINES})
AUTOREGRESSIVE = extend_card(
    autoregressive.AUTOREGRESSIVE,
    {
        "molecules": replace(
            ON_LINES,
            brief={
                "small": Brief(12_000, dict(width=48, batch=16, lr=8e-3, dropout=0.0)),
                "lstm-few": Brief(15_000, dict(width=128, batch=32, lr=4e-3, dropout=0.0)),
            },
        ),
    },
    aliases=(
        Alias("lstm", ("molecules",), "Hochreiter & Schmidhuber 1997", "lstm"),
        Alias("transformer", ("molecules",), "Vaswani 2017", "small"),
    ),
)
VAE = extend_card(autoencoders.VAE_CARD, {"molecules": VAE_ON_LINES})
ADVERSARIAL = extend_card(autoencoders.ADVERSARIAL, {"molecules": ADVERSARIAL_ON_LINES})
DISCRETE = extend_card(diffusion.DISCRETE, {"molecules": DISCRETE_ON_LINES})


def build_brics(spec: Spec, given: Spec) -> Recipe:
    """Molecules put together from BRICS pieces of training molecules; lines must be SMILES."""
    return Recipe(Remade(spec, given, pieces_of, Pieces.from_json, recombined))


def build_valence(spec: Spec, given: Spec) -> Recipe:
    """Builds the baseline that makes random molecules from counts of training molecules and the rules of valence; the
    data must be SMILES."""
    return Recipe(Remade(spec, given, census_of, Census.from_json, random_molecule))


BRICS = Baseline(
    "brics",
    ("Take it to recombine fragments of training molecules.", NO_LIKELIHOOD),
    {"molecules": On(build_brics, conditional="label")},
    paper="fragments joined again, Degen 2008",
    equations=("molecules.families.remade",),
)
VALENCE = Baseline(
    "valence",
    ("Take it to see what valences alone explain.", NO_LIKELIHOOD),
    {"molecules": On(build_valence, conditional="label")},
    paper="random graphs whose valences are met",
    equations=("molecules.families.remade",),
)
