"""The domain of counts: CountRows to the user, and sets of (column, count) inside, a member for each count above 0."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...core.files import write_files, write_whole
from ...core.limits import require_cells
from ...core.spec import MOST_CODES, Category, Marginal, Members, Ordered, Spec
from ...core.type_names import UserItems
from ...kinds.domain import Domain
from ...kinds.fields.fields import Fields
from ...kinds.formats.forms import writer_of
from ...kinds.formats.tables.write_table import suffix_of, write_table
from .layers import is_anndata, is_object, list_layers, read_object
from .rows import CountRows, rows_of_frame, rows_of_matrix

if TYPE_CHECKING:
    from torch import Tensor

    from ...core.ragged import Ragged

PSEUDO = 0.5  # counts of each column beyond those of training, so that none is impossible
LEAST_SPREAD = 0.01  # of the logarithm of totals
GROUPS = 2, 50  # different labels of a column that may say of which group a row is
GROUP_WORDS = ("type", "cluster", "label", "class", "topic", "annotation", "leiden", "louvain")
SHOWN = 3  # names in a sentence


class Counts(Domain):
    """The fitted description of rows of counts.

    x: Ragged, (N, 2) numbers: the column of each count above 0, and the count. given: (n, G), of columns beside.

    Args:
        names: Names of the m columns.
        profile: (m,) the share of each column in all counts of training.
        log_total: Mean of the logarithms of the totals of training rows.
        log_spread: Their standard deviation.
        density: Share of training counts that are above 0.
        groups: The column beside that says of which group a row is, for metrics and drawings; "" for none.
        layer: The matrix of an AnnData that a person chose; "" for the usual one.
        fields: Conditions.
    """

    kind = "counts"
    suffix = viewed = with_latents = ".h5ad"

    def __init__(
        self, names: Sequence[str], profile: np.ndarray, log_total: float, log_spread: float, density: float,
        groups: str = "", layer: str = "", fields: Fields = Fields(),
    ):  # fmt: skip
        self.names, self.profile = list(names), np.asarray(profile, np.float64)
        self.groups, self.layer = groups, layer
        self.log_total, self.log_spread, self.density = float(log_total), float(log_spread), float(density)
        self.fields, self.given = fields, fields.spec
        each = Spec((("column", Category(len(self.names))), ("count", Ordered(MOST_CODES))))
        sizes = Marginal((-0.5, len(self.names) + 0.5), (1.0,))
        self.spec = Spec((("counts", Members(each, sizes)),))

    @classmethod
    def fit(cls, rows: CountRows, fields: Fields = Fields(), groups: str = "", layer: str = "") -> Counts:
        """Describes training rows, in each of which something was counted.

        Args:
            rows: Of training.
            fields: Conditions.
            groups, layer: As in the class.
        """
        seen = rows.column_totals + PSEUDO
        logs = np.log(rows.totals)
        density = len(rows.counts) / max(1, len(rows) * len(rows.names))
        spread = max(LEAST_SPREAD, float(logs.std()))
        return cls(rows.names, seen / seen.sum(), logs.mean(), spread, density, groups, layer, fields)

    # ------------------------------------------------------------------ in

    def rows(self, items: UserItems) -> CountRows:
        """Items as rows of the columns that the model knows, in their order. A warning says which others there are.

        Args:
            items: CountRows, an AnnData, a sparse matrix, a table, or an array (n, m).

        Raises DataError for columns that are missing, and for numbers that are no counts.
        """
        rows, other = self._read(items)
        if other:
            shown = ", ".join(other[:SHOWN]) + ", ..." * (len(other) > SHOWN)
            warnings.warn(f"{len(other):,} columns that this model does not know are left out: {shown}", stacklevel=3)
        return self.with_own_columns(rows)

    def _read(self, items: UserItems) -> tuple[CountRows, list[str]]:
        """Items as rows, and the names of columns that the model does not know."""
        if isinstance(items, pd.DataFrame):
            return self.read_table(items, "items")
        if isinstance(items, np.ndarray) or (is_object(items) and not is_anndata(items)):
            if items.ndim != 2 or items.shape[1] != len(self.names):
                raise DataError(f"items have shape {items.shape}: give {len(self.names):,} columns")
            if isinstance(items, np.ndarray):
                return self.read_table(pd.DataFrame(items, columns=self.names), "items")
            items = rows_of_matrix(items, self.names, "items")
        elif is_anndata(items):
            raw = read_object(items, self.layer if self.layer in list_layers(items) else None)
            items = raw.items.with_beside(raw.beside)
        if not isinstance(items, CountRows):
            raise DataError(f"a {type(items).__name__} holds no rows of counts: give CountRows, a table or an AnnData")
        return items, self.other_columns(items)

    def read_table(self, frame: pd.DataFrame, what: str) -> tuple[CountRows, list[str]]:
        """Rows of a table, and the names of its other columns of numbers.

        Args:
            frame: The columns of the model, and others.
            what: The table in words.
        """
        known, given = {*self.names}, {*self.given.names, self.groups}
        is_number = lambda name: pd.api.types.is_numeric_dtype(frame[name].dtype)
        other = [name for name in frame if str(name) not in known | given and is_number(name)]
        frame = frame.drop(columns=other)
        beside = [str(name) for name in frame if str(name) not in known]
        return rows_of_frame(frame, beside, what), list(map(str, other))

    def other_columns(self, rows: CountRows) -> list[str]:
        """Names of counted columns that the model does not know."""
        known = {*self.names}
        return [] if rows.names == self.names else [name for name in rows.names if name not in known]

    def with_own_columns(self, rows: CountRows) -> CountRows:
        """Rows with the columns of the model, by their names. Raises DataError where one is missing."""
        if rows.names == self.names:
            return rows
        held = {*rows.names}
        if missing := [name for name in self.names if name not in held]:
            shown = ", ".join(f"'{name}'" for name in missing[:SHOWN]) + ", ..." * (len(missing) > SHOWN)
            raise DataError(
                f"{len(missing):,} of the {len(self.names):,} columns that this model knows are missing ({shown}): add "
                "them, with 0 where nothing was counted"
            )
        return rows.with_columns(self.names)

    def encode(self, items: UserItems) -> tuple[Ragged, Tensor]:
        import torch

        from ...core.ragged import Ragged

        rows = self.rows(items)
        if not len(rows):
            raise DataError("there are no items: give at least one")
        largest = max(len(self.names), int(rows.counts.max(initial=0)))
        x = np.empty((len(rows.counts), 2), np.int16 if largest < 2**15 else np.int32)
        x[:, 0], x[:, 1] = rows.columns, rows.counts
        return Ragged(torch.from_numpy(x), torch.from_numpy(rows.ptr.copy())), self._encode_carried(rows, len(rows))

    def carried(self, items: UserItems) -> Tensor:
        return self._encode_carried(items, len(items))

    def bare(self, items: UserItems) -> CountRows:
        return self.rows(items).with_beside(None)

    def values(self, items: UserItems, name: str) -> np.ndarray:
        return self.rows(items).given[name]

    def encode_holes(self, items: UserItems, known: object, given: dict | None) -> tuple[Ragged, Tensor, Ragged]:
        """Raises DataError: a row of counts has no cell that could be missing."""
        raise DataError("a row of counts has no missing cells: leave complete out")

    # ------------------------------------------------------------------ out

    def decode(self, x: Ragged, given: Tensor, seed: int | None) -> CountRows:
        pairs = x.x.double().round().long().numpy()
        columns, counts = pairs[:, 0].clip(0, len(self.names) - 1), pairs[:, 1]
        held = counts > 0
        ptr = np.concatenate([[0], np.cumsum(held)])[x.ptr.numpy()]
        counts, columns = counts[held], columns[held]
        counts = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
        columns = columns.astype(np.min_scalar_type(len(self.names) - 1))
        beside = self.fields.decode(given, seed)
        table = pd.DataFrame(beside, index=range(len(x))) if beside else None
        return CountRows(counts, columns, ptr, self.names, table, None, seed)

    def decode_holes(self, x: Ragged, items: UserItems, known: Ragged, given: Tensor, note: dict) -> CountRows:
        return self.decode(x, given, note.get("seed"))

    def write(self, items: UserItems, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes rows as .h5ad; .npz for SciPy; a table, by any suffix of one; else as a folder of Matrix Market."""
        rows, path = self.rows(items), Path(path)
        if rows.places is None and names:
            rows = rows.with_places(names)
        if (write := writer_of(path, "genwright.counts.")) is not None:
            return write_whole(path, write(rows))
        if suffix_of(path) is not None:
            require_cells(path, len(rows) * len(rows.names))
            return write_table(rows.frame, path)
        if path.suffix:
            raise DataError(f"cannot write counts to {path}: let its name end in .h5ad, .npz or .csv, or name a folder")
        from .writing import write_folder

        return write_files(path, write_folder(rows))

    def write_latents(self, items: UserItems, latents: np.ndarray, path: Path) -> Path:
        """Writes rows with their latents in `obsm`. The last latent is the total of a row, which stays out.

        Args:
            items: n rows.
            latents: (n, L) of a model.
            path: An .h5ad.
        """
        from .writing import LATENTS, write_h5ad

        return write_whole(path, write_h5ad(self.rows(items), {LATENTS: latents[:, :-1]}))

    def as_table(self, items: UserItems) -> pd.DataFrame:
        rows = self.rows(items)
        require_cells("the table of counts", len(rows) * len(rows.names))
        return rows.frame

    # ------------------------------------------------------------------ words and records

    def keys(self, items: UserItems) -> np.ndarray:
        rows = self.rows(items)
        names = [name for name in self.given.names if name in rows.beside]
        return rows.keys() ^ rows.keys_beside(names) if names else rows.keys()

    def describe(self) -> list[str]:
        total = float(np.exp(self.log_total))
        lines = [
            f"counts of {len(self.names):,} columns, {1 - self.density:.1%} of them 0, about {total:,.0f} counts a row"
        ]
        if self.groups:
            lines.append(f"`{self.groups}` says of which group a row is: metrics and drawings see it, no model does")
        return [*lines, *self.fields.describe()]

    def to_json(self) -> dict:
        record = {
            "domain": self.kind,
            "names": self.names,
            "profile": [float(f"{share:.6g}") for share in self.profile],
            "log_total": self.log_total,
            "log_spread": self.log_spread,
            "density": self.density,
            "groups": self.groups,
            "layer": self.layer,
        }
        return record | self.fields.to_json()

    @classmethod
    def from_json(cls, record: dict) -> Counts:
        names = record["names"]
        if not names or len(names) != len(record["profile"]) or len(set(names)) != len(names):
            raise ValueError("each column has a name of its own and a share")
        numbers = (record[name] for name in ("log_total", "log_spread", "density"))
        return cls(names, record["profile"], *numbers, record["groups"], record["layer"], Fields.from_json(record))


def find_groups(beside: pd.DataFrame) -> str:
    """The column of labels that says of which group a row is, one whose name says so before others; "" for none."""
    labels = []
    for name, cells in beside.items():
        if pd.api.types.is_float_dtype(cells.dtype):
            continue
        sizes = cells.value_counts()
        if GROUPS[0] <= len(sizes) <= GROUPS[1] and sizes.iloc[0] > 1:
            labels.append(str(name))
    said = [name for name in labels if any(word in name.lower() for word in GROUP_WORDS)]
    return next(iter([*said, *labels]), "")
