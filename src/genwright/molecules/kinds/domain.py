"""Molecules as strings: canonical SMILES to the user, symbols of a notation to a model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.files import has_mark, require_ours, write_whole
from ...kinds.domain import Drawn
from ...kinds.formats.forms import say_written, writer_of
from ...kinds.formats.tables.write_table import suffix_of, write_table
from ...kinds.sequences.domain import Sequences
from ...kinds.values.conditions import Numbers, Variable
from ...kinds.values.equals import Equals
from ..chemistry.drawings import sdf_block
from ..chemistry.notations import ScaffoldFirstSymbols, SmilesSymbols, Symbols, tokens
from ..chemistry.properties import PROPERTIES, computed
from ..chemistry.scaffolds import ANY_POINT, POINT, before_point, opened, reopened
from ..chemistry.standards import Standard, canonical, quiet_rdkit
from .molecule_texts import parents_of

SMILES = "smiles"  # the column of a table that is written
INVALID = ".invalid.txt"  # suffix of the file of draws that are no molecules
NO_MOLECULES = "# drawn by genwright, and no molecules"  # first line of that file

ROOM = "genwright.molecules.kinds."  # of writers


class Molecules(Sequences):
    """The domain of molecules as strings: canonical SMILES to the user, tokens of a notation to a model. SMILES have
    at least one token, and at most as many as the longest there was.

    spec, fields, count: as of `Sequences`. standard: what was done to each molecule when it was read. A sample need not
    be a molecule: `sample` returns every string, and `write` puts those that are none into a second file."""

    kind = "molecules"
    grows = True
    suffix = viewed = ".smi"
    standard = Standard()

    @property
    def begins_with(self) -> str:
        return "molecules" if isinstance(self.alphabet, SmilesSymbols) else ""

    @property
    def chooses_places(self) -> bool:
        """Whether a model decides where a scaffold grows that has no attachment points."""
        return isinstance(self.alphabet, ScaffoldFirstSymbols)

    def cut(self, line: str) -> str:
        if not self.rest:
            return ""
        symbols = tokens(line)
        return "".join(symbols[: (len(symbols) + 1) // 2]) + self.rest

    def write(self, items: Sequence, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes molecules. .smi, a molecule a line, with its name where it has one; tables, with what is given; .sdf,
        drawn flat and named by number. Samples that are no molecules go to a file beside, which `describe_set_aside`
        names.

        Args:
            items: SMILES.
            path: Path of the file.
            names: Names of the molecules.
        """
        path = Path(path)
        smiles, given = _flat(items)
        is_valid = np.array([meaning is not None for meaning in self.meanings(smiles)], bool)
        table = pd.DataFrame({SMILES: smiles} | given)
        as_table = suffix_of(path) not in (None, ".npz")
        if (write := writer_of(path, ROOM)) is None and not as_table:
            raise DataError(f"molecules cannot be written as {path}: let its name end in .csv, {say_written(ROOM)}")
        invalid_path = path.with_suffix(INVALID)
        if not is_valid.all():
            require_ours(invalid_path, NO_MOLECULES)
            write_whole(invalid_path, _lines([NO_MOLECULES, *table[SMILES][~is_valid]]))
        elif has_mark(invalid_path, NO_MOLECULES):
            invalid_path.unlink()  # left by draws that were written here before
        table = table[is_valid]
        if as_table:
            return write_table(table, path, None, self.own_texts)
        return write_whole(path, write(table))

    def as_table(self, items: Sequence) -> pd.DataFrame:
        smiles, given = _flat(items)
        return pd.DataFrame({SMILES: smiles} | given)

    def describe_set_aside(self, items: Sequence, path: Path) -> str:
        smiles, _ = _flat(items)
        lost = self.meanings(smiles).count(None)
        return (
            f"{lost:,} of {len(smiles):,} are no molecules: they are in {Path(path).with_suffix(INVALID)}"
            if lost
            else ""
        )

    def openings(self, line: str) -> tuple[str, ...]:
        """Lists the ways to complete a scaffold: as it is where it has attachment points, or where the model chooses
        the places, else opened at each free valence.

        Raises DataError for one that has none."""
        if self.chooses_places or ANY_POINT.search(line) or (self.rest and line.endswith(self.rest)):
            return (line,)
        with quiet_rdkit():
            return opened(line)

    def decode_holes(self, x: Tensor, items: Sequence, known: Tensor, given: Tensor, note: dict) -> Drawn:
        x = self._with_counts(x, known) if self.chooses_places and self.alphabet.end >= 0 else x
        return super().decode_holes(x, items, known, given, note)

    def still_open(self, items: Sequence, completions: Sequence) -> dict[int, str]:
        """Finds completed scaffolds with attachment points left, since only the first of several has grown: {place: the
        scaffold to complete next}."""
        if self.chooses_places:  # all points have grown
            return {}
        lines_with_points = {i: line for i, line in enumerate(self._lines(items)) if len(ANY_POINT.findall(line)) > 1}
        with quiet_rdkit():
            lines = {i: reopened(line, completions[i]) for i, line in lines_with_points.items()}
        return {
            i: grown_line
            for i, grown_line in lines.items()
            if grown_line and self._goes_on(grown_line, lines_with_points[i])
        }

    def equals(self) -> Equals:
        """Returns the rule by which molecules count as equal: by parents, see `neutral_parent`."""
        return Equals(lambda lines: parents_of(self.meanings(lines)))

    def meanings(self, items: Sequence) -> list[str | None]:
        """Returns canonical SMILES."""
        with quiet_rdkit():
            return [canonical(line) for line in items]

    @property
    def condition_variables(self) -> dict[str, Variable]:
        return {name: Numbers(name) for name in PROPERTIES} | super().condition_variables

    def condition_cells(self, items: Sequence, name: str) -> Sequence:
        """Values that molecules carry, or else a property that is computed: NaN of what is no molecule."""
        if name in self.given.names:
            return super().condition_cells(items, name)
        smiles = self.meanings(items)
        known = [one for one in dict.fromkeys(smiles) if one is not None]
        computed_of = dict(zip(known, computed(known, [name])[name]))
        return np.array([computed_of.get(one, np.nan) for one in smiles])

    def to_json(self) -> dict:
        return super().to_json() | {"standard": self.standard.to_json()}

    @classmethod
    def from_json(cls, record: dict) -> "Molecules":
        domain = super().from_json(record)
        if not (isinstance(domain, cls) and isinstance(domain.alphabet, Symbols)):
            raise ValueError("molecules are lines that end, of symbols of a notation of molecules")
        domain.standard = Standard(**record["standard"])
        return domain

    # ------------------------------------------------------------------ inside

    def _marked(self, line: str, i: int) -> tuple[list[int], np.ndarray, bool]:
        """A molecule that goes on behind its first attachment point, or, of symbols of SMILES, behind what is
        written."""
        if self.chooses_places:
            return self._scaffold(line, i)
        if ANY_POINT.search(line):
            with quiet_rdkit():
                known = before_point(line)
        elif self.rest and line.endswith(self.rest):
            known = line.removesuffix(self.rest)
        else:
            return super()._marked(line, i)
        codes = self._room(self._coded(known, i) if known else [], i, goes_on=True)
        return codes, np.ones(len(codes), bool), False

    def _scaffold(self, line: str, i: int) -> tuple[list[int], np.ndarray, bool]:
        """A scaffold that goes on at its points, or where the model chooses."""
        try:
            with quiet_rdkit():
                codes, known = self.alphabet.begin(line)
        except KeyError as unknown:
            raise self._unknown(unknown, i) from None
        return self._room(codes, i, goes_on=True), np.array(known), False

    def _with_counts(self, x: Tensor, known: Tensor) -> Tensor:
        """Completions (B, T) in which a hole of a scaffold holds a count: a bond there, say, would change the scaffold,
        so it becomes "no R-group here". Only a scaffold is known up to its end and no further."""
        places = torch.arange(x.shape[1], device=x.device)
        last = (known * places).amax(1, keepdim=True)
        of_scaffolds = x.gather(1, last) == self.alphabet.end
        counts = torch.tensor([*self.alphabet.are_counts, False, False], device=x.device)  # the last two end a line
        is_invalid = of_scaffolds & (places < last) & ~known & ~counts[x.long()]
        return torch.where(is_invalid, self.alphabet.none_bound, x)

    def _goes_on(self, grown_line: str, scaffold: str) -> bool:
        """Whether the model can continue a scaffold that has grown: its symbols are known, there is room, and no point
        was sampled. If not, its other points keep hydrogens; only a user's own scaffold raises an error."""
        if len(ANY_POINT.findall(grown_line)) >= len(ANY_POINT.findall(scaffold)):
            return False
        try:
            self._marked(grown_line, 0)
        except DataError:
            return False
        return True

    # ------------------------------------------------------------------ words

    def _counted(self) -> str:
        return f"{self.count:,} molecules of up to {self.longest} symbols; {self.standard.describe()}"

    def _mark_notes(self) -> list[str]:
        if self.chooses_places:
            return [f"to complete a scaffold, mark with {POINT}, [*:2], .. where it grows, or let the model choose"]
        return [f"to complete a molecule, write {POINT} where it continues, [*:2] for a second place, .."]


def _flat(items: Sequence) -> tuple[list[str], dict[str, Sequence]]:
    """All strings of one list, or of a list a draw, and what is given, where they carry it."""
    if items and not isinstance(items[0], str):
        return [line for part in items for line in part], {}
    return list(items), dict(getattr(items, "given", {}))


def _lines(smiles: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in smiles).encode()


def write_smiles(table: pd.DataFrame) -> bytes:
    names = table["name"] if "name" in table else [""] * len(table)
    return _lines([f"{smiles} {name}".strip() for smiles, name in zip(table[SMILES], names)])


def write_sdf(table: pd.DataFrame) -> bytes:
    """Writes molecules of a table as SDF, named by number, with what is given as their data."""
    rows = enumerate(table.to_dict("records"), 1)
    data = lambda row: {name: value for name, value in row.items() if value is not None}
    return "".join(sdf_block(row[SMILES], str(number), data(row)) for number, row in rows).encode()
