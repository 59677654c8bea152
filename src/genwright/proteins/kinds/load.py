"""Protein chains: split so that relatives stand on one side; and sequences to fold."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ...kinds.formats.raw import Raw, Read
from ...kinds.formats.source import Source
from ...kinds.splits import remark, require_enough, split
from .chain import UNKNOWN, Chain, chain_of_sequence, letters_of
from .chain_files import aligned_to, read_alignment, with_alignment
from .protein_data import ProteinChains, chain_keys
from .relatives import find_relatives

FASTA = ".fasta, .fa or .a3m"


class ChainReading(Protocol):
    """The part of a domain of chains that `read_items` needs."""

    kind: str


def load(raw: Raw, text: str, options: dict, seed: int) -> ProteinChains:
    """Raises DataError for too few chains.

    Args:
        raw: Items as they were read from the source.
        text: Name of the source in messages.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    require_enough(len(raw.items), text, raw.account)
    keys, relatives = chain_keys(raw.items), None
    if raw.parts is None:
        relatives = find_relatives([chain.sequence for chain in raw.items])
    parts = split(keys, None, raw.parts, seed, relatives)
    group_keys = keys if relatives is None else relatives
    notes = [*raw.notes, *remark(parts, raw.parts, group_keys, "chains", "relatives of another")]
    lost = pd.DataFrame(raw.unreadable, columns=["where", "text", "why"]) if raw.unreadable else None
    return ProteinChains(
        raw.name, raw.items, np.asarray(parts, object), relatives, raw.drawn, seed, text, raw.licence, notes, options,
        lost, raw.account,
    )  # fmt: skip


def read_items(source: Source, domain: ChainReading) -> Read:
    """Reads chains to fold: of a FASTA or .a3m, or of structures. Letters that are no residues are X.

    Raises DataError for a source without a sequence of a protein.
    """
    if source.ends(".a3m"):
        name, rows = read_alignment(source.path)
        return _read([aligned_to(chain_of_sequence(letters_of(rows[0]), name), rows)], Account(1, 1))
    raw = source.read()
    if raw.kind == domain.kind:
        return _read(raw.items, raw.account)
    if raw.kind != "sequences":
        raise DataError(f"{source.called} holds no sequences: give a {FASTA}, or structures of proteins")
    return _read(*_chains_of_texts(raw, source))


def _chains_of_texts(raw: Raw, source: Source) -> tuple[list[Chain], Account]:
    has_names = raw.beside is not None and "name" in raw.beside
    names = raw.beside["name"] if has_names else [f"sequence {number + 1}" for number in range(len(raw.items))]
    chains, account = [], raw.account
    unknown_letters, other_letters, gaps = 0, 0, 0
    for name, text in zip(names, raw.items):
        gaps += "-" in text or "." in text
        chain = chain_of_sequence(text, name.split()[0] if name.split() else "sequence")
        if not chain.is_protein:
            unknown_letters += 1
            continue
        other_letters += int((chain.letters == UNKNOWN).sum())
        if source.path is not None:
            alignment = Path(source.path).with_name(f"{Path(chain.name).name}.a3m")
            (chain,) = with_alignment([chain], alignment, chain.name, account)
        chains.append(chain)
    account.leave_out(unknown_letters, "sequence", "more than half of its letters are no residues")
    account.remarks += [f"{other_letters:,} letters are none of the 20 residues and are read as X"] * bool(
        other_letters
    )
    account.remarks += [f"gaps are left out of {gaps:,} sequences"] * bool(gaps)
    if not chains:
        raise DataError(f"{source.called} holds no sequence of a protein: write residues as letters, such as MKTAYIA")
    return chains, account


def _read(chains: list[Chain], account: Account) -> Read:
    account.items = len(chains)
    return Read(chains, None, [chain.name for chain in chains], account, [chain.name for chain in chains])
