"""How a model samples: conditions and options of each place, drawn block by block, and what a sample of it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import lcm
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..core.arguments import checked
from ..core.errors import DataError, GivenError, Unsupported
from ..core.family import Within
from ..core.likelihood import Likelihood
from ..core.limits import require_memory
from ..core.ragged import X
from ..core.sample_options import (
    LIKE_IMAGES,
    OF_PROGRESS,
    OF_SAMPLE,
    RANKED,
    START,
    Effort,
    SampleOption,
    SampleOptions,
    shows_sampling,
)
from ..core.seeds import fresh_seed
from ..core.type_names import Options, UserItems
from ..distributions.regions import Region
from ..kinds.values.conditions import Condition
from ..zoo import registry
from .blocks import BlockwiseModel, Conditions, Repeated, blocks
from .conditions import AsGiven, Wanted, read_wanted
from .filters import (
    MAX_DRAWS_PER_ITEM,
    MAX_DRAWS_PER_VALID,
    Batch,
    BestOf,
    KeepRules,
    KeepWanted,
    NewItems,
    Stream,
    join,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BYTES_PER_ITEM = 4  # bytes of an item, and of each condition of it, that a draw holds for all items
START_OPTIONS = START.name, LIKE_IMAGES.name  # options that hold items, of which draw i takes the one of number i mod k


@dataclass(frozen=True)
class Asked:
    """Conditions and options of samples. The sample of place i has row i mod k, wherever there are k rows.

    Args:
        given: the conditions.
        of_items: {option: its k items or conditions}.
        chosen: options of all samples.
        within: draws rows that meet conditions, or None.
    """

    given: Conditions
    of_items: dict[str, X]
    chosen: Options
    within: Within | None = None

    @property
    def period(self) -> int:
        """Number of places after which all begins anew."""
        return lcm(*map(len, self.of_items.values()), len(self.given.table))


class Sampling(BlockwiseModel):
    """The verb `sample`, and what goes with it."""

    @shows_sampling(OF_SAMPLE)
    @checked
    def sample(
        self,
        n: int,
        given: AsGiven = None,
        *,
        seed: int | None = None,
        options: SampleOptions | None = None,
        keep_rules: bool = False,
        progress: bool = False,
        unique: bool = False,
        novel: UserItems | None = None,
        valid: bool = False,
        **chosen: object,
    ) -> UserItems:
        """Sample n items, in the form of the training data: an array (n, H, W, C) for images, a DataFrame for tables.
        In a table, numbers are numbers and dates are dates, even if the file writes them as text (see `as_written`).

        Args:
            n: Number of items, at least 1.
            given: The condition, as {name: one value for all items, or n values}; or a tensor (n, G), as `Data.tensors`
                holds it. Default: None, and each item gets a condition of its own: numbers and labels that go together
                as in training, and neither texts nor images. With {}, no condition is passed to the model. Conditions
                that the dict omits are those of training items that have the others; beside a text or an image, they
                are unknown. The result carries its conditions. A value may also be a range, of any column, label or
                property of molecules: slice(60, None), with both ends, {"Bern", "Basel"}, or a function of the column.
                Or all is one text: "age>60 & city=Bern|Basel". Samples then follow the model within the range.
            seed: The same seed gives the same items, and the first k of n items are those of a call with n = k.
                Default: None, a new seed.
            options: `SampleOptions`. Default: none. With a temperature, top_k or top_p, samples no longer follow the
                probabilities of `log_prob`.
            keep_rules: Keep only rows of a table that break no rule found in the data. `.attrs["kept"]` says how.
            progress: Whether a bar shows on stderr if sampling takes more than a second.
            unique: Keep only different items.
            novel: Items that no sample may equal, such as the training data.
            valid: Whether to keep only molecules, of a model of molecules. `.method` says how many samples are none.
                Default: False, and every string is returned.
            chosen: Single options by name, such as steps=20 or guidance=2.0. `sample_options` lists those that this
                model takes.

        `unique` and `novel` sample until n items are found, or 20 n are sampled: then there are fewer, with a warning.
        `valid` samples at most 10 n.
        For molecules, both compare molecules, not strings, and drop strings that are no molecule.

        `best_of`, `keep_rules`, `unique` and `novel` go together: the best image of each place, or a row that keeps the
        rules, is what has to be new.

        Raises GivenError for an n below 1, for more items than memory holds, for an unknown name or value in given, for
        a family that needs given, for rules that hardly any row keeps, for best_of without a caption, and for an n that
        is no multiple of k. Raises Unsupported for an option that the model does not take. Raises DataError for an
        option out of range, for a start unlike the training data, and for a rerank that matches no such images.
        """
        seed, options = fresh_seed() if seed is None else seed, (options or SampleOptions()).with_chosen(chosen)
        self._require_memory(n, "sample fewer at once")
        wanted = read_wanted(self.domain, given)
        conditions, filters = self._ask(n, wanted.given, options.for_each_draw, wanted), []
        if options.best_of is not None:
            filters.append(BestOf(self, options))
        if wanted.on_items:
            filters.append(KeepWanted(self.domain, wanted, conditions.within))
        is_new = unique or novel is not None
        if keep_rules and self._knows_rules():
            filters.append(KeepRules(self.domain, self._user_form, in_parts=is_new))
        if is_new or valid:
            (*_, (_, most_draws)) = blocks((MAX_DRAWS_PER_ITEM if is_new else MAX_DRAWS_PER_VALID) * n, self.sizes)
            filters.append(NewItems(self.domain, unique, novel, most_draws, conditions.period, progress))
        draws: Stream = partial(self._draw, conditions, bar="drawing" if progress else "")
        for filtered in filters:
            draws = filtered(draws)
        items = join(draws(np.arange(n), seed), n).items(self.domain)
        for filtered in filters:
            filtered.tell(items)
        return self._user_form(items)

    @checked
    def _sample_blocks(
        self,
        n: int,
        given: AsGiven = None,
        *,
        seed: int | None = None,
        options: SampleOptions | None = None,
        **chosen: object,
    ) -> Iterator[UserItems]:
        """Yield the samples of `sample` in parts, to save memory: it holds one part, and a few bytes for each of the n
        items.

        Args:
            n, given, seed, options, chosen: As in `sample`.

        Raises GivenError if memory does not hold the few bytes of each item either.
        """
        seed = fresh_seed() if seed is None else seed
        conditions = self._ask(n, given, (options or SampleOptions()).with_chosen(chosen))
        parts = ((batch.x, batch.table) for batch in self._draw(conditions, np.arange(n), seed))
        yield from map(self._user_form, self.domain.decode_blocks(parts, seed))

    @shows_sampling([one for one in OF_SAMPLE if one != LIKE_IMAGES])
    @checked
    def vary(self, x: UserItems, *, n: int = 8, seed: int | None = None, **chosen: object) -> UserItems:
        """New images that show what other images show: `sample` with like=x.

        Args:
            x: k images. Sample i varies image i mod k.
            n: Number of new images, a multiple of k.
            seed, chosen: As in `sample`.

        Raises what `sample` raises: Unsupported for a family without an embedding of images, DataError for images that
        do not fit.
        """
        return self.sample(n, seed=seed, like=x, **chosen)

    @checked
    def log_mass(self, given: str | dict | list[str]) -> Likelihood:
        """The log of the probability that a row meets conditions on its columns, in nats, as a `Likelihood` of one
        item: a sum where the model has few cells to add up, else an estimate with a standard error.

        Args:
            given: Conditions, such as "age>60 & city=Bern|Basel", as `sample` takes them.

        Raises Unsupported for a model that cannot compute it: then the share that `sample` keeps is an estimate.
        """
        wanted = read_wanted(self.domain, given)
        within = self._within(wanted.on_items)
        if wanted.given or wanted.on_given or within is None:
            raise Unsupported(
                f"{self._name} cannot compute the mass of these conditions: sample with them, which says the share of "
                "samples that meet them"
            )
        nats, error = within.log_mass()
        kind, se = ("exact", None) if error is None else ("estimate", np.array([error]))
        return Likelihood(np.array([nats]), kind, "mass", len(wanted.on_items), se)

    def _within(self, conditions: Sequence[Condition]) -> Within | None:
        """What draws rows that meet conditions; None where nothing but drawing and looking does."""
        regions = self.domain.regions(conditions) if hasattr(self.family, "within") else {}
        if not regions or len(regions) < len(conditions):
            return None
        region = Region(self.spec, regions)
        if empty := [one for one, shares in region.shares.items() if not shares.any()]:
            raise GivenError(f"no value of {self.spec.names[empty[0]]!r} of training meets the condition: widen it")
        return self.family.within(region)

    def _ask(self, n: int, given: dict | Tensor | None, options: SampleOptions, wanted: Wanted = Wanted(None)) -> Asked:
        """Conditions and options of n samples. Raises what `sample` raises for it."""
        self._require("sample")
        if n < 1:
            raise GivenError(f"n must be at least 1 to sample, not {n}: pass n=16")
        require_memory(
            f"lists of {n:,} items", n * BYTES_PER_ITEM * (1 + self.family.given.width), "sample fewer at once"
        )
        if options.like is not None and given is not None:
            raise GivenError("like says what the samples show, and so does given: name one of the two")
        chosen, of_items = self._chosen(options), {}
        if any(name in chosen for name in START_OPTIONS) and given is None and self.family.allows_missing_given:
            given = {}
        conditions = self._encode_conditions(given, n)
        if wanted.on_given:
            conditions = replace(conditions, allows=partial(wanted.allows, self.domain))
        within = None if chosen or not wanted.on_items else self._within(wanted.on_items)
        if "against" in chosen:
            of_items["against"] = self._encode_given(chosen.pop("against"), n)
        for name in filter(chosen.__contains__, START_OPTIONS):
            of_items[name] = self._encode_start(chosen.pop(name), name)
            if n % (k := len(of_items[name])):
                raise GivenError(f"{name} holds {k} items for {n} samples: let n be a multiple of {k}")
        return Asked(conditions, of_items, chosen, within if within and within.pays else None)

    def _draw(self, conditions: Asked, places: np.ndarray, seed: int, bar: str = "") -> Iterator[Batch]:
        """Samples for places, block by block. bar: what a progress bar says meanwhile, where there is one."""
        ends = list(blocks(len(places), self.sizes))
        whole = torch.from_numpy(np.concatenate([places, places[-1] + np.arange(1, 1 + ends[-1][1] - len(places))]))
        table = conditions.given.at(whole, ends, seed)
        of_items = [Repeated(items, whole) for items in conditions.of_items.values()]

        def draw(i: int, part: Tensor, *tensors: X) -> X:
            rng = self._draws("draw", seed, i)
            if conditions.within is not None:
                return conditions.within.sample(len(part), rng)
            return self.family.sample(
                len(part), part, rng, **conditions.chosen, **dict(zip(conditions.of_items, tensors))
            )

        samples = self._in_blocks(draw, table, *of_items, bf16=self._bf16, bar=bar)
        for x, (start, end) in zip(samples, ends):
            own_places = places[start:end]
            yield Batch(own_places, x[: len(own_places)], table[start:end][: len(own_places)], seed)

    @shows_sampling(OF_SAMPLE)
    @checked
    def plot(
        self, n: int | None = None, given: AsGiven = None, *, seed: int | None = None, **chosen: object
    ) -> "Figure":
        """A figure of n samples as the report shows them: images, structures, graphs or points side by side, lines of
        text, the distributions of a table's columns. A notebook shows the figure once; pyplot does not know it.

        Args:
            n: Number of samples. Default: None, 16 items, or 1,000 rows of a table.
            given, seed, chosen: As in `sample`.

        Raises what `sample` raises.
        """
        suite = registry.suite_class(self)
        return suite.drawing(self.domain, self.sample(suite.PLOTTED if n is None else n, given, seed=seed, **chosen))

    @property
    def sample_options(self) -> tuple[SampleOption, ...]:
        """The options that `sample` takes."""
        return self.family.sample_options

    @property
    def complete_options(self) -> tuple[SampleOption, ...]:
        """The options that `complete` takes."""
        return self.family.complete_options

    @shows_sampling([one for one in OF_SAMPLE if one not in RANKED])
    def effort(self, options: SampleOptions | None = None, **chosen: object) -> Effort | None:
        """Steps and network calls of one sample with these options; None if the family does not sample step by step.

        Args:
            options, chosen: As in `sample`.

        Raises what `sample` raises for options.
        """
        return self.family.effort(**self._chosen((options or SampleOptions()).with_chosen(chosen).for_each_draw))

    @checked
    @shows_sampling(OF_PROGRESS, accepts_others=False)
    def progress(self, n: int, seed: int, **chosen: object) -> tuple[list, list]:
        """The sampling path of n items, as two lists in the form of `sample`: the K + 1 states from noise to the items,
        and the items that the model expects at each of the K steps.

        Args:
            n: Number of items.
            seed: Seed of the noise.
            chosen: Options by name, as in `sample`. `steps` is K. `start` is one item: noise is added to it once, by a
                `strength` above 0, so that all n paths begin at the same state.

        Raises Unsupported for a family without a path of noise levels. Raises DataError for a start of several items,
        or unlike the training data.
        """
        if not self.family.has_path:
            raise Unsupported(
                f"{self._name} has no path of noise levels to show; families that have: "
                f"{', '.join(self._peers('progressive')) or 'none of this kind of data'}"
            )
        options = SampleOptions(**chosen)
        start, chosen = options.start, self._chosen(options)
        if options.strength == 0:
            raise DataError("strength 0 leaves no step of the path to show: choose more, up to 1")
        given, states = {} if start is not None and self.family.allows_missing_given else None, []
        table = self._condition_table(given, n, seed)
        if start is not None:
            x = self._encode_start(chosen.pop("start"))
            if len(x) != 1:
                raise DataError(f"start holds {len(x)} items, and all samples start from one: pass one item")
            hide = lambda i, x: self.family.noised(x, rng=self._draws("noise", seed), **chosen)
            states = [Repeated(next(self._in_blocks(hide, x, bf16=self._bf16)), torch.arange(len(table)))]

        def walk(i: int, part: Tensor, *state: X) -> tuple[Tensor, Tensor]:
            rng = self._draws("draw", seed, i)
            return self.family.progress(len(part), part, rng, **chosen, **dict(zip(["initial_state"], state)))

        parts = zip(*self._in_blocks(walk, table, *states, bf16=self._bf16))
        form = lambda x: self._user_form(self.domain.decode(x, table[:n], seed))
        return tuple([form(x) for x in torch.cat(part, 1)[:, :n]] for part in parts)
