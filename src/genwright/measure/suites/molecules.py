"""The metrics for molecules written as strings, and the sets that samples are measured against.

They are the metrics of MOSES (Polykovskiy 2020) with errors, beside the numbers of as many real training molecules. The
Frechet distance in ChemNet falls with the number of samples, so it is left out below 2,000. Nearness to test molecules
rises with the number of test molecules. Unreadable strings count against `valid` and the two-sample test, and have no
part in the rest. `metrics/moses` has the same metrics with MOSES' own conventions, to compare with published numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.sparse import csr_matrix
from scipy.stats import wasserstein_distance

from ...chemistry.chemnet import reference as chemnet
from ...chemistry.fingerprints import mean_similarities, nearest
from ...chemistry.properties import PROPERTIES as COMPUTED
from ...chemistry.scaffolds import scaffold_of
from ...core.data import Data
from ...core.likelihood import Likelihood
from ...run.model import Model
from ..decorations import decorate, r_squared
from ..intervals import bootstrap_se, distance_se, halves_se, numpy_generator, proportion
from ..metric import Metric
from ..metrics.classifier_two_sample import two_sample_auc
from ..metrics.distances import count_cosine, frechet, frechet_se
from ..metrics.memorisation import copying, memorisation, repeated
from ..metrics.molecules import Molecules, describe, tool
from ..metrics.moses import REFERENCE
from ..metrics.symbol_runs import logistic
from ..plots import molecule_sheets
from ..plots.figures import short
from ..sizes import Sizes
from ..suite import GIVEN_ERROR, nats_per_item
from . import sequences
from .sequences import bits_per_symbol

SAMPLES = 10_000  # molecules drawn, and test molecules they are compared with, at most
SCORED = 5_000  # test molecules whose likelihood is asked for, at most
JUDGED = 1_000  # molecules a side of the two-sample test, at most
NEIGHBOURED = 1_000  # molecules whose nearest training molecule is sought, at most
SEARCHED_MOLECULES = 100_000  # training molecules among which it is, at most
FRECHET = 2_000  # molecules a side, below which FCD is mostly noise
FEWEST = 4  # molecules that can be read, below which nothing is said of them
RANKED = 100  # molecules that can be read, from which numbers of them are ranked as numbers of all that was drawn
DECORATED, REPEATED = 100, 10  # requests of a scaffold, and scaffolds with as many completions each
KEEPS = {"kept": "kept", "equal": "same_scaffold"}
SHEET, PREVIEW = 8, 4  # molecules of a drawing, and of a preview
PROPERTIES = {"weight": "g/mol", "logp": "logP", "qed": "QED", "sa": "SA"}  # name -> unit
JUDGE = "logistic regression on Morgan fingerprints and what cannot be read, out of fold"

TITLES = {
    "nats": ("Log-likelihood", "mean log p of the string of a test molecule; higher is better", "nats"),
    "bits_per_symbol": (
        "Bits per symbol",
        "-log2 p of test strings, per symbol, ends included; lower is better",
        "bits",
    ),
    "two_sample_auc": (
        "Two-sample AUC",
        "how well fingerprints tell samples, unreadable ones too, from test molecules; 0.5 is perfect",
        "AUC",
    ),
    "valid": ("Valid", "strings that RDKit reads as a molecule", "of samples"),
    "unique": (
        "Unique",
        "molecules that equal no other sample; right is what real ones reach",
        "of molecules",
    ),
    "novel": ("Novel", "different molecules that are not training molecules", "of molecules"),
    "fcd": ("FCD", "Frechet distance to test molecules in ChemNet; right is what real ones reach at this n", "FCD"),
    "snn": (
        "Similarity to test",
        "Tanimoto, to the nearest test molecule (MOSES' SNN); right is what real ones reach",
        "Tanimoto",
    ),
    "fragments": (
        "Fragments",
        "cosine of the counts of BRICS fragments and those in test; 1 is perfect",
        "cosine",
    ),
    "scaffolds": (
        "Scaffolds",
        "cosine of the counts of ring systems and those of test molecules; right is what real ones reach",
        "cosine",
    ),
    "diversity": (
        "Diversity",
        "1 - the mean Tanimoto similarity of two samples; right is what real ones reach",
        "Tanimoto",
    ),
    "filters": (
        "Pass the filters",
        "molecules without alerts (MCF, PAINS), charges and rare elements; right is what real ones reach",
        "of molecules",
    ),
    "weight_distance": ("Weight", "Wasserstein distance to test molecules; 0 is perfect", "g/mol"),
    "logp_distance": ("logP", "Wasserstein distance to test molecules; 0 is perfect", "logP"),
    "qed_distance": ("QED", "Wasserstein distance to test molecules; 0 is perfect", "QED"),
    "sa_distance": ("SA", "how hard to make: Wasserstein distance to test molecules; 0 is perfect", "SA"),
    "memorisation": ("Memorisation", "distance to the nearest training molecule, over test; near 0: copies", "ratio"),
    "copies": ("Exact copies", "molecules equal to a training molecule; right is what fresh ones reach", "of samples"),
    "given_error": GIVEN_ERROR,
    "decorations_valid": ("Completed, valid", "completions of scaffolds that RDKit reads", "of samples"),
    "scaffold_kept": ("Scaffold kept", "valid completions that contain the scaffold", "of molecules"),
    "scaffold_equal": ("Scaffold equal", "valid completions whose Murcko scaffold is the one asked", "of molecules"),
    "decorations_unique": ("Completed, unique", "different molecules among completions of one scaffold", "of samples"),
    **{
        f"r2_{name}": (
            f"{name} asked",
            f"R2 of the {name} asked and obtained, one completion a request; 1 is right",
            "",
        )
        for name in COMPUTED
    },
}
TRADE_OFFS = {
    "valid": "A model stays valid with short, common strings: read it with Unique and FCD.",
    "unique": "Random strings never repeat, and fewer samples repeat less: read it with Valid.",
    "novel": "Copies of training molecules have 0 and molecules unlike the data have 1: read it with FCD.",
    "fcd": "Copies of training molecules have the best FCD: read it with Novel.",
}
NEAREST = "Molecules, and to the right of each the nearest to train on"  # what has one caption stands together
READ_ONCE = "_test", "_train", "_training_smiles", "_test_away"  # of real molecules
HISTOGRAMS = "Weight, logP, QED and SA"


class Sampled:
    """Strings as they were drawn, and the molecules that are read from them when they are asked for."""

    def __init__(self, smiles: Sequence[str]):
        self.smiles = list(smiles)

    @cached_property
    def molecules(self) -> Molecules:
        return describe(self.smiles)


class Suite(sequences.Suite):
    """Measures models of one set of molecules. The same data, seed and sizes give the same numbers."""

    TITLES = TITLES
    HEADLINE = {"density": "nats", "samples": "two_sample_auc"}
    BESIDE = TRADE_OFFS
    FACTS = {"valid": "strings that are no molecule", "copies": "copies of training molecules"}
    LEAST = {"samples": 200, "scored": 100}
    GLIMPSE = 2 * SHEET  # some cannot be read
    CALLED = "SMILES"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)

    def resized(self, sizes: dict[str, int]) -> Suite:
        """The same of other sizes, without reading the real molecules again."""
        other = super().resized(sizes)
        other.__dict__ |= {name: getattr(self, name) for name in READ_ONCE}
        return other

    # ------------------------------------------------------------------ what is measured

    def reference(self) -> dict[str, Metric]:
        """Real training molecules in the place of samples. Validation molecules stand in for the memorisation ratio, as
        training molecules are their own neighbours."""
        metrics = self._fidelity(Sampled(self.train[: self.n])) | self._given_error_of_real()
        metrics = self.sizes.note_fewer_items(metrics, "samples")
        held_out = describe(self.valid[:NEIGHBOURED], ("fingerprints",)) if len(self.valid) else self._test
        return metrics | self._memorisation(held_out) | copying(repeated(_keys(self._train)), self._reference_set)

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        """Drawings and a figure for the report: {caption: path of the PNG}."""
        own, paths = self._sample(model).molecules, {}
        if len(own) and len(self._train):
            paths[NEAREST] = self._draw_nearest(own, folder)
        if len(own) and len(self._test):
            of = lambda found: {name: found.property(name) for name in PROPERTIES}
            paths[HISTOGRAMS] = molecule_sheets.histograms(of(self._test), of(own), folder / "properties.png")
        return paths

    def plot_real(self, folder: Path) -> dict[str, str]:
        """Real test molecules with the nearest of training."""
        there = len(self._test) and len(self._train)
        return {NEAREST: self._draw_nearest(self._test, folder)} if there else {}

    def preview(self, model: Model | None, folder: Path) -> str:
        """A few samples, or real test molecules where there is no model: the path of a PNG."""
        found = self._test if model is None else self._sample(model).molecules
        smiles = found.canonical[:PREVIEW]
        return molecule_sheets.sheet(smiles, [""] * len(smiles), folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Structures, and the beginnings of strings that are no molecule."""
        found = describe(list(items), ())
        read = dict(zip(np.flatnonzero(found.valid), found.canonical))
        titles = ["" if k in read else f"no molecule:\n{short(line, 14)}" for k, line in enumerate(items)]
        return molecule_sheets.drawing([read.get(k, "") for k in range(len(items))], titles)

    # ------------------------------------------------------------------ samples

    def _read(self, samples: Sequence[str]) -> Sampled:
        return Sampled(samples)

    def _of_other_verbs(self, model: Model) -> dict[str, Metric]:
        """Completions of the scaffolds of test molecules, each asked for what that molecule has."""
        if self.data.options.get("keep") is None or not model.has("complete"):
            return {}
        rows = [k for k, text in enumerate(self.test[:SAMPLES]) if scaffold_of(text) not in ("", text)][:DECORATED]
        names = [name for name in self.domain.given.names if name in COMPUTED]
        if len(rows) < FEWEST:
            return {}
        own = self.test[np.array(rows)]
        asked = {name: np.array(own.given[name], float) for name in names}
        scaffolds = [scaffold_of(text) for text in own]
        table = decorate(model, scaffolds, asked, seed=self.seed)
        several = decorate(
            model, scaffolds[:REPEATED], {n: v[:REPEATED] for n, v in asked.items()}, REPEATED, self.seed
        )
        valid = table["valid"].to_numpy(bool)
        found = {"decorations_valid": valid, "decorations_unique": several["unique"].eq(True).to_numpy()}
        if valid.sum() >= FEWEST:
            found |= {f"scaffold_{short}": table[name][valid].to_numpy(bool) for short, name in KEEPS.items()}
        metrics = {
            name: self._metric(proportion(hits), self.TITLES[name][2], len(hits), "higher", tool())
            for name, hits in found.items()
        }
        for name in names if valid.sum() >= FEWEST else ():
            of = asked[name][valid], table[name][valid].to_numpy(float)
            again = lambda i, of=of: r_squared(of[0][i], of[1][i])
            se = bootstrap_se(again, (int(valid.sum()),), numpy_generator("asked", name, self.seed))
            metrics[f"r2_{name}"] = self._metric((r_squared(*of), se), "", int(valid.sum()), "higher", tool())
        return metrics

    def _of_likelihood(self, found: Likelihood, lines: Sequence[str]) -> dict[str, Metric]:
        return {"nats": nats_per_item(found, "higher"), "bits_per_symbol": bits_per_symbol(found)}

    def _of_samples(self, model: Model, sample: Sampled) -> dict[str, Metric]:
        own, metrics = sample.molecules, self._fidelity(sample)
        if len(own) < FEWEST:
            return metrics
        different = sorted(set(own.canonical))
        new = proportion(np.array([smiles not in self._training_smiles for smiles in different]))
        novel = self._metric(new, "of molecules", len(different), "higher", self._reference_set)
        return metrics | _of_survivors({"novel": novel} | self._memorisation(own), own) | self._facts(sample)

    def _facts(self, sample: Sampled) -> dict[str, Metric]:
        own = sample.molecules
        if len(own) < FEWEST:
            return self._valid(own)
        copied = copying(np.array([smiles in self._training_smiles for smiles in own.canonical]), self._reference_set)
        return self._valid(own) | _of_survivors(copied, own)

    def _valid(self, own: Molecules) -> dict[str, Metric]:
        fewer = min(len(own), len(self._test))
        missing = f"FCD is left out: {fewer:,} molecules on one side, and it takes {FRECHET:,} on each"
        valid = self._metric(proportion(own.valid), "of samples", len(own.valid), "higher", tool())
        return {"valid": replace(valid, detail=missing if fewer < FRECHET else "")}

    def _fidelity(self, sample: Sampled) -> dict[str, Metric]:
        own, test = sample.molecules, self._test
        of_all = self._valid(own) | self._two_sample(sample)
        if len(own) < FEWEST or len(test) < FEWEST:
            return of_all
        metrics = self._intrinsic_metrics(own)
        if min(len(own), len(test)) >= FRECHET:
            clouds = own.activations, test.activations
            value = frechet(*clouds), frechet_se(*clouds, numpy_generator("fcd", self.seed))
            metrics["fcd"] = self._of_readable(value, "FCD", own, "lower", f"{chemnet()}, {self._beside_test}")
        near = nearest(own.parts["fingerprints"], test.parts["fingerprints"])[0]
        snn = float(near.mean()), float(near.std(ddof=1) / len(near) ** 0.5)
        metrics["snn"] = self._of_readable(snn, "Tanimoto", own, "higher", self._beside_test)
        pieces = lambda found: found.parts["fragments"]
        rings = lambda found: [[name] if name else [] for name in found.parts["scaffolds"]]
        for name, parts in {"fragments": pieces, "scaffolds": rings}.items():
            cosine = self._against_test(name, count_cosine(parts(test), parts(own)), own)
            metrics[name] = self._of_readable(cosine, "cosine", own, "higher", self._beside_test)
        for name, unit in PROPERTIES.items():
            real, drawn = test.property(name), own.property(name)
            apart = lambda i, j, real=real, drawn=drawn: wasserstein_distance(real[i], drawn[j])
            value = self._against_test(name, apart, own)
            against = f"{tool()}, {self._beside_test}"
            metrics[f"{name}_distance"] = self._of_readable(value, unit, own, "lower", against)
        return of_all | _of_survivors(metrics, own)

    def _numbers(self, sample: Sampled) -> np.ndarray:
        """Properties and the bits of fingerprints, of those that can be read."""
        own = sample.molecules
        bits = np.unpackbits(own.parts["fingerprints"], axis=1)
        found = np.full((len(own.valid), own.parts["properties"].shape[1] + bits.shape[1]), np.nan, np.float32)
        found[own.valid] = np.c_[own.parts["properties"], bits]
        return found

    def _intrinsic_metrics(self, own: Molecules) -> dict[str, Metric]:
        """Metrics of molecules without others beside them: `unique`, `diversity` and `filters`."""
        n, keys = len(own), _keys(own)
        value, se = proportion(~repeated(keys))
        lone = lambda i: float((~repeated(keys[i])).mean())  # an item drawn twice would not be unique: no bootstrap
        halves = halves_se(lone, (n,), numpy_generator("unique", self.seed))
        to_others = (mean_similarities(own.parts["fingerprints"])[0] * n - 1) / (n - 1)
        diversity = float(1 - to_others.mean()), float(2 * to_others.std(ddof=1) / n**0.5)  # each pair moves with two
        passed = proportion(np.array([not failed for failed in own.parts["alerts"]]))
        bits = "Morgan fingerprints, radius 2, 1,024 bits"
        return {
            "unique": self._metric((value, float(np.fmax(se, halves))), "of molecules", n, "higher", ""),
            "diversity": self._of_readable(diversity, "Tanimoto", own, "higher", bits),
            "filters": self._of_readable(passed, "of molecules", own, "higher", f"MCF and PAINS of MOSES, {tool()}"),
        }

    def _two_sample(self, sample: Sampled) -> dict[str, Metric]:
        own, real = sample.molecules, self._test
        n = min(len(own.valid), len(real.valid), JUDGED)
        features = np.concatenate([_bits(real, n), _bits(own, n)])
        names = [*_names(real, self.test)[:n], *_names(own, sample.smiles)[:n]]
        keys = pd.factorize(np.array(names, object))[0].astype(float)[:, None]
        found = two_sample_auc(keys, np.repeat([0, 1], n), logistic(csr_matrix(features)), self.seed)
        if np.isnan(found.value):
            return {}
        metric = self._metric((found.value, found.se), "AUC", n, "lower", JUDGE)
        return {"two_sample_auc": replace(metric, own=found.own)}

    def _memorisation(self, own: Molecules) -> dict[str, Metric]:
        if not (len(self._train) and len(own)):
            return {}
        away = 1 - nearest(own.parts["fingerprints"][:NEIGHBOURED], self._train.parts["fingerprints"])[0]
        return memorisation(away, self._test_away, self.seed, f"1 - Tanimoto, {self._reference_set}")

    def _against_test(self, name: str, statistic: Callable, own: Molecules) -> tuple[float, float]:
        """A number of test items and samples by their numbers, and its error."""
        sizes = len(self._test), len(own)
        return statistic(*map(np.arange, sizes)), distance_se(statistic, sizes, numpy_generator(name, self.seed))

    def _metric(self, found: tuple[float, float], unit: str, n: int, better: str, reference: str) -> Metric:
        return Metric(*map(float, found), "estimate", "samples", unit, n, better, reference)

    def _of_readable(
        self, found: tuple[float, float], unit: str, own: Molecules, better: str, reference: str
    ) -> Metric:
        """A number of those molecules that can be read, said of all strings, as MOSES does: models of whose strings
        more and fewer can be read would not be ranked against each other otherwise. It is to be one that fewer
        molecules put in no better light."""
        n, readable = len(own.valid), len(own)
        if readable == n or readable < RANKED:
            return self._metric(found, unit, readable, better, reference)
        metric = self._metric(found, unit, n, better, reference)
        return replace(metric, detail=f"{readable:,} of them can be read")

    def _draw_nearest(self, own: Molecules, folder: Path) -> str:
        some, train = own[:SHEET], self._train
        alike, number = nearest(some.parts["fingerprints"], train.parts["fingerprints"])
        return molecule_sheets.draw_pairs(some.canonical, train.canonical[number], alike, folder / "samples.png")

    # ------------------------------------------------------------------ what is computed once

    @cached_property
    def _test(self) -> Molecules:
        return describe(self.test[:SAMPLES], REFERENCE)

    @cached_property
    def _train(self) -> Molecules:
        return describe(self.train[:SEARCHED_MOLECULES], ("fingerprints",))

    @cached_property
    def _training_smiles(self) -> set[str]:
        """All training molecules as they are written, and in canonical form those whose fingerprints are known."""
        return {*self.train, *self._train.canonical}

    @cached_property
    def _test_away(self) -> np.ndarray:
        some = self._test.parts["fingerprints"][:NEIGHBOURED]
        return 1 - nearest(some, self._train.parts["fingerprints"])[0]

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training molecules"

    @property
    def _beside_test(self) -> str:
        return f"{len(self._test):,} real test molecules"


def _of_survivors(metrics: dict[str, Metric], own: Molecules) -> dict[str, Metric]:
    """Numbers of those strings that can be read, which say how many of all these are."""
    return {name: replace(metric, survived=len(own) / len(own.valid)) for name, metric in metrics.items()}


def _keys(found: Molecules) -> np.ndarray:
    """(m, 1) numbers that are equal where molecules are."""
    return pd.factorize(found.canonical)[0].astype(float)[:, None]


def _names(found: Molecules, smiles: Sequence[str]) -> np.ndarray:
    """(n,) of the strings that were read: equal where molecules are, and what cannot be read as it is."""
    names = np.array(smiles[: len(found.valid)], object)
    names[found.valid] = found.canonical
    return names


def _bits(found: Molecules, n: int) -> np.ndarray:
    """(n, 1,025) float32 of the first n strings: the bits of a fingerprint, and whether there is none."""
    valid = found.valid[:n]
    bits = np.zeros((n, 1 + 8 * found.parts["fingerprints"].shape[1]), np.float32)
    bits[valid, :-1] = np.unpackbits(found.parts["fingerprints"][: valid.sum()], axis=1)
    bits[~valid, -1] = 1
    return bits
