"""A model of tables whose rows differential privacy protects: `tables.learn` behind the verbs of a family."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ...core.domain import BaseDomain
from ...core.draws import Draws
from ...core.family import Family
from ...core.spec import Ordered, Spec
from ...core.trainable import Items
from ..privacy.accountant import rho_of
from .tables import Codes, Margin, Table, learn

ROWS = 2**16  # scored or sampled at a time


class PrivateMarginals(Family):
    """A Bayesian network over the columns of a table, learned with noise (see `private.families.tables`). The noise is
    the system's, not the seed's: no two trainings give the same model.

    Args:
        spec: of rows.
        given: without variables.
        parents: of a column, at most; 0 for columns apart.
        groups: of values that tables tell apart in a column, about as many.
    """

    allow_bf16 = False
    conditional = False
    repeats = False
    grows: ClassVar[dict[str, int]] = {"edges": 0, "masses": 0, "groups": 0, "probs": 0}
    lacks = {"complete": "it draws columns in one order, and cells may be missing in any"}

    def __init__(self, spec: Spec, given: Spec, parents: int, groups: int):
        super().__init__(spec, given)
        self.parents, self.most_groups, self.domain = parents, groups, None
        columns = len(spec.columns)
        self.register_buffer("order", torch.arange(columns))
        self.register_buffer("above", torch.full((columns, max(1, parents)), -1))  # of each column in the order
        self.register_buffer("cells", torch.zeros(columns, dtype=torch.long))  # of each column, whose parts are joined
        self.register_buffer("edges", torch.zeros(0, dtype=torch.long))  # of each column, without its last
        self.register_buffer("masses", torch.zeros(0, dtype=torch.float64))
        self.register_buffer("groups", torch.zeros(0, dtype=torch.long))
        self.register_buffer("probs", torch.zeros(0, dtype=torch.float64))  # of the tables in their order, joined
        self._known: tuple[list[Margin], list[Table]] | None = None

    def attach_domain(self, domain: BaseDomain) -> None:
        self.domain = domain

    @property
    def codes(self) -> list[Codes]:
        return [Codes(leaf.levels, isinstance(leaf, Ordered), leaf.optional) for leaf in self.spec.columns]

    def finish(self, items: Items, rng: Draws) -> None:
        rho = rho_of(self.domain.budget)
        margins, tables = learn(self._codes_of(items.x), self.codes, rho, self.parents, self.most_groups)
        self.order = torch.tensor([table.column for table in tables])
        above = np.full(tuple(self.above.shape), -1)
        for row, table in zip(above, tables):
            row[: len(table.parents)] = table.parents
        join = lambda parts: torch.from_numpy(np.concatenate([np.asarray(part).ravel() for part in parts]))
        self.above, self.cells = torch.from_numpy(above), torch.tensor([len(margin.masses) for margin in margins])
        self.edges, self.masses = join(m.edges[:-1] for m in margins), join(m.masses for m in margins)
        self.groups, self.probs = join(m.groups for m in margins), join(table.probs for table in tables)
        self._known = margins, tables

    def flaw(self) -> str:
        try:
            self._known = self._read()
        except (ValueError, IndexError, RuntimeError, OverflowError):
            return "tables that do not belong together"
        return ""

    def _read(self) -> tuple[list[Margin], list[Table]]:
        """Margins and tables of the buffers. Raises ValueError where they do not belong together."""
        ends = np.cumsum(self.cells.numpy())
        whole = {len(self.edges), len(self.masses), len(self.groups)}
        if (self.cells < 1).any() or whole != {int(ends[-1])} or sorted(self.order.tolist()) != [*range(len(ends))]:
            raise ValueError
        margins, tables, probs = [], [], self.probs.numpy()
        for begin, end, codes in zip(ends - self.cells.numpy(), ends, self.codes):
            part = lambda buffer, begin=begin, end=end: buffer.numpy()[begin:end]
            margin = Margin(np.append(part(self.edges), codes.size), part(self.masses), part(self.groups))
            sizes, known = np.diff(margin.edges), np.unique(margin.groups)
            if margin.edges[0] != 0 or (sizes < 1).any() or (known != np.arange(len(known))).any():
                raise ValueError
            if not _are_probabilities(margin.masses[None]):
                raise ValueError
            margins.append(margin)
        placed: set[int] = set()
        for column, above in zip(self.order.tolist(), self.above.tolist()):
            parents = tuple(parent for parent in above if parent >= 0)
            if not placed.issuperset(parents):
                raise ValueError
            shape = int(np.prod([margins[j].size for j in parents])), margins[column].size
            table = probs[: shape[0] * shape[1]].reshape(shape)
            if not _are_probabilities(table):
                raise ValueError
            tables.append(Table(column, parents, table))
            probs = probs[table.size :]
            placed.add(column)
        if len(probs):
            raise ValueError
        return margins, tables

    @property
    def known(self) -> tuple[list[Margin], list[Table]]:
        if self._known is None:
            self._known = self._read()
        return self._known

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        margins, tables = self.known
        uniform = rng.uniform(n, 3 * len(margins), dtype=torch.float64).cpu().numpy()
        grouped, x = np.zeros((n, len(margins)), np.int64), np.zeros((n, len(margins)))
        for k, table in enumerate(tables):
            margin, own = margins[table.column], uniform[:, 3 * k : 3 * k + 3].T
            group = _pick(table.probs.cumsum(1)[_row_of(table, margins, grouped)], own[0])
            cell = _pick(_within(margin).cumsum(1)[group], own[1])
            low, high = margin.edges[cell], margin.edges[cell + 1]
            grouped[:, table.column] = group
            x[:, table.column] = np.minimum(low + np.floor(own[2] * (high - low)), high - 1)
        for j, codes in enumerate(self.codes):
            x[x[:, j] >= codes.levels, j] = np.nan
        return torch.from_numpy(x).float().to(rng.device)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        margins, tables = self.known
        codes = self._codes_of(x)
        cells = [np.searchsorted(m.edges, column, side="right") - 1 for m, column in zip(margins, codes.T)]
        grouped = np.stack([m.groups[cell] for m, cell in zip(margins, cells)], 1)
        nats = np.zeros(len(codes))
        for table in tables:
            margin, cell = margins[table.column], cells[table.column]
            own = margin.masses[cell] / margin.group_masses[margin.groups[cell]] / np.diff(margin.edges)[cell]
            rows = _row_of(table, margins, grouped)
            nats += np.log(table.probs[rows, grouped[:, table.column]]) + np.log(own)
        return torch.from_numpy(nats).float().to(x.device), None

    def _codes_of(self, x: Tensor) -> np.ndarray:
        """(n, D) int64 of rows, one beyond the levels where a cell is absent."""
        levels = torch.tensor([codes.levels for codes in self.codes], dtype=torch.float64)
        x = x.double().cpu()
        return torch.where(x.isnan(), levels, x).round().long().numpy()


def _are_probabilities(rows: np.ndarray) -> bool:
    return bool((rows > 0).all() and np.allclose(rows.sum(1), 1, atol=1e-6))


def _row_of(table: Table, margins: list[Margin], grouped: np.ndarray) -> np.ndarray:
    """(n,) the row of a table for each item."""
    if not table.parents:
        return np.zeros(len(grouped), np.int64)
    return np.ravel_multi_index([grouped[:, j] for j in table.parents], [margins[j].size for j in table.parents])


def _within(margin: Margin) -> np.ndarray:
    """(K, m) probabilities of the cells in each group."""
    masses = np.zeros((margin.size, len(margin.masses)))
    masses[margin.groups, np.arange(len(margin.masses))] = margin.masses
    return masses / masses.sum(1, keepdims=True)


def _pick(ends: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """(n,) the number that each uniform number (n,) meets in its row of cumulated probabilities (n, K)."""
    return np.minimum((ends <= uniform[:, None] * ends[:, -1:]).sum(1), ends.shape[1] - 1)
