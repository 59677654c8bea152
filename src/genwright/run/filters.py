"""Filters of samples. Samples come as a stream of batches, each sample for a place. A filter makes one stream of
another, so that filters form a chain, and `join` takes as many samples as are asked for out of the last stream.

    BestOf       the best of several samples for each place
    KeepWanted   samples that do not meet a condition are sampled again for their place
    KeepRules    rows that break a rule of their table are sampled again for their place
    NewItems     duplicates, and items that are known, are left out: later samples take their places

A place says what its sample is drawn with: a condition, an item to start from. So a filter never mixes these up.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from math import exp

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..core.domain import BaseDomain
from ..core.errors import GivenError, Unsupported
from ..core.family import Within
from ..core.patience import progress_bar
from ..core.ragged import X, join_first
from ..core.sample_options import SampleOptions
from ..core.seeds import seed_of
from ..core.type_names import UserItems
from .conditions import Wanted
from .predictor import require_matching
from .trained_model import TrainedModel, digest_of

MAX_DRAWS_PER_ITEM = 20  # samples at most among which so many new items are looked for
MAX_DRAWS_PER_VALID = 10  # samples at most among which so many valid items are looked for
ROUNDS = 200  # rounds in which rows are sampled again, at most
LEAST_SHARE, TRIED = 0.01, 2_000  # share of rows that must keep the rules, once so many were drawn
ROWS = 64  # rows of the first part, all of which keep the rules; each part is twice the one before


TRIES = 64  # samples for a place in one round, at most
LEAST_WANTED, WANTED_TRIED = 1e-4, 20_000  # share of samples that must meet the conditions, once so many were drawn


@dataclass(frozen=True)
class Batch:
    """Samples for some places.

    Args:
        places: (n,) numbers of the places.
        x: n items as the family draws them.
        table: (n, G) what is given for each.
        seed: Seed of the draw.
        rows: n rows of a table, where a filter has changed what x says.
    """

    places: np.ndarray
    x: X
    table: Tensor
    seed: int
    rows: pd.DataFrame | None = None

    def __getitem__(self, index: Sequence[int]) -> "Batch":
        index = torch.as_tensor(index, dtype=torch.long)
        rows = None if self.rows is None else self.rows.iloc[index.numpy()]
        return Batch(self.places[index.numpy()], self.x[index], self.table[index], self.seed, rows)

    def items(self, domain: BaseDomain) -> UserItems:
        """Returns the samples as the domain decodes them."""
        return domain.decode(self.x, self.table, self.seed) if self.rows is None else self.rows


Stream = Callable[[np.ndarray, int], Iterator[Batch]]  # (places, seed) -> batches in the order of the places


def join(batches: Iterable[Batch], n: int) -> Batch:
    """Returns the first n samples of a stream, or as many as it has, in the order of their places."""
    batches_seen: list[Batch] = []

    def take() -> Iterator[X]:
        for batch in batches:
            batches_seen.append(replace(batch, x=None))
            yield batch.x

    x = join_first(n, take())
    places = np.concatenate([batch.places for batch in batches_seen])
    table = torch.cat([batch.table for batch in batches_seen])
    rows = None
    if batches_seen[0].rows is not None:
        rows = pd.concat([batch.rows for batch in batches_seen], ignore_index=True)
        rows.attrs = batches_seen[0].rows.attrs
    whole = Batch(places, x[: len(places)], table, batches_seen[0].seed, rows)
    order = np.argsort(places, kind="stable")
    whole = whole if (np.diff(order) == 1).all() else whole[order]
    return whole if rows is None else replace(whole, rows=whole.rows.reset_index(drop=True))


class BestOf:
    """The best of several samples for each place (Ramesh 2021, section 2.6): of images, the one that its caption
    describes best.

    A run of the task `match` judges, by the cosine of the vectors of image and caption. It sees pixels and captions as
    a person has them, so it may have been trained on other images of the same size.

    The first sample has the seed, and the k-th other one a seed that follows from it. So the images of a larger best_of
    fit no worse.

    Raises Unsupported for a model without captions, DataError for a run that cannot judge its images.

    Args:
        model: The trained model.
        options: Options by name.
    """

    def __init__(self, model: TrainedModel, options: SampleOptions):
        if getattr(model.domain, "captions", None) is None:
            raise Unsupported(
                f"{model.config['family']} was trained without captions, so no draw fits one better: leave best_of and "
                "rerank out"
            )
        self.judge = require_matching(options.rerank, model.domain, "the run to rerank by")
        self.domain, self.spec, self.draws = model.domain, model.family.given, options.best_of
        self.seen, self.first, self.best = 0, 0.0, 0.0  # images, and sums of cosines

    def __call__(self, draws: Stream) -> Stream:
        def best(places: np.ndarray, seed: int) -> Iterator[Batch]:
            seeds = [seed, *(seed_of("best of", seed, turn) for turn in range(1, self.draws))]
            for candidate_draws in zip(*(draws(places, draw_seed) for draw_seed in seeds)):
                yield self._choose(*candidate_draws)

        return best

    def tell(self, images: UserItems) -> None:
        """Prints which run chose the images, and what the choice gained."""
        images.method = (
            f"best of {self.draws} draws by {self.judge.config['family']} of {self.judge.config['data']['name']} "
            f"({digest_of(self.judge)[:8]}): mean cosine of image and caption {self.best / self.seen:.3f}, and "
            f"{self.first / self.seen:.3f} of the first draws alone"
        )

    def _choose(self, first: Batch, *other_batches: Batch) -> Batch:
        codes = self._caption_codes(first.table)
        best, scores = first.x.clone(), self._fits(first, codes)
        self.seen, self.first = self.seen + len(scores), self.first + float(scores.sum())
        for other_batch in other_batches:
            fits = self._fits(other_batch, codes)
            better = fits > scores
            best[better], scores[better] = other_batch.x[better], fits[better]
        self.best += float(scores.sum())
        return replace(first, x=best)

    def _fits(self, batch: Batch, codes: np.ndarray) -> np.ndarray:
        return (self.judge.encode(np.asarray(batch.items(self.domain))) * codes).sum(1)

    def _caption_codes(self, table: Tensor) -> np.ndarray:
        """(n, D) vectors of the captions that images are drawn with."""
        captions = self.domain.captions.decode(self.spec.part(table, "caption"))
        if None in captions:
            raise GivenError(
                "best_of chooses by captions, and here an image has none: name it with --given caption=... "
                "(given={'caption': ...})"
            )
        texts, text_of_item = np.unique(captions.astype(str), return_inverse=True)
        return self.judge.encode(texts.tolist())[text_of_item]


class KeepWanted:
    """Samples that meet conditions: where one does not, several more are sampled for its place, and the first that does
    is taken.

    Args:
        domain: of the items.
        wanted: the conditions.
        within: what draws rows that meet some of the conditions from the start, or None.

    Raises GivenError for conditions that hardly any sample meets.
    """

    def __init__(self, domain: BaseDomain, wanted: Wanted, within: Within | None = None):
        self.domain, self.wanted, self.within = domain, wanted, within
        self.drawn, self.met = 0, 0

    def __call__(self, draws: Stream) -> Stream:
        def keep(places: np.ndarray, seed: int) -> Iterator[Batch]:
            left, tries, turn = np.asarray(places), 1, 0
            while len(left):
                own = seed_of("drawn within", seed, turn) if turn else seed
                found = np.zeros(len(left), bool)
                for first, batch in self._numbered(draws(np.repeat(left, tries), own)):
                    of_place = (first + np.arange(len(batch.places))) // tries
                    items = batch.items(self.domain)
                    if isinstance(items, pd.DataFrame):  # a label that stands for others is drawn as it is decoded
                        batch = replace(batch, rows=items)
                    meets = self.wanted.meets(self.domain, items)
                    self.drawn, self.met = self.drawn + len(meets), self.met + int(meets.sum())
                    numbers = np.flatnonzero(meets & ~found[of_place])
                    numbers = numbers[np.unique(of_place[numbers], return_index=True)[1]]
                    found[of_place[numbers]] = True
                    if len(numbers):
                        yield batch[numbers]
                left, tries, turn = left[~found], min(2 * tries, TRIES), turn + 1
                if len(left) and self.drawn > WANTED_TRIED and self.met < LEAST_WANTED * self.drawn:
                    raise GivenError(
                        f"{self.met:,} of {self.drawn:,} samples meet {self._text}: too few to go on, so allow more"
                    )

        return keep

    def _numbered(self, batches: Iterable[Batch]) -> Iterator[tuple[int, Batch]]:
        first = 0
        for batch in batches:
            yield first, batch
            first += len(batch.places)

    @property
    def _text(self) -> str:
        return " & ".join(map(str, self.wanted.on_items))

    def tell(self, items: UserItems) -> None:
        """Say which share of samples met the conditions: in `.attrs["kept"]` of a table, else in `.method`."""
        if self.within is None:
            line = f"{self.met / self.drawn:.2%} of {self.drawn:,} samples met {self._text}; others were drawn again"
        else:
            log_mass, error = self.within.log_mass()
            about = "" if error is None else f" ± {error * exp(log_mass):.2%}"
            line = (
                f"the model gives {self._text} a probability of {exp(log_mass):.2%}{about}; rows are drawn within it, "
                f"{self.within.kept / self.within.proposed:.0%} of {self.within.proposed:,} proposals kept, with "
                f"{self.within.excess:.1%} of its mass cut off"
            )
        if isinstance(items, pd.DataFrame):
            items.attrs["kept"] = [*items.attrs.get("kept", ()), line]
        else:
            items.method = line


class KeepRules:
    """Rows that break none of `domain.rules`: rows that break one are sampled again for their places. Of equalities
    that a few training rows break, one side is recomputed before, which `tell` says.

    Each round samples the broken rows of the round before, in their order, so the first k of n rows equal a sample of
    k.

    Args:
        domain: Domain of the table.
        form: brings rows to the form that rules read.
        in_parts: whether places are filled part by part, as the rows are asked for, or all at once.
    """

    def __init__(self, domain: BaseDomain, form: Callable = lambda rows: rows, in_parts: bool = False):
        self.domain, self.form, self.in_parts = domain, form, in_parts
        self.drawn, self.again, self.settled = 0, 0, dict.fromkeys(map(str, domain.rules), 0)

    def __call__(self, draws: Stream) -> Stream:
        def rows(places: np.ndarray, seed: int) -> pd.DataFrame:
            return self.form(join(draws(places, seed), len(places)).items(self.domain))

        def keep_rules(places: np.ndarray, seed: int) -> Iterator[Batch]:
            nothing = torch.empty(len(places), 0)
            start, size = 0, ROWS if self.in_parts else len(places)
            while start < len(places):
                part = places[start : start + size]
                own_seed = seed_of("further rows", seed, start) if start else seed
                yield Batch(part, nothing[: len(part)], nothing[: len(part)], seed, self.fill(rows, part, own_seed))
                start, size = start + size, 2 * size

        return keep_rules

    def fill(self, draw: Callable[[np.ndarray, int], pd.DataFrame], places: np.ndarray, seed: int) -> pd.DataFrame:
        """Returns a row for each place. draw(places, seed): rows as a model samples them. Raises GivenError, naming a
        rule, where hardly any row keeps them."""
        rows, n, drawn, kept_parts = draw(places, seed), len(places), len(places), []
        attrs, rows_left = rows.attrs, np.arange(n)
        for number in range(1, ROUNDS + 1):
            rows, counts = self.domain.settle(rows)
            for rule, count in counts.items():
                self.settled[rule] += count
            breaks = self.domain.broken(rows)
            is_kept = ~breaks.any(1)
            kept_parts.append(rows.set_axis(rows_left)[is_kept])
            rows_left = rows_left[~is_kept]
            if not len(rows_left):
                self.drawn, self.again = self.drawn + drawn, self.again + drawn - n
                whole = pd.concat([part for part in kept_parts if len(part)]).sort_index()
                whole.attrs = attrs
                return whole
            if number == ROUNDS or (drawn >= TRIED and n - len(rows_left) < LEAST_SHARE * drawn):
                break
            rows = draw(places[rows_left], seed_of("drawn again", seed, number))
            drawn = drawn + len(rows_left)
        worst = self.domain.rules[int(breaks.sum(0).argmax())]
        raise GivenError(
            f"{drawn:,} rows were sampled, and {len(rows_left):,} of the {n:,} wanted still break a rule, "
            f"most often this: {worst}. Draw without keep_rules, or train the model for longer"
        )

    def tell(self, rows: pd.DataFrame) -> None:
        """Notes in `.attrs["kept"]` what was done to keep the rules, a sentence each."""
        shares = {rule: count / self.drawn for rule, count in self.settled.items() if count}
        lines = [f"recomputed in {share:.1%} of draws: {rule}" for rule, share in shares.items()]
        broke = f"{self.again / self.drawn:.1%} of {self.drawn:,} samples broke a rule and were sampled again"
        rows.attrs = rows.attrs | {"kept": [*rows.attrs.get("kept", ()), *lines, broke]}


class NewItems:
    """Samples without duplicates, without items that are already known, or only valid ones, as they come. The domain's
    `equals` decide which items are equal, and which samples are no items at all.

    Args:
        domain: Domain of the items.
        unique: whether no two may be equal.
        known: items that no sample may equal, or None.
        most_items: how many samples are looked at, at most.
        period: number of places after which what they are drawn with begins anew: a sample takes only a place that
            is drawn with the same.
        progress: whether a bar shows.
    """

    def __init__(
        self,
        domain: BaseDomain,
        unique: bool,
        known: UserItems | None,
        most_items: int,
        period: int,
        progress: bool = False,
    ):
        self.domain, self.unique, self.most, self.period, self.progress = domain, unique, most_items, period, progress
        self.equals = domain.equals()
        self.seen = set() if known is None else set(self.equals.number(known).tolist())
        self.tried, self.valid, self.only_valid = 0, 0, known is None and not unique

    def __call__(self, draws: Stream) -> Stream:
        def keep_new(places: np.ndarray, seed: int) -> Iterator[Batch]:
            self.wanted = len(places)
            free = [iter(places[k :: self.period]) for k in range(self.period)]
            bar = progress_bar(len(places), "drawing new items") if self.progress else nullcontext(lambda more: None)
            count = 0
            with bar as advance:
                for batch in draws(np.arange(self.most), seed):
                    self.tried += len(batch.places)
                    places_taken = {
                        i: next(free[batch.places[i] % self.period], None) for i in self._new_samples(batch)
                    }
                    places_taken = {i: place for i, place in places_taken.items() if place is not None}
                    yield replace(batch[[*places_taken]], places=np.array([*places_taken.values()], int))
                    advance(len(places_taken))
                    count += len(places_taken)
                    if count == len(places):
                        return

        return keep_new

    def _new_samples(self, batch: Batch) -> Iterator[int]:
        """Numbers of the samples that are new."""
        numbers = self.equals.number(batch.items(self.domain))
        self.valid += int((numbers >= 0).sum())
        for i, number in enumerate(numbers.tolist()):
            if number >= 0 and number not in self.seen:
                yield i
                if self.unique:
                    self.seen.add(number)

    def tell(self, items: UserItems) -> None:
        """Notes in `.method` how many samples are valid, and warns where too few are."""
        if self.only_valid:
            before = f"{method}; " if (method := getattr(items, "method", None)) else ""
            items.method = (
                f"{before}{self.valid / self.tried:.1%} of {self.tried:,} samples are valid; others were drawn again"
            )
        if len(items) < self.wanted:
            noun = "valid items" if self.only_valid else "new items"
            warnings.warn(
                f"{self.tried:,} samples hold {len(items):,} {noun}, fewer than the {self.wanted:,} requested",
                stacklevel=4,
            )
