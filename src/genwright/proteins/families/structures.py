"""Structures of protein chains: chains become items of training, and what a predictor says of them becomes atoms.

A predictor of the task gets `Items` whose x is a Ragged of `encode_chains`, with the structures in it. Asked by a
person, its `predict(context)` gets such a Ragged, whose structures it must not look at, and answers with

    atoms (M, 3, 3) float32 in angstrom, rows N, CA and C; confidence (M,) float32 in [0, 1], the predicted lDDT

for all M residues, chain after chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.data import Data
from ...core.errors import DataError
from ...core.ragged import Ragged
from ...core.trainable import Items
from ...families.task_data import TaskDomain
from ..kinds.chain import Chain, chain_of_sequence
from ..kinds.kind import are_chains
from ..kinds.protein_data import ProteinChains
from ..kinds.sketches import (
    CAUTION,
    Identity,
    nearest_identity,
    share_known,
    sketch,
    sketch_of_text,
    sketch_to_text,
    usual_share,
)
from .chain_tensors import ATOMS, KNOWN_FLAG, ROWS, encode_chains
from .folded import Folded, write_folded

MOST_ROWS = 128  # rows of an alignment that models read
MOST_RESIDUES = 2_048  # of a chain to fold: the pairs of so many take half a gigabyte for each copy of 32 numbers


@dataclass(frozen=True)
class ChainSizes:
    """The sizes of chains that a network must fit.

    Args:
        rows: Rows of the alignments, 0 where chains have none.
        longest: residues of the longest training chain.
    """

    rows: int
    longest: int


@dataclass(frozen=True, repr=False)
class Structures(TaskDomain):
    """The domain of structures of protein chains.

    Args:
        rows: Rows of alignments that models read.
        longest: residues of the longest training chain.
        count: Count of all chains.
        sketches: Sketches of the training chains, as texts; none where a run does not know them.
        shortest: residues of the shortest training chain.
        usual: share of known words that validation chains have, NaN where they are too few.
    """

    rows: int
    longest: int
    count: int
    sketches: tuple[str, ...] = ()
    shortest: int = 0
    usual: float = nan
    kind = "proteins"
    task = "structure"
    resplits = True
    answers_folder = "folded"

    @property
    def spec(self) -> ChainSizes:
        """The sizes of chains that a network must fit."""
        return ChainSizes(self.rows, self.longest)

    @property
    def classes(self) -> tuple[str, ...]:
        """No classes."""
        return ()

    def encode(self, chains: Sequence[Chain]) -> tuple[Ragged, Tensor]:
        """Encodes chains, which bring their structures, as x, with given (n, 0)."""
        return encode_chains(chains, self.rows), torch.zeros(len(chains), 0)

    # ------------------------------------------------------------------ what a family sees

    def takes(self, data: object) -> bool:
        """Tells whether the domain reads data: chains, or sequences as texts."""
        return are_chains(data) or _are_texts(data)

    def without_labels(self, data: ProteinChains | Sequence[Chain] | Sequence[str]) -> Data:
        """Makes a task of chains or sequences to fold. Raises DataError for a text that is no sequence of a protein."""
        if isinstance(data, ProteinChains):
            return Data(data.name, self, {"test": list(data.chains)}, data.hash, data.source, data.licence, whole=data)
        if are_chains(data):
            return Data("the chains", self, {"test": list(data)}, "")
        chains = [chain_of_sequence(text, f"sequence {n + 1}") for n, text in enumerate(data)]
        if unfit_chain := next((chain.name for chain in chains if not chain.is_protein), ""):
            raise DataError(f"{unfit_chain} is no sequence of a protein: write residues as letters, such as MKTAYIA")
        return Data("the sequences", self, {"test": chains}, "")

    def context_for(self, task: Data, views: Sequence[str]) -> Ragged:
        """Returns the chains to predict. Raises DataError for one whose pairs of residues need too much memory."""
        chains = task.items["test"]
        longest = max(chains, key=len)
        if len(longest) > max(MOST_RESIDUES, self.longest):
            raise DataError(
                f"{task.name} hold the chain '{longest.name}' of {len(longest):,} residues, and training chains had up "
                f"to {self.longest:,}: cut it into parts of at most {MOST_RESIDUES:,}"
            )
        x = self.encode(chains)[0]
        x.x[:, KNOWN_FLAG] = 0
        x.x[:, ATOMS:ROWS] = 0
        return x

    # ------------------------------------------------------------------ predictions

    def folded(self, predicted: tuple[Tensor, Tensor], chains: Sequence[Chain]) -> list[Folded]:
        """Converts what a family predicts to the structure of each chain."""
        atoms, confidence = (part.float().cpu().numpy() for part in predicted)
        ends = np.cumsum([0, *map(len, chains)]).tolist()
        cut = [slice(start, stop) for start, stop in zip(ends, ends[1:])]
        return [
            Folded.of_chain(chain, atoms[p], confidence[p], self.identity_of(chain), self.is_inside(chain))
            for chain, p in zip(chains, cut)
        ]

    def identity_of(self, chain: Chain) -> Identity:
        """Computes the identity of a chain to the nearest training chain."""
        return nearest_identity(chain.letters, self._sketches)

    def is_inside(self, chain: Chain) -> bool | None:
        """Tells whether a chain is like those on which errors were measured, in length and words; None if unknown."""
        if not self.shortest <= len(chain) <= self.longest:
            return False
        return None if isnan(self.usual) else bool(self.share_known(chain) >= self.usual)

    def share_known(self, chain: Chain) -> float:
        """Computes the share of a chain's words that training chains have; NaN for one without words."""
        return share_known(chain.letters, self._words)

    @cached_property
    def _words(self) -> np.ndarray:
        return np.unique(np.concatenate([np.zeros(0, np.uint16), *self._sketches]))

    @cached_property
    def _sketches(self) -> list[np.ndarray]:
        return list(map(sketch_of_text, self.sketches))

    def caution(self, structures: Sequence[Folded]) -> str:
        """Says in a sentence how confident n predictions are; n is at least one."""
        identities = sorted(
            (structure.identity for structure in structures), key=lambda identity: np.nan_to_num(identity.share)
        )
        ends = dict.fromkeys([str(identities[0]), str(identities[-1])])
        outside = sum(structure.inside is False for structure in structures)
        text = f"confidence: {CAUTION}; identity to the nearest training chain: {' to '.join(ends)}"
        return f"{text}; {outside:,} of {len(structures):,} outside: no error was measured on such" if outside else text

    def answers(self, predicted: tuple[Tensor, Tensor], task: Data) -> pd.DataFrame:
        """Makes a table with a row a chain: name, residues, confidence (its mean), identity to the nearest training
        chain, whether it is inside, sequence, and `folded`, a `Folded`."""
        structures = self.folded(predicted, task.items["test"])
        return pd.DataFrame(
            {
                "name": [structure.chain.name for structure in structures],
                "residues": [len(structure) for structure in structures],
                "confidence": [float(structure.confidence.mean()) for structure in structures],
                "identity": [str(structure.identity) for structure in structures],
                "inside": pd.Series([structure.inside for structure in structures], dtype=object),
                "sequence": [structure.chain.sequence for structure in structures],
                "folded": pd.Series(structures, dtype=object),
            }
        )

    def ranked_answers(self, predicted: tuple[Tensor, Tensor], task: Data) -> pd.DataFrame:
        """Makes the table of `answers` with a row for each structure of a chain, the most confident first, and its rank
        from 1.

        Args:
            predicted: what `ranked` of a family says of the chains.
            task: the chains.
        """
        ranks = [self.answers(ranked, task).assign(rank=rank) for rank, ranked in enumerate(zip(*predicted), 1)]
        return pd.concat(ranks).sort_index(kind="stable").reset_index(drop=True)

    def write(self, items: Sequence[Folded], path: Path, names: Sequence[str] = ()) -> Path:
        """Writes structures as `write_folded` does.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        return write_folded(items, path, names)

    # ------------------------------------------------------------------ records

    def describe(self) -> list[str]:
        """Describes in a sentence the training chains."""
        rows = f", with alignments of up to {self.rows} rows" if self.rows else ""
        return [f"structures of {self.count:,} protein chains of up to {self.longest:,} residues{rows}"]

    def to_json(self) -> dict:
        record = {"rows": self.rows, "longest": self.longest, "count": self.count, "sketches": list(self.sketches)}
        return record | {"shortest": self.shortest, "usual": None if isnan(self.usual) else self.usual}

    @classmethod
    def from_json(cls, record: dict) -> Structures:
        sketches = tuple(record.get("sketches", ()))
        for text in sketches:
            sketch_of_text(text)
        usual = record.get("usual")
        sizes = record["rows"], record["longest"], record["count"]
        return cls(*sizes, sketches, record.get("shortest", 0), nan if usual is None else usual)


def structure_data(data: ProteinChains) -> Data:
    """Makes the task of predicting structures of chains."""
    items = {part: data.chains_of(part) for part in ("train", "valid", "test")}
    train = items["train"]
    rows = max((len(chain.alignment) for chain in train if chain.alignment is not None), default=0)
    sketches = tuple(sketch_to_text(sketch(chain.letters)) for chain in train)
    domain = Structures(min(rows, MOST_ROWS), max(map(len, train)), len(data), sketches, min(map(len, train)))
    domain = replace(domain, usual=usual_share([domain.share_known(chain) for chain in items["valid"]]))
    encoded = {part: Items(*domain.encode(chains)) for part, chains in items.items() if chains}
    if data.drawn is not None:
        draw = lambda numbers: Items(*domain.encode(data.drawn(numbers.tolist())))
        encoded["train"] = replace(encoded["train"], afresh=draw)
    return Data(
        data.name, domain, items, data.hash, data.source, data.licence, options=data.options, whole=data,
        encoded=encoded, account=data.account, drawn=data.drawn,
    )  # fmt: skip


def _are_texts(data: object) -> bool:
    return isinstance(data, (list, tuple)) and len(data) > 0 and all(isinstance(item, str) for item in data)
