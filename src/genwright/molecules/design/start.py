"""The molecules that a design starts from, each once, and as their canonical SMILES."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from ...chemistry.standards import Standard, Unreadable, quiet_rdkit
from ...core.errors import DataError
from ...kinds.kind import Source
from ...kinds.read import read
from .limits import Limits, capped, molecule_of


@dataclass(frozen=True)
class Start:
    """smiles: canonical, each once, in the person's order. unreadable: how many were left out, and why the first of
    them was."""

    name: str
    smiles: list[str]
    unreadable: int = 0
    why: str = ""

    def begin(self, limits: Limits, lead: list[str]) -> tuple[list[str], list[str]]:
        """What a search begins with, and sentences about it: the molecules within the limits, among them those to be
        similar to (lead), or the scaffold to keep where none of them holds it."""
        notes = [f"{self.unreadable:,} start molecules cannot be read: {self.why}"] * bool(self.unreadable)
        own = [*lead, *self.smiles] if limits.similar else self.smiles
        kept, told = replace(self, smiles=list(dict.fromkeys(own))).split_by_limits(limits)
        if limits.keep and not kept:
            bare = capped(limits.keep)
            unfiltered = Limits(limits.elements, limits.rings, limits.atoms, False)
            kept, _ = Start("the scaffold", [bare]).split_by_limits(unfiltered)
            told = [f"no start molecule holds the scaffold within the limits: the search begins with {bare}"]
        return kept, [*limits.describe(), *notes, *told]

    def split_by_limits(self, limits: Limits) -> tuple[list[str], list[str]]:
        """Those within the limits, and sentences about those beyond them. Raises DataError where none is within."""
        with quiet_rdkit():
            broken = [limits.broken(molecule_of(smiles)) for smiles in self.smiles]
        kept = [smiles for smiles, why in zip(self.smiles, broken) if not why]
        reasons = Counter(why for why in broken if why)
        most = ", ".join(f"{why} ({count:,})" for why, count in reasons.most_common(3))
        if not kept and not limits.keep:
            raise DataError(
                f"none of {len(self.smiles):,} start molecules is within the limits (most often: {most}): switch a "
                "limit off, such as with --filters off, or give other molecules"
            )
        beyond = len(self.smiles) - len(kept)
        return kept, [f"{beyond:,} of {len(self.smiles):,} start molecules break a limit: {most}"] * bool(beyond)


def read_start(source: Any) -> Start:
    """Molecules of a name, a path, or objects in memory, as `load_data` takes them. Raises DataError where none can be
    read."""
    if isinstance(source, (list, tuple)) and not source:
        raise DataError("the list holds no molecules: give SMILES")
    asked = Source([source] if _is_smiles(source) else source, {"kind": "molecules"})
    raw, text = read(asked)
    if raw.kind != "molecules":
        raise DataError(f"{text} holds no molecules: give SMILES, a line each or in a column called smiles")
    standard, found, unreadable, why = Standard(), {}, 0, ""
    with quiet_rdkit():
        for place, smiles in zip(raw.item_places, raw.items):
            try:
                found[standard.smiles(smiles)] = None
            except Unreadable as reason:
                unreadable, why = unreadable + 1, why or f"{place}: {reason}"
    if not found:
        what = f"no molecule that can be read ({why})" if why else "no molecules"
        raise DataError(f"{text} holds {what}: give SMILES, a line each or in a column called smiles")
    return Start(raw.name, list(found), unreadable, why)


def _is_smiles(source: Any) -> bool:
    """Whether a text names neither data nor a path, and is a molecule."""
    if not isinstance(source, str) or Source(source).name or Source(source).path.exists():
        return False
    with quiet_rdkit():
        from rdkit import Chem

        return Chem.MolFromSmiles(source) is not None
