"""Items are sampled and scored in blocks of fixed sizes, each with its own stream of random numbers. The first k of n
samples therefore equal the k samples of a shorter call, and no batch size changes a result.

The size of a block depends only on its position. Small blocks come first, so one item costs one and a thousand cost a
thousand. For scoring, the first block is larger: the error of a Monte Carlo estimate is learned from the items that
are scored together (see `core.monte_carlo`), which may be copies of one item.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
import torch
from torch import Tensor

from ..core.device import deterministic, threads, to_cpu
from ..core.draws import Draws
from ..core.errors import GivenError, Unsupported, not_finite
from ..core.family import Family
from ..core.limits import require_memory
from ..core.patience import with_progress
from ..core.ragged import X, repeat_last
from ..core.sample_options import START, SampleOptions
from ..core.spec import Spec
from ..core.type_names import Options, UserItems
from ..distributions.histograms import ConditionHistograms
from .trained_model import TrainedModel

BYTES_PER_NUMBER = 8  # bytes of a number of an item, as it is drawn and as it reaches the user
GIVEN_AGAIN = 2_000  # draws of a condition until it is within its range
ROWS, ITEM_BLOCKS = (1, 15, 240, 768, 1024), (1, 3, 12, 48, 64)  # the last of them again and again
SCORED_ROWS, SCORED_OTHERS = (16, 240, 256), (16, 48, 64)


def sizes_of(spec: Spec, scored: bool = False) -> tuple[int, ...]:
    """Returns sizes of blocks of such items. Series are as many as rows, since they are sampled row by row."""
    row = not (spec.is_array or spec.is_set) or (spec.is_set and spec.leaf.ordered)
    if scored:
        return SCORED_ROWS if row else SCORED_OTHERS
    return ROWS if row else ITEM_BLOCKS


def blocks(n: int, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yields (start, end) of the whole blocks that hold n items."""
    start = 0
    for size in chain(sizes, repeat(sizes[-1])):
        if start >= n:
            return
        yield start, start + size
        start += size


class Repeated:
    """Items at places, where those beyond the last item begin with the first again. A slice holds no more than is asked
    for."""

    def __init__(self, items: X, places: Tensor):
        self.items, self.places = items, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: slice) -> X:
        return self.items[self.places[index] % len(self.items)]


@dataclass(frozen=True)
class Conditions:
    """Conditions of samples, of which some are drawn as training items have them beside the others.

    Args:
        table: (k, G), row i mod k of the sample of place i.
        omitted: names of the conditions that are drawn.
        training: what is known of the conditions of training items.
        allows: finds the conditions (n, G) that may be drawn, (n,) bool. Default: None, all.
    """

    table: Tensor
    omitted: Sequence[str]
    training: ConditionHistograms
    allows: Callable[[Tensor], np.ndarray] | None = None

    def at(self, places: Tensor, ends: list[tuple[int, int]], seed: int) -> Tensor:
        """Returns (n, G), of places (n,) in blocks with these ends.

        Args:
            seed: Seed of the random numbers.
        """
        table_rows = self.table[places % len(self.table)]
        if not self.omitted:
            return table_rows
        parts = (table_rows[start:end] for start, end in ends)
        return torch.cat([self._draw(x, seed, i) for i, x in enumerate(parts)])

    def _draw(self, said: Tensor, seed: int, block: int) -> Tensor:
        """(n, G), of one block. Those that are not allowed are drawn again."""
        drawn = self.training.sample(len(said), Draws("given", seed, block), said, self.omitted)
        if self.allows is None:
            return drawn
        for turn in range(GIVEN_AGAIN):
            is_wrong = torch.from_numpy(~self.allows(drawn))
            if not is_wrong.any():
                return drawn
            again = self.training.sample(len(said), Draws("given again", seed, block, turn), said, self.omitted)
            drawn = torch.where(is_wrong[:, None], again, drawn)
        raise GivenError(
            f"{int(is_wrong.sum()):,} of {len(said):,} conditions of training items were still outside the range "
            f"after {GIVEN_AGAIN:,} draws: widen it"
        )


class BlockwiseModel(TrainedModel):
    """A generative model that computes in blocks.

    Args:
        conditions: the distribution of the conditions in training.
        as_written: whether its items have the form of the training data.
    """

    family: Family
    conditions: ConditionHistograms
    _bf16: bool
    as_written: bool

    def _user_form(self, items: UserItems) -> UserItems:
        """Decoded items as a person gets them: numbers and dates, or the texts of the file that stood for them."""
        return items if self.as_written else self.domain.plain(items)

    def _knows_rules(self) -> bool:
        """Whether there are rules to keep; said where there are none."""
        if not self.domain.rules:
            warnings.warn(
                f"this {self._name} knows no rules to keep: none were found in its data, or they are no table",
                stacklevel=4,
            )
        return bool(self.domain.rules)

    def _chosen(self, options: SampleOptions) -> Options:
        """The sampling options that are set, {name: value}. Raises Unsupported for one that `sample` does not take."""
        return options.select_supported(self.sample_options, f"sample of {self._name}", self._peers)

    def _encode_start(self, items: UserItems, name: str = START.name) -> X:
        """The items that draws begin at, or are like, brought to the form of the model, without what they carry of
        given variables. name: of the option."""
        return self.domain.encode(self.domain.bare(self.domain.as_start(items, name)))[0]

    def _require_memory(self, n: int, remedy: str) -> None:
        """Raises GivenError for n items that the machine has no memory for."""
        member_spec = self.spec.leaf.each if self.spec.is_set else self.spec
        require_memory(f"{n:,} items", n * BYTES_PER_NUMBER * max(1, member_spec.dims), remedy)

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
        ends = list(blocks(n, self.sizes))
        return self._encode_conditions(given, n).at(torch.arange(ends[-1][1]), ends, seed)

    def _encode_conditions(self, given: dict | Tensor | None, n: int) -> Conditions:
        """Conditions of n samples. Those that given omits come from training items, but stay out beside a text or an
        image, of which a run does not know what goes with it. Raises GivenError as `_encode_given` does, and where
        those of training lack a variable that the family needs."""
        names = self.family.given.names
        if given is None and names:
            if self.conditions.left_out and not self.family.allows_missing_given:
                raise GivenError(
                    f"this {self._name} cannot sample without {', '.join(self.conditions.left_out)}, and a run keeps "
                    f"no values of it: pass given={{{self.conditions.left_out[0]!r}: ...}}, or --given "
                    f"{self.conditions.left_out[0]}=..."
                )
            return Conditions(torch.full((1, self.family.given.width), torch.nan), names, self.conditions)
        table = self._encode_given({} if given is None else given, n)
        if isinstance(given, Tensor) or not given or not given.keys().isdisjoint(self.conditions.left_out):
            return Conditions(table, [], self.conditions)
        omitted = [name for name in names if name not in given]
        if omitted and not self.conditions.agree(table, omitted).all():
            warnings.warn(
                f"no training item has the values of {' and '.join(given)} that some samples ask for: their "
                f"{' and '.join(omitted)} come from all training items",
                stacklevel=5,
            )
        return Conditions(table, omitted, self.conditions)

    def _encode_given(self, given: dict | Tensor, n: int) -> Tensor:
        """(n, G), or (1, G) where all are alike; NaN for what is left out. Raises GivenError for a tensor of another
        shape."""
        if not isinstance(given, Tensor):
            self._require_conditional(given)
            given = self.domain.encode_given(given, n)
        elif given.shape != (n, self.family.given.width):
            raise GivenError(f"given is a tensor of shape {tuple(given.shape)}: pass ({n}, {self.family.given.width})")
        is_shared = (given == given[:1]) | (given.isnan() & given[:1].isnan())
        return given[:1] if is_shared.all() else given

    def _accept(self, x, given: dict | None) -> tuple[X, Tensor]:
        self._require_conditional(given)
        tensor, table = self.domain.encode(x)
        if given is not None:
            table = self.domain.encode_given(given, len(tensor))
        return tensor, table
