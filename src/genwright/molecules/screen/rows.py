"""Rows of a screen: score, neighbours, filters, flags, scaffold of each molecule, and why it is left out.

One pass over a library makes them, part by part, and merges the parts in the order of scores. A part is written whole,
so a screen that was killed goes on behind the last one. The merge holds one row of each part, and of at most FAN files
at once: memory does not grow with the library.
"""

from __future__ import annotations

import csv
import heapq
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import count, groupby
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.cpu import cores, in_order
from ...core.errors import RunError, damage
from ...core.files import require_inside_folder, write_whole
from ...core.limits import open_plain
from ...core.packages import Chem
from ...core.patience import progress_bar
from ...core.safe_text import quoted
from ...core.type_names import RdkitMolecule
from ...kinds.formats.source import Source
from ..chemistry.alerts import group_of, own_alerts, structural_alerts
from ..chemistry.fingerprints import EQUAL_SIMILARITY, morgan_counts, nearest, packed
from ..chemistry.measured import Library
from ..chemistry.properties import MEANINGS, properties
from ..chemistry.scaffolds import scaffold_of
from ..chemistry.standards import Standard, parent_of, quiet_rdkit
from ..kinds.library import Molecule, as_library, read_in_batches
from ..library_tables import open_predictor
from .record import JUDGED, MODEL, WORK, Known, Reading, Settings
from .scorers import ByActives, ByModel, Flag, target_of

UNREADABLE, MEASURED, ALIKE = "unreadable", "measured already", "not new"
COLUMNS = {  # meanings, in the order of ranked.csv
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
    **MEANINGS,
    "filters": "filters that it fails: MOSES' MCF, PAINS, charges, rare elements, large rings, yours; empty: none",
    "scaffold": "its rings and what joins them (Bemis & Murcko 1996); empty without rings",
    "removed": "why it is left out of the ranks; empty where it is not",
}
JUDGED_SCORE = "judged_score"  # column of parts: the score by the model that held-out actives are scored by
OF_TABLES = "number", "again", "others", JUDGED_SCORE  # columns of parts and of the page, beside COLUMNS
OF_MODELS = ("low", "high", "nearest_training", "training_similarity")


def describe_columns(settings: Settings) -> dict[str, str]:
    """Describes the columns of ranked.csv in this screen, in their order: {column: meaning}."""
    return COLUMNS | {"score": f"{COLUMNS['score']}: {settings.ranking}"}


@dataclass(frozen=True)
class Screener:
    """All that one process needs to fill the rows of molecules.

    Args:
        settings, known: of the screen.
        scorer: which ranks.
        flags: other models that warn.
        judged: which scores held-out actives, where another one ranks.
    """

    settings: Settings
    known: Known
    scorer: ByActives | ByModel
    flags: tuple[Flag, ...]
    judged: ByModel | None = None

    @classmethod
    def open_folder(cls, folder: Path) -> Screener:
        """Opens the screener of a folder, by its settings."""
        settings, known = Settings.read(folder), Known.read(folder)
        flags = tuple(Flag.open(name, run) for name, run in settings.flags.items())
        if not settings.run:
            return cls(settings, known, ByActives(settings.by, known.fingerprints), flags)

        def by_model(run: str | Path) -> ByModel:
            model = open_predictor(run)
            return ByModel(model, target_of(model, settings.target, settings.run), settings.direction)

        if settings.run == MODEL:
            return cls(settings, known, by_model(folder / MODEL), flags, by_model(folder / JUDGED))
        return cls(settings, known, by_model(settings.run), flags)

    @cached_property
    def columns(self) -> dict[str, str]:
        """The columns of a row: {name: what it is}, in their order."""
        columns = describe_columns(self.settings)
        columns = {name: of for name, of in columns.items() if self.settings.run or name not in OF_MODELS}
        removed = columns.pop("removed")
        for flag in self.flags:
            columns |= flag.columns
        return columns | {"removed": removed}

    @property
    def part_columns(self) -> list[str]:
        """Names of the columns of parts, in their order."""
        return ["number", *self.columns, *([JUDGED_SCORE] if self.judged else [])]

    def rows(self, first: int, molecules: Sequence[Molecule]) -> pd.DataFrame:
        """Computes the rows of some molecules in `part_columns`, without ranks. Ranks are empty.

        Args:
            first: Number of the first molecule.
            molecules: The molecules.
        """
        reading = Reading(Standard(**self.settings.standard), self.settings.column)
        library, parsed = _parsed(as_library(molecules, reading, self.settings.library))
        valid = np.flatnonzero(library.valid)
        table = pd.DataFrame({"number": np.arange(len(molecules)) + first}).reindex(columns=self.part_columns)
        table = table.astype({name: object for name in self.part_columns[1:]})
        table["smiles"], table["name"], table["place"] = list(library.texts), list(library.names), list(library.places)
        table["removed"] = [f"{UNREADABLE}: {reason}" if reason else "" for reason in library.why]
        if len(valid):
            read = self._of_readable(library, parsed)
            for name in read.columns:
                table.loc[valid, name] = read[name].to_numpy(object)
        return table

    def _of_readable(self, library: Library, parsed: list[RdkitMolecule]) -> pd.DataFrame:
        """parsed: the molecules of RDKit that can be read."""
        smiles = list(library.smiles)
        fingerprints = packed(morgan_counts(smiles))
        table = self.scorer.scores(library, fingerprints)
        if self.judged:
            table[JUDGED_SCORE] = self.judged.scores(library, fingerprints)["score"]
        if "number" in table:
            numbers = table.pop("number").astype(int)
            near = [self.known.smiles[k] for k in numbers] if len(self.known.smiles) else list(numbers)
            table["nearest_training"], table["training_similarity"] = near, rounded3(table.pop("alike"))
        table.insert(0, "smiles", smiles)
        if len(self.known.actives):
            similarity, number = nearest(fingerprints, self.known.fingerprints)
            table["nearest_active"] = [self.known.actives[k] for k in number]
            table["similarity"] = rounded3(similarity)
        with quiet_rdkit():
            own = self.settings.alerts
            alerts = [(*structural_alerts(molecule), *own_alerts(molecule, own)) for molecule in parsed]
            table["scaffold"] = [scaffold_of(text) for text in smiles]
            for name, values in zip(MEANINGS, zip(*map(properties, parsed))):
                table[name] = rounded3(values)
        table["filters"] = ["; ".join(alert_names) for alert_names in alerts]
        flagged = {}
        for flag in self.flags:
            cells, flagged[flag.name] = flag.cells(library)
            for name, values in cells.items():
                table[name] = values
        near = table["training_similarity" if "training_similarity" in table else "similarity"].to_numpy(float)
        if self.settings.new is not None and len(self.known.smiles):
            near = rounded3(nearest(fingerprints, self.known.measured)[0])
        table["removed"] = self._removal_reasons(smiles, near, alerts, flagged)
        return table

    def _removal_reasons(
        self, smiles: list[str], near: np.ndarray, alerts: list[tuple[str, ...]], flagged: dict[str, np.ndarray]
    ) -> list[str]:
        """The first reason against each molecule, "" where there is none. near: (k,) similarity to the nearest measured
        molecule; to the nearest training molecule where the training table is gone."""
        against = [{group_of(alert) for alert in alert_names} for alert_names in alerts]
        for name, hit in flagged.items():
            for k in np.flatnonzero(hit):
                against[k].add(name)
        sentences = []
        with quiet_rdkit():
            for k, text in enumerate(smiles):
                is_known_molecule = (
                    parent_of(text) in self.known.parents if len(self.known.smiles) else near[k] == EQUAL_SIMILARITY
                )
                failed = [name for name in self.settings.without if name in against[k]]
                old = self.settings.new is not None and near[k] > self.settings.new
                sentences.append(MEASURED if is_known_molecule else failed[0] if failed else ALIKE if old else "")
        return sentences


def _parsed(library: Library) -> tuple[Library, list[RdkitMolecule]]:
    """A library whose canonical SMILES can all be read, and its molecules: now and then RDKit does not read its own."""
    with quiet_rdkit():
        molecules = [Chem.MolFromSmiles(text) for text in library.smiles]
    if None not in molecules:
        return library, molecules
    reasons = list(library.why)
    for place, molecule in zip(np.flatnonzero(library.valid), molecules):
        if molecule is None:
            reasons[place] = "RDKit does not read the canonical SMILES that it writes"
    texts = [text for text, molecule in zip(library.smiles, molecules) if molecule is not None]
    return replace(library, why=reasons, smiles=texts), [molecule for molecule in molecules if molecule is not None]


def rounded3(values: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(values, np.float64), 3)


@lru_cache(maxsize=1)
def screener(folder: str, call: str) -> Screener:
    """Returns the `Screener` of a folder, opened once in a process for each `call` of screen: a later call may find
    another screen in a folder of the same name."""
    return Screener.open_folder(Path(folder))


PART_SIZE = 1_000  # molecules of a part
FAN = 64  # files that are open at once
LINES_SHOWN = 20  # lines that cannot be read, which the page names
PARALLEL_FROM = 4_000  # molecules that are worth the start of processes
Row = list[str]  # row of a part: the number of the molecule, then the screen's columns


def pass_over(folder: Path, call: str, source: Source, reading: Reading, total: int) -> list[Path]:
    """Computes the missing parts of a library, in as many processes as it is worth, and returns all.

    Args:
        folder: Folder to read or write.
        call: as in `screener`.
        source: What the user passed: a path, a name or an object.
    """
    work = folder / WORK
    require_inside_folder(work)
    paths = [work / f"{number:06}.csv" for number in range(-(-total // PART_SIZE))]
    parts = zip(paths, count(step=PART_SIZE), read_in_batches(source, reading.column, PART_SIZE))
    missing = (part for part in parts if not os.path.lexists(part[0]))
    missing_count = sum(not os.path.lexists(path) for path in paths)
    with progress_bar(missing_count * PART_SIZE, "molecules screened") as advance:
        processes = min(cores(), missing_count * PART_SIZE // PARALLEL_FROM) or 1
        for _ in in_order(partial(_write_part, str(folder), call), missing, processes):
            advance(PART_SIZE)
    return paths


def _write_part(folder: str, call: str, task: tuple[Path, int, list[Molecule]]) -> None:
    path, first, molecules = task
    screening = screener(folder, call)
    table, sign = screening.rows(first, molecules), screening.settings.direction.sign
    cells = table.astype(object).where(table.notna(), "").astype(str).to_numpy().tolist()
    place = {name: k for k, name in enumerate(table)}
    _write(path, sorted(cells, key=partial(order, place, sign)))


def order(place: dict[str, int], sign: int, row: Row) -> tuple:
    """Returns the sort key of a row: kept molecules first, the best score first, equal scores by SMILES.

    Args:
        place: {column: its place in a row}.
        sign: Sign of the direction of scores.
        row: Row of a part.
    """
    score = float(row[place["score"]] or "nan")
    return bool(row[place["removed"]]), 0.0 if isnan(score) else -sign * score, row[place["smiles"]], int(row[0])


def merged(paths: list[Path], columns: list[str], work: Path, sign: int) -> Iterator[Row]:
    """Merges the rows of all parts in their order (see `order`)."""
    place, level = {name: k for k, name in enumerate(columns)}, 0
    key, read = partial(order, place, sign), partial(_rows, place)
    while len(paths) > FAN:
        level += 1
        groups = [paths[k : k + FAN] for k in range(0, len(paths), FAN)]
        paths = [
            _write(work / f"merged-{level}-{k:06}.csv", heapq.merge(*map(read, group), key=key))
            for k, group in enumerate(groups)
        ]
    return heapq.merge(*map(read, paths), key=key)


def write_ranked(
    paths: list[Path], columns: list[str], folder: Path, held: np.ndarray, decoys: Set[str], sign: int = 1
) -> dict:
    """Writes ranked.csv, and counts on the way.

    Two walks: the first writes the rows in their order and how many of each score there are, the second their ranks.

    Args:
        paths: the parts.
        columns: of the parts. ranked.csv has those of the screen.
        folder: of the screen.
        held: (h,) scores of held-out actives, whose ranks among the molecules that are kept are counted too.
        decoys: SMILES of molecules that these ranks leave out, since a model learned to rank them low.
        sign: of the direction of scores.

    Returns:
        The counts; `among` says how many molecules stay beside the held-out actives.
    """
    place, ranked_columns = {name: k for k, name in enumerate(columns)}, [c for c in columns[1:] if c != JUDGED_SCORE]
    work, held = folder / WORK, np.asarray(held, np.float64)
    above, equal, sizes = np.zeros(len(held)), np.zeros(len(held)), work / "ties"
    counts = {"kept": 0, "among": 0, "tied": 0, "repeated": 0}

    comparable = place.get(JUDGED_SCORE, place["score"])  # of one model, as the scores of held-out actives are

    def groups() -> Iterator[bytes]:
        by_score = lambda row: (bool(row[place["removed"]]), row[place["score"]])
        for (removed, _), rows in groupby(_rows(place, work / "sorted.csv"), by_score):
            size, repeated, last, places_counts = 0, 0, None, Counter()
            for row in rows:
                size += 1
                places_counts[row[comparable]] += row[place["smiles"]] not in decoys
                repeated += row[place["smiles"]] == last
                last = row[place["smiles"]]
            if not removed:
                counts["kept"] += size
                counts["tied"] += size * (size > 1)
                counts["repeated"] += repeated
                counts["among"] += places_counts.total()
                for text, number in places_counts.items():
                    above[sign * held < sign * float(text)] += number
                    equal[held == float(text)] += number
            yield np.int64(size).tobytes()

    _write(work / "sorted.csv", merged(paths, columns, work, sign))
    write_whole(sizes, groups())
    removed: dict[str, int] = {}
    unreadable: list[str] = []

    def ranked() -> Iterator[Row]:
        yield ranked_columns
        count_before = 0
        with open(sizes, "rb") as file:
            rows = _rows(place, work / "sorted.csv")
            while data := file.read(8):
                size = int(np.frombuffer(data, np.int64)[0])
                for _ in range(size):
                    row = next(rows)
                    reason = row[place["removed"]].split(":", 1)[0]
                    if reason:
                        removed[reason] = removed.get(reason, 0) + 1
                        if reason == UNREADABLE and len(unreadable) < LINES_SHOWN:
                            unreadable.append(f"{row[place['place']]}: {row[place['removed']].partition(': ')[2]}")
                    else:
                        row[place["rank"]] = _rank(count_before, size)
                    yield list(map(quoted, row[1 : 1 + len(ranked_columns)]))
                count_before += size

    _write(folder / "ranked.csv", ranked())
    ranks = (above + equal / 2 + 1)[: len(held) if counts["among"] else 0]
    return {**counts, "removed": removed, "unreadable": unreadable, "ranks": np.sort(ranks).tolist()}


def _rank(count_before: int, size: int) -> str:
    """The mean rank of so many molecules behind others."""
    twice = 2 * count_before + size + 1
    return f"{twice // 2}.5" if twice % 2 else str(twice // 2)


def _write(path: Path, rows: Iterable[Row]) -> Path:
    return write_whole(path, _lines(rows))


def _lines(rows: Iterable[Row]) -> Iterator[bytes]:
    for row in rows:
        text, breaks = io.StringIO(), any("\r" in cell for cell in row)
        quoting = csv.QUOTE_ALL if breaks else csv.QUOTE_MINIMAL  # as in core/safe_text.py: readers end a line there
        csv.writer(text, lineterminator="\n", quoting=quoting).writerow(row)
        yield text.getvalue().encode()


def _rows(place: dict[str, int], path: Path) -> Iterator[Row]:
    """place: {column: its place in a row}. Raises RunError for a part that was changed after it was written."""
    require_inside_folder(path)
    with (
        damage(path, f"remove the folder {path.parent}, and run the same command again", RunError),
        io.TextIOWrapper(open_plain(path, kind=RunError), encoding="utf-8", newline="") as file,
    ):
        for row in csv.reader(file, strict=True):
            if len(row) != len(place) or int(row[0]) < 0:
                raise ValueError(f"a row of {len(row)} cells where {len(place)} belong")
            if not row[place["removed"]]:
                for name in {"score", JUDGED_SCORE} & place.keys():
                    float(row[place[name]])
            yield row
