"""Model: a trained family whose methods take and return data in the user's form."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import tee
from math import isfinite, lcm
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..core.arguments import check_arguments
from ..core.device import deterministic, threads, to_cpu
from ..core.draws import Draws
from ..core.errors import DataError, GivenError, Unsupported, not_finite
from ..core.family import Family
from ..core.likelihood import Likelihood
from ..core.limits import require_memory
from ..core.monte_carlo import best_guess, has_mean
from ..core.patience import with_progress
from ..core.ragged import X, join_items, keep_known, repeat_last
from ..core.sample_options import LIKE_IMAGES, START, Effort, SampleOption, SampleOptions
from ..core.seeds import fresh_seed
from ..core.spec import Spec
from ..core.type_names import KnownParts, Options, UserItems
from ..distributions.histograms import ConditionHistograms
from ..zoo import registry
from .blocks import Repeated, blocks, sizes_of
from .compressed import compress, decompress, restore_items
from .filters import MAX_DRAWS_PER_ITEM, Batch, BestOf, KeepRules, NewItems, Stream, join
from .trained_model import TrainedModel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BYTES_PER_NUMBER = 8  # bytes of a number of an item, as it is drawn and as it reaches the user
BYTES_PER_ITEM = 4  # bytes of an item, and of each condition of it, that a draw holds for all items
START_OPTIONS = START.name, LIKE_IMAGES.name  # options that hold items, of which draw i takes the one of number i mod k
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
}


@dataclass(frozen=True)
class Asked:
    """Conditions and options of samples. The sample of place i has row i mod k, wherever there are k rows.

    Args:
        given: (k, G) conditions; None where they are sampled.
        of_items: {option: its k items or conditions}.
        chosen: options of all samples.
    """

    given: Tensor | None
    of_items: dict[str, X]
    chosen: Options

    @property
    def period(self) -> int:
        """Number of places after which all begins anew."""
        return lcm(*map(len, self.of_items.values()), 1 if self.given is None else len(self.given))


@dataclass(repr=False)
class Model(TrainedModel):
    """A trained generative model: its family, its domain (the form of the data) and the record of its training.

    Args:
        family: The trained family.
        domain: The description of the data.
        config: The contents of `config.toml`.
        conditions: The distribution of the conditions in training, sampled when none is given.
        bf16: Whether it samples in bfloat16. Default: False.
        as_written: Whether tables have the form of the training data, "$44.03" and not 44.03; set it as
            `model.as_written = True`. Files are always written in that form. Default: False.
        peers: peers(verb) -> names of the families that have a verb, for errors.
        log: What training logged: the path of metrics.jsonl, or its rows.
    """

    family: Family
    conditions: ConditionHistograms
    bf16: bool = False
    as_written: bool = field(default=False, kw_only=True)

    VERBS = VERBS

    # ------------------------------------------------------------------ verbs

    def sample(
        self,
        n: int,
        given: dict | Tensor | None = None,
        seed: int | None = None,
        options: SampleOptions | None = None,
        *,
        keep_rules: bool = False,
        progress: bool = False,
        unique: bool = False,
        novel: UserItems | None = None,
        **chosen: object,
    ) -> UserItems:
        """Sample n items, in the form of the training data: an array (n, H, W, C) for images, a DataFrame for tables.
        In a table, numbers are numbers and dates are dates, even if the file writes them as text (see `as_written`).

        Args:
            n: Number of items, at least 1.
            given: The condition, as {name: one value for all items, or n values}; or a tensor (n, G), as `Data.tensors`
                holds it. Default: None, and each item gets a condition of its own: numbers and labels as often as in
                training, and neither texts nor images. With {}, no condition is passed to the model. A name that the
                dict omits counts as unknown. The result carries its conditions.
            seed: The same seed gives the same items, and the first k of n items are those of a call with n = k.
                Default: None, a new seed.
            options: `SampleOptions`. Default: none. With a temperature, top_k or top_p, samples no longer follow the
                probabilities of `log_prob`.
            keep_rules: Whether a table keeps only rows that break no rule found in the data; `.attrs["kept"]` says how.
                Default: False.
            progress: Whether a bar shows on stderr if sampling takes more than a second. Default: False.
            unique: Whether to keep only different items. Default: False.
            novel: Items that no sample may equal, such as the training data. Default: None.
            chosen: Single options by name, such as steps=20 or guidance=2.0. `sample_options` lists those that this
                model takes.

        `unique` and `novel` sample until n items are found, or 20 n are sampled: then there are fewer, with a warning.
        For molecules, both compare molecules, not strings, and drop strings that are no molecule.

        Three options need items or another run. `start` holds k items that the samples resemble; sample i resembles
        item i mod k. Labels and captions of a start are ignored; without `given`, there is no condition. `like` holds k
        images that the samples show anew, sample i image i mod k, for families with an embedding of images. `best_of`
        and `rerank` are for images with captions: they sample so many of each and keep the one that fits its caption
        best by `rerank`, a run of the task match. `.method` says by which run, and what that gained. best_of,
        keep_rules, unique and novel go together: the best image of each place, or a row that keeps the rules, is what
        has to be new.

        Raises GivenError for an n below 1, for more items than memory holds, for an unknown name or value in given, for
        a family that needs given, for rules that hardly any row keeps, for best_of without a caption, and for an n that
        is no multiple of k. Raises Unsupported for an option that the model does not take. Raises DataError for an
        option out of range, for a start unlike the training data, and for a rerank that matches no such images.
        """
        check_arguments(Model.sample, locals())
        seed, options = fresh_seed() if seed is None else seed, (options or SampleOptions()).with_chosen(chosen)
        self._require_memory(n, "sample fewer at once, or with sample_blocks")
        asked, filters = self._ask(n, given, options.for_each_draw), []
        if options.best_of is not None:
            filters.append(BestOf(self, options))
        is_new = unique or novel is not None
        if keep_rules and self._knows_rules():
            filters.append(KeepRules(self.domain, self._user_form, in_parts=is_new))
        if is_new:
            (*_, (_, most)) = blocks(MAX_DRAWS_PER_ITEM * n, self.sizes)
            filters.append(NewItems(self.domain, unique, novel, most, asked.period, progress))
        draws: Stream = partial(self._draw, asked, bar="drawing" if progress else "")
        for filtered in filters:
            draws = filtered(draws)
        items = join(draws(np.arange(n), seed), n).items(self.domain)
        for filtered in filters:
            filtered.tell(items)
        return self._user_form(items)

    def sample_blocks(
        self,
        n: int,
        given: dict | None = None,
        seed: int | None = None,
        options: SampleOptions | None = None,
        **chosen: object,
    ) -> Iterator[UserItems]:
        """Yield the samples of `sample` in parts, to save memory: it holds one part, and a few bytes for each of the n
        items.

        Args:
            n: Number of items, at least 1.
            given: The condition, as in `sample`. Default: None.
            seed: The same seed gives the same items. Default: None, a new seed.
            options: `SampleOptions`. Default: none.
            chosen: Single options by name, as in `sample`.

        Raises GivenError if memory does not hold the few bytes of each item either.
        """
        check_arguments(Model.sample_blocks, locals())
        seed = fresh_seed() if seed is None else seed
        asked = self._ask(n, given, (options or SampleOptions()).with_chosen(chosen))
        parts = ((batch.x, batch.table) for batch in self._draw(asked, np.arange(n), seed))
        yield from map(self._user_form, self.domain.decode_blocks(parts, seed))

    def _ask(self, n: int, given: dict | Tensor | None, options: SampleOptions) -> Asked:
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
        table = self._encode_conditions(given, n)
        if "against" in chosen:
            of_items["against"] = self._encode_conditions(chosen.pop("against"), n)
        for name in filter(chosen.__contains__, START_OPTIONS):
            of_items[name] = self._encode_start(chosen.pop(name), name)
            if n % (k := len(of_items[name])):
                raise GivenError(f"{name} holds {k} items for {n} samples: let n be a multiple of {k}")
        return Asked(table, of_items, chosen)

    def _draw(self, asked: Asked, places: np.ndarray, seed: int, bar: str = "") -> Iterator[Batch]:
        """Samples for places, block by block. bar: what a progress bar says meanwhile, where there is one."""
        ends = list(blocks(len(places), self.sizes))
        whole = torch.from_numpy(np.concatenate([places, places[-1] + np.arange(1, 1 + ends[-1][1] - len(places))]))
        table = self._sampled_given(ends, seed) if asked.given is None else asked.given[whole % len(asked.given)]
        of_items = [Repeated(items, whole) for items in asked.of_items.values()]

        def draw(i: int, part: Tensor, *more: X) -> X:
            rng = self._draws("draw", seed, i)
            return self.family.sample(len(part), part, rng, **asked.chosen, **dict(zip(asked.of_items, more)))

        drawn = self._in_blocks(draw, table, *of_items, bf16=self.bf16, bar=bar)
        for x, (start, end) in zip(drawn, ends):
            own = places[start:end]
            yield Batch(own, x[: len(own)], table[start:end][: len(own)], seed)

    def plot(
        self, n: int | None = None, given: dict | None = None, seed: int | None = None, **chosen: object
    ) -> "Figure":
        """A figure of n samples as the report shows them: images, structures, graphs or points side by side, lines of
        text, the distributions of a table's columns. A notebook shows the figure once; pyplot does not know it.

        Args:
            n: Number of samples. Default: None, 16 items, or 1,000 rows of a table.
            given: The condition, as in `sample`. Default: None.
            seed: The same seed gives the same samples. Default: None, a new seed.
            chosen: Single options by name, as in `sample`.

        Raises what `sample` raises.
        """
        check_arguments(Model.plot, locals())
        suite = registry.suite_class(self)
        return suite.drawing(self.domain, self.sample(suite.PLOTTED if n is None else n, given, seed, **chosen))

    @property
    def sample_options(self) -> tuple[SampleOption, ...]:
        """The options that `sample` takes."""
        return self.family.sample_options

    @property
    def complete_options(self) -> tuple[SampleOption, ...]:
        """The options that `complete` takes."""
        return self.family.complete_options

    def effort(self, options: SampleOptions | None = None, **chosen: object) -> Effort | None:
        """Steps and network calls of one sample with these options; None if the family does not sample step by step.

        Args:
            options: `SampleOptions`. Default: none.
            chosen: Single options by name, as in `sample`.

        Raises what `sample` raises for options.
        """
        return self.family.effort(**self._chosen((options or SampleOptions()).with_chosen(chosen).for_each_draw))

    def progress(
        self,
        n: int,
        seed: int,
        *,
        steps: int | None = None,
        sampler: str | None = None,
        start: UserItems | None = None,
        strength: float | None = None,
    ) -> tuple[list, list]:
        """The sampling path of n items, as two lists in the form of `sample`: the K + 1 states from noise to the items,
        and the items that the model expects at each of the K steps.

        Args:
            n: Number of items.
            seed: The same seed gives the same path.
            steps: Steps of the sampler, K. Default: None, as the model was trained.
            sampler: Name of the sampler. Default: None, that of the model.
            start: One item, to which noise is added once, so that all n paths begin at the same state. Default: None,
                and each path begins with noise of its own.
            strength: Share of the noise that is added to `start`, in (0, 1]. Default: None, which is 0.6.

        Raises Unsupported for a family without a path of noise levels. Raises DataError for a start of several items,
        or unlike the training data.
        """
        check_arguments(Model.progress, locals())
        if not self.family.has_path:
            raise Unsupported(
                f"{self._name} has no path of noise levels to show; families that have: "
                f"{', '.join(self.peers('progressive')) or 'none of this kind of data'}"
            )
        chosen = self._chosen(SampleOptions(steps=steps, sampler=sampler, start=start, strength=strength))
        if strength == 0:
            raise DataError("strength 0 leaves no step of the path to show: choose more, up to 1")
        given, begun = {} if start is not None and self.family.allows_missing_given else None, []
        table = self._condition_table(given, n, seed)
        if start is not None:
            x = self._encode_start(chosen.pop("start"))
            if len(x) != 1:
                raise DataError(f"start holds {len(x)} items, and all samples start from one: pass one item")
            hide = lambda i, x: self.family.noised(x, rng=self._draws("noise", seed), **chosen)
            begun = [Repeated(next(self._in_blocks(hide, x, bf16=self.bf16)), torch.arange(len(table)))]

        def walk(i: int, part: Tensor, *begun: X) -> tuple[Tensor, Tensor]:
            rng = self._draws("draw", seed, i)
            return self.family.progress(len(part), part, rng, **chosen, **dict(zip(["begun"], begun)))

        parts = zip(*self._in_blocks(walk, table, *begun, bf16=self.bf16))
        form = lambda x: self._user_form(self.domain.decode(x, table[:n], seed))
        return tuple([form(x) for x in torch.cat(part, 1)[:, :n]] for part in parts)

    def log_prob(
        self,
        x: UserItems,
        given: dict | None = None,
        seed: int = 0,
        draws: int | None = None,
        known: KnownParts | None = None,
    ) -> Likelihood:
        """Log-likelihood of each of n items in nats, (n,), with its kind.

        Args:
            x: n items in the form of the training data.
            given: The condition, as {name: values}. With {}, log p(x) without a condition. Default: None, log p(x |
                condition) with the conditions that the items carry, such as labels.
            seed: The same seed gives the same estimate. Default: 0.
            draws: Random draws per item that estimate a bound or an integral, for families that need them. More draws
                make the number more accurate. Default: None, as many as the family needs.
            known: A mask, as in `complete`. The result is then log p(unknown | known, given). Default: None.

        With `known`, the result is exact if an autoregressive model reads the known part first, such as the beginning
        of a line. For a line with something known after a hole, it is log p(x) minus the log of an unbiased estimate of
        p(known): an estimate with a standard error, on average too high by about half its square. Most other families
        learn the conditional separately; the result is then an estimate.

        Raises Unsupported for a family without a density, or without a conditional one if `known` is passed. Raises
        DataError for items or a mask unlike the training data, GivenError for an unknown name or value in given,
        RunError for weights with which the log-likelihood is no number.
        """
        check_arguments(Model.log_prob, locals())
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
            mask = [self.domain.encode_holes(x, known, given)[2]]
            spec, kind = spec.hidden(*mask), self.family.kind_given(*mask)
        score = lambda i, part, rows, *mask: self.family.log_likelihood(
            part, rows, self._draws("log_prob", seed, i), draws, *mask
        )
        nats, ses = zip(*self._in_blocks(score, tensor, table, *mask, scored=True))
        n = len(tensor)
        join = lambda parts: torch.cat(parts)[:n].double().numpy()
        drawn = [torch.zeros_like(exact) if se is None else se for exact, se in zip(nats, ses)]
        se = None if all(se is None for se in ses) else join(drawn)
        own = self.family.given
        used = tuple(name for name in own.names if self.family.conditional and not own.part(table, name).isnan().all())
        dims = self.spec.numbers(tensor, *mask)
        dims = int(dims[0]) if (dims == dims[0]).all() else dims.numpy()
        scores = join(nats)
        if np.isnan(scores).any():
            raise not_finite(f"the log-likelihood of {self._name} is")
        return Likelihood(scores, kind, spec.of, dims, se, used)

    def encode(self, x: UserItems, given: dict | None = None) -> np.ndarray:
        """Latents of items: (n, ...) float32, in the shape of the family's latents.

        Args:
            x: n items in the form of the training data.
            given: The condition, as in `log_prob`. Default: None.

        Raises Unsupported for a family without latents, DataError for items unlike the training data.
        """
        check_arguments(Model.encode, locals())
        self._require("encode")
        tensor, table = self._accept(x, given)
        codes = self._in_blocks(lambda i, part, rows: self.family.encode(part, rows), tensor, table)
        return torch.cat(list(codes))[: len(tensor)].float().numpy()

    def decode(self, z: np.ndarray, given: dict | None = None) -> UserItems:
        """Items decoded from latents, in the form of `sample`.

        Args:
            z: (n, ...) latents, as `encode` returns them.
            given: The condition, as {name: values}. Default: None, no condition.

        Raises Unsupported for a family without latents, GivenError for an unknown name or value in given.
        """
        check_arguments(Model.decode, locals())
        self._require("decode")
        z = self._as_latents(z)
        table = self._condition_table({} if given is None else given, len(z), 0)[: len(z)]
        parts = self._in_blocks(lambda i, part, rows: self.family.decode(part, rows), z, table)
        return self._user_form(self.domain.decode(join_items(list(parts))[: len(z)], table, None))

    def interpolate(self, a: UserItems, b: UserItems, steps: int = 8, given: dict | None = None) -> UserItems:
        """Items between two items, decoded from latents on the arc between those of both (White 2016).

        Args:
            a: One item, such as data.test[:1]. The first result is a, encoded and decoded.
            b: One item. The last result is b, encoded and decoded.
            steps: Number of results. Default: 8.
            given: The condition, as in `log_prob`. Default: None.

        Raises Unsupported for a family without latents, DataError for items unlike the training data.
        """
        check_arguments(Model.interpolate, locals())
        self._require("interpolate")
        if steps < 1:
            raise GivenError(f"steps must be at least 1, not {steps}: pass steps=8")
        (za,), (zb,) = self.encode(a, given), self.encode(b, given)
        t = np.linspace(0, 1, steps).reshape(-1, *[1] * za.ndim)
        return self.decode(on_the_arc(za, zb, t), given)

    def vary(self, x: UserItems, n: int = 8, seed: int | None = None, **chosen: object) -> UserItems:
        """New images that show what other images show: `sample` with like=x.

        Args:
            x: k images. Sample i varies image i mod k.
            n: Number of new images, a multiple of k. Default: 8.
            seed: The same seed gives the same images. Default: None, a new seed.
            chosen: Single options by name, as in `sample`.

        Raises what `sample` raises: Unsupported for a family without an embedding of images, DataError for images that
        do not fit.
        """
        check_arguments(Model.vary, locals())
        return self.sample(n, seed=seed, like=x, **chosen)

    def edit(
        self, x: UserItems, source: str | Sequence[str], target: str | Sequence[str], strength: float = 1.0
    ) -> UserItems:
        """Images, changed as one caption differs from another: edit(x, source="a red star", target="a blue star").

        The embedding of each image moves by `strength` times the difference of the embeddings of both captions. The
        layout, and all that both captions share, stays if it can.

        Args:
            x: (n, ...) images.
            source: A caption of what the images show, or one for each image.
            target: A caption of what they should show, or one for each image.
            strength: Size of the step: 1 is the whole difference. Default: 1.

        Raises Unsupported for a family without one embedding for images and captions, DataError for images unlike the
        training data or a strength that is not finite, GivenError for a caption that says nothing.
        """
        check_arguments(Model.edit, locals())
        self._require("edit")
        if not isfinite(strength):
            raise DataError(f"strength must be a finite number, not {strength}: 1 is the difference of the captions")
        tensor = self._encode_start(x, "x")
        texts = [self.domain.encode_given({"caption": text}, len(tensor)) for text in (source, target)]
        if any(text.isnan().all(1).any() for text in texts):
            raise GivenError("a caption to edit by says nothing: write what the image shows, and what it should show")
        parts = self._in_blocks(lambda i, *part: self.family.edit(*part, strength), tensor, *texts, bf16=self.bf16)
        nothing = torch.full_like(texts[0], torch.nan)
        return self._user_form(self.domain.decode(torch.cat(list(parts))[: len(tensor)], nothing, None))

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

    def complete(
        self,
        x: UserItems,
        known: KnownParts | None = None,
        draws: int = 1,
        estimate: str | None = None,
        given: dict | None = None,
        seed: int | None = None,
        options: SampleOptions | None = None,
        *,
        progress: bool = False,
        **chosen: object,
    ) -> UserItems:
        """Fill the missing part of items and keep the known part bit for bit.

        Args:
            x: n items in the form of the training data.
            known: bool, True where x is known: (H, W) or (n, H, W) for images, the shape of x for a table. Default:
                None; for a table it is "not missing".
            draws: Completions of each item. With more than 1, the result is a list of tables, or an array (draws, n, H,
                W, C). The first completion is that of draws=1, except for rounding. Default: 1.
            estimate: "mean" returns the best guess instead of a sample: the mean of numbers, or the mode of categories,
                over at least 50 completions. Default: None.
            given: The condition, as {name: values}; {} leaves it out. Default: None, and each item has the condition
                that it carries.
            seed: The same seed gives the same completions. Default: None, a new seed.
            options: `SampleOptions`; `complete_options` lists those that the model takes. Default: none.
            progress: Whether a bar shows on stderr if completing takes more than a second. Default: False.
            chosen: Single options by name. `method` is one of families that remove noise: "trained" shows the network
                the known part; "resample" (RePaint, Lugmayr 2022) works without training for it. The default is
                "trained" if the model was trained for it.

        The result carries its seed, its method and its kind. It is exact if completions have the probabilities of
        `log_prob` given the known part, as those of an autoregressive model that reads the known part first. Otherwise
        it is approximate, or a point.

        Raises Unsupported for a family that cannot complete, or does not take an option. Raises DataError for an x or
        known that does not fit and for an option out of range, GivenError for an unknown estimate, or an unknown name
        or value in given.
        """
        check_arguments(Model.complete, locals())
        self._require("complete")
        if draws < 1:
            raise GivenError(f"draws must be at least 1, not {draws}: pass draws=1")
        if estimate not in (None, "mean"):
            raise GivenError(f"estimate={estimate!r} is unknown: leave it out for draws, or use estimate='mean'")
        if estimate and not has_mean(self.spec):
            raise GivenError("sets of other sizes have no mean, nor numbers of other lengths: leave estimate out")
        self._require_conditional(given)
        seed = fresh_seed() if seed is None else seed
        x, known = self.domain.parted(x, known)
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
        done = [self.domain.decode_holes(f, x, mask, table, note) for f in filled]
        for number, part in enumerate(done):
            self._go_on(fill, x, part, tables, seed, number)
        done = list(map(self._user_form, done))
        return done[0] if len(done) == 1 else self.domain.stack(done)

    def _go_on(self, fill: Callable, items: UserItems, completed: UserItems, tables: list[Tensor], *seed: int) -> None:
        """Complete, in place, what of completed items is still open. fill: `_fill` with its options. tables: what is
        given to each."""
        if again := self.domain.still_open(items, completed):
            which, parts = list(again), list(again.values())
            x, _, known = self.domain.encode_holes(parts, None, None)
            own = [table[which] for table in tables]
            (filled,) = fill(x, known, own, 1, *seed, 1)
            more = self.domain.decode_holes(filled, parts, known, own[0], {})
            self._go_on(fill, parts, more, own, *seed, 1)
            for i, item in zip(which, more):
                completed[i] = item
            completed.kind = "approximate"  # the first parts were drawn without a view of the last

    def _fill(
        self, options: dict, x: X, known: X, tables: list[Tensor], draws: int, *seed: int, bar: str = ""
    ) -> list[X]:
        """`draws` completions of x. All are filled as one list of items, one draw after another, so that no draw pads
        blocks of its own. tables: what is given, and what guidance moves away from, where that is named."""

        def fill(i: int, part: X, mask: X, rows: Tensor, *away: Tensor) -> X:
            rng = self._draws("fill", *seed, 0, i)
            against = {"against": away[0]} if away else {}
            return keep_known(part, mask, self.family.fill(part, mask, rows, rng, **options, **against))

        again = (Repeated(items, torch.arange(draws * len(x))) for items in (x, known, *tables))
        every = join_items(list(self._in_blocks(fill, *again, bf16=self.bf16, bar=bar)))
        return [every[k * len(x) : (k + 1) * len(x)] for k in range(draws)]

    def compress(self, x: UserItems, given: dict | None = None, progress: bool = False) -> bytes:
        """Compress items losslessly, in little more than -log2 p(x) bits, and return the bytes.

        `decompress` needs the same weights, library and kind of processor.

        Args:
            x: Items in the form of the training data; texts and pieces of music may have any length.
            given: The condition, as {name: values}; {} stores the items without their conditions. Default: None, and
                the conditions that the items carry are stored too.
            progress: Whether a bar shows on stderr if this takes more than a second. Default: False.

        Raises Unsupported for a family that cannot compress, and for real numbers. Raises DataError for items unlike
        the training data, and for items that would not come back unchanged.
        """
        check_arguments(Model.compress, locals())
        return b"".join(self.compress_blocks(x, given, progress))

    def compress_blocks(self, x: UserItems, given: dict | None = None, progress: bool = False) -> Iterator[bytes]:
        """Yield the bytes of `compress` in parts, to save memory: memory holds one part at a time.

        Args:
            x: Items, as in `compress`.
            given: The condition, as in `compress`. Default: None.
            progress: Whether a bar shows on stderr. Default: False.
        """
        self._require("compress")
        return compress(self, x, given, progress)

    def decompress(self, stream: bytes, progress: bool = False) -> UserItems:
        """The items that were compressed, in the form of the training data.

        Args:
            stream: The bytes of `compress`.
            progress: Whether a bar shows on stderr if this takes more than a second. Default: False.

        Raises DataError for bytes that are damaged or cut, or that another model or another kind of machine wrote.
        """
        check_arguments(Model.decompress, locals())
        self._require("compress")
        x, given, left = zip(*decompress(self, stream, progress))
        return restore_items(self, self.domain.decode(torch.cat(x), torch.cat(given), None), list(left), 0)

    def decompress_blocks(self, stream: bytes, progress: bool = False) -> Iterator[UserItems]:
        """Yield the items of `decompress` in parts, to save memory. A text or a piece longer than a part comes in
        several.

        Args:
            stream: The bytes of `compress`.
            progress: Whether a bar shows on stderr. Default: False.
        """
        self._require("compress")
        parts, again, first = *tee(decompress(self, stream, progress)), 0
        backs = self.domain.decode_blocks(((x, given) for x, given, _ in parts), None)
        for back, (_, _, left) in zip(backs, again):
            yield restore_items(self, back, [left], first)
            first += len(back)

    # ------------------------------------------------------------------ inside

    def _as_latents(self, z: object) -> Tensor:
        """(n, ...) float32. Raises DataError for what is no array of finite numbers."""
        z = np.asarray(z)
        if not np.issubdtype(z.dtype, np.number) or np.iscomplexobj(z) or z.ndim < 2 or not np.isfinite(z).all():
            raise DataError(
                f"z is {z.dtype} of shape {z.shape}, and must be (n, ...) finite numbers: pass latents of encode"
            )
        return torch.as_tensor(z, dtype=torch.float32)

    def _user_form(self, items: UserItems) -> UserItems:
        """Decoded items as a person gets them: numbers and dates, or the texts of the file that stood for them."""
        return items if self.as_written else self.domain.plain(items)

    def _knows_rules(self) -> bool:
        """Whether there are rules to keep; said where there are none."""
        if not self.domain.rules:
            warnings.warn(
                f"this {self._name} knows no rules to keep: none were found in its data, or they are no table",
                stacklevel=3,
            )
        return bool(self.domain.rules)

    def _chosen(self, options: SampleOptions) -> Options:
        """The sampling options that are set, {name: value}. Raises Unsupported for one that `sample` does not take."""
        return options.select_supported(self.sample_options, f"sample of {self._name}", self.peers)

    def _encode_start(self, items: UserItems, name: str = START.name) -> X:
        """The items that draws begin at, or are like, brought to the form of the model, without what they carry of
        given variables. name: of the option."""
        return self.domain.encode(self.domain.bare(self.domain.as_start(items, name)))[0]

    def _require_memory(self, n: int, remedy: str) -> None:
        """Raises GivenError for n items that the machine has no memory for."""
        each = self.spec.leaf.each if self.spec.is_set else self.spec
        require_memory(f"{n:,} items", n * BYTES_PER_NUMBER * max(1, each.dims), remedy)

    def _require_conditional(self, given: dict | None) -> None:
        """Raises Unsupported for values of what is given, of a family that does not look at them."""
        if given and self.family.given.names and not self.family.conditional:
            raise Unsupported(f"this {self._name} takes no notice of {', '.join(given)}: leave given out")

    @property
    def spec(self) -> Spec:
        """The variables that are modelled."""
        return self.family.spec

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of items in the blocks that `sample` computes at once (see `run/blocks.py`)."""
        return sizes_of(self.spec)

    @property
    def scored_sizes(self) -> tuple[int, ...]:
        """Numbers of items in the blocks that `log_prob` computes at once."""
        return sizes_of(self.spec, scored=True)

    def _in_blocks(
        self, call: Callable, *several: X, bf16: bool = False, scored: bool = False, bar: str = ""
    ) -> Iterator:
        """call(block number, whole block of each), block by block; the last is padded with its own last item. bar:
        what a progress bar says meanwhile, where there is one."""
        ends = list(blocks(len(several[0]), self.scored_sizes if scored else self.sizes))
        for i, (start, end) in enumerate(with_progress(ends, bar) if bar else ends):
            parts = [x[start:end] for x in several]
            short = end - start - len(parts[0])
            if short:
                parts = [repeat_last(part, short) for part in parts]
            with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
                with threads(self._threads()), deterministic(self.device):
                    result = to_cpu(call(i, *(part.to(self.device) for part in parts)))
            if not scored:
                self._require_finite(result)
            yield result

    def _require_finite(self, x: X | tuple[Tensor, ...]) -> None:
        """Raises RunError for numbers of a verb that are none, although their leaf may not be absent."""
        for numbers in x if isinstance(x, tuple) else [getattr(x, "x", x)]:
            none, leaves = numbers.isnan(), (self.spec.leaf.each if self.spec.is_set else self.spec).columns
            if any(leaf.optional for leaf in leaves) and none.shape[-1] == len(leaves):
                none = none & torch.tensor([not leaf.optional for leaf in leaves])
            if none.any() or numbers.isinf().any():
                raise not_finite(f"the numbers of {self._name} are")

    def _draws(self, *parts: int | str) -> Draws:
        return Draws(*parts, device=self.device)

    def _condition_table(self, given: dict | None, n: int, seed: int) -> Tensor:
        """(n', G) given values, n' as many as the blocks hold that hold n."""
        ends, asked = list(blocks(n, self.sizes)), self._encode_conditions(given, n)
        if asked is None:
            return self._sampled_given(ends, seed)
        return asked[torch.arange(ends[-1][1]) % len(asked)]

    def _encode_conditions(self, given: dict | Tensor | None, n: int) -> Tensor | None:
        """Conditions of n items: (n, G), (1, G) where it is the same for all, or None where it is sampled. Raises
        GivenError for a tensor of another shape, and where those of training lack a variable that the family needs."""
        if given is None and self.family.given.names:
            if self.conditions.left_out and not self.family.allows_missing_given:
                names = ", ".join(self.conditions.left_out)
                raise GivenError(
                    f"this {self._name} cannot sample without {names}, and a run keeps no values of it: pass "
                    f"given={{{self.conditions.left_out[0]!r}: ...}}, or --given {self.conditions.left_out[0]}=..."
                )
            return None
        if isinstance(given, Tensor):
            if given.shape != (n, self.family.given.width):
                raise GivenError(
                    f"given is a tensor of shape {tuple(given.shape)}: pass ({n}, {self.family.given.width})"
                )
        else:
            self._require_conditional(given)
            given = self.domain.encode_given(given or {}, n)
        alike = (given == given[:1]) | (given.isnan() & given[:1].isnan())
        return given[:1] if alike.all() else given

    def _sampled_given(self, ends: list[tuple[int, int]], seed: int) -> Tensor:
        """Conditions in blocks with these ends, as often as in training."""
        sizes = (end - start for start, end in ends)
        return torch.cat([self.conditions.sample(size, Draws("given", seed, i)) for i, size in enumerate(sizes)])

    def _accept(self, x, given: dict | None) -> tuple[X, Tensor]:
        self._require_conditional(given)
        tensor, table = self.domain.encode(x)
        if given is not None:
            table = self.domain.encode_given(given, len(tensor))
        return tensor, table


def on_the_arc(a: np.ndarray, b: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """The codes at shares t of the way from code a to code b, on the arc between them (White 2016)."""
    cos = float(np.clip((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-12), -0.9999, 0.9999))
    angle = np.arccos(cos)
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
