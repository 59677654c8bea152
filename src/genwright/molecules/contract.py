"""Small data of molecules, and the contract's view of them."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import genwright

from ..contract.kinds import Kind, Known
from ..contract.tasks import SmallTask
from ..core.data import Data
from ..core.domain import BaseDomain
from .chemistry.measured import Measured
from .chemistry.notations import tokens
from .chemistry.scaffolds import POINT, before_point, closed, scaffold_of


def assay():
    """Returns chains with a group at each end: whether one is an amine, and how long they are, a third unknown
    of each."""
    rng = np.random.default_rng(0)
    ends = [(a, b) for a in ("N", "O", "S", "F", "Cl") for b in ("O", "S", "c1ccccc1", "C(=O)O", "C#N", "C(F)F")]
    rows = [
        (f"{a}{'C' * k}{b}", "yes" if a == "N" else "no", k + rng.normal(0, 0.1)) for a, b in ends for k in range(2, 9)
    ]
    frame = pd.DataFrame(rows, columns=["smiles", "active", "length"])
    return frame.mask(pd.DataFrame({name: rng.random(len(frame)) < 1 / 3 for name in frame} | {"smiles": False}))


def small_molecules():
    """Returns chains of one to four carbons with a group at each end, the second mostly by the first."""
    rng = np.random.default_rng(0)
    first, second = rng.choice(["N", "O", "S", ""], 600), rng.choice(["O", "S", "c1ccccc1"], 600)
    second = np.where((first == "N") & (rng.random(600) < 0.8), "O", second)
    chains = ["C" * int(length) for length in rng.integers(1, 5, 600)]
    smiles = ["".join(parts) for parts in zip(first, chains, second)]
    return genwright.load_data(smiles, kind="molecules")


def decorated_molecules():
    """Rings with a chain of one to four atoms, and their weight."""
    rng = np.random.default_rng(0)
    rings = rng.choice(["c1ccccc1", "c1ccnc(F)c1", "C1CCNC1"], 600)
    chains, ends = ["C" * int(length) for length in rng.integers(1, 5, 600)], rng.choice(["N", "O", ""], 600)
    smiles = ["".join(parts) for parts in zip(ends, chains, rings)]
    return genwright.load_data(smiles, kind="molecules", notation="scaffold-first", given=["weight"])


def scaffolds(data):
    """Returns first halves of molecules and molecules bound at their first atom, in turn; for models that choose
    attachment points, scaffolds with and without marks."""
    if data.domain.chooses_places:
        return ["[*:1]c1ccccc1", "c1ccncc1", "C1CCNC1", "[*:1]c1ccnc([*:2])c1"] * 10, None
    ways = (data.domain.cut, lambda smiles: f"[*:1]{smiles}")
    return [ways[i % 2](smiles) for i, smiles in enumerate(data.test[:40])], None


class Molecules(Kind):
    data, holes = staticmethod(small_molecules), staticmethod(scaffolds)

    def fits(self, sampled: list[str], data: Data) -> bool:
        symbols = set(data.domain.alphabet.symbols)
        return super().fits(sampled, data) and all(symbols >= set(tokens(smiles)) for smiles in sampled)

    def junk(self, data: Data) -> list[str]:
        rng, symbols = np.random.default_rng(0), data.domain.alphabet.symbols
        return ["".join(rng.choice(symbols, 7)) for _ in range(len(data.test))]

    def keeps_known(self, completions: list[str], items: list[str], known: Known) -> bool:
        """Tells whether each begins as its scaffold, written up to where it goes on."""
        starts = [before_point(item) if POINT in item else item.removesuffix("*") for item in items]
        return all(smiles.startswith(start) for smiles, start in zip(completions, starts))


class DecoratedMolecules(Molecules):
    data = staticmethod(decorated_molecules)
    given = "weight", (90.0, 150.0)
    guessed = False  # the likeliest symbol of each place spells no molecule

    def fits(self, sampled: list[str], data: Data) -> bool:
        known = data.domain.alphabet
        return Kind.fits(self, sampled, data) and all(
            set(known.cut(smiles)) <= set(known.symbols) for smiles in sampled
        )

    def junk(self, data: Data) -> None:
        return None

    def keeps_known(self, completions: list[str], items: list[str], known: Known) -> bool:
        return all(scaffold_of(smiles) == scaffold_of(closed(item)) for smiles, item in zip(completions, items))

    def half_known(self, x: Tensor) -> Tensor:
        """Returns a mask of as many symbols as the scaffolds have."""
        return (torch.arange(x.shape[1]) < x.shape[1] * 4 // 5).expand(x.shape).clone()


class Assay(SmallTask):
    """Molecules with a class and a number, each unknown of some. Too few validate for an interval of a network, and one
    network has no spread."""

    def data(self) -> Measured:
        return genwright.load_data(assay(), target=["active", "length"])

    def unfitting_data(self, data: Measured) -> Measured:
        """Returns the same assay, read with salts kept."""
        return genwright.load_data(assay(), target=["active", "length"], salts="keep")

    def count(self, data: Measured) -> int:
        return len(data)

    def chances(self, domain: BaseDomain) -> dict[str, dict[str, str]]:
        return {"active": {name: f"p(active={name})" for name in domain.targets[0].classes}}

    def empty(self) -> set[str]:
        return {"active_spread", "length_low", "length_high", "length_spread"}
