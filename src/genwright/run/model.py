"""Model: a trained family whose methods take and return data in the user's form."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import tee

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..core.arguments import checked
from ..core.errors import DataError, GivenError, Unsupported, not_finite
from ..core.family import Family
from ..core.likelihood import Likelihood
from ..core.monte_carlo import best_guess, has_mean
from ..core.ragged import X, join_items, keep_known
from ..core.sample_options import OF_COMPLETE, SampleOptions, shows_sampling
from ..core.seeds import fresh_seed
from ..core.type_names import KnownParts, UserItems
from ..distributions.histograms import ConditionHistograms
from .blocks import Repeated
from .compressed import compress, decompress, restore_items
from .conditions import AsGiven, Wanted, read_wanted
from .editing import Editing

FITTING = 8, 32, 160  # completions of a row at once, in turns, until one fits what is known
REFITTED = 20_000  # completions until all rows fit, at most, unless one more of each is more
VERBS = {
    "sample": "sample",
    "log_prob": "log_likelihood",
    "encode": "encode",
    "decode": "decode",
    "interpolate": "encode",
    "complete": "fill",
    "predict": "predict",
    "edit": "edit",
    "compress": "code",
    "caption": "caption",
    "answer": "answer",
    "expand": "expand",
}


@dataclass(repr=False)
class Model(Editing):
    """A trained generative model: its family, its domain (the form of the data) and the record of its training.

    Args:
        family: The trained family.
        domain: The description of the data.
        config: The contents of `config.toml`.
        conditions: The distribution of the conditions in training, sampled when none is given.
        as_written: Whether tables have the form of the training data, "$44.03" and not 44.03; set it as
            `model.as_written = True`. Files are always written in that form.
        log: What training logged: the path of metrics.jsonl, or its rows.
    """

    family: Family
    conditions: ConditionHistograms
    _bf16: bool = False  # whether it samples in bfloat16
    as_written: bool = field(default=False, kw_only=True)

    VERBS = VERBS

    # ------------------------------------------------------------------ verbs

    @checked
    def log_prob(
        self,
        x: UserItems,
        given: dict | None = None,
        *,
        seed: int = 0,
        draws: int | None = None,
        known: KnownParts | None = None,
    ) -> Likelihood:
        """Log-likelihood of each of n items in nats, (n,), with its kind.

        Args:
            x: n items in the form of the training data.
            given: The condition, as {name: values}. With {}, log p(x) without a condition. Default: None, log p(x |
                condition) with the conditions that the items carry, such as labels.
            seed: Seed of an estimate.
            draws: Random draws per item that estimate a bound or an integral; more are more accurate. Default: None, as
                many as the family needs.
            known: A mask, as in `complete`. The result is then log p(unknown | known, given).

        With `known`, the result is exact if an autoregressive model reads the known part first, such as the beginning
        of a line. For a line with something known after a hole, it is log p(x) minus the log of an unbiased estimate of
        p(known): an estimate with a standard error, on average too high by about half its square. Most other families
        learn the conditional separately; the result is then an estimate.

        In a table, the number is of the columns that are modelled: those that rules derive from others cost nothing. A
        row that breaks such a rule has NaN, a warning says how many do, and the mean is over the rest.

        Raises Unsupported for a family without a density, or without a conditional one if `known` is passed. Raises
        DataError for items or a mask unlike the training data, GivenError for an unknown name or value in given,
        RunError for weights with which the log-likelihood is no number.
        """
        self._require("log_prob")
        if draws is not None and draws < 1:
            raise GivenError(f"draws must be at least 1, not {draws}: leave draws out, or pass draws=1")
        tensor, table = self._accept(x, given)
        mask, spec, kind = [], self.spec, self.family.kind
        if known is not None:
            if not self.family.scores_known:
                raise Unsupported(
                    f"{self._name} cannot log-prob a part of an item given the rest: its log-likelihood is of whole "
                    "items, so leave known out"
                )
            self.domain.require_scorable(x, known)
            mask = [self.domain.encode_holes(x, known, given)[2]]
            spec, kind = spec.hidden(*mask), self.family.kind_given(*mask)
        score = lambda i, part, rows, *mask: self.family.log_likelihood(
            part, rows, self._draws("log_prob", seed, i), draws, *mask
        )
        nats, ses = zip(*self._in_blocks(score, tensor, table, *mask, scored=True))
        n = len(tensor)
        join = lambda parts: torch.cat(parts)[:n].double().numpy()
        standard_errors = [torch.zeros_like(exact) if se is None else se for exact, se in zip(nats, ses)]
        se = None if all(se is None for se in ses) else join(standard_errors)
        condition_spec = self.family.given
        used_names = tuple(
            name
            for name in condition_spec.names
            if self.family.conditional and not condition_spec.part(table, name).isnan().all()
        )
        dims = self.spec.numbers(tensor, *mask)
        dims = int(dims[0]) if (dims == dims[0]).all() else dims.numpy()
        scores = join(nats)
        if np.isnan(scores).any():
            raise not_finite(f"the log-likelihood of {self._name} is")
        scores[self.domain.breaks_structure(x)] = np.nan
        return Likelihood(scores, kind, spec.of, dims, se, used_names, self.domain.derived)

    @checked
    def log_prob_rows(self, x: UserItems, given: dict | None = None) -> list[np.ndarray]:
        """Log-likelihood of every row of series in nats, given the rows before it: (m,) for each of n series.

        The rows of a series add up to its `log_prob`: a row also has the chance that the series goes on to it, and the
        last one the chance that it ends there.

        Args:
            x: n series in the form of the training data.
            given: The condition, as in `log_prob`.

        Raises Unsupported for a family that does not score rows, DataError for items unlike the training data.
        """
        if not hasattr(self.family, "member_log_likelihood"):
            raise Unsupported(f"{self._name} scores whole items alone: take log_prob")
        tensor, table = self._accept(x, given)
        score = lambda i, part, rows: self.family.member_log_likelihood(part, rows)
        nats = torch.cat(list(self._in_blocks(score, tensor, table, scored=True)))[: len(tensor.x)]
        return np.split(nats.double().numpy(), tensor.ptr[1:-1].numpy())

    @checked
    def encode(self, x: UserItems, given: dict | None = None) -> np.ndarray:
        """Latents of items: (n, ...) float32, in the shape of the family's latents.

        Args:
            x, given: As in `log_prob`.

        Raises Unsupported for a family without latents, DataError for items unlike the training data.
        """
        self._require("encode")
        tensor, table = self._accept(x, given)
        codes = self._in_blocks(lambda i, part, rows: self.family.encode(part, rows), tensor, table)
        return torch.cat(list(codes))[: len(tensor)].float().numpy()

    @checked
    def decode(self, z: np.ndarray, given: dict | None = None) -> UserItems:
        """Items decoded from latents, in the form of `sample`.

        Args:
            z: (n, ...) latents, as `encode` returns them.
            given: The condition, as {name: values}. Default: None, no condition.

        Raises Unsupported for a family without latents, GivenError for an unknown name or value in given.
        """
        self._require("decode")
        z = self._as_latents(z)
        self._require_conditional(given)
        table = self.domain.encode_given(given or {}, len(z))
        parts = self._in_blocks(lambda i, part, rows: self.family.decode(part, rows), z, table)
        return self._user_form(self.domain.decode(join_items(list(parts))[: len(z)], table, None))

    @checked
    def interpolate(self, a: UserItems, b: UserItems, *, steps: int = 8, given: dict | None = None) -> UserItems:
        """Items between two items, decoded from latents on the arc between those of both (White 2016).

        Args:
            a: One item, such as data.test[:1]. The first result is a, encoded and decoded.
            b: One item. The last result is b, encoded and decoded.
            steps: Number of results.
            given: As in `log_prob`.

        Raises Unsupported for a family without latents, DataError for items unlike the training data.
        """
        self._require("interpolate")
        if steps < 1:
            raise GivenError(f"steps must be at least 1, not {steps}: pass steps=8")
        (za,), (zb,) = self.encode(a, given), self.encode(b, given)
        t = np.linspace(0, 1, steps).reshape(-1, *[1] * za.ndim)
        return self.decode(on_the_arc(za, zb, t), given)

    def predict(self, x: UserItems) -> pd.DataFrame:
        """The likeliest label of each item, and the probability of each label: a DataFrame with one row per item.

        Args:
            x: Items in the form of the training data; their own labels are ignored.

        Raises Unsupported for a family that does not learn labels, DataError for items unlike the training data.
        """
        self._require("predict")
        tensor, _ = self.domain.encode(self.domain.bare(x))
        shares = torch.cat(list(self._in_blocks(lambda i, part: self.family.predict(part), tensor)))[: len(tensor)]
        table = {f"p({name})": column for name, column in zip(self.domain.labels, shares.T.numpy())}
        return pd.DataFrame({"label": np.array(self.domain.labels, object)[shares.argmax(1)], **table})

    @shows_sampling(OF_COMPLETE)
    @checked
    def complete(
        self,
        x: UserItems,
        known: KnownParts | None = None,
        *,
        draws: int = 1,
        estimate: str | None = None,
        given: AsGiven = None,
        seed: int | None = None,
        options: SampleOptions | None = None,
        progress: bool = False,
        **chosen: object,
    ) -> UserItems:
        """Fill the missing part of items and keep the known part bit for bit.

        Args:
            x: n items in the form of the training data.
            known: bool, True where x is known: (H, W) or (n, H, W) for images, the shape of x for a table. Default:
                None; for a table it is "not missing".
            draws: Completions of each item. With more than 1, the result is a list of tables, or an array (draws, n, H,
                W, C). The first completion is that of draws=1, except for rounding.
            estimate: Best guess (mean or mode) instead of one sample. "mean" returns the mean of numbers, or the mode
                of categories, over at least 50 completions.
            given: As in `log_prob`; {} leaves the condition out. For a table, also ranges of generated columns, as
                `sample` takes them: rows are completed until they lie within.
            seed, options, progress, chosen: As in `sample`; `complete_options` lists the options that the model takes.

        The result carries its seed, its method and its kind. It is exact if completions have the probabilities of
        `log_prob` given the known part, as those of an autoregressive model that reads the known part first. Otherwise
        it is approximate, or a point.

        Raises Unsupported for a family that cannot complete, or does not take an option. Raises DataError for an x or
        known that does not fit and for an option out of range, GivenError for an unknown estimate, or an unknown name
        or value in given.
        """
        self._require("complete")
        if draws < 1:
            raise GivenError(f"draws must be at least 1, not {draws}: pass draws=1")
        if estimate not in (None, "mean"):
            raise GivenError(f"estimate={estimate!r} is unknown: leave it out for draws, or use estimate='mean'")
        if estimate and not has_mean(self.spec):
            raise GivenError("sets of other sizes have no mean, nor numbers of other lengths: leave estimate out")
        wanted = read_wanted(self.domain, given)
        given = wanted.given
        self._require_conditional(given)
        seed = fresh_seed() if seed is None else seed
        x, known = self.domain.prepare_holes(*self.domain.parted(x, known))
        self._require_completable(x, wanted, estimate)
        tensor, table, mask = self.domain.encode_holes(x, known, given)
        options = (options or SampleOptions()).with_chosen(chosen)
        lacks = getattr(self.family, "lacks", None)
        chosen_options, tables = (
            options.select_supported(self.complete_options, f"complete of {self._name}", lacks=lacks),
            [table],
        )
        if "against" in chosen_options:
            tables.append(self.domain.encode_given(chosen_options.pop("against"), len(tensor)))
        count = max(draws, 50) if estimate else draws
        self._require_memory(count * len(tensor), "ask for fewer draws, or give fewer items")
        fill = partial(self._fill, chosen_options)
        filled = fill(tensor, mask, tables, count, seed, bar="completing" if progress else "")
        if estimate:
            filled = [best_guess(torch.stack(filled), self.spec)]
        kind = self.family.completes_given(mask.to(self.device), **chosen_options)
        note = {"method": self.family.describe_method(**chosen_options), "kind": kind, "seed": seed}
        completions = [self.domain.decode_holes(f, x, mask, table, note) for f in filled]
        for number, part in enumerate(completions):
            self._go_on(fill, x, part, tables, seed, number)
        encoded = tensor, mask, tables
        completions = [
            self._fit_known(fill, x, part, encoded, note, number, wanted) for number, part in enumerate(completions)
        ]
        completions = list(map(self._user_form, completions))
        return completions[0] if len(completions) == 1 else self.domain.stack(completions)

    def _go_on(self, fill: Callable, items: UserItems, completed: UserItems, tables: list[Tensor], *seed: int) -> None:
        """Complete, in place, what of completed items is still open. fill: `_fill` with its options. tables: what is
        given to each."""
        if open_items := self.domain.still_open(items, completed):
            item_numbers, parts = list(open_items), list(open_items.values())
            x, _, known = self.domain.encode_holes(parts, None, None)
            item_tables = [table[item_numbers] for table in tables]
            (completion,) = fill(x, known, item_tables, 1, *seed, 1)
            longer_items = self.domain.decode_holes(completion, parts, known, item_tables[0], {})
            self._go_on(fill, parts, longer_items, item_tables, *seed, 1)
            for i, item in zip(item_numbers, longer_items):
                completed[i] = item
            completed.kind = "approximate"  # the first parts were drawn without a view of the last

    def _require_completable(self, x: UserItems, wanted: Wanted, estimate: str | None) -> None:
        """Raises GivenError for ranges of what cannot be completed within them."""
        if not (wanted.on_items or wanted.on_given):
            return
        if wanted.on_given or not isinstance(x, pd.DataFrame) or estimate:
            raise GivenError(
                "ranges restrict what is completed of tables, and no best guess: give the model's own conditions a "
                "value each"
            )
        for one in wanted.on_items:
            cells = self.domain.condition_cells(x, one.name) if one.name in x.columns else pd.Series([], dtype=object)
            wrong = cells.notna().to_numpy() & ~one.meets(cells)
            if wrong.any():
                row = int(wrong.argmax())
                raise GivenError(
                    f"row {row + 1} has {cells.iloc[row]!r} in {one.name!r}, which does not meet {one}: empty the cell"
                )

    def _fit_known(
        self, fill: Callable, x: UserItems, completed: UserItems, encoded: tuple, note: dict, number: int,
        wanted: Wanted,
    ) -> UserItems:  # fmt: skip
        """Completed rows of a table, of which those that do not fit the derived cells that are known, or what is
        wanted, are completed again, as often as `FITTING` says; a warning says how many do not fit then. Raises
        GivenError for rows that do not meet what is wanted by then.

        Args:
            fill: `_fill` with its options.
            encoded: x, what is known of it, and what is given, as `complete` fills it.
            number: of the completion.
            wanted: conditions on the rows.
        """
        unfit = lambda part, done: self.domain.unfit(part, done) | ~wanted.meets(self.domain, done)
        rows = np.flatnonzero(unfit(x, completed))
        first, tried, most_completions = len(rows), len(completed), len(completed) + max(REFITTED, len(completed))
        tensor, mask, tables = encoded
        for turn, draws in enumerate(FITTING):
            draws = min(draws, (most_completions - tried) // max(1, len(rows)))
            if not len(rows) or not draws:
                break
            given = [table[rows] for table in tables]
            refilled = torch.cat(fill(tensor[rows], mask[rows], given, draws, note["seed"], number, 1, turn))
            part, many = x.iloc[np.tile(rows, draws)], (draws, 1)
            refits = self.domain.decode_holes(refilled, part, mask[rows].repeat(many), given[0].repeat(many), note)
            fits = ~unfit(part, refits).reshape(draws, len(rows))
            fitting_rows = np.flatnonzero(fits.any(0))
            best = refits.iloc[fits.argmax(0)[fitting_rows] * len(rows) + fitting_rows]
            completed = _with_rows(completed, rows[fitting_rows], best)
            tried, rows = tried + draws * len(rows), np.delete(rows, fitting_rows)
        if first:
            completed.attrs["fitted"] = f"{len(completed) / tried:.1%} of {tried:,} completions fit what was known"
        if len(rows) and not wanted.meets(self.domain, completed)[rows].all():
            raise GivenError(
                f"{len(rows):,} of {len(completed):,} rows do not meet {' & '.join(map(str, wanted.on_items))} after "
                f"{tried:,} completions: allow more, or leave more cells empty"
            )
        if len(rows):
            warnings.warn(
                f"{len(rows):,} of {len(completed):,} rows do not fit their known derived cells after {tried:,} "
                "completions: they stay as drawn, so check what is known there",
                stacklevel=4,
            )
        return completed

    def _fill(
        self, options: dict, x: X, known: X, tables: list[Tensor], draws: int, *seed: int, bar: str = ""
    ) -> list[X]:
        """`draws` completions of x. All are filled as one list of items, one draw after another, so that no draw pads
        blocks of its own. tables: what is given, and what guidance moves away from, where that is named."""

        def fill(i: int, part: X, mask: X, rows: Tensor, *away: Tensor) -> X:
            rng = self._draws("fill", *seed, 0, i)
            against = {"against": away[0]} if away else {}
            return keep_known(part, mask, self.family.fill(part, mask, rows, rng, **options, **against))

        repeated_inputs = (Repeated(items, torch.arange(draws * len(x))) for items in (x, known, *tables))
        completed = join_items(list(self._in_blocks(fill, *repeated_inputs, bf16=self._bf16, bar=bar)))
        return [completed[k * len(x) : (k + 1) * len(x)] for k in range(draws)]

    @checked
    def compress(self, x: UserItems, given: dict | None = None, *, progress: bool = False) -> bytes:
        """Compress items losslessly, in little more than -log2 p(x) bits, and return the bytes.

        `decompress` needs the same weights, library and kind of processor.

        Args:
            x: Items in the form of the training data; texts and pieces of music may have any length.
            given: As in `log_prob`; {} stores the items without their conditions. Default: None, and the conditions
                that the items carry are stored too.
            progress: As in `sample`.

        Raises Unsupported for a family that cannot compress, and for real numbers. Raises DataError for items unlike
        the training data, and for items that would not come back unchanged.
        """
        return b"".join(self.compress_blocks(x, given, progress=progress))

    def compress_blocks(self, x: UserItems, given: dict | None = None, *, progress: bool = False) -> Iterator[bytes]:
        """Yield the bytes of `compress` in parts, to save memory: memory holds one part at a time.

        Args:
            x, given, progress: As in `compress`.
        """
        self._require("compress")
        return compress(self, x, given, progress)

    @checked
    def decompress(self, stream: bytes, *, progress: bool = False) -> UserItems:
        """The items that were compressed, in the form of the training data.

        Args:
            stream: The bytes of `compress`.
            progress: As in `sample`.

        Raises DataError for bytes that are damaged or cut, or that another model or another kind of machine wrote.
        """
        self._require("compress")
        x, given, left = zip(*decompress(self, stream, progress))
        return restore_items(self, self.domain.decode(torch.cat(x), torch.cat(given), None), list(left), 0)

    def decompress_blocks(self, stream: bytes, *, progress: bool = False) -> Iterator[UserItems]:
        """Yield the items of `decompress` in parts, to save memory. A text or a piece longer than a part comes in
        several.

        Args:
            stream, progress: As in `decompress`.
        """
        self._require("compress")
        parts, parts_again, first = *tee(decompress(self, stream, progress)), 0
        backs = self.domain.decode_blocks(((x, given) for x, given, _ in parts), None)
        for restored, (_, _, left) in zip(backs, parts_again):
            yield restore_items(self, restored, [left], first)
            first += len(restored)

    def _as_latents(self, z: object) -> Tensor:
        """(n, ...) float32. Raises DataError for what is no array of finite numbers."""
        z = np.asarray(z)
        if not np.issubdtype(z.dtype, np.number) or np.iscomplexobj(z) or z.ndim < 2 or not np.isfinite(z).all():
            raise DataError(
                f"z is {z.dtype} of shape {z.shape}, and must be (n, ...) finite numbers: pass latents of encode"
            )
        return torch.as_tensor(z, dtype=torch.float32)


def _with_rows(frame: pd.DataFrame, rows: np.ndarray, other_table: pd.DataFrame) -> pd.DataFrame:
    """A table with some rows from another one. rows: (m,) their numbers."""
    if not len(rows):
        return frame
    other_rows = np.setdiff1d(np.arange(len(frame)), rows)
    whole = pd.concat([frame.iloc[other_rows], other_table]).iloc[
        np.argsort(np.concatenate([other_rows, rows]), kind="stable")
    ]
    whole.attrs = frame.attrs
    return whole


def on_the_arc(a: np.ndarray, b: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """Returns the codes at shares t of the way from code a to code b, on the arc between them (White 2016)."""
    cos = float(np.clip((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-12), -0.9999, 0.9999))
    angle = np.arccos(cos)
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
