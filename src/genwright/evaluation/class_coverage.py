"""Which classes samples leave out: mode dropping, said by name.

A class is covered where its share of what a judge sees in the samples is half its real share, or more.
"""

from __future__ import annotations

import numpy as np

from .intervals import bootstrap_se, numpy_generator
from .metric import Metric

NAMED = 8  # classes that a sentence lists


def class_coverage(seen: np.ndarray, share: np.ndarray, names: list[str], seed: int) -> Metric:
    """The share of real classes that are covered. seen: (n,) class that a judge taught by real items sees in each
    sample; share: (k,) of real items in each class; names: of the classes. `detail` says which are missing.
    """
    there = share > 0
    enough = lambda i: np.bincount(seen[i], minlength=len(names)) / len(i) >= share / 2
    covered = lambda i: float(enough(i)[there].mean())
    everything = np.arange(len(seen))
    missing = [name for name, fine in zip(names, enough(everything) | ~there) if not fine]
    detail = f"{len(missing)} of {there.sum()} classes ({_listed(missing)})" if missing else ""
    se = bootstrap_se(covered, (len(seen),), numpy_generator("coverage", seed))
    judge = "convolutional network taught by real pictures"
    return Metric(
        covered(everything), se, "estimate", "samples", "of classes", len(seen), "higher", judge, detail=detail
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
