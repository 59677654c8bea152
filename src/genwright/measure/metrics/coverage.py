"""Fidelity and diversity of samples: do samples lie where real items lie, and real items where samples lie? Which
classes do samples leave out?

Neighbourhoods in a feature space answer the first. With B_k(x) the open ball around x that reaches to its k-th nearest
neighbour in its own set, real items r, samples f:

    precision   mean_f [f in some B_k(r)]                 Kynkaanniemi et al. 2019, equations 1 and 2
    recall      mean_r [r in some B_k(f)]
    density     mean_f #{r: f in B_k(r)} / k              Naeem et al. 2020, equations 3 and 4
    coverage    mean_r [some f in B_k(r)]

A sample far from every real item lowers precision and density, a kind of item that is never drawn lowers recall and
coverage. Density of samples like the real items is 1, and more where they crowd in the densest places. All four move
with k and with the numbers of items: take the same of each on both sides, and compare numbers of the same only.

A classifier names the classes that are missing (mode dropping). Trained on real items, it names a class for anything,
noise included. A sample therefore counts only if the classifier is as sure of it as of real test items of that class. A
class is covered if the share of samples that count for it is at least half its real share.
"""

import numpy as np
from scipy.spatial.distance import cdist

from ..intervals import bootstrap_se, halves_se, numpy_generator, proportion_se
from ..metric import Metric
from ..rows import estimate

K = 5  # neighbours, as Naeem et al. recommend
FEWEST = 4 * K  # items a side: half of them must have a K-th neighbour that is near


def shares(real: np.ndarray, cross: np.ndarray, fake: np.ndarray, k: int) -> tuple[float, float, float, float]:
    """Computes precision, recall, density and coverage from distances: real (n, n), real to sample `cross` (n, m),
    samples `fake` (m, m).

    Args:
        real: (n, n) distances among real items.
        cross: (n, m) distances of real items to samples.
        fake: (m, m) distances among samples.
        k: number of the neighbour that a ball reaches to.
    """
    is_inside = cross < reach(real, k)[:, None]  # [i, j]: sample j lies in the ball of real item i
    drawn_near = cross < reach(fake, k)  # [i, j]: real item i lies in the ball of sample j
    return is_inside.any(0).mean(), drawn_near.any(1).mean(), is_inside.sum(0).mean() / k, is_inside.any(1).mean()


def reach(distances: np.ndarray, k: int) -> np.ndarray:
    """Returns the distance (n,) of each item to its k-th nearest, of distances (n, n); the 0 to itself does not
    count."""
    return np.partition(distances, k, axis=1)[:, k]


def neighbourhoods(real: np.ndarray, fake: np.ndarray, seed: int, reference: str) -> dict[str, Metric]:
    """Measures precision, recall, density and coverage of samples, by name.

    Their standard errors are those over random halves of both sides. A bootstrap would draw items twice, which would
    then be their own neighbours. A density reaches n / K at most: half the items are given half the neighbours. A share
    near 0 or 1 may not move at all between halves: its error is at least that of a proportion of as many items with one
    hit and one miss added.

    Args:
        real: (n, d) features of real items, n at least `FEWEST`.
        fake: (m, d) features of samples.
        seed: Seed of the random halves.
        reference: name of the real items.
    """
    n = len(real)
    parts = cdist(real, real), cdist(real, fake), cdist(fake, fake)

    def of_half(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        half_parts = [part[np.ix_(*pair)] for part, pair in zip(parts, ((i, i), (i, j), (j, j)))]
        precision, recall, _, coverage = shares(*half_parts, K)
        return np.array([precision, recall, shares(*half_parts, (K + 1) // 2)[2], coverage])

    values = precision, recall, _, coverage = shares(*parts, K)
    minimum_se = proportion_se(np.array([precision, recall, precision, coverage]), n, added=1) / [1, 1, K, 1]
    errors = np.maximum(halves_se(of_half, (n, n), numpy_generator("neighbourhoods", seed)), minimum_se)
    stands_on = f"{reference}, {K} neighbours, {n:,} real images"
    return {
        name: estimate(value, se, n, stands_on)
        for name, value, se in zip(("precision", "recall", "density", "coverage"), values, errors)
    }


LISTED_CLASSES = 8  # classes that a sentence lists
LEAST_SURE = 0.05  # share of real items that a class loses as not recognised
UNRECOGNISED = -1


def recognise(p: np.ndarray, real: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Finds the class (n,) that a classifier recognises in each sample, `UNRECOGNISED` where it is unsure. That is
    where it is less sure than of 95% of the real test items of the class that it names rightly (of any class, where it
    names none of that one).

    Args:
        p: (n, k) the classifier's probabilities for samples.
        real: (m, k) for real test items.
        truth: (m,) their classes, some of which it must name rightly.
    """
    named_class, confidence = real.argmax(1), real.max(1)
    right = named_class == truth
    of_class = lambda k: right & (truth == k) if (right & (truth == k)).any() else right
    limits = np.array([np.quantile(confidence[of_class(k)], LEAST_SURE) for k in range(p.shape[1])])
    classes = p.argmax(1)
    return np.where(p.max(1) >= limits[classes], classes, UNRECOGNISED)


def class_coverage(sample_classes: np.ndarray, share: np.ndarray, names: list[str], seed: int) -> Metric:
    """Measures the share of real classes that samples cover. `detail` names those that are missing.

    Args:
        sample_classes: (n,) class of each sample, as of `recognise`.
        share: (k,) share of real items in each class.
        names: Names of the classes.
        seed: Seed of the random numbers.
    """
    is_real = share > 0
    enough = lambda i: np.bincount(sample_classes[i] - UNRECOGNISED, minlength=len(names) + 1)[1:] / len(i) >= share / 2
    covered = lambda i: float(enough(i)[is_real].mean())
    everything = np.arange(len(sample_classes))
    missing = [name for name, is_fine in zip(names, enough(everything) | ~is_real) if not is_fine]
    detail = f"{len(missing)} of {is_real.sum()} classes ({_list_names(missing)})" if missing else ""
    se = bootstrap_se(covered, (len(sample_classes),), numpy_generator("coverage", seed))
    classifier = f"convolutional network taught by real images, as sure as of {1 - LEAST_SURE:.0%} of real ones"
    return Metric(
        covered(everything),
        se,
        "estimate",
        "samples",
        "of classes",
        len(sample_classes),
        "higher",
        classifier,
        detail=detail,
    )


def _list_names(names: list[str]) -> str:
    return ", ".join(names[:LISTED_CLASSES]) + (", ..." if len(names) > LISTED_CLASSES else "")
