"""Protein chains with their structures, of which predictors learn to fold sequences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...core.account import Account
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Source
from ...kinds.kind import Format, Kind, call_on_path

PROTEINS = "proteins"
NOT_MEASURED = "Trust no structure that it predicts: compare it with structures that were measured."


def _is_chains(source: Source) -> bool:
    """Files of a polymer of amino acids, and chains in memory; with kind=proteins any file of atoms."""
    if source.get("kind") not in (None, PROTEINS):
        return False
    if source.path is None:
        return are_chains(source.given)
    from .chain_files import SUFFIXES, holds_chains

    is_named = source.get("kind") == PROTEINS
    return (is_named and (source.is_folder or source.ends(*SUFFIXES))) or holds_chains(source.path)


def _chains(source: Source) -> Raw:
    if source.path is None:
        return Raw(PROTEINS, "chains", list(source.given), account=Account())
    return call_on_path("genwright.proteins.kinds.chain_files:read_chains")(source)


def are_chains(given: object) -> bool:
    """Tells whether an object is a list of chains."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        return False
    from .chain import Chain

    return len(given) > 0 and all(isinstance(chain, Chain) for chain in given)


KIND = Kind(
    PROTEINS, "protein chains", "genwright.proteins.kinds.load",
    formats=(Format(_is_chains, _chains, "chains"),), schema=Path(__file__).with_suffix(".schema.json"),
    cautions=(NOT_MEASURED,),
)  # fmt: skip
