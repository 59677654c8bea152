"""A string model as a policy: it writes molecules, says how likely each is, and learns from a loss."""

from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor

from ...core.device import threads
from ...core.draws import Draws
from ...core.errors import DataError, GivenError
from ...core.likelihood import EXACT
from ...core.packages import Chem
from ...run.model import Model
from ..chemistry.standards import quiet_rdkit
from ..kinds.domain import Molecules
from .limits import Gate

CLIP = 1.0  # norm of gradients
STRINGS = "strings"  # kind of prior


def require_strings(model: Model, run: str | Path) -> Model:
    """Returns the model. Raises DataError where it does not write molecules as strings, with their likelihood."""
    if (
        not isinstance(model.domain, Molecules)
        or not model.has("sample")
        or not model.has("log_prob")
        or model.family.kind != EXACT
    ):
        raise DataError(
            f"{run} does not write molecules as strings of exact likelihood: name a run of a string model that does"
        )
    return model


class StringPolicy:
    """A copy of a trained model that learns from scores. Random numbers are those of (name, seed) and of how often it
    drew.

    Args:
        model: The trained model.
        seed: Seed of the random numbers.
    """

    def __init__(self, model: Model, name: str, seed: int, rate: float):
        self.family, self.domain, self.name, self.seed, self.drawn = deepcopy(model.family), model.domain, name, seed, 0
        self.family.eval()  # no dropout: the policy that writes is the one that learns
        for parameter in self.family.parameters():
            parameter.requires_grad_(True)
        self.optimiser = torch.optim.Adam(self.family.parameters(), rate)

    def sample(self, n: int) -> Tensor:
        """Samples the codes (n, T) of n strings."""
        rng = Draws("design", self.name, self.seed, self.drawn)
        self.drawn += 1
        with torch.no_grad(), threads(1):
            return self.family.sample(n, self._empty_conditions(n), rng)

    def log_prob(self, x: Tensor) -> Tensor:
        """Computes the log-probability (n,) in nats of strings (n, T)."""
        nats, _ = self.family.log_likelihood(x, self._empty_conditions(len(x)), Draws("design", self.name, self.seed))
        return nats

    def learn(self, loss: Tensor) -> None:
        """Takes one step of Adam down a loss."""
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.family.parameters(), CLIP)
        self.optimiser.step()

    def smiles(self, x: Tensor, gate: Gate) -> list[str]:
        """Decodes strings to canonical SMILES; "" for an invalid molecule or one that breaks a limit."""
        with quiet_rdkit():
            molecules = [
                Chem.MolFromSmiles(text) if text else None
                for text in self.domain.decode(x, self._empty_conditions(len(x)), 0)
            ]
            return ["" if molecule is None else gate.smiles(molecule) for molecule in molecules]

    def codes(self, smiles: list[str]) -> tuple[Tensor, list[str]]:
        """Encodes the SMILES that the model can spell: (k, T) codes, and which these are."""
        respelled = []
        for text in smiles:
            try:
                self.domain.encode([text])
            except (DataError, GivenError, KeyError):
                continue
            respelled.append(text)
        return (self.domain.encode(respelled)[0] if respelled else torch.zeros(0, 0)), respelled

    def _empty_conditions(self, n: int) -> Tensor:
        return self.domain.encode_given({}, n)
