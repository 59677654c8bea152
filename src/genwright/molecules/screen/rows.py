"""Row of a screen for each molecule: score, neighbours, filters, flags, scaffold, and why it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...chemistry.alerts import group_of, structural_alerts
from ...chemistry.fingerprints import morgan_counts, nearest, packed
from ...chemistry.measured import Library
from ...chemistry.scaffolds import scaffold_of
from ...chemistry.standards import Standard, parent_of, quiet_rdkit
from ...kinds.library import Molecule, as_library
from ...run.open import open_predictor
from .known import Known, Reading
from .scorers import ByActives, ByModel, Flag, target_of
from .settings import MODEL, Settings

EQUAL_SIMILARITY = 1.0  # similarity of molecules that one fingerprint has
UNREADABLE, MEASURED, ALIKE = "unreadable", "measured already", "not new"
COLUMNS = {  # in the order of ranked.csv
    "rank": "1 is the best; molecules with the same score share the mean of their ranks; empty where one is left out",
    "smiles": "the molecule, as RDKit writes it after the standard; as it was given where it cannot be read",
    "name": "what the library calls it",
    "place": "where it stands in the library",
    "score": "what molecules are ranked by",
    "low": "ends of the 90% interval of the score: measured on validation molecules for a number,",
    "high": "from how far the members of an ensemble differ for a class; empty where there is none",
    "nearest_active": "the known active that is most alike",
    "similarity": "Tanimoto similarity to it by Morgan fingerprints (radius 2, 2,048 bits)",
    "nearest_training": "the molecule of the training table that is most alike; its number there if the table is gone",
    "training_similarity": "Tanimoto similarity to it",
    "filters": "structural filters that it fails: MOSES' MCF, PAINS, charges, rare elements, large rings; empty: none",
    "scaffold": "its rings and what joins them (Bemis & Murcko 1996); empty without rings",
    "removed": "why it is left out of the ranks; empty where it is not",
}
OF_TABLES = "number", "again", "others"  # columns of parts and of the page, beside COLUMNS
OF_MODELS = ("low", "high", "nearest_training", "training_similarity")


def describe_columns(settings: Settings) -> dict[str, str]:
    """{column of ranked.csv: its meaning in this screen}, in their order."""
    return COLUMNS | {"score": f"{COLUMNS['score']}: {settings.ranking}"}


@dataclass(frozen=True)
class Screener:
    """Everything that one process needs to fill the rows of molecules. scorer: ByActives or ByModel."""

    settings: Settings
    known: Known
    scorer: Any
    flags: tuple[Flag, ...]

    @classmethod
    def open_folder(cls, folder: Path) -> Screener:
        """As the folder of a screen says."""
        settings, known = Settings.read(folder), Known.read(folder)
        flags = tuple(Flag(name, open_predictor(run)) for name, run in settings.flags.items())
        if settings.run:
            model = open_predictor(folder / MODEL if settings.run == MODEL else settings.run)
            target = target_of(model, settings.target, settings.run)
            return cls(settings, known, ByModel(model, target, settings.direction), flags)
        return cls(settings, known, ByActives(settings.by, known.fingerprints), flags)

    @cached_property
    def columns(self) -> dict[str, str]:
        """{name: what it is}, in their order."""
        found = describe_columns(self.settings)
        found = {name: of for name, of in found.items() if self.settings.run or name not in OF_MODELS}
        removed = found.pop("removed")
        for flag in self.flags:
            found |= flag.columns
        return found | {"removed": removed}

    def rows(self, first: int, molecules: Sequence[Molecule]) -> pd.DataFrame:
        """The columns of some molecules after one another, and `number`, from `first` on. Ranks are empty."""
        reading = Reading(Standard(**self.settings.standard), self.settings.column)
        library, parsed = _parsed(as_library(molecules, reading, self.settings.library))
        valid = np.flatnonzero(library.valid)
        table = pd.DataFrame({"number": np.arange(len(molecules)) + first}).reindex(columns=["number", *self.columns])
        table = table.astype({name: object for name in self.columns})
        table["smiles"], table["name"], table["place"] = list(library.texts), list(library.names), list(library.places)
        table["removed"] = [f"{UNREADABLE}: {why}" if why else "" for why in library.why]
        if len(valid):
            read = self._of_readable(library, parsed)
            for name in read.columns:
                table.loc[valid, name] = read[name].to_numpy(object)
        return table

    def _of_readable(self, library: Library, parsed: list[Any]) -> pd.DataFrame:
        """parsed: the molecules of RDKit that can be read."""
        smiles = list(library.smiles)
        fingerprints = packed(morgan_counts(smiles))
        found = self.scorer.scores(library, fingerprints)
        if "number" in found:
            numbers = found.pop("number").astype(int)
            near = [self.known.smiles[k] for k in numbers] if len(self.known.smiles) else list(numbers)
            found["nearest_training"], found["training_similarity"] = near, rounded3(found.pop("alike"))
        found.insert(0, "smiles", smiles)
        if len(self.known.actives):
            alike, number = nearest(fingerprints, self.known.fingerprints)
            found["nearest_active"] = [self.known.actives[k] for k in number]
            found["similarity"] = rounded3(alike)
        with quiet_rdkit():
            alerts = [structural_alerts(molecule) for molecule in parsed]
            found["scaffold"] = [scaffold_of(text) for text in smiles]
        found["filters"] = ["; ".join(several) for several in alerts]
        flagged = {}
        for flag in self.flags:
            cells, flagged[flag.name] = flag.cells(library)
            for name, values in cells.items():
                found[name] = values
        near = found["training_similarity" if "training_similarity" in found else "similarity"].to_numpy(float)
        if self.settings.new is not None and len(self.known.smiles):
            near = rounded3(nearest(fingerprints, self.known.measured)[0])
        found["removed"] = self._removed(smiles, near, alerts, flagged)
        return found

    def _removed(
        self, smiles: list[str], near: np.ndarray, alerts: list[tuple[str, ...]], flagged: dict[str, np.ndarray]
    ) -> list[str]:
        """The first reason against each molecule, "" where there is none. near: (k,) similarity to the nearest measured
        molecule; to the nearest training molecule where the training table is gone."""
        against = [{group_of(alert) for alert in several} for several in alerts]
        for name, hit in flagged.items():
            for k in np.flatnonzero(hit):
                against[k].add(name)
        said = []
        with quiet_rdkit():
            for k, text in enumerate(smiles):
                same = parent_of(text) in self.known.parents if len(self.known.smiles) else near[k] == EQUAL_SIMILARITY
                failed = [name for name in self.settings.without if name in against[k]]
                old = self.settings.new is not None and near[k] > self.settings.new
                said.append(MEASURED if same else failed[0] if failed else ALIKE if old else "")
        return said


def _parsed(library: Library) -> tuple[Library, list[Any]]:
    """A library whose canonical SMILES can all be read, and its molecules: now and then RDKit does not read its own."""
    from rdkit import Chem

    with quiet_rdkit():
        found = [Chem.MolFromSmiles(text) for text in library.smiles]
    if None not in found:
        return library, found
    why = list(library.why)
    for place, molecule in zip(np.flatnonzero(library.valid), found):
        if molecule is None:
            why[place] = "RDKit does not read the canonical SMILES that it writes"
    kept = [text for text, molecule in zip(library.smiles, found) if molecule is not None]
    return replace(library, why=why, smiles=kept), [molecule for molecule in found if molecule is not None]


def rounded3(values: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(values, np.float64), 3)


@lru_cache(maxsize=1)
def screener(folder: str, call: str) -> Screener:
    """The `Screener` of a folder, opened once in a process for each `call` of screen: a later call may find another
    screen in a folder of the same name."""
    return Screener.open_folder(Path(folder))
