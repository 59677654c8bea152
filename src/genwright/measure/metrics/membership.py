"""Privacy by attack: do samples tell which real items a model was trained on?

The candidates are training items, the members, and as many test items, which the model never saw. Each occurs once in
all the data, so that nothing but the model tells members from others. Samples that know nothing of either reach one
half in both numbers, whatever they look like.

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

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

from ..influence import placements
from ..metric import Metric
from .memorisation import keys_of, nearest

CANDIDATES = 2_000  # a side, at most
NEIGHBOUR = 3  # of a candidate among fresh real items
FEWEST, FEWEST_FRESH = 50, 20  # candidates a side, and real items beside them
EXPOSED = 3  # samples a training item: copies show 95% of them, and reach an AUC of 0.975
SHARED = 5_000  # samples of which a share is taken, at most
WEAK = 0.6  # AUC: where copies would reach no more, the attack says nothing


class Candidates(NamedTuple):
    """Points of an attack: (m, d) members and others, (k, d) fresh real items that are neither. trained: number of
    items that the model was trained on. called: the members and the others, in words."""

    members: np.ndarray
    others: np.ndarray
    fresh: np.ndarray
    trained: int
    called: str

    @property
    def enough(self) -> bool:
        """Whether there are as many as tell anything."""
        return len(self.members) >= FEWEST and len(self.fresh) >= FEWEST_FRESH


def candidates_of(
    train: np.ndarray, test: np.ndarray, valid: np.ndarray, points: Callable[[np.ndarray], np.ndarray], called: str
) -> Candidates:
    """The first lone items of each part, (n, D) of the data in an order that is drawn. points(items) -> (n, d) between
    which distances are taken. called: the test items in words."""
    members, others, fresh = (part[alone] for part, alone in zip((train, test, valid), lone(train, test, valid)))
    m = min(len(members), len(others), CANDIDATES)
    sides = points(members[:m]), points(others[:m]), points(fresh)
    return Candidates(*sides, len(train), f"{m:,} training and {m:,} {called}")


def lone(*parts: np.ndarray) -> list[np.ndarray]:
    """For each of several parts (n, D) of the data (n,) bool: the item occurs once in all of them together. An item
    that repeats is of the side by which the split takes repetitions, and tells sides apart by being common."""
    hashes = np.concatenate([np.array([hash(key) for key in keys_of(part)], np.int64) for part in parts])
    _, group, count = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.split(count[group] == 1, np.cumsum([len(part) for part in parts])[:-1])


def closer_share(samples: np.ndarray, candidates: Candidates) -> dict[str, Metric]:
    """{"dcr_share": share} of samples (n, d).

    Its error is over candidates, by how many samples are nearest to each: two samples by one lonely candidate say one
    thing. The share is a ratio of sums over the two sides, S / (S + T), and the error that of the delta method.
    """
    m, n = len(candidates.members), len(samples)
    (to_member, member), (to_other, other) = (nearest(samples, side) for side in candidates[:2])
    nearer = np.where(to_member == to_other, 0.5, to_member < to_other)
    claims = np.bincount(member, nearer, m), np.bincount(other, 1 - nearer, m)
    value = float(nearer.mean())
    se = float(np.sqrt(m * ((1 - value) ** 2 * claims[0].var(ddof=1) + value**2 * claims[1].var(ddof=1))) / n)
    reach = f"copies would reach {0.5 + m / (2 * candidates.trained):.0%}"
    share = Metric(value, se, "estimate", "samples", "of samples", n, "lower", candidates.called, reach)
    return {"dcr_share": share}


def attacked(parts: Iterator[np.ndarray], candidates: Candidates) -> dict[str, Metric]:
    """Both numbers, of parts (n_i, d) of samples; the share is that of the first `SHARED` samples of the first part."""
    first = next(parts)
    return closer_share(first[:SHARED], candidates) | membership(chain([first], parts), candidates)


def membership(parts: Iterable[np.ndarray], candidates: Candidates) -> dict[str, Metric]:
    """{"membership_auc": area} of an attack with samples, parts (n_i, d) of them; empty where there are so few that not
    even copies would tell."""
    found = attack(parts, candidates)
    reach = 1 - (1 - 1 / candidates.trained) ** found.n / 2
    return {} if reach < WEAK else {"membership_auc": replace(found, detail=f"copies would reach {reach:.2f}")}


def score_fresh(candidates: Candidates) -> dict[str, Metric]:
    """Both numbers of fresh real items in the place of samples: one half of them attacks, beside the other."""
    half = len(candidates.fresh) // 2
    found = attack([candidates.fresh[:half]], candidates._replace(fresh=candidates.fresh[half:]))
    return closer_share(candidates.fresh, candidates) | {"membership_auc": found}


def attack(parts: Iterable[np.ndarray], candidates: Candidates) -> Metric:
    """The area under the curve of s, by samples in parts (n_i, d). Its error is DeLong's (1988), over the candidates:
    given the samples, these are drawn one by one."""
    points, away, n = np.concatenate(candidates[:2]), np.inf, 0
    for part in parts:
        away, n = np.minimum(away, nearest(points, part)[0]), n + len(part)
    among = NearestNeighbors(n_neighbors=NEIGHBOUR, algorithm="brute").fit(candidates.fresh)
    usual = among.kneighbors(points)[0][:, -1].clip(np.finfo(np.float32).tiny)
    members, others = np.split(-away / usual, 2)
    sides = placements(others, members), placements(members, others)
    se = float(np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides)))
    return Metric(float(sides[0].mean()), se, "estimate", "samples", "AUC", n, "lower", candidates.called)
