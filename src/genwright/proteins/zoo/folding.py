"""Predictors of the structure of proteins, with networks."""

from dataclasses import dataclass

from ...core.hyper import flag, real, whole
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...zoo import fields
from ...zoo.card import Card, On
from ..families.alphafold2 import AlphaFold2, FoldingLoss
from ..families.alphafold3 import AlphaFold3, DiffusionOptions
from ..families.structures import ChainSizes
from ..networks.trunk import TrunkSizes

NETWORKS = (
    "proteins.networks.trunk",
    "proteins.networks.pair_updates",
    "proteins.networks.structure",
    "proteins.networks.losses",
)


@dataclass(frozen=True)
class FoldingHyper(Trained):
    """Hyperparameters of a trunk of single and pair tracks."""

    batch: int = 8
    lr: float = 2e-3
    epochs: float = fields.epochs(200.0)
    width: int = fields.units(128, "units of a residue; a multiple of 4, the heads of attention")
    pair_width: int = fields.units(32, "units of a pair of residues")
    blocks: int = fields.layers(1, "updates of residues and pairs, one after another")
    convolutions: int = whole(2, least=0, most=20, says="convolutions along the chain, before there are pairs")
    sequence_layers: int = whole(4, least=0, most=50, says="attention along the chain, before there are pairs")
    triangles: bool = flag(True, says="update pairs by triangle products; Jumper 2021, algorithms 11 and 12")
    alignment: bool = flag(True, says="read alignments where chains have them")
    places: bool = flag(False, says="let residues know their number in the chain")
    cropped: float = real(0.6, least=0.0, most=1.0, says="share of chains that training cuts to a random window")

    def __post_init__(self):
        fields.require_multiple(self, "width", 4, "attention has 4 heads")

    def trunk(self, spec: ChainSizes) -> TrunkSizes:
        return TrunkSizes(
            self.width, self.pair_width, self.blocks, self.convolutions, self.sequence_layers,
            triangles=self.triangles, alignment=self.alignment and spec.rows > 0, places=self.places,
        )  # fmt: skip


@dataclass(frozen=True)
class AlphaFold2Hyper(FoldingHyper):
    """Hyperparameters of AlphaFold 2: a structure module on the trunk."""

    steps: int = fields.layers(2, "steps of the structure module, which share their weights")
    recycles: int = whole(0, least=0, most=20, says="further passes, each of which reads the one before")
    invariant: bool = flag(True, says="attend by points in space; Jumper 2021, algorithm 22")
    clamp_from: float = real(
        1.0, least=0.0, most=1.0, says="share of training from which FAPE is clamped at 10 angstrom; 1 for never"
    )
    distogram: float = real(0.3, least=0.0, says="weight of the cross entropy of binned distances")
    confidence: float = real(0.05, least=0.0, says="weight of the cross entropy of lDDT and of the aligned error")

    def folding(self, spec: ChainSizes) -> AlphaFold2:
        objective = FoldingLoss(self.cropped, self.clamp_from, self.distogram, self.confidence)
        return AlphaFold2(self.trunk(spec), self.steps, self.recycles, self.invariant, objective)


WARMUP = 400  # items


def build_alphafold2(spec: ChainSizes, given: Spec, hyper: AlphaFold2Hyper) -> Recipe:
    return hyper.recipe(hyper.folding(spec), epochs=hyper.epochs, warmup=WARMUP)


TINY = dict(batch=4, epochs=10, width=16, pair_width=8, sequence_layers=1)
ALPHAFOLD2 = Card(
    "alphafold2",
    (
        "Take it to fold chains like those of training, with a confidence for each residue.",
        "It needs thousands of chains, or their alignments, to fold anything else.",
    ),
    {
        "structure": On(
            build_alphafold2, {"default": AlphaFold2Hyper(), "tiny": AlphaFold2Hyper(**TINY, recycles=1)}, default=True
        )
    },
    paper="Jumper 2021",
    equations=("proteins.families.alphafold2", "proteins.families.confidence", *NETWORKS),
    near=("esmfold", "openfold", "rosettafold"),
)


@dataclass(frozen=True)
class AlphaFold3Hyper(AlphaFold2Hyper):
    """Hyperparameters of AlphaFold 3: a diffusion of backbones on the trunk of `alphafold2`, which trains first."""

    draws: int = whole(8, least=1, most=100, says="noisy structures of each chain in a step")
    layers: int = fields.layers(4, "attention layers of the denoiser")
    hands: bool = flag(True, says="let the denoiser see the trunk's structure, which tells one hand from the other")
    share: float = real(0.4, above=0.0, below=1.0, says="share of the budget that trains the trunk")
    sampling_steps: int = fields.sampling_steps(48, least=2)
    samples: int = whole(5, least=1, most=1_000, says="structures of a chain that are ranked by their confidence")


def build_alphafold3(spec: ChainSizes, given: Spec, hyper: AlphaFold3Hyper) -> Recipe:
    options = DiffusionOptions(
        hyper.draws, hyper.layers, hyper.hands, hyper.share, hyper.sampling_steps, hyper.samples, hyper.confidence
    )
    family = AlphaFold3(hyper.folding(spec), hyper.width, options)
    return hyper.recipe(family, epochs=hyper.epochs, warmup=WARMUP)


ALPHAFOLD3 = Card(
    "alphafold3",
    (
        "Take it where a sequence may have several folds: it samples structures and ranks them.",
        "For one fold a sequence, alphafold2 learns faster.",
    ),
    {
        "structure": On(
            build_alphafold3,
            {"default": AlphaFold3Hyper(), "tiny": AlphaFold3Hyper(**TINY, layers=1, sampling_steps=3, samples=2)},
        )
    },
    paper="Abramson 2024",
    equations=("proteins.families.alphafold3", "proteins.networks.denoiser"),
    near=("boltz", "chai", "protenix"),
)
