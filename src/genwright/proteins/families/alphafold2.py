"""AlphaFold 2: from the letters of a chain, and its alignment, to its backbone (Jumper 2021).

repeat 1 + recycles times (algorithm 2):
    single, pairs = trunk(letters, alignment; single, pairs, CA of the pass before)
    T_1, ..., T_L = structure module(single, pairs), from all frames at the origin
min  mean over steps of FAPE(T_l, T) + w_d CE(distogram) + w_c (CE(lDDT of T_L) + CE(aligned error of T_L))

confidence: of the lDDT that the distogram expects of T_L, the lDDT head, and bonds that are torn (`confidence.py`)

FAPE is the mean of |T_i^-1 x_j - T*_i^-1 x*_j| / 10 Angstrom. It is open at first: a clamp at 10 Angstrom has no
gradient beyond it, and the start is a point. From `clamp_from` of training on, 90% of chains are clamped.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.limits import require_memory
from ...core.ragged import Ragged
from ...core.trainable import Batch, Items, Trainable
from ..networks import losses
from ..networks.frames import Frames
from ..networks.structure import StructureModule
from ..networks.trunk import Before, Residues, Trunk, TrunkSizes
from .chain_tensors import PaddedChains, crop, pad
from .confidence import Confidence, measure_confidence, signs_of

UNIT = 10.0  # Angstrom of the network's unit
CLAMP, CLAMPED_SHARE = 10.0, 0.9  # Angstrom, and share of chains
LEAST_WINDOW = 18  # residues of a window in training, at least
BREAK = 200  # residues that a break counts as: beyond all separations that are told apart
BINS, LDDT_BINS = 64, 50
REACH, BLOCK = 15.0, 64  # Angstrom up to which pairs count for lDDT, and residues whose pairs are read at once
MEASURED = 500_000  # pairs of residues of the validation chains that measure the confidence, at most
PAIR_COPIES = 12  # arrays of the pair track's size that a pass holds at once, about


@dataclass(frozen=True)
class FoldingLoss:
    """Weights of the loss of predicted structures, and which chains and errors training cuts.

    Args:
        cropped: share of chains that training cuts to a random window.
        clamp_from: share of training from which FAPE is clamped; 1 for never.
        distogram: weight of the distogram's cross entropy.
        confidence: weight of the cross entropy of lDDT and of the aligned error.
    """

    cropped: float = 0.6
    clamp_from: float = 1.0
    distogram: float = 0.3
    confidence: float = 0.05


@dataclass(frozen=True)
class Fold:
    """The outputs of one pass over B padded chains.

    Args:
        single: (B, N, width).
        pairs: (B, N, N, pair_width).
        course: frames (B, N) after each step, Angstrom.
    """

    single: Tensor
    pairs: Tensor
    course: list[Frames] = field(default_factory=list)

    @property
    def frames(self) -> Frames:
        """The frames of residues after the last step."""
        return self.course[-1]

    @property
    def before(self) -> Before:
        """The part that the next pass recycles, without a gradient."""
        return self.single.detach(), self.pairs.detach(), self.frames.origin.detach()


class AlphaFold2(Trainable):
    """Predicts protein backbones by a trunk, a structure module, and heads that estimate the confidence.

    Args:
        sizes: Sizes of the trunk.
        steps: Steps of the structure module.
        recycles: passes that read the one before; training draws how many of them.
        invariant: whether the structure module attends by points in space.
        objective: how structures are learned.
    """

    unit = "FAPE and nats"
    monitor = "fape"

    def __init__(self, sizes: TrunkSizes, steps: int, recycles: int, invariant: bool, objective: FoldingLoss):
        super().__init__()
        self.objective, self.recycles, self.pair_width = objective, recycles, sizes.pair_width
        self.trunk = Trunk(sizes, recycles > 0)
        self.structure = StructureModule(sizes.width, sizes.pair_width, steps, invariant)
        self.distogram, self.aligned_error = (nn.Linear(sizes.pair_width, BINS) for _ in range(2))
        self.confidence = nn.Sequential(nn.LayerNorm(sizes.width), nn.Linear(sizes.width, LDDT_BINS))
        self.calibrated = Confidence()

    def lengths(self, x: Ragged) -> Tensor:
        return x.sizes

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of chains batch.x, as `encode_chains` makes them. In training some are cut to a window."""
        chains = crop(batch.x, batch.rng, self.objective.cropped, LEAST_WINDOW) if self.training else pad(batch.x)
        passes = 1 + (batch.rng.number(self.recycles + 1) if self.training else self.recycles)
        fold = self.fold(chains, passes)
        with torch.autocast(fold.single.device.type, enabled=False):
            terms = self._terms(fold, chains, self._clamp(batch, len(chains)))
        weighed = self.objective.distogram * terms["distogram"] + self.objective.confidence * terms["nats"]
        return terms["fape"] + weighed, {name: terms[name].detach() for name in ("fape", "lddt")}

    def _terms(self, fold: Fold, chains: PaddedChains, clamp: Tensor | None) -> dict[str, Tensor]:
        """Means over chains of the parts of the loss, and lDDT."""
        truth, known, pairs = Frames.from_points(chains.atoms), chains.known, fold.pairs
        errors = [losses.fape(frames, frames.origin, truth, truth.origin, known, clamp) for frames in fold.course]
        lddt = losses.lddt(fold.frames.origin.detach(), truth.origin, known)
        error = losses.aligned_error(fold.frames.detach(), truth)
        doubt = losses.predicted_lddt_loss(self.confidence(fold.single), lddt, known)
        doubt = doubt + losses.aligned_error_loss(self.aligned_error(pairs), error, known)
        distances = losses.distogram_loss(self.distogram(pairs + pairs.transpose(1, 2)), truth.origin, known)
        means = {"fape": torch.stack(errors), "distogram": distances, "nats": doubt}
        return {name: term.mean() for name, term in means.items()} | {"lddt": losses.mean_over(lddt, known).mean()}

    def fold(self, chains: PaddedChains, passes: int) -> Fold:
        """Runs `passes` passes and returns the last, the only one with a gradient."""
        residues = residues_of(chains)
        state = None
        with torch.no_grad():
            for _ in range(passes - 1):
                state = self._pass(residues, state).before
        return self._pass(residues, state)

    def predict(self, chains: Ragged) -> tuple[Tensor, Tensor]:
        """Predicts atoms (R, 3, 3) in Angstrom and the confidence (R,) in [0, 1] of the R residues of whole chains.

        Raises GivenError for a chain whose pairs take more memory than the machine has."""
        require_pair_memory(int(chains.sizes.max()), self.pair_width)
        answers = [self._answer(pad(chains[number : number + 1])) for number in range(len(chains))]
        atoms, signs = zip(*answers)
        return torch.cat([one[0] for one in atoms]), self.calibrated(torch.cat([one[0] for one in signs]))

    def calibrate(self, items: Items, rng: Draws) -> None:
        measure_confidence(self.calibrated, items.x, self._answer, MEASURED, rng)

    def _answer(self, chains: PaddedChains) -> tuple[Tensor, Tensor]:
        """Atoms (B, N, 3, 3), and the signs (B, N, 3) of their confidence."""
        fold = self.fold(chains, 1 + self.recycles)
        ca, mask, said = fold.frames.origin, chains.mask, losses.predicted_lddt(self.confidence(fold.single))
        return fold.frames.build_atoms(), signs_of(self.expected_lddt(fold.pairs, ca, mask), said, ca, mask)

    def expected_lddt(self, pairs: Tensor, ca: Tensor, mask: Tensor) -> Tensor:
        """Computes the lDDT (B, N) that the distogram expects of positions.

        Args:
            pairs: (B, N, N, pair_width).
            ca: (B, N, 3) in Angstrom.
            mask: (B, N) bool.
        """
        distance, places = torch.cdist(ca, ca), torch.arange(ca.shape[1], device=ca.device)
        counts = (distance < REACH) & mask[:, :, None] & mask[:, None] & (places[:, None] != places)
        rows = []
        for block in places.split(BLOCK):
            logits = self.distogram(pairs[:, block] + pairs[:, :, block].transpose(1, 2))
            rows.append(losses.expected_lddt(logits, distance[:, block], counts[:, block]))
        return torch.cat(rows, 1)

    def _pass(self, residues: Residues, state: Before | None) -> Fold:
        single, pairs = self.trunk(residues, state)
        with torch.autocast(single.device.type, enabled=False):  # coordinates in float32, whatever the trunk has
            single, pairs = single.float(), pairs.float()
            single, course = self.structure(single, pairs, residues.mask)
            return Fold(single, pairs, [Frames(frames.rotation, frames.origin * UNIT) for frames in course])

    def _clamp(self, batch: Batch, count: int) -> Tensor | None:
        """(B,) Angstrom at which the error of each chain is clamped; None while all are open."""
        if not self.training or batch.progress < self.objective.clamp_from or self.objective.clamp_from == 1:
            return None
        clamped = batch.rng.uniform(count) < CLAMPED_SHARE
        return torch.full((count,), torch.inf, device=clamped.device).masked_fill(clamped, CLAMP)


def residues_of(chains: PaddedChains) -> Residues:
    """Converts chains to the trunk's input; a chain break moves the positions after it far away."""
    break_count = chains.breaks.long().cumsum(1) - chains.breaks.long()
    return Residues(chains.letters, chains.mask, chains.places + BREAK * break_count, chains.alignment)


def require_pair_memory(residues: int, pair_width: int) -> None:
    """Raises GivenError where the pairs of so many residues need more memory than the machine has."""
    size = PAIR_COPIES * 4 * pair_width * residues**2
    require_memory(f"the pairs of {residues:,} residues", size, "cut the sequence into its domains")
