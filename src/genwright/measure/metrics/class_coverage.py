"""Classes that samples leave out, by name: mode dropping.

A classifier trained on real items names a class for anything, noise included. A sample therefore counts only if the
classifier is as sure of it as of real test items of that class. A class is covered if the share of samples that count
for it is at least half its real share.
"""

import numpy as np

from ..intervals import bootstrap_se, numpy_generator
from ..metric import Metric

NAMED = 8  # classes that a sentence lists
LEAST_SURE = 0.05  # share of real items that a class loses as not recognised
UNRECOGNISED = -1


def recognised(p: np.ndarray, real: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(n,) class that a classifier sees in each sample, `UNRECOGNISED` where it is less sure of it than of 95% of the
    real test items of that class that it names rightly (of any class, where it names none of that one).

    p: (n, k) the classifier's probabilities for samples; real: (m, k) for real test items of classes truth: (m,), some
    of which it must name rightly.
    """
    named, sure = real.argmax(1), real.max(1)
    right = named == truth
    of_class = lambda k: right & (truth == k) if (right & (truth == k)).any() else right
    limits = np.array([np.quantile(sure[of_class(k)], LEAST_SURE) for k in range(p.shape[1])])
    seen = p.argmax(1)
    return np.where(p.max(1) >= limits[seen], seen, UNRECOGNISED)


def class_coverage(seen: np.ndarray, share: np.ndarray, names: list[str], seed: int) -> Metric:
    """The share of real classes that are covered. seen: (n,) as `recognised` finds it in each sample; share: (k,) of
    real items in each class; names: of the classes. `detail` says which are missing.
    """
    there = share > 0
    enough = lambda i: np.bincount(seen[i] - UNRECOGNISED, minlength=len(names) + 1)[1:] / len(i) >= share / 2
    covered = lambda i: float(enough(i)[there].mean())
    everything = np.arange(len(seen))
    missing = [name for name, fine in zip(names, enough(everything) | ~there) if not fine]
    detail = f"{len(missing)} of {there.sum()} classes ({_listed(missing)})" if missing else ""
    se = bootstrap_se(covered, (len(seen),), numpy_generator("coverage", seed))
    classifier = f"convolutional network taught by real images, as sure as of {1 - LEAST_SURE:.0%} of real ones"
    return Metric(
        covered(everything), se, "estimate", "samples", "of classes", len(seen), "higher", classifier, detail=detail
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
