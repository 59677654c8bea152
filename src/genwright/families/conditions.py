"""Conditions of every family in training: given variables, sometimes left out, and known parts of x, often empty.

One mechanism serves `given=`, guidance and `complete`. The network sees the given variables (NaN where left out) and
the pair (mask, known values). The loss counts only the unknown values.

Masks of the known places are random, by the axis of the leaf:

    none              each number on its own, with a probability that is itself uniform per item
    grid              of the places (H, W) of (C, H, W): all but a rectangle, one side of a line, or scattered ones
    sequence, time    of the places (T,) of (T, ...): all but a span, a beginning, or scattered ones
    frames            of the frames (T,) of a clip (T, C, H, W): a beginning in half of them, else as of a sequence
    members of a set  one to all but one of them: the nearest to one of them, where they have positions, or any

A place is known as a whole: in every channel of an image, with all numbers at one time. So is a member.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from ..core.draws import Draws, RowDraws
from ..core.ragged import Ragged
from ..core.spec import Category, Leaf, Ordered, Spec
from ..distributions.marginals import Marginals


@dataclass(frozen=True)
class MaskRule:
    """A rule by which training draws masks of known values.

    Args:
        share: Share of the training items of which something is known. draw(n, shape of an item, rng) -> bool, True
            where known, which broadcasts to (n, *shape).
    """

    share: float
    draw: Callable[[int, tuple[int, ...], Draws], Tensor]


def numbers(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """Draws masks of single numbers, each known with a random probability: (n, *shape).

    Args:
        n: Number of items.
        shape: Shape of an item.
        rng: Random numbers.
    """
    return _scattered(n, shape, rng)


def places_of_grid(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """Draws masks of the positions of an image, the same in all channels: (n, 1, H, W).

    Args:
        n: Number of items.
        shape: Shape of an item.
        rng: Random numbers.
    """
    _, *places = shape
    mask = _choose_mask(_rectangles(n, *places, rng), _half_planes(n, *places, rng), _scattered(n, places, rng), rng)
    return mask[:, None]


def places_of_line(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """Draws masks of the positions of a sequence: (n, T, 1, ...).

    Args:
        n: Number of items.
        shape: Shape of an item.
        rng: Random numbers.
    """
    length, *trailing = shape
    mask = _choose_mask(~_spans(n, length, rng), _beginnings(n, length, rng), _scattered(n, [length], rng), rng)
    return mask.view(n, length, *[1] * len(trailing))


def frames_of_clip(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """Draws masks of the frames of a clip: (n, T, 1, ...). Half of them show a beginning, so that a model learns to
    continue a clip.

    Args:
        n: Number of items.
        shape: Shape of an item.
        rng: Random numbers.
    """
    lines = places_of_line(n, shape, rng)
    starts = _beginnings(n, shape[0], rng).view_as(lines)
    return torch.where(rng.uniform(n, *[1] * len(shape)) < 0.5, starts, lines)


def squeeze_into_lines(mask: Tensor, symbols: Tensor) -> Tensor:
    """Squeezes masks (n, T) of whole lines into lines of `symbols` (n,) tokens, the end among them. Positions after the
    end are known where the end is known, so that they do not tell its position."""
    length, place = mask.shape[1], torch.arange(mask.shape[1], device=mask.device)
    at = place * length // symbols.clamp(min=1)[:, None]
    return mask.gather(1, torch.where(place >= symbols[:, None] - 1, length - 1, at))


AXES = {
    "none": MaskRule(0.5, numbers),
    "grid": MaskRule(0.15, places_of_grid),
    "sequence": MaskRule(0.15, places_of_line),
    "time": MaskRule(0.15, places_of_line),
    "frames": MaskRule(0.75, frames_of_clip),
}


SHARE_OF_SETS = 0.3  # share of the training sets in which some members are known


def draw_known_members(sets: Ragged, rng: Draws, x: Tensor | None = None) -> Tensor:
    """Draws which of the packed members are known: (M,) bool.

    Args:
        sets: The sets.
        rng: Random numbers.
        x: (M, d) positions, where members have any. A piece that is to be completed then holds neighbours.
    """
    sizes, item = sets.sizes, sets.item
    has_known = (rng.uniform(len(sets)) < SHARE_OF_SETS) & (sizes > 1)
    count = 1 + (rng.uniform(len(sets)) * (sizes - 1)).long()
    key = rng.uniform(len(item))
    if x is not None:
        first = sets.ptr[:-1] + (rng.uniform(len(sets)) * sizes).long()
        distance = (x - x[first][item]).norm(dim=1)
        key = torch.where((rng.uniform(len(sets)) < 0.5)[item], distance, key)
    order = key.argsort()
    order = order[item[order].argsort(stable=True)]  # by set, then by key
    known = torch.zeros(len(item), dtype=torch.bool, device=item.device)
    known[order] = (sets.place < count[item]) & has_known[item]
    return known


def _choose_mask(first: Tensor, second: Tensor, third: Tensor, rng: Draws) -> Tensor:
    """One of three masks (n, ...) for each item."""
    kind = rng.integers(3, (len(first), *[1] * (first.ndim - 1)))
    return torch.where(kind == 0, first, torch.where(kind == 1, second, third))


def _scattered(n: int, places: tuple[int, ...] | list[int], rng: Draws) -> Tensor:
    return rng.uniform(n, *places) < rng.uniform(n, *[1] * len(places))


def _spans(n: int, size: int, rng: Draws) -> Tensor:
    """(n, size) True inside one span: of any length from 1 on, then from any start."""
    length = rng.integers(size + 1, (n, 1), low=1)
    start = (rng.uniform(n, 1) * (size - length + 1)).floor()
    place = torch.arange(size, device=rng.device)
    return (place >= start) & (place < start + length)


def _beginnings(n: int, size: int, rng: Draws) -> Tensor:
    """(n, size) True in the first places, from none of them to all but one."""
    return torch.arange(size, device=rng.device) < (rng.uniform(n, 1) * size).floor()


def _rectangles(n: int, h: int, w: int, rng: Draws) -> Tensor:
    """(n, h, w) True outside one random rectangle."""
    rows, columns = _spans(n, h, rng), _spans(n, w, rng)
    return ~(rows[:, :, None] & columns[:, None, :])


def _half_planes(n: int, h: int, w: int, rng: Draws) -> Tensor:
    """(n, h, w) True on one side of a random axis-parallel line: the upper part, the left part, or their opposites."""
    thresholds = rng.uniform(n, 1, 1)
    rows = (torch.arange(h, device=rng.device)[:, None] + 0.5).expand(h, w) / h
    columns = (torch.arange(w, device=rng.device) + 0.5).expand(h, w) / w
    along = torch.where(rng.uniform(n, 1, 1) < 0.5, rows, columns)
    flip = rng.uniform(n, 1, 1) < 0.5
    return (along < thresholds) ^ flip


ROUNDS = 20
COMPARED, DISTANCES = 2**20, 2**21  # numbers at a time: of given variables that are compared, and of distances
BATCHES = 16, 64


def drop_given(spec: Spec, given: Tensor, rng: Draws, rate: float = 0.1) -> Tensor:
    """Drops each condition of each item at random, as NaN in all its columns, so that the model also learns p(x) alone:
    (B, G).

    Args:
        spec: Spec of `given`.
        given: (B, G) conditions.
        rng: source of random numbers.
        rate: probability that a variable is left out.
    """
    dropped = rng.uniform(len(given), len(spec.leaves)) < rate
    if given.shape[1] > len(spec.leaves):
        widths = torch.tensor(spec.widths, device=given.device)
        dropped = dropped.repeat_interleave(widths, 1, output_size=given.shape[1])
    return given.masked_fill(dropped, torch.nan)


def pick_nearest(spec: Spec, given: Tensor, values: Tensor, rng: Draws) -> Tensor:
    """Picks, for each condition of given (B, G), one of the nearest of values (N, G) at random: (B,) int64.

    Args:
        spec: The conditioning variables.
        given: (B, G) conditions.
        values: (N, G) conditions to pick from.
        rng: Random numbers.
    """
    distance, picks = _distance_to(spec, values), []
    for rows in given.split(max(1, DISTANCES // max(1, len(values)))):
        distances = distance(rows)
        is_nearest = distances <= distances.amin(1, keepdim=True) + 1e-6
        del distances
        picks.append(rng.uniform(is_nearest.shape).masked_fill_(~is_nearest, -1.0).argmax(1))
    return torch.cat(picks)


def _distance_to(spec: Spec, values: Tensor) -> Callable[[Tensor], Tensor]:
    """The function given (B, G) -> (B, N) of distances to values (N, G)."""
    columns = torch.tensor([not isinstance(leaf, Category) for leaf in spec.columns], device=values.device)
    gaps = [_gap_of(leaf) for leaf in spec.columns]
    distances = {name: gap(leaf, spec.part(values, name)) for gap, (name, leaf) in zip(gaps, spec.leaves) if gap}
    widths = torch.tensor(spec.widths, device=values.device)
    continuous = torch.tensor([gap is None for gap in gaps], device=values.device).repeat_interleave(widths)
    values, number = values[:, continuous], columns.repeat_interleave(widths)[continuous]
    value_range = values.nan_to_num(-torch.inf).amax(0) - values.nan_to_num(torch.inf).amin(0)

    def by_columns(rows: Tensor) -> Tensor:
        gap = (rows[:, None] - values).abs() / value_range.clamp(min=1e-12)
        return torch.where(number, gap.nan_to_num(1.0).clamp(max=1), (rows[:, None] != values).float()).sum(2)

    def distance(given: Tensor) -> Tensor:
        blocks = given[:, continuous].split(max(1, COMPARED // max(1, values.numel())))
        return sum(
            [distance_of(spec.part(given, name)) for name, distance_of in distances.items()],
            torch.cat(list(map(by_columns, blocks))),
        )

    return distance


def _gap_of(leaf: Leaf) -> Callable[[Leaf, Tensor], Callable[[Tensor], Tensor]] | None:
    """The maker of a distance, in [0, 1], to whole values of a leaf; None for a leaf that is compared by columns."""
    if isinstance(leaf, Category) and leaf.ends:
        return _distance_of_words
    return _distance_of_images if isinstance(leaf, Ordered) and leaf.axis == "grid" else None


def _distance_of_images(leaf: Ordered, other_image: Tensor) -> Callable[[Tensor], Tensor]:
    """Levels (B, C, H, W) -> (B, N), 1 where an image is left out. other_image: (N, C, H, W)."""
    max_distance = (leaf.levels - 1) * prod(leaf.shape) ** 0.5
    return lambda images: (torch.cdist(images.flatten(1), other_image.flatten(1)) / max_distance).nan_to_num(1.0)


def _distance_of_words(leaf: Category, other_words: Tensor) -> Callable[[Tensor], Tensor]:
    """Tokens (B, T) -> (B, N): 1 - |A and B| / |A or B| of the sets of tokens (Jaccard), 1 where a text is left out.
    other_words: (N, T)."""

    def words_of(rows: Tensor) -> Tensor:
        return rows.masked_fill(~(rows < leaf.end), leaf.pad)

    def count(rows: Tensor) -> Tensor:
        """(n,) how many different tokens rows have. END and PAD come last, and are one value."""
        return words_of(rows).sort(1).values.diff(dim=1).ne(0).sum(1)

    def contents(rows: Tensor, words: Tensor) -> Tensor:
        """(n, words) which of the words are in each row."""
        rows = words_of(rows)
        at = torch.searchsorted(words, rows)
        at = at.where(words[at] == rows, len(words) - 1)
        return rows.new_zeros(len(rows), len(words)).scatter_(1, at, 1.0)[:, :-1]

    size = count(other_words)

    def distance(texts: Tensor) -> Tensor:
        words = torch.cat([texts[texts < leaf.end].unique(), texts.new_tensor([leaf.pad])])
        shared_words = contents(texts, words) @ contents(other_words, words).T
        return 1 - shared_words / (count(texts)[:, None] + size - shared_words).clamp(min=1)

    return distance


def draw_stratified(n: int, rng: Draws) -> Tensor:
    """Draws uniform numbers (n,) in [0, 1), one in each n-th of it, so that every batch covers all times or noise
    levels."""
    return (rng.uniform(1) + torch.arange(n, device=rng.device) / n) % 1


def condition(network: Callable, given: Tensor):
    """Computes what replaces given in many calls of the network: `network.condition(given)`, or given itself where the
    network has no `condition`."""
    return network.condition(given) if hasattr(network, "condition") else given


def with_start(options: dict[str, object], start: Callable[[Tensor], Tensor]) -> dict[str, object]:
    """Returns sampling options for a part of a family, with the start mapped to start(x)."""
    return options | {"start": start(options["start"])} if "start" in options else options


def draw_known(spec: Spec, x: Tensor, rng: Draws, share: float | None = None) -> Tensor:
    """Draws a mask of known values like x, bool, by the rule of the spec's axis; no absent value is known.

    Args:
        spec: Spec of the items.
        x: (B, *shape) items.
        rng: Random numbers.
        share: Share of the items in which something is known, that of the table where it is left out.
    """
    masks = AXES[spec.axis]
    has_known = rng.uniform(len(x), *[1] * len(spec.shape)) < (share or masks.share)
    known = masks.draw(len(x), spec.shape, rng)
    if spec.ends:
        known = squeeze_into_lines(known, spec.numbers(x))
    return known & has_known & ~x.isnan()


def sum_unknown(numbers: Tensor, known: Tensor | None) -> Tensor:
    """Sums the unknown numbers of each item, or all where known is None: (B, *shape) -> (B,)."""
    return (numbers if known is None else numbers.masked_fill(known, 0.0)).flatten(1).sum(1)


def fill_present(
    draw: Callable[[Tensor, RowDraws], Tensor], x: Tensor, known: Tensor, marginals: Marginals | None, rng: Draws
) -> Tensor:
    """Completes items so that no filled cell is absent: rows in which draw() leaves one absent are drawn again.

    draw(rows, rng) -> (b, *shape), of row numbers (b,): all at first, then those that lack a value, some of them twice
    so that they are one of `BATCHES`, whose sizes alone are ever computed. A row that is drawn again takes the random
    numbers that it would take if all were, hence the same value, but for the rounding in a batch of another size. After
    ROUNDS rounds, cells that are still absent are drawn from their marginals, given presence.

    Args:
        draw: a function draw(rows, rng) -> (b, *shape), of row numbers (b,).
        x: (n, *shape) items.
        known: bool like x.
        marginals: Marginals of the columns.
        rng: random numbers.
    """
    n = len(x)
    result, rows_left = torch.where(known, x.float(), torch.nan), torch.arange(n, device=x.device)
    for _ in range(ROUNDS):
        rows = rows_left[torch.arange(_batch(len(rows_left), n), device=x.device) % len(rows_left)]
        completions = torch.where(known[rows], x[rows].float(), draw(rows, RowDraws(rng, rows, n)))
        result[rows_left] = completions[: len(rows_left)]
        rows_left = (result.isnan() & ~known).flatten(1).any(1).nonzero()[:, 0]
        if not len(rows_left):
            return result
    return torch.where(result.isnan(), marginals.present(rng, n), result)


def _batch(count: int, n: int) -> int:
    """Number of rows that are computed for `count` of a block of n."""
    return min(n, next((size for size in BATCHES if size >= count), n))
