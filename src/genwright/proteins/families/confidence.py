"""Confidence of predicted residues: an lDDT that was measured on chains which did not train.

    confidence = sigmoid(w_0 + w_1 logit e + w_2 logit p - w_3 log(d + SLACK)),   w_1, w_2, w_3 >= 0

    e    the lDDT that the network's own distogram expects of the structure that it built: where the network knows
         nothing of a chain, its two answers part
    p    what its confidence head says, which has seen training chains alone
    d    by how many angstrom bonds between CA differ from 3.8 around a residue: a network that is lost tears chains
    w    at the end of training, from validation chains, as they are and with their letters shuffled: a shuffled chain
         means nothing, so its lDDT is what chance brings

Validation chains from files have no relative in training, so w is measured on families that were left out whole. PRIOR,
of the made world, holds without validation chains, and counts as much as a chain or two beside them.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.ragged import Ragged
from ..networks import losses
from .chain_tensors import LETTER, ROWS, PaddedChains, pad

PRIOR = (-0.35, 0.85, 0.0, 1.1)
SURE = 1e-3  # nearest to 0 and 1 of what has a logit
BOND, SLACK = 3.8, 0.15  # Angstrom between CA, and what d has besides: .17 for a model in its own folds
WINDOW = 8  # bonds around a residue


def signs_of(expected: Tensor, said: Tensor, ca: Tensor, mask: Tensor) -> Tensor:
    """Computes the signs (B, N, 3) of confidence: logit e, logit p and -log(d + SLACK).

    Args:
        expected: (B, N) e.
        said: (B, N) p.
        ca: (B, N, 3) in Angstrom, as built.
        mask: (B, N) bool.
    """
    bonded = (mask[:, 1:] & mask[:, :-1]).to(ca.dtype)
    away = ((ca[:, 1:] - ca[:, :-1]).norm(dim=-1) - BOND).abs() * bonded
    total, count = (
        F.avg_pool1d(F.pad(values, (WINDOW // 2, WINDOW // 2)), WINDOW, stride=1) for values in (away, bonded)
    )
    logits = [values.clamp(SURE, 1 - SURE).logit() for values in (expected, said)]
    return torch.stack([*logits, -(total / count.clamp(min=1 / WINDOW) + SLACK).log()], -1)


class Confidence(nn.Module):
    """The calibrated confidence of residues. Its weights are None, and PRIOR holds, until `fit`."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weights", None)

    def forward(self, signs: Tensor) -> Tensor:
        """Computes the confidence (...,) in [0, 1] of signs (..., 3)."""
        weights = signs.new_tensor(PRIOR) if self.weights is None else self.weights.to(signs)
        return (weights[0] + signs @ weights[1:]).sigmoid()

    def fit(self, signs: Sequence[Tensor], lddt: Sequence[Tensor]) -> None:
        """Fits the weights by maximum likelihood; each chain counts as one observation, and PRIOR has deviation 1.

        Args:
            signs: (N, 3) of each chain.
            lddt: (N,) true lDDT of each chain's residues.
        """
        sizes = np.array([len(values) for values in lddt])
        share = np.repeat(1 / sizes, sizes)
        columns, y = (torch.cat([*values]).double().cpu().numpy() for values in (signs, lddt))
        x = np.c_[np.ones(len(y)), columns]

        def nats(weights: np.ndarray) -> tuple[float, np.ndarray]:
            score, away = x @ weights, weights - PRIOR
            slope = (1 / (1 + np.exp(-score)) - y) * share
            return share @ (np.logaddexp(0, score) - y * score) + away @ away / 2, slope @ x + away

        bounds = [(None, None), *[(0, None)] * (len(PRIOR) - 1)]
        found = minimize(nats, np.array(PRIOR), jac=True, bounds=bounds, method="L-BFGS-B").x
        self.weights = torch.tensor(found, dtype=torch.float64, device=signs[0].device)

    def flaw(self) -> str:
        """Describes weights that no training can produce; "" for others."""
        return "" if self.weights is None or self.weights.shape == (len(PRIOR),) else "a confidence of other signs"


def measure_confidence(
    confidence: Confidence,
    chains: Ragged,
    answer: Callable[[PaddedChains], tuple[Tensor, Tensor]],
    most_pairs: int,
    rng: Draws,
) -> None:
    """Fits a confidence to chains with known structures, as they are and with their letters shuffled.

    Args:
        confidence: to be fitted; as it is where no chain is usable.
        chains: of `encode_chains`.
        answer: Function of one padded chain that returns atoms (1, N, 3, 3) in angstrom and signs (1, N, 3).
        most_pairs: Pairs of residues, of all chains that are looked at together, at most; the first one always is.
        rng: Random numbers.
    """
    signs, lddt = [], []
    order = rng.permutation(len(chains)).to(chains.device)
    pairs = chains.sizes[order].square().cumsum(0)
    for number in order[(pairs <= most_pairs) | (pairs == pairs[0])].tolist():
        chain = chains[number : number + 1]
        for one in (chain, _shuffled(chain, rng)):
            padded = pad(one)
            atoms, own_signs = answer(padded)
            true = padded.atoms[:, :, 1]
            counts = (padded.known & (losses.lddt(true, true, padded.known) > 0))[0]  # with a partner in reach
            if counts.any():
                signs.append(own_signs[0, counts])
                lddt.append(losses.lddt(atoms[:, :, 1].float(), true, padded.known)[0, counts])
    if signs:
        confidence.fit(signs, lddt)


def _shuffled(chain: Ragged, rng: Draws) -> Ragged:
    """One chain with its letters, and the columns of its alignment, in a random order."""
    shuffled, order = chain.x.clone(), rng.permutation(len(chain.x))
    columns = [LETTER, *range(ROWS, chain.x.shape[1])]
    shuffled[:, columns] = chain.x[order][:, columns]
    return Ragged(shuffled, chain.ptr)
