"""Splits into training, validation and test sets: by content and seed, by groups that stay together, or by time."""

import hashlib
from collections.abc import Callable, Mapping
from math import ceil
from types import MappingProxyType

import numpy as np
import pandas as pd

from ..core.account import Account
from ..core.errors import DataError
from ..core.seeds import seed_of
from .values.cells import mix, row_keys, row_number
from .values.labels import PART_WORDS

TEST_SHARE, VALID_SHARE = 0.2, 0.1  # shares: test of all items; validation of the rest
MOST_VALID = 5_000
FAR = 0.25  # deviation from a part's share, with more than one item, that is mended or reported
SPLIT_NAMES = ("train", "valid", "test")
TRAIN, VALID, TEST = range(3)
FEWEST = 10  # items
EQUAL = "equal to another"
BLOCK = 2**16  # items whose parts are texts at the same time


def require_enough(count: int, text: str, account: Account, fewest: int = FEWEST) -> None:
    """Raises DataError where there are too few items for three parts, and says what was left out before.

    Args:
        count: Count of items that are left.
        text: the data in words.
        account: how they were read.
        fewest: items that will do.
    """
    if count < fewest:
        lost = "; ".join(account.losses())
        count_text = f"{text} holds {count} item{'s' * (count != 1)}"
        count_text = f"{lost}, so {count_text}" if lost else count_text
        raise DataError(f"{count_text}: at least {fewest} are needed to train, validate and test")


def split(
    keys: np.ndarray, labels: np.ndarray | None, parts: np.ndarray | pd.Categorical | None, seed: int,
    same_items: np.ndarray | None = None, possible: Callable[[], float] | None = None,
) -> pd.Categorical:  # fmt: skip
    """Splits items by content and seed, not by order.

    Equal items fall on one side. Items are split one by one where more than half repeat another and chance alone does
    that, since fewer different ones are possible than there are items; or where there are fewer different ones than
    parts. No part is empty where there are enough different items for all.

    Args:
        keys: (n,) uint64, of the content of each item.
        labels: (n,) strata.
        parts: (n,) parts that are settled already, "" elsewhere.
        seed: of the split.
        same_items: (n,) equal for items that are one however they are written, such as a salt and its acid; by default
            the keys.
        possible: computes how many different items there could be; without it, any number.

    Returns:
        (n,) "train" | "valid" | "test".
    """
    if same_items is not None:
        keys = shared_keys(keys, same_items)
    different = _different(keys)
    is_small = different < len(SPLIT_NAMES)
    if different < len(keys) / 2 and (is_small or (possible is not None and possible() < len(keys))):
        keys = _mix(keys, 1 + _occurrence(keys))
        different = len(keys)
    all_differ = different == len(keys)
    keys = _mix(keys, np.uint64(seed_of("split", seed)))
    strata = np.zeros(len(keys), np.int8) if labels is None else _strata(labels)
    codes = np.full(len(keys), -1, np.int8)
    for code, part in enumerate(SPLIT_NAMES if parts is not None else ()):
        codes[parts == part] = code
    if not (codes == TEST).any():
        codes[_choose(keys, strata, _test_count(len(keys)), 2, all_differ)] = TEST
    learned_rows = np.flatnonzero(codes != TEST)
    if len(learned_rows) and not (codes == VALID).any():
        keys, strata = keys[learned_rows], strata[learned_rows]
        codes[learned_rows[_choose(keys, strata, _valid_count(len(learned_rows)), 1, all_differ)]] = VALID
    codes[codes < 0] = TRAIN
    return _name_parts(codes)


def _name_parts(codes: np.ndarray) -> pd.Categorical:
    """Parts (n,) from their numbers, of which one byte a row is held."""
    return pd.Categorical.from_codes(codes, SPLIT_NAMES)


def _strata(labels: np.ndarray) -> np.ndarray:
    """(n,) numbers of labels (n,), in the order of their texts."""
    codes, distinct = pd.factorize(labels, use_na_sentinel=False)
    order = np.unique(np.asarray(distinct).astype(str), return_inverse=True)[1]
    return order.astype(np.min_scalar_type(len(order)))[codes]


def _different(keys: np.ndarray) -> int:
    """Number of distinct keys (n,)."""
    ordered = np.sort(keys)
    return np.count_nonzero(ordered[1:] != ordered[:-1]) + min(1, len(keys))


def group_keys(cells: pd.Series, column: str) -> np.ndarray:
    """Computes keys (n,) uint64, equal for rows of one group. Raises DataError for an empty cell."""
    if cells.isna().any():
        row = row_number(cells.isna().idxmax())
        raise DataError(
            f"column '{column}', which names the group, is empty in row {row}: fill it or leave the row out"
        )
    return row_keys(cells.to_frame())


def linked(item: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Numbers sets of n items, (n,): those that share a group, or are linked by other items that do.

    Args:
        item: (m,) memberships, an item 0 .. n - 1 and any key of its group.
        group: (m,) memberships, an item 0 .. n - 1 and any key of its group.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n, codes = item.max() + 1, np.unique(group, return_inverse=True)[1]
    links = coo_array((np.ones(len(codes)), (item, n + codes)), shape=(n + codes.max() + 1,) * 2)
    return connected_components(links, directed=False)[1][:n]


def least_keys(sets: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Computes the least of the keys (n,) uint64 in the set of each item: what the set is known by, in any order of its
    items.

    Args:
        sets: (n,) numbers.
    """
    smallest = np.full(sets.max() + 1, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(smallest, sets, keys)
    return smallest[sets]


def shared_keys(keys: np.ndarray, group_of_item: np.ndarray) -> np.ndarray:
    """Keys of sets of items: of those linked by equal keys or equal `group_of_item`, the least key.

    Args:
        keys: (m,) uint64.
        group_of_item: (m,) equal for items that stay together.

    Returns:
        (m,) uint64: `keys` itself where nothing is linked.
    """
    codes = np.unique(group_of_item, return_inverse=True)[1]
    return least_keys(linked(codes, keys)[codes], keys)


def remark(
    parts: pd.Categorical,
    row_parts: np.ndarray | pd.Categorical | None,
    same_items: np.ndarray,
    noun: str,
    copy: str = EQUAL,
    values: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> list[str]:  # fmt: skip
    """Warns about parts that are far from their share, about copies, and about copies whose values differ.

    Args:
        parts, settled: (n,) as of `far_from_share`.
        same, what, copy: as of `count_copies`.
        values: {name: (n,)} what items are given with.
    """
    notes = [
        *far_from_share(parts, row_parts, same_items, noun, "are equal"),
        *count_copies(same_items, parts, noun, copy),
    ]
    for name, column in values.items() if len(notes) else ():
        differ = int((pd.Series(np.asarray(column, object)).groupby(np.asarray(same_items)).nunique() > 1).sum())
        notes += [f"repeated {noun} with different values of `{name}`: {differ:,}"] if differ else []
    return notes


def count_copies(same_items: np.ndarray, parts: np.ndarray | pd.Categorical, noun: str, copy: str) -> list[str]:
    """Returns a sentence that counts items which repeat another, and says whether test items have a copy in training.

    Args:
        same_items: (n,) equal for items that are one.
        parts: (n,) of the split.
        noun: the word for items.
        copy: what a repeated item is, such as "turned copies of another".
    """
    if not (count := len(same_items) - _different(np.asarray(same_items))):
        return []
    test = parts == "test"
    leaks = int(pd.Series(same_items[test]).isin(same_items[parts == "train"]).sum())  # np.isin takes ten times as long
    leak_text = (
        f"{leaks:,} of {test.sum():,} test {noun} have a copy in training" if leaks else "copies are in one part"
    )
    return [f"{count:,} of {len(same_items):,} {noun} are {copy}; {leak_text}"]


def split_groups(keys: np.ndarray, seed: int, name: str) -> pd.Categorical:
    """Splits rows into parts (n,) so that rows of one group, that is of equal keys (n,) uint64, stand on one side.

    Groups are taken in an order of their own for each seed, each if it brings a part nearer to its share; every part
    has at least one. Raises DataError, naming the column, for fewer than three groups.

    Args:
        seed: Seed of the random numbers.
        name: Name of the column.
    """
    _, group, sizes = np.unique(_mix(keys, np.uint64(seed_of("split", seed))), return_inverse=True, return_counts=True)
    _need_three(len(sizes), name, "groups")
    free_groups = np.arange(len(sizes))
    test = _nearest_sum(sizes, free_groups, _test_count(len(keys)), len(free_groups) - 2)
    free_groups = np.setdiff1d(free_groups, test)
    valid = _nearest_sum(sizes, free_groups, _valid_count(sizes[free_groups].sum()), len(free_groups) - 1)
    part = np.full(len(sizes), TRAIN, np.int8)
    part[test], part[valid] = TEST, VALID
    return _name_parts(part[group])


def split_times(times: np.ndarray, name: str) -> pd.Categorical:
    """Splits rows at times (n,) into parts (n,): the newest are test, the newest of the rest validation, equal times
    together.

    Raises DataError, naming the column, for fewer than three different times.
    """
    _, size_number, sizes = np.unique(-times, return_inverse=True, return_counts=True)  # the newest first
    _need_three(len(sizes), name, "different times")
    running = np.cumsum(sizes)
    test = 1 + int(np.abs(running[:-2] - _test_count(len(times))).argmin())
    learned_count = len(times) - running[test - 1]
    valid = test + 1 + int(np.abs(running[test:-1] - running[test - 1] - _valid_count(learned_count)).argmin())
    return _name_parts(np.where(size_number < test, TEST, np.where(size_number < valid, VALID, TRAIN)))


def parts_named(cells: pd.Series, column: str) -> np.ndarray:
    """Reads the parts (n,) that a column names, "" where it names none. Raises DataError for another word, and where no
    row trains, or none tests."""
    words = cells.astype(object).map(lambda cell: "" if pd.isna(cell) else str(cell).strip().lower())
    if len(unknown_words := words[~words.isin(PART_WORDS)]):
        raise DataError(
            f"column '{column}', which names the parts, holds {str(cells[unknown_words.index[0]])!r}: write "
            "train, valid or test"
        )
    parts = words.map(PART_WORDS).to_numpy(str)
    if not (parts == "test").any() or not (parts == "train").any():
        missing_part = "test" if (parts == "train").any() else "train"
        raise DataError(f"column '{column}' names no row {missing_part}: write train, valid or test in its cells")
    return parts


def far_from_share(
    parts: pd.Categorical,
    row_parts: np.ndarray | pd.Categorical | None,
    group_numbers: np.ndarray,
    noun: str,
    cause: str,
) -> list[str]:
    """Returns a sentence for each of test and validation that `_is_far` from its share, unless its items were settled
    before.

    Args:
        parts: (n,) of a split.
        group_numbers: (n,) equal for items that stand on one side.
        what, why: the words for items, and for what keeps them together ("are equal").
    """
    is_learned = parts != "test"
    lines = []
    for part, name, is_candidate, wanted_count in (
        ("test", "test", np.ones(len(parts), bool), _test_count(len(parts))),
        ("valid", "validation", is_learned, _valid_count(is_learned.sum())),
    ):
        count = (parts == part).sum()
        if _is_far(count, wanted_count) and (row_parts is None or part not in row_parts):
            largest_group = np.unique(group_numbers[is_candidate], return_counts=True)[1].max()
            shares = f"{count / len(parts):.0%} of the {noun}, not {wanted_count / len(parts):.0%}"
            lines.append(f"{name} holds {shares}, since {largest_group:,} {noun} {cause}")
    return lines


def _nearest_sum(sizes: np.ndarray, order: np.ndarray, wanted_sum: int, most_members: int) -> list[int]:
    """Between one and `most_members` members of `order`, taken in turn where they bring the sum of their sizes "
    "nearer."""
    chosen_members, total = [], 0
    for member in order.tolist():
        if len(chosen_members) < most_members and abs(total + sizes[member] - wanted_sum) < abs(total - wanted_sum):
            chosen_members.append(member)
            total += sizes[member]
    return chosen_members or [int(order[sizes[order].argmin()])]


def _need_three(count: int, name: str, noun: str) -> None:
    if count < 3:
        raise DataError(
            f"column '{name}' holds {count} {noun if count != 1 else noun[:-1]}, and a split needs at least 3, to "
            "train, validate and test: name another column"
        )


def _test_count(items: int) -> int:
    return ceil(TEST_SHARE * items)


def _valid_count(learned_count: int) -> int:
    return min(MOST_VALID, ceil(VALID_SHARE * learned_count))


def _is_far(held_count: int, wanted_count: int) -> bool:
    return abs(held_count - wanted_count) > max(1, FAR * wanted_count)


def _choose(keys: np.ndarray, strata: np.ndarray, count: int, other_groups: int, all_alone: bool) -> np.ndarray:
    """Rows, `count` of them where groups of equal keys allow it, each stratum in its share: the lowest keys first.

    If strata leave much of `count` open, the others make up for it. If no group fits, the smallest is chosen. At least
    `other_groups` groups stay behind, or all but one if there are no more. all_alone: whether no key stands twice.
    """
    sizes = np.bincount(strata)
    quota = count * sizes / sizes.sum()
    whole = np.floor(quota).astype(int)
    for s in np.argsort(whole - quota, kind="stable")[: count - whole.sum()]:  # largest remainders
        whole[s] += 1
    if all_alone and 0 < count <= len(keys) - other_groups:
        is_chosen = np.zeros(len(keys), bool)
        for s in np.flatnonzero(whole):
            in_stratum = strata == s
            own_keys = keys[in_stratum]
            own_keys.partition(whole[s] - 1)
            is_chosen |= in_stratum & (keys <= own_keys[whole[s] - 1])
        return np.flatnonzero(is_chosen)
    order = np.lexsort((strata, keys))
    first = np.r_[True, np.diff(keys[order]) != 0]
    group = np.cumsum(first) - 1  # group of each row in `order`
    size, stratum = np.bincount(group), strata[order][first]  # a group belongs to the stratum of its first item
    most_groups = max(len(size) - other_groups, min(1, len(size) - 1))
    is_chosen = np.zeros(len(size), bool)
    for s in np.flatnonzero(whole):
        is_chosen[_fitting(size, np.flatnonzero(stratum == s), whole[s], most_groups - is_chosen.sum())] = True
    lack = count - size[is_chosen].sum()
    if _is_far(count - lack, count) or not is_chosen.any():
        is_chosen[_fitting(size, np.flatnonzero(~is_chosen), lack, most_groups - is_chosen.sum())] = True
    if most_groups and not is_chosen.any():
        is_chosen[size.argmin()] = True
    return order[is_chosen[group]]


def _fitting(sizes: np.ndarray, order: np.ndarray, room: int, most_members: int) -> np.ndarray:
    """At most `most_members` members of `order` whose sizes sum to no more than `room`: all up to the first that does
    not fit, and where these few are far from filling it, those after it that still fit."""
    running = np.cumsum(sizes[order])
    count_ahead = int((running <= room).sum())
    if not _is_far(running[count_ahead - 1] if count_ahead else 0, room):
        return order[: min(count_ahead, most_members)]
    chosen_members = []
    for member, size in zip(order.tolist(), sizes[order].tolist()):
        if size <= room and len(chosen_members) < most_members:
            chosen_members.append(member)
            room -= size
    return np.array(chosen_members, int)


def _mix(keys: np.ndarray, other: np.ndarray | np.uint64) -> np.ndarray:
    """Two 64-bit numbers into one, as a step of SplitMix64 has it."""
    with np.errstate(over="ignore"):
        return mix(keys.astype(np.uint64, copy=False) + np.uint64(0x9E3779B97F4A7C15) * np.asarray(other, np.uint64))


def _occurrence(keys: np.ndarray) -> np.ndarray:
    """Number of equal keys before each: [a, b, a] -> [0, 0, 1]."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    first = np.maximum.accumulate(np.where(np.r_[True, ranked[1:] != ranked[:-1]], np.arange(len(keys)), 0))
    count = np.empty(len(keys), np.int64)
    count[order] = np.arange(len(keys)) - first
    return count


def content_digest(
    keys: np.ndarray, labels: np.ndarray | None, parts: pd.Categorical, *given: np.ndarray | None
) -> str:
    """Returns the digest of the content keys (n,) of items, their labels, their parts, and the values that they are
    given with."""
    digest = hashlib.blake2b(np.ascontiguousarray(keys, "<u8").data, digest_size=16)
    for i in range(0, len(parts), BLOCK):
        text = parts.codes[i : i + BLOCK].tobytes()
        for code, part in enumerate(SPLIT_NAMES):
            text = text.replace(bytes([code]), f",{part}".encode())
        digest.update(text if i else text[1:])
    for values in (labels, *given):
        if values is not None:
            digest.update(repr([str(value) for value in values]).encode())
    return digest.hexdigest()
