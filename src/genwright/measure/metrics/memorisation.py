"""Memorisation and privacy: are samples nearer to the training items than new items of the same kind are, and do they
tell which real items a model was trained on?

    ratio  = median_i min_j |sample_i - train_j| / median_i min_j |fresh_i - train_j|
    copies = mean_i [sample_i equals some train_j]

A ratio of 1 is right; near 0 the samples are copies; above 1 they lie away from the data. Copies are not wrong by
themselves: of items that repeat, a perfect model repeats some as well. A fresh item equals one of m training items with
probability 1 - (training items that occur once) / m, about (Good 1953): the floor of `copies`. Test items cannot say
it, since equal items are kept on one side of the split. So `fresh` are the test items and as many copies beside them as
this floor says. Distances on a lattice tie, and a plain median jumps from one level to the next by chance, with a
bootstrap error near 0: medians are those of the mid-distribution (`mid_median`).

Privacy is measured by attack. The candidates are training items, the members, and as many test items, which the model
never saw. Each occurs once in all the data, so that nothing but the model tells members from others. Samples that know
nothing of either reach one half in both numbers, whatever they look like.

    dcr_share       share of samples that lie nearer to a member than to any of the others; a tie is half
                    (distance to closest record, against a hold-out: Platzer & Reutterer 2021)
    membership_auc  P(s(member) > s(other)), s(x) = (distance from x to the 3rd nearest fresh real item)
                    / min_j |x - sample_j|
                    (the ratio of two densities by nearest neighbours, of samples and of fresh real items: van Breugel
                    et al. 2023, DOMIAS)

Fresh real items are validation items: they say which candidates lie alone anyway. The 3rd is taken, since the nearest
is noise.

Copies of the training items do not reach 1: n copies of N training items show a share of 1 - (1 - 1 / N)^n. The
`detail` of each number says what copies would reach.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from itertools import chain
from math import exp
from typing import NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

from ..intervals import bootstrap_se, numpy_generator, placements, proportion
from ..metric import Metric
from ..rows import estimate

BLOCK = 256


def nearest(items: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest training item (m, d) to each of items (n, d): Euclidean distance (n,), and its number (n,).

    |a - b|^2 = |a|^2 - 2 a.b + |b|^2 finds the neighbour, the difference itself gives the distance: a copy is at 0.
    """
    items, train = np.asarray(items, np.float32), np.asarray(train, np.float32)
    square = (train**2).sum(1)
    number = np.concatenate([(square - 2 * part @ train.T).argmin(1) for part in _blocks(items)])
    return np.sqrt(((items - train[number]).astype(np.float64) ** 2).sum(1)), number


def mid_median(values: np.ndarray) -> float:
    """Computes the median of the mid-distribution P(V < v) + P(V = v) / 2 of numbers (n,), interpolated between them
    (Ma, Genton & Parzen 2011). Without ties it is the plain median."""
    distinct, rows = np.unique(values, return_counts=True)
    return float(np.interp(0.5, (np.cumsum(rows) - rows / 2) / len(values), distinct))


def distance_ratio(samples: np.ndarray, fresh: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Computes the ratio of median nearest distances, of samples over fresh items, and its bootstrap standard error.

    Not a number where half of the fresh items are training items.

    Args:
        samples: (n,) nearest distances of samples.
        fresh: (m,) nearest distances of fresh items.
        rng: random numbers.
    """

    def median_ratio(i: np.ndarray, j: np.ndarray) -> float:
        base = mid_median(fresh[j])
        return mid_median(samples[i]) / base if base else float("nan")

    if np.median(fresh) == 0:
        return float("nan"), float("nan")
    se = bootstrap_se(median_ratio, (len(samples), len(fresh)), rng)
    return median_ratio(np.arange(len(samples)), np.arange(len(fresh))), se


def with_copies(distances: np.ndarray, share: float) -> np.ndarray:
    """Adds zeros to the distances (m,) of test items, as many as make `share` of all, like copies among fresh items."""
    copies = round((share * len(distances) - np.count_nonzero(distances == 0)) / (1 - share))
    return np.concatenate([distances, np.zeros(max(0, copies))])


def memorisation(sample_distances: np.ndarray, fresh: np.ndarray, seed: int, reference: str) -> Metric | None:
    """Measures the ratio of nearest distances; None where half of the fresh items are training items as well, since
    nearness says nothing then.

    Args:
        sample_distances: (n,) nearest distances of samples.
        fresh: (m,) nearest distances of fresh items.
        seed: Seed of the bootstrap.
        reference: name of the fresh items.
    """
    value, se = distance_ratio(sample_distances, fresh, numpy_generator("memorisation", seed))
    return None if np.isnan(value) else estimate(value, se, len(sample_distances), reference)


def copying(equal: np.ndarray, reference: str, variance: float = 0.0) -> Metric:
    """Measures the share of samples that are copies of training items.

    Args:
        equal: (n,) bool, True where an item equals a training item.
        reference: name of the training items.
        variance: what the training items add to that of the share (`lone_variance`).
    """
    value, se = proportion(equal)
    return estimate(value, np.sqrt(se**2 + variance), len(equal), reference)


def copies_among(items: np.ndarray, train: Counter, reference: str) -> Metric:
    """Measures the share of copies among items.

    Args:
        items: (n, d), NaN for absent.
        train: as of `counts_of`.
        reference: name of the training items.
    """
    return copying(equal_to_any(items, train), reference, lone_variance(items, train))


def counts_of(train: np.ndarray) -> Counter:
    """Counts how many of the training items (m, d) equal each, by its key."""
    return Counter(keys_of(train))


def equal_to_any(items: np.ndarray, train: Counter) -> np.ndarray:
    """Tells whether each of items (n, d) equals some training item in every number: (n,) bool."""
    return np.array([key in train for key in keys_of(items)], bool)


def lone_variance(items: np.ndarray, train: Counter) -> float:
    """Estimates how much the share of items (n, d) that equal a training item varies with the choice of the training
    items.

    A kind of item of which l training items are expected is among them with probability 1 - e^-l, so that the variance
    is the sum over kinds of q^2 e^-l (1 - e^-l), q the kind's share of the items: l is taken from the training items,
    q^2 from the pairs of items that are of the kind.
    """
    chance, n = lambda key: exp(-train[key]) * (1 - exp(-train[key])), len(items)
    pairs = {key: count * (count - 1) for key, count in Counter(keys_of(items)).items() if count > 1}
    return sum(count * chance(key) for key, count in pairs.items()) / max(1, n * (n - 1))


def find_repeated(train: np.ndarray) -> np.ndarray:
    """Finds the training items (m, d) that equal another one: (m,) bool."""
    keys = keys_of(train)
    _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
    return count[group] > 1


def keys_of(items: np.ndarray) -> list[bytes]:
    """Computes one key for each item (n, d), equal where items are; 0 and -0, and all NaN, are one."""
    rows = np.where(np.isnan(items), np.nan, items + 0.0)
    return [blake2b(row, digest_size=16).digest() for row in np.ascontiguousarray(rows)]


def _blocks(items: np.ndarray) -> list[np.ndarray]:
    return [items[start : start + BLOCK] for start in range(0, len(items), BLOCK)]


CANDIDATES = 2_000  # a side, at most
NEIGHBOUR = 3  # of a candidate among fresh real items
FEWEST, FEWEST_FRESH = 50, 20  # candidates a side, and real items beside them
EXPOSED = 3  # samples a training item: copies show 95% of them, and reach an AUC of 0.975
SHARED = 5_000  # samples of which a share is taken, at most
WEAK = 0.6  # AUC: where copies would reach no more, the attack says nothing


class Candidates(NamedTuple):
    """Points of a membership attack: (m, d) members and others, (k, d) fresh real items that are neither.

    Args:
        trained: number of items that the model was trained on.
        called: the members and the others, in words.
    """

    members: np.ndarray
    others: np.ndarray
    fresh: np.ndarray
    trained: int
    called: str

    @property
    def enough(self) -> bool:
        """Whether there are enough points for an attack to tell anything."""
        return len(self.members) >= FEWEST and len(self.fresh) >= FEWEST_FRESH


def candidates_of(
    train: np.ndarray, test: np.ndarray, valid: np.ndarray, points: Callable[[np.ndarray], np.ndarray], test_name: str
) -> Candidates:
    """Chooses the candidates of a membership attack: the first unrepeated items of each part, in a drawn order.

    Args:
        train: (n, D) training items.
        test: (n, D) test items.
        valid: (n, D) validation items.
        points: a function items -> (n, d) points between which distances are taken.
        test_name: the test items in words.
    """
    members, other_items, fresh = (
        part[is_alone] for part, is_alone in zip((train, test, valid), find_lone(train, test, valid))
    )
    m = min(len(members), len(other_items), CANDIDATES)
    sides = points(members[:m]), points(other_items[:m]), points(fresh)
    return Candidates(*sides, len(train), f"{m:,} training and {m:,} {test_name}")


def find_lone(*parts: np.ndarray) -> list[np.ndarray]:
    """Finds the items of several parts (n, D) of the data that occur once in all of them together: (n,) bool for each.
    An item that repeats is of the side by which the split takes repetitions, and tells sides apart by being common."""
    hashes = np.concatenate([np.array([hash(key) for key in keys_of(part)], np.int64) for part in parts])
    _, group, count = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.split(count[group] == 1, np.cumsum([len(part) for part in parts])[:-1])


def closer_share(samples: np.ndarray, candidates: Candidates) -> dict[str, Metric]:
    """Measures the share of samples (n, d) that are closer to training items than to other real items: {"dcr_share":
    share}.

    Its error is over candidates, by how many samples are nearest to each: two samples by one lonely candidate say one
    thing. The share is a ratio of sums over the two sides, S / (S + T), and the error that of the delta method."""
    m, n = len(candidates.members), len(samples)
    (to_member, member), (to_other, other) = (nearest(samples, side) for side in candidates[:2])
    nearer = np.where(to_member == to_other, 0.5, to_member < to_other)
    claims = np.bincount(member, nearer, m), np.bincount(other, 1 - nearer, m)
    value = float(nearer.mean())
    se = float(np.sqrt(m * ((1 - value) ** 2 * claims[0].var(ddof=1) + value**2 * claims[1].var(ddof=1))) / n)
    reach = f"copies would reach {0.5 + m / (2 * candidates.trained):.0%}"
    share = Metric(value, se, "estimate", "samples", "of samples", n, "lower", candidates.called, reach)
    return {"dcr_share": share}


def score_attack(parts: Iterator[np.ndarray], candidates: Candidates) -> dict[str, Metric]:
    """Measures the attack and the share of closer samples, from parts (n_i, d) of samples; the share is that of the
    first `SHARED` samples of the first part."""
    first = next(parts)
    return closer_share(first[:SHARED], candidates) | membership(chain([first], parts), candidates)


def membership(parts: Iterable[np.ndarray], candidates: Candidates) -> dict[str, Metric]:
    """Measures a membership attack with samples, parts (n_i, d) of them: {"membership_auc": area}. It is empty where
    there are so few that not even copies would tell."""
    area = attack(parts, candidates)
    reach = 1 - (1 - 1 / candidates.trained) ** area.n / 2
    return {} if reach < WEAK else {"membership_auc": replace(area, detail=f"copies would reach {reach:.2f}")}


def score_fresh(candidates: Candidates) -> dict[str, Metric]:
    """Measures both for fresh real items in the place of samples: one half of them attacks, beside the other."""
    half_count = len(candidates.fresh) // 2
    area = attack([candidates.fresh[:half_count]], candidates._replace(fresh=candidates.fresh[half_count:]))
    return closer_share(candidates.fresh, candidates) | {"membership_auc": area}


def attack(parts: Iterable[np.ndarray], candidates: Candidates) -> Metric:
    """Computes the area under the curve of an attack by samples in parts (n_i, d). Its error is DeLong's (1988), over
    the candidates: given the samples, these are drawn one by one."""
    points, distances, n = np.concatenate(candidates[:2]), np.inf, 0
    for part in parts:
        distances, n = np.minimum(distances, nearest(points, part)[0]), n + len(part)
    fresh_neighbours = NearestNeighbors(n_neighbors=NEIGHBOUR, algorithm="brute").fit(candidates.fresh)
    usual_distance = fresh_neighbours.kneighbors(points)[0][:, -1].clip(np.finfo(np.float32).tiny)
    members, other_distances = np.split(-distances / usual_distance, 2)
    sides = placements(other_distances, members), placements(members, other_distances)
    se = float(np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides)))
    return Metric(float(sides[0].mean()), se, "estimate", "samples", "AUC", n, "lower", candidates.called)
