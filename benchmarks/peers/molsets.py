"""MOSES' own code on the same molecules as ours, each in a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import torch

CORES = 2


def by_moses(file: str) -> dict:
    """What get_all_metrics finds of a file of molecules, and its seconds."""
    work = json.loads(Path(file).read_text())
    import types

    pd.DataFrame.append = lambda self, other, **how: pd.concat([self, other], **how)
    np.NaN, np.row_stack = np.nan, np.vstack
    sys.modules["rdkit.six"] = types.SimpleNamespace(iteritems=lambda found: found.items())
    from moses.metrics import compute_intermediate_statistics, get_all_metrics

    torch.set_num_threads(CORES)
    begun = perf_counter()
    known = [compute_intermediate_statistics(work[part], n_jobs=CORES) for part in ("test", "scaffolds")]
    before = perf_counter()
    found = get_all_metrics(
        work["samples"],
        n_jobs=CORES,
        test=work["test"],
        ptest=known[0],
        test_scaffolds=work["scaffolds"],
        ptest_scaffolds=known[1],
        train=work["train"],
    )
    seconds = {"test sets": before - begun, "samples": perf_counter() - before}
    return {"metrics": {name: float(value) for name, value in found.items()}, "seconds": seconds}


def by_us(file: str) -> dict:
    work = json.loads(Path(file).read_text())
    from genwright.molecules.measure.molecule_metrics import REFERENCE, describe, moses

    torch.set_num_threads(CORES)
    begun = perf_counter()
    test, scaffolds = (describe(work[part], REFERENCE, processes=CORES) for part in ("test", "scaffolds"))
    test.activations, scaffolds.activations  # found once
    before = perf_counter()
    found = moses(describe(work["samples"], processes=CORES), test, scaffolds, work["train"])
    return {"metrics": found, "seconds": {"test sets": before - begun, "samples": perf_counter() - before}}
