"""The metrics of MOSES with its conventions (Polykovskiy 2020, Frontiers in Pharmacology 11), so that numbers stand
beside published ones.

valid        of all samples; everything else is of the valid ones, as often as they were drawn
unique@k     different ones of the first k valid ones, or of fewer where there are fewer
FCD          Frechet distance in ChemNet, whatever n: it falls with n
SNN          mean over samples of the similarity to the nearest reference molecule
Frag, Scaf   cosine between how often BRICS pieces, and scaffolds of two rings or more, occur
IntDiv_p     1 - mean_i (mean_j s_ij^p)^(1/p), of all pairs, i = j among them
Filters      share that fails no structural alert
Novelty      of different ones, those that are not in the training set, whose strings are taken as they are written
logP, SA, QED, weight    Wasserstein distance to the reference, of order 1

The suite of molecules measures the same honestly: with errors, on as many real molecules, and FCD where n allows it.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.stats import wasserstein_distance

from ...chemistry.fingerprints import mean_similarities, nearest
from ...core.errors import DataError
from .distances import frechet
from .molecules import Molecules

REFERENCE = ("fingerprints", "fragments", "scaffolds", "properties")  # parts that are asked of reference molecules
PROPERTIES = {"logP": "logp", "SA": "sa", "QED": "qed", "weight": "weight"}


def moses(
    samples: Molecules,
    test: Molecules,
    scaffolds: Molecules | None = None,
    train: Sequence[str] | None = None,
    firsts: Sequence[int] = (1_000, 10_000),
) -> dict[str, float]:
    """All metrics by MOSES' names. samples: described in all parts. test, scaffolds: MOSES' two test sets, or others,
    in REFERENCE's parts. train: SMILES. firsts: the k of unique@k. Raises DataError where fewer than two samples are
    valid."""
    if len(samples) < 2:
        raise DataError(f"{len(samples)} of {len(samples.valid):,} samples can be read as molecules: two are the least")
    metrics = {"valid": float(samples.valid.mean())}
    metrics |= {f"unique@{k}": len(set(samples.canonical[:k])) / len(samples.canonical[:k]) for k in firsts}
    for name, reference in {"Test": test, "TestSF": scaffolds}.items():
        if reference is not None:
            metrics |= {f"{metric}/{name}": value for metric, value in against(samples, reference).items()}
    once, squared = mean_similarities(samples.parts["fingerprints"])
    metrics |= {"IntDiv": float(1 - once.mean()), "IntDiv2": float(1 - np.sqrt(squared).mean())}
    metrics["Filters"] = float(np.mean([not failed for failed in samples.parts["alerts"]]))
    for name, own in PROPERTIES.items():
        metrics[name] = float(wasserstein_distance(test.property(own), samples.property(own)))
    if train is not None:
        different = set(samples.canonical)
        metrics["Novelty"] = len(different - set(train)) / len(different)
    return metrics


def against(samples: Molecules, reference: Molecules) -> dict[str, float]:
    """The metrics FCD, SNN, Frag and Scaf of samples against one test set."""
    return {
        "FCD": frechet(samples.activations, reference.activations),
        "SNN": float(nearest(samples.parts["fingerprints"], reference.parts["fingerprints"])[0].mean()),
        "Frag": cosine(
            *(Counter(piece for each in of.parts["fragments"] for piece in each) for of in (samples, reference))
        ),
        "Scaf": cosine(*(Counter(filter(None, of.parts["scaffolds"])) for of in (samples, reference))),
    }


def cosine(a: Counter, b: Counter) -> float:
    """Cosine of the angle between two lists of counts; not a number where one is empty."""
    lengths = [np.sqrt(sum(count**2 for count in counts.values())) for counts in (a, b)]
    return float(sum(count * b[name] for name, count in a.items()) / np.prod(lengths)) if all(lengths) else float("nan")
