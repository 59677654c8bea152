"""The metrics for molecules written as strings, and the sets that samples are measured against.

They are the metrics of MOSES (Polykovskiy 2020) with errors, beside the numbers of as many real training molecules. The
Frechet distance in ChemNet falls with the number of samples, so it is left out below 2,000. Nearness to test molecules
rises with the number of test molecules. Unreadable strings count against `valid` and the two-sample test, and have no
part in the rest. `metrics.molecules.moses` has the same metrics with MOSES' own conventions, as in published numbers.
"""

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

from ...core.data import Data
from ...core.packages import MODELS, find_models
from ...measure.intervals import bootstrap_se, distance_se, halves_se, numpy_generator, proportion
from ...measure.metric import Metric, Role
from ...measure.metrics.classifiers import two_sample_auc
from ...measure.metrics.distances import count_cosine, frechet, frechet_se
from ...measure.metrics.memorisation import copying, find_repeated
from ...measure.metrics.symbol_runs import logistic
from ...measure.plots.figures import short
from ...measure.rows import MetricRow, constant_chance, estimate, rows
from ...measure.sample_suite import GIVEN_ERROR, NOVEL, SampleSuite, near_fact
from ...measure.sizes import Sizes
from ...measure.suite import of_two_samples
from ...measure.suites import sequences
from ...run.model import Model
from ..chemistry.chemnet import reference as chemnet
from ..chemistry.fingerprints import mean_similarities, nearest
from ..chemistry.properties import PROPERTIES as COMPUTED
from ..chemistry.properties import TABLE
from ..chemistry.scaffolds import scaffold_of
from ..chemistry.standards import neutral_parent, quiet_rdkit
from . import molecule_sheets
from .decorations import decorate, decorate_nearest, r_squared
from .molecule_metrics import REFERENCE, ReadMolecules, describe, tool

SAMPLES = 10_000  # molecules drawn, and test molecules they are compared with, at most
SCORED = 5_000  # test molecules whose likelihood is asked for, at most
JUDGED, NEIGHBOURED = 1_000, 1_000  # molecules a side of the two-sample test, and whose nearest is sought, at most
SEARCHED_MOLECULES = 100_000  # training molecules among which it is, at most
FRECHET = 2_000  # molecules a side, below which FCD is mostly noise
FEWEST = 4  # molecules that can be read, below which nothing is said of them
RANKED = 100  # molecules that can be read, from which numbers of them are ranked as numbers of all that was drawn
DECORATED, REPEATED = 100, 10  # requests of a scaffold, and scaffolds with as many completions each
SHEET, PREVIEW = 8, 3  # molecules of a drawing, and of a preview, whose letters stay readable at half width
COMPARED = tuple(name for name, row in TABLE.items() if row.compared)  # whose distributions are compared and drawn
JUDGE = "logistic regression on Morgan fingerprints and what cannot be read, out of fold"
NEAREST = "Molecules, and to the right of each the nearest to train on"  # what has one caption stands together
READ_ONCE = "_test", "_train", "_training_parents", "_test_away"  # of real molecules
HISTOGRAMS = " and ".join(", ".join(TABLE[name].compared for name in COMPARED).rsplit(", ", 1))


def _compared_properties(measure: Callable) -> list[MetricRow]:
    return [
        MetricRow(f"{name}_distance", TABLE[name].compared, "Wasserstein distance to test molecules; 0 is perfect",
            TABLE[name].unit, "lower", Role.SAMPLES, measure)
        for name in COMPARED
    ]  # fmt: skip


def _asked_properties(measure: Callable) -> list[MetricRow]:
    return [
        MetricRow(f"r2_{name}", f"{name} asked",
            f"R2 of the {name} asked and obtained, one completion a request; 1 is right", "", "higher", Role.CONDITIONS,
            measure, "decorated")
        for name in COMPUTED
    ]  # fmt: skip


class Sampled:
    """Sampled strings, and the molecules in them, which are read when they are first asked for."""

    def __init__(self, smiles: Sequence[str]):
        self.smiles = list(smiles)

    @cached_property
    def molecules(self) -> ReadMolecules:
        return describe(self.smiles)


def of_comparable(measure: Callable) -> Callable:
    """Adapts a measure to molecules that can be read: it runs where these and test molecules suffice to be compared."""

    def measured(suite: "Suite", sample: Sampled) -> Metric | dict[str, Metric] | None:
        molecules = sample.molecules
        return measure(suite, molecules) if min(len(molecules), len(suite._test)) >= FEWEST else None

    return measured


class Suite(sequences.Suite):
    """Measures models of one set of molecules. The same data, seed and sizes give the same numbers."""

    LEAST = {"samples": 200, "scored": 100}
    GLIMPSE = 2 * SHEET  # some cannot be read
    CALLED = "SMILES"
    grow = staticmethod(decorate_nearest)  # for the studio, which cannot import it

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)

    def resized(self, sizes: dict[str, int]) -> "Suite":
        """Copies the suite with other sizes, without reading the real molecules again."""
        resized_suite = super().resized(sizes)
        resized_suite.__dict__ |= {name: getattr(self, name) for name in READ_ONCE}
        return resized_suite

    def _can(self, model: Model, size: str) -> bool:
        if size == "decorated":
            return self.data.options.get("keep") is not None and model.has("complete")
        return super()._can(model, size)

    def _two_sample(self, sample: Sampled) -> Metric | None:
        molecules, real = sample.molecules, self._test
        n = min(len(molecules.valid), len(real.valid), JUDGED)
        features = np.concatenate([real.bits(n), molecules.bits(n)])
        names = [*real.names(self.test)[:n], *molecules.names(sample.smiles)[:n]]
        keys = pd.factorize(np.array(names, object))[0].astype(float)[:, None]
        test = two_sample_auc(keys, np.repeat([0, 1], n), logistic(csr_matrix(features)), self.seed)
        return of_two_samples(test._replace(items=None), n, JUDGE)

    def _valid(self, sample: Sampled) -> Metric:
        molecules = sample.molecules
        fewer = min(len(molecules), len(self._test))
        missing = ""
        if fewer < FRECHET:
            missing = f"FCD is left out: {fewer:,} molecules on one side, and it takes {FRECHET:,} on each"
        elif find_models() is None:
            missing = f"FCD is left out: ChemNet is in the package {MODELS}: pip install {MODELS}"
        return estimate(*proportion(molecules.valid), len(molecules.valid), tool(), missing)

    @of_comparable
    def _unique(self, molecules: ReadMolecules) -> Metric:
        keys = molecules.keys
        value, se = proportion(~find_repeated(keys))
        lone = lambda i: float(
            (~find_repeated(keys[i])).mean()
        )  # an item drawn twice would not be unique: no bootstrap
        halves = halves_se(lone, (len(molecules),), numpy_generator("unique", self.seed))
        return estimate(value, np.fmax(se, halves), len(molecules), survived=_survived(molecules))

    def _novel(self, sample: Sampled) -> Metric | None:
        molecules = sample.molecules
        if len(molecules) < FEWEST:
            return None
        different = sorted(set(molecules.parents))
        new = np.array([smiles not in self._training_parents for smiles in different])
        return estimate(*proportion(new), len(different), self._reference_set, survived=_survived(molecules))

    def _frechet(self, sample: Sampled) -> Metric | None:
        molecules, test = sample.molecules, self._test
        if min(len(molecules), len(test)) < FRECHET or find_models() is None:
            return None
        clouds = molecules.activations, test.activations
        measured = frechet(*clouds), frechet_se(*clouds, numpy_generator("fcd", self.seed))
        return self._of_readable(measured, molecules, f"{chemnet()}, {self._beside_test}")

    @of_comparable
    def _similarity(self, molecules: ReadMolecules) -> Metric:
        similarities = nearest(molecules.parts["fingerprints"], self._test.parts["fingerprints"])[0]
        return self._of_readable(
            (similarities.mean(), similarities.std(ddof=1) / len(similarities) ** 0.5), molecules, self._beside_test
        )

    @of_comparable
    def _fragments(self, readable: ReadMolecules) -> Metric:
        return self._cosine("fragments", readable, lambda molecules: molecules.parts["fragments"])

    @of_comparable
    def _scaffolds(self, readable: ReadMolecules) -> Metric:
        rings = lambda molecules: [[name] if name else [] for name in molecules.parts["scaffolds"]]
        return self._cosine("scaffolds", readable, rings)

    def _cosine(self, name: str, molecules: ReadMolecules, parts: Callable[[ReadMolecules], Sequence]) -> Metric:
        return self._against_test(name, count_cosine(parts(self._test), parts(molecules)), molecules, self._beside_test)

    @of_comparable
    def _diversity(self, molecules: ReadMolecules) -> Metric:
        n = len(molecules)
        to_others = (mean_similarities(molecules.parts["fingerprints"])[0] * n - 1) / (n - 1)
        measured = 1 - to_others.mean(), 2 * to_others.std(ddof=1) / n**0.5  # each pair moves with two
        return self._of_readable(measured, molecules, "Morgan fingerprints, radius 2, 1,024 bits")

    @of_comparable
    def _filters(self, molecules: ReadMolecules) -> Metric:
        passed = proportion(np.array([not failed for failed in molecules.parts["alerts"]]))
        return self._of_readable(passed, molecules, f"MCF and PAINS of MOSES, {tool()}")

    @of_comparable
    def _properties(self, molecules: ReadMolecules) -> dict[str, Metric]:
        metrics = {}
        for name in COMPARED:
            real, sampled = self._test.property(name), molecules.property(name)
            distance = lambda i, j, real=real, sampled=sampled: wasserstein_distance(real[i], sampled[j])
            metrics[f"{name}_distance"] = self._against_test(
                name, distance, molecules, f"{tool()}, {self._beside_test}"
            )
        return metrics

    def _against_test(self, name: str, statistic: Callable, molecules: ReadMolecules, reference: str) -> Metric:
        """A number of test items and samples by their numbers, with its error."""
        sizes = len(self._test), len(molecules)
        se = distance_se(statistic, sizes, numpy_generator(name, self.seed))
        return self._of_readable((statistic(*map(np.arange, sizes)), se), molecules, reference)

    def _of_readable(self, measured: tuple[float, float], molecules: ReadMolecules, reference: str) -> Metric:
        """A number of those molecules that can be read, said of all strings, as MOSES does: models of whose strings
        more and fewer can be read would not be ranked against each other otherwise. It is to be one that fewer
        molecules put in no better light."""
        n, readable = len(molecules.valid), len(molecules)
        if readable == n or readable < RANKED:
            return estimate(*measured, readable, reference, survived=_survived(molecules))
        return estimate(*measured, n, reference, f"{readable:,} of them can be read", survived=_survived(molecules))

    def _memorisation_of_readable(self, sample: Sampled) -> Metric | None:
        molecules = sample.molecules
        ratio = self._memorisation(molecules) if len(molecules) >= FEWEST else None
        return ratio and replace(ratio, survived=_survived(molecules))

    def _memorisation(self, molecules: ReadMolecules) -> Metric | None:
        return super()._memorisation(molecules) if len(self._train) and len(molecules) else None

    def _memorisation_of_real(self) -> Metric | None:
        return self._memorisation(self._held_out_items)

    def _copies(self, sample: Sampled) -> Metric | None:
        molecules = sample.molecules
        if len(molecules) < FEWEST:
            return None
        equal = np.array([smiles in self._training_parents for smiles in molecules.parents])
        return replace(copying(equal, self._reference_set), survived=_survived(molecules))

    def _copies_of_real(self) -> Metric:
        return copying(find_repeated(self._train.keys), self._reference_set)

    def _decorations(self, model: Model) -> dict[str, Metric]:
        """Completions of the scaffolds of test molecules, each asked for what that molecule has."""
        rows = [k for k, text in enumerate(self.test[:SAMPLES]) if scaffold_of(text) not in ("", text)][:DECORATED]
        names = [name for name in self.domain.given.names if name in COMPUTED]
        if len(rows) < FEWEST:
            return {}
        own = self.test[np.array(rows)]
        conditions = {name: np.array(own.given[name], float) for name in names}
        scaffolds = [scaffold_of(text) for text in own]
        table = decorate(model, scaffolds, conditions, seed=self.seed)
        first_conditions = {name: values[:REPEATED] for name, values in conditions.items()}
        repeated_completions = decorate(model, scaffolds[:REPEATED], first_conditions, REPEATED, self.seed)
        valid = table["valid"].to_numpy(bool)
        hits = {"decorations_valid": valid, "decorations_unique": repeated_completions["unique"].eq(True).to_numpy()}
        if valid.sum() >= FEWEST:
            hits["scaffold_kept"] = table["kept"][valid].to_numpy(bool)
            hits["scaffold_equal"] = table["same_scaffold"][valid].to_numpy(bool)
        metrics = {name: estimate(*proportion(is_hit), len(is_hit), tool()) for name, is_hit in hits.items()}
        for name in names if valid.sum() >= FEWEST else ():
            pair = conditions[name][valid], table[name][valid].to_numpy(float)
            resampled = lambda i, pair=pair: r_squared(pair[0][i], pair[1][i])
            se = bootstrap_se(resampled, (int(valid.sum()),), numpy_generator("asked", name, self.seed))
            metrics[f"r2_{name}"] = estimate(r_squared(*pair), se, int(valid.sum()), tool())
        return metrics

    ROWS = rows(
        MetricRow("nats", "Log-likelihood", "mean log p of the string of a test molecule; higher is better", "nats",
            "higher", Role.DENSITY, SampleSuite._likelihood, "scored", ranks="density"),
        MetricRow("bits_per_symbol", "Bits per symbol",
            "-log2 p of test strings, per symbol, ends included; lower is better", "bits", "lower", Role.DENSITY,
            sequences.Suite._bits, "scored"),
        MetricRow("two_sample_auc", "Two-sample AUC",
            "how well fingerprints tell samples, unreadable ones too, from test molecules; 0.5 is perfect", "AUC",
            "lower", Role.SAMPLES, _two_sample, ranks="samples", chance=constant_chance(1.0)),
        MetricRow("valid", "Valid", "strings that RDKit reads as a molecule", "of samples", "higher", Role.VALIDITY,
            _valid, fact="{} of its strings are no molecule", cure="--unique",
            beside="A model stays valid with short, common strings: read it with Unique and FCD."),
        MetricRow("unique", "Unique", "molecules that equal no other sample; right is what real ones reach",
            "of molecules", "higher", Role.SAMPLES, _unique,
            beside="Random strings never repeat, and fewer samples repeat less: read it with Valid."),
        MetricRow("novel", "Novel", "different molecules that are not training molecules", "of molecules", "higher",
            Role.NOVELTY, _novel, real=None,
            beside="Copies of training molecules have 0 and molecules unlike the data have 1: read it with FCD."),
        MetricRow("fcd", "FCD",
            "Frechet distance to test molecules in ChemNet; right is what real ones reach at this n", "FCD", "lower",
            Role.SAMPLES, _frechet, beside="Copies of training molecules have the best FCD: read it with Novel."),
        MetricRow("snn", "Similarity to test",
            "Tanimoto, to the nearest test molecule (MOSES' SNN); right is what real ones reach", "Tanimoto", "higher",
            Role.SAMPLES, _similarity),
        MetricRow("fragments", "Fragments", "cosine of the counts of BRICS fragments and those in test; 1 is perfect",
            "cosine", "higher", Role.SAMPLES, _fragments),
        MetricRow("scaffolds", "Scaffolds",
            "cosine of the counts of ring systems and those of test molecules; right is what real ones reach", "cosine",
            "higher", Role.SAMPLES, _scaffolds),
        MetricRow("diversity", "Diversity",
            "1 - the mean Tanimoto similarity of two samples; right is what real ones reach", "Tanimoto", "higher",
            Role.SAMPLES, _diversity),
        MetricRow("filters", "Pass the filters",
            "molecules without alerts (MCF, PAINS), charges and rare elements; right is what real ones reach",
            "of molecules", "higher", Role.SAMPLES, _filters),
        *_compared_properties(_properties),
        MetricRow("memorisation", "Memorisation",
            "distance to the nearest training molecule, over test; near 0: copies", "ratio", "near 1", Role.NEARNESS,
            _memorisation_of_readable, real=_memorisation_of_real, fact=near_fact("molecule")),
        MetricRow("copies", "Exact copies", "molecules equal to a training molecule; right is what fresh ones reach",
            "of samples", "lower", Role.COPIES, _copies, real=_copies_of_real,
            fact="{} of its samples equal a training molecule", cure=NOVEL),
        GIVEN_ERROR,
        MetricRow("decorations_valid", "Completed, valid", "completions of scaffolds that RDKit reads", "of samples",
            "higher", Role.COMPLETIONS, _decorations, "decorated"),
        MetricRow("scaffold_kept", "Scaffold kept", "valid completions that contain the scaffold", "of molecules",
            "higher", Role.COMPLETIONS, _decorations, "decorated"),
        MetricRow("scaffold_equal", "Scaffold equal", "valid completions whose Murcko scaffold is the one asked",
            "of molecules", "higher", Role.COMPLETIONS, _decorations, "decorated"),
        MetricRow("decorations_unique", "Completed, unique", "different molecules among completions of one scaffold",
            "of samples", "higher", Role.COMPLETIONS, _decorations, "decorated"),
        *_asked_properties(_decorations),
    )  # fmt: skip

    def _items_of(self, model: Model | None) -> Sampled | ReadMolecules:
        return self._test if model is None else super()._items_of(model)

    def _sheet(self, items: Sampled | ReadMolecules, folder: Path) -> dict[str, str]:
        shown_molecules, train = _read_of(items)[:SHEET], self._train
        if not (len(shown_molecules) and len(train)):
            return {}
        similarity, number = nearest(shown_molecules.parts["fingerprints"], train.parts["fingerprints"])
        nearest_smiles = train.canonical[number]
        return {
            NEAREST: molecule_sheets.draw_pairs(
                shown_molecules.canonical, nearest_smiles, similarity, folder / "samples.png"
            )
        }

    def _drawings(self, model: Model, sample: Sampled, folder: Path) -> dict[str, str]:
        readable = sample.molecules
        if not (len(readable) and len(self._test)):
            return {}
        values_of = lambda molecules: {name: molecules.property(name) for name in COMPARED}
        return {
            HISTOGRAMS: molecule_sheets.histograms(
                values_of(self._test), values_of(readable), folder / "properties.png"
            )
        }

    def _preview(self, items: Sampled | ReadMolecules, folder: Path) -> str:
        smiles = _read_of(items).canonical[:PREVIEW]
        return molecule_sheets.strip(smiles, folder / "preview.svg")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws structures, and the beginnings of strings that are no molecule."""
        molecules = describe(list(items), ())
        read = dict(zip(np.flatnonzero(molecules.valid), molecules.canonical))
        titles = ["" if k in read else f"no molecule:\n{short(line, 14)}" for k, line in enumerate(items)]
        return molecule_sheets.drawing([read.get(k, "") for k in range(len(items))], titles)

    def _read(self, samples: Sequence[str]) -> Sampled:
        return Sampled(samples)

    def _numbers(self, sample: Sampled) -> np.ndarray:
        """Properties and the bits of fingerprints, of those that can be read."""
        molecules = sample.molecules
        bits = np.unpackbits(molecules.parts["fingerprints"], axis=1)
        readable = np.c_[*(molecules.property(name) for name in (*COMPARED, "tpsa")), bits]
        numbers = np.full((len(molecules.valid), readable.shape[1]), np.nan, np.float32)
        numbers[molecules.valid] = readable
        return numbers

    def _training_distances(self, molecules: ReadMolecules) -> np.ndarray:
        return 1 - nearest(molecules.parts["fingerprints"][:NEIGHBOURED], self._train.parts["fingerprints"])[0]

    @cached_property
    def _real(self) -> Sampled:
        return Sampled(self.train[: self.n])

    @property
    def _held_out_items(self) -> ReadMolecules:
        return describe(self.valid[:NEIGHBOURED], ("fingerprints",)) if len(self.valid) else self._test

    @property
    def _distances_text(self) -> str:
        return f"1 - Tanimoto, {self._reference_set}"

    @cached_property
    def _test(self) -> ReadMolecules:
        return describe(self.test[:SAMPLES], REFERENCE)

    @cached_property
    def _train(self) -> ReadMolecules:
        return describe(self.train[:SEARCHED_MOLECULES], ("fingerprints",))

    @cached_property
    def _training_parents(self) -> set[str]:
        """Parents of training molecules as they are written, and in canonical form where fingerprints are known."""
        with quiet_rdkit():
            return {*map(neutral_parent, self.train), *self._train.parents}

    @cached_property
    def _test_away(self) -> np.ndarray:
        return self._training_distances(self._test)

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training molecules"

    @property
    def _beside_test(self) -> str:
        return f"{len(self._test):,} real test molecules"


def _survived(molecules: ReadMolecules) -> float:
    """Share of the strings that can be read, of which alone a number is."""
    return len(molecules) / len(molecules.valid)


def _read_of(items: Sampled | ReadMolecules) -> ReadMolecules:
    return items.molecules if isinstance(items, Sampled) else items
