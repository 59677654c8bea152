"""AlphaFold 3's way to structures: a diffusion of backbones, conditioned on a trunk (Abramson 2024).

stage trunk:  as AlphaFold 2 trains its trunk, by FAPE and distogram
stage head:   the trunk learns at a tenth of the rate
    x = R (truth - mean), R a random rotation; y = x + sigma n, ln sigma ~ N(1.5, 1.3^2), S draws a trunk pass
    D(y; sigma) = c_skip y + c_out F(c_in y; align(s -> y), sigma, trunk)      s the trunk's structure (Karras 2022)
    min  w(sigma) |D - align(x -> D)|^2 + 1 - smooth lDDT(D, x) + w_c CE(lDDT of D)

sample (algorithm 18), from level sigma to the next one, sigma'
    y <- y + sqrt(1.8^2 - 1) sigma n;  y <- y + 1.5 (sigma' - 1.8 sigma) (y - D) / (1.8 sigma)

align moves one structure onto another by the best rigid motion, with no gradient through it. Where noise hides all, F
gives a mirror image as often as the structure, since it turns with y; s, which has the right hand, tells them apart. Of
several samples, the one of highest confidence is first.

The paper has steps of 1.5 at all levels. Here they begin at 8 Angstrom: above, where folds part, such steps lose one of
two folds in every third sequence.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.ragged import Ragged
from ...core.trainable import Batch, Items, Player, Stage, Trainable
from ...families.diffusion.samplers import karras
from ..kinds.geometry import best_rotation
from ..networks import losses
from ..networks.denoiser import SampleConfidence, StructureDenoiser
from ..networks.frames import Frames
from .alphafold2 import LEAST_WINDOW, AlphaFold2, Fold, require_pair_memory
from .chain_tensors import PaddedChains, crop, pad
from .confidence import measure_confidence, signs_of

SPREAD = 8.0  # Angstrom, the standard deviation of a coordinate
MEAN_LEVEL, LEVEL_SPREAD = 1.5, 1.3  # of ln sigma, in Angstrom
LEAST_NOISE, MOST_NOISE = 0.05, 160.0  # Angstrom
RAISED, LEAST_RAISED = 1.8, 1.0  # times the noise before a step, where it is above so many Angstrom
MEASURED = 20_000  # pairs of residues of the validation chains that measure the confidence, at most
STRIDE, DECIDED = 1.5, 8.0  # times the length of a step, below so many Angstrom


@dataclass(frozen=True)
class DiffusionOptions:
    """Sizes and loss weights of the diffusion head, and its steps in sampling.

    Args:
        draws: noisy structures of each chain in a step.
        layers: Layers of attention.
        hands: whether it sees the trunk's structure.
        trunk_share: Trunk share of training, for the trunk.
        steps: Steps of a sample.
        samples: that predictions rank, where nobody says how many.
        confidence: weight of the cross entropy of lDDT.
    """

    draws: int = 8
    layers: int = 4
    hands: bool = True
    trunk_share: float = 0.4
    steps: int = 48
    samples: int = 5
    confidence: float = 0.05


class AlphaFold3(Trainable):
    """Samples protein backbones by the diffusion head of AlphaFold 3, on a trunk of AlphaFold 2.

    Args:
        trunk: AlphaFold 2, whose trunk the head reads.
        width: Features of a residue.
        options: Options of the head.
    """

    unit = "squared deviations and nats"

    def __init__(self, trunk: AlphaFold2, width: int, options: DiffusionOptions):
        super().__init__()
        self.folding, self.options = trunk, options
        self.denoiser = StructureDenoiser(width, trunk.pair_width, options.layers, options.hands)
        self.confidence = SampleConfidence(width, trunk.pair_width)

    def lengths(self, x: Ragged) -> Tensor:
        return x.sizes

    def stages(self) -> list[Stage]:
        """Returns the stages of training: the trunk with its structure module, then the head, beside which both learn
        slowly."""
        trunk = Player(
            "model", list(self.folding.parameters()), self.folding.loss, unit=self.folding.unit, monitor="fape"
        )
        heads = [*self.denoiser.parameters(), *self.confidence.parameters()]
        read = [*self.folding.trunk.parameters(), *self.folding.structure.parameters()]
        head = Player("model", [*heads, *read], self.loss, unit=self.unit, slow=read)
        share = self.options.trunk_share
        return [Stage("trunk", [trunk], share), Stage("head", [head], 1 - share)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of chains batch.x, as `encode_chains` makes them. In training some are cut to a window."""
        cropped = self.folding.objective.cropped
        chains = crop(batch.x, batch.rng, cropped, LEAST_WINDOW) if self.training else pad(batch.x)
        fold = self.read(chains)
        count, draws = len(chains), self.options.draws
        with torch.autocast(chains.atoms.device.type, enabled=False):
            truth = rotate_at_random(centre(chains), batch.rng, draws)
            sigma = (MEAN_LEVEL + LEVEL_SPREAD * batch.rng.normal(count, draws)).exp()
            noisy = truth + sigma[..., None, None, None] * batch.rng.normal(truth.shape)
        denoised = self.denoise(noisy, sigma, fold, chains.mask)
        with torch.autocast(chains.atoms.device.type, enabled=False):
            aligned = align(truth, denoised, chains.known)
            weight = (sigma.square() + SPREAD**2) / (sigma * SPREAD).square()
            square = (denoised - aligned).square().flatten(3).mean(-1)
            known = chains.known[:, None].expand(square.shape)
            error = weight.flatten() * losses.mean_over(square.flatten(0, 1), known.flatten(0, 1))
            lddt = smooth_lddt(denoised.flatten(0, 1), truth.flatten(0, 1), known.flatten(0, 1))
            doubt = self._doubt(denoised[:, 0].detach(), truth[:, 0], fold, chains)
        total = (error + 1 - lddt).mean() + self.options.confidence * doubt.mean()
        return total, {"square": error.mean().detach(), "smooth_lddt": lddt.mean().detach()}

    def read(self, chains: PaddedChains) -> Fold:
        return self.folding.fold(chains, 1 + self.folding.recycles)

    def denoise(self, noisy: Tensor, sigma: Tensor, fold: Fold, mask: Tensor) -> Tensor:
        """Estimates the clean atoms D(y; sigma): (B, S, N, 3, 3) Angstrom.

        Args:
            noisy: likewise.
            sigma: (B, S) Angstrom.
            mask: bool mask.
        """
        levels = sigma[..., None, None, None]
        scale = (levels.square() + SPREAD**2).sqrt()
        level = (sigma / LEAST_NOISE).log() / torch.tensor(2 * MOST_NOISE / LEAST_NOISE).log()
        with torch.autocast(noisy.device.type, enabled=False):
            aligned = align(fold.frames.build_atoms()[:, None].expand_as(noisy), noisy, mask) / SPREAD
        out = self.denoiser(noisy / scale, aligned, level, fold.single, fold.pairs, mask).float()
        return noisy * (SPREAD / scale) ** 2 + levels * SPREAD / scale * out

    def sample(self, chains: PaddedChains, count: int, rng: Draws) -> tuple[Tensor, Tensor]:
        """Samples `count` structures of each chain: atoms (B, count, N, 3, 3) and the confidence (B, count, N).

        Args:
            chains: B padded chains.
            count: structures of each chain.
            rng: random numbers.
        """
        atoms, signs = self._sample(chains, count, rng)
        return atoms, self.folding.calibrated(signs)

    def calibrate(self, items: Items, rng: Draws) -> None:
        def answer(chains: PaddedChains) -> tuple[Tensor, Tensor]:
            atoms, signs = self._sample(chains, 1, rng)
            return atoms[:, 0], signs[:, 0]

        measure_confidence(self.folding.calibrated, items.x, answer, MEASURED, rng)

    def _sample(self, chains: PaddedChains, count: int, rng: Draws) -> tuple[Tensor, Tensor]:
        """The atoms of `sample`, and the signs (B, count, N, 3) of their confidence."""
        fold, mask = self.read(chains), chains.mask
        x = MOST_NOISE * rng.normal(len(mask), count, mask.shape[1], 3, 3)
        for sigma, next_sigma in pairwise(karras(LEAST_NOISE, MOST_NOISE, self.options.steps).tolist()):
            raised = sigma * RAISED if sigma > LEAST_RAISED else sigma
            x = x + (raised**2 - sigma**2) ** 0.5 * rng.normal(x.shape)
            mean = self.denoise(x, x.new_full(x.shape[:2], raised), fold, mask)
            stride = STRIDE if sigma < DECIDED else 1.0
            x = x + stride * (next_sigma - raised) * (x - mean) / raised if next_sigma else mean
        signs = []
        for ca in x[:, :, :, 1].unbind(1):
            said = losses.predicted_lddt(self.confidence(fold.single, fold.pairs, ca, mask))
            signs.append(signs_of(self.folding.expected_lddt(fold.pairs, ca, mask), said, ca, mask))
        return x, torch.stack(signs, 1)

    def ranked(self, chains: Ragged, count: int) -> tuple[Tensor, Tensor]:
        """Samples structures of whole chains, the most confident first: atoms (count, R, 3, 3) in Angstrom and
        confidence (count, R) of R residues. Raises GivenError as `AlphaFold2.predict` does."""
        require_pair_memory(int(chains.sizes.max()), self.folding.pair_width)
        structures = []
        for number in range(len(chains)):
            atoms, confidence = self.sample(
                pad(chains[number : number + 1]), count, Draws("structures", device=chains.device)
            )
            order = confidence[0].mean(1).argsort(descending=True, stable=True)
            structures.append((atoms[0, order], confidence[0, order]))
        atoms, confidence = zip(*structures)
        return torch.cat(atoms, 1), torch.cat(confidence, 1)

    def predict(self, chains: Ragged) -> tuple[Tensor, Tensor]:
        """Predicts the most confident structure of each chain, in the form of `AlphaFold2.predict`."""
        atoms, confidence = self.ranked(chains, self.options.samples)
        return atoms[0], confidence[0]

    def _doubt(self, denoised: Tensor, truth: Tensor, fold: Fold, chains: PaddedChains) -> Tensor:
        """(B,) cross entropy of the lDDT of one denoised structure of each chain."""
        logits = self.confidence(fold.single, fold.pairs, denoised[:, :, 1], chains.mask)
        right = losses.lddt(denoised[:, :, 1], truth[:, :, 1], chains.known)
        return losses.predicted_lddt_loss(logits, right, chains.known)


def centre(chains: PaddedChains) -> Tensor:
    """Moves atoms so that the mean of the known CA is 0: (B, N, 3, 3), 0 where unknown."""
    known = chains.known[..., None]
    mean = (chains.atoms[:, :, 1] * known).sum(1) / known.sum(1).clamp(min=1)
    return (chains.atoms - mean[:, None, None]) * known[..., None]


def rotate_at_random(atoms: Tensor, rng: Draws, draws: int) -> Tensor:
    """Rotates atoms at random, `draws` times: (B, S, N, 3, 3).

    Args:
        atoms: (B, N, 3, 3).
        rng: Random numbers.
        draws: S.
    """
    quaternion = rng.normal(len(atoms), draws, 4)
    update = torch.cat([quaternion[..., 1:] / quaternion[..., :1], torch.zeros_like(quaternion[..., 1:])], -1)
    return atoms[:, None] @ Frames.from_updates(update).rotation.mT[:, :, None].to(atoms.dtype)


@torch.no_grad()
def align(atoms: Tensor, onto: Tensor, known: Tensor) -> Tensor:
    """Moves structures (B, S, N, 3, 3) rigidly so that their known atoms are nearest to those of `onto` (Kabsch 1976).

    Args:
        known: (B, N) bool.
    """
    weight = known[:, None, :, None, None].expand(atoms.shape[:-1] + (1,)).flatten(2, 3).to(atoms.dtype)
    a, b = atoms.flatten(2, 3), onto.flatten(2, 3)
    mean = lambda points: (points * weight).sum(2, keepdim=True) / weight.sum(2, keepdim=True).clamp(min=1)
    of_a, of_b = mean(a), mean(b)
    rotation = best_rotation(a - of_a, (b - of_b) * weight)
    return ((a - of_a) @ rotation.mT + of_b).view(atoms.shape)


def smooth_lddt(atoms: Tensor, truth: Tensor, known: Tensor, reach: float = 15.0) -> Tensor:
    """Computes an lDDT (B,) whose tolerances are sigmoids, so that it has a gradient (Abramson 2024, algorithm 27).

    Args:
        atoms, truth: (B, N, 3, 3), in Angstrom.
        known: (B, N) bool.
        reach: Largest true distance that counts, in Angstrom.
    """
    ca, true_ca = atoms[:, :, 1], truth[:, :, 1]
    true = torch.cdist(true_ca, true_ca)
    difference = ((ca[:, :, None] - ca[:, None]).square().sum(-1) + 1e-6).sqrt().sub(true).abs()
    preserved = sum((tolerance - difference).sigmoid() for tolerance in losses.TOLERANCES) / len(losses.TOLERANCES)
    is_other = ~torch.eye(known.shape[1], dtype=torch.bool, device=known.device)
    return losses.mean_over(preserved, (true < reach) & known[:, :, None] & known[:, None] & is_other)
