"""Comparisons on record: reads benchmarks/results/ into results as `genwright.studies.report` knows them.

Each `of_...` reads one file. Its rows hold the numbers by which `genwright compare` ranks such data, or the nearest
ones that the file has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from math import hypot, log, sqrt
from pathlib import Path
from statistics import mean, stdev

from drawing import GRAPH_DISTANCES, recorded

from genwright.graphs.families.links import TEST, VALID
from genwright.graphs.measure import graph_sets_suite as graph_sets
from genwright.graphs.measure import predictions_suite as graph_predictions
from genwright.kinds.formats.names import NAMES
from genwright.measure.intervals import proportion_se, widen
from genwright.measure.metric import Measured, Metric
from genwright.measure.suites import images, points, sequences, tables
from genwright.molecules.kinds.molecule_splits import TRAIN_SHARE, VALID_SHARE
from genwright.molecules.measure import molecules_suite as molecules
from genwright.molecules.measure import properties_suite as properties
from genwright.studies.compare.measuring import LEAST_SPLITS, over_splits
from genwright.studies.compare.pairs import pairs_of
from genwright.studies.report.records import Reference, Results, Row, StudyPlan
from genwright.studies.report.results import FORMAT, SMALL, metric_json, metric_of
from genwright.zoo import registry

MODULES = {"images": images, "tables": tables, "sequences": sequences, "molecules": molecules, "points": points}
MODULES |= {"graph-sets": graph_sets, "properties": properties}
SUITES = {label: module.Suite for label, module in MODULES.items()}
SUITES |= {"nodes": graph_predictions.LabelsSuite, "links": graph_predictions.LinksSuite}
SUITES |= {"recommend": graph_predictions.RecommendationsSuite}
COUNTS = {"tox21": 7_823}  # items of sets that have no name in genwright
CLASSES = ("BBBP", "BACE", "Tox21")  # sets whose targets are classes
Families = dict[str, tuple]  # {family: (metrics by name, seconds of training, seconds of sampling)}; seconds may lack


@dataclass(frozen=True)
class Comparison:
    """Families side by side on one data set.

    label: kind of data or task, as in the registry. record: file of benchmarks/results/. trainings: of each family, at
    most. against: results on other test items, on which baselines were measured; None where `results` has them.
    counted: items, where they are fewer than the whole set.
    """

    label: str
    data: str
    record: str
    results: Results
    trainings: int = 1
    against: Results | None = None
    counted: int | None = None

    @property
    def judged(self) -> Results:
        """The results that baselines are in."""
        return self.against or self.results

    @property
    def minutes(self) -> float:
        """Longest training of a family."""
        return max(row.seconds["train"] or 0 for row in self.results.models) / 60

    @property
    def items(self) -> int | None:
        return self.counted or count_of(self.data)


def count_of(data: str) -> int | None:
    """How many items a set has, as the table of named data or `COUNTS` says; None where neither counts them."""
    count = re.match(r"[\d,]+", NAMES[data].what) if data in NAMES else None
    return int(count[0].replace(",", "")) if count else COUNTS.get(data)


# ---------------------------------------------------------------------- parts of results


def known(label: str, family: str) -> registry.Row | None:
    return registry.find(*registry.place(label), family)


def budget(label: str, family: str, seconds: float) -> float | None:
    """Seconds that a trained family had; None for a baseline, which takes what it needs."""
    return None if known(label, family).baseline else seconds


def results_of(label: str, data: str, families: Families, headline=None, titles=None, reference=None) -> Results:
    """A name that the registry lacks is a baseline's. headline: {purpose: metric}, by default that of the suite; those
    stay that a row has."""
    models, baselines = [], []
    for family, (metrics, *seconds) in families.items():
        found, (train, sample) = known(label, family), (*seconds, None, None)[:2]
        row = Row(
            family,
            verbs=list(found.verbs) if found else [],
            metrics={name: m if isinstance(m, dict) else metric_json(m) for name, m in metrics.items()},
            seconds={"train": train, "sample": sample},
        )
        (baselines if found is None or found.baseline else models).append(row)
    measured = {name for row in models + baselines for name in row.metrics}
    headline = {what: name for what, name in (headline or SUITES[label].HEADLINE).items() if name in measured}
    return Results(
        format=FORMAT,
        study="compare",
        finished=True,
        data={"name": data, "domain": label, "items": {"train": 0, "test": 0}, "options": {}},
        plan=StudyPlan([row.family for row in models]),
        seed=0,
        machine={},
        metrics={"headline": headline, "titles": titles or SUITES[label].TITLES},
        reference=reference and Reference.from_json(reference),
        baselines=baselines,
        models=models,
    )


def figure(value: float, se: float, of: str, unit: str, better: str = "higher", kind: str = "estimate") -> Metric:
    """A number whose record does not say how many items it stands on: its error alone decides."""
    return Metric(value, se, kind, of, unit, SMALL, better)


def pool(runs: list[dict[str, dict]], names: Iterable[str]) -> dict[str, Metric]:
    """Means over trainings of the metrics that every run has. The error of one is that between trainings, and that over
    the items, which they share."""

    def pooled(found: list[Metric]) -> Metric:
        between = stdev(m.value for m in found) / sqrt(len(found)) if len(found) > 1 else 0.0
        return replace(found[0], value=mean(m.value for m in found), se=hypot(between, mean(m.se for m in found)))

    every = (name for name in names if all(name in run for run in runs))
    return {name: pooled([metric_of(run[name]) for run in runs]) for name in every}


# ---------------------------------------------------------------------- records


def of_images(record: str) -> Iterator[Comparison]:
    """What `genwright compare` measured."""
    found = recorded(record)["details"]["comparison"]
    spent = lambda m: (m["seconds"]["train"], m["seconds"]["sample"])
    families = {m["family"]: (m["metrics"], *spent(m)) for m in found["models"]}
    results = results_of("images", found["data"], families, reference=found["reference"])
    yield Comparison("images", found["data"], record, results)


def of_captions(record: str) -> Iterator[Comparison]:
    """Samples that show what a caption asks for, by a rule: the families of one record."""
    read = recorded(record)
    details, plans = read["details"], [line["plan"] for line in read["bars"]]
    data, train = plans[0]["data"], 60 * max(plan["minutes"] for plan in plans)
    shares = {re.sub(r"-\d+$", "", name): part for name, part in details.items() if "pair" in part}
    score = lambda part: {"pair": figure(part["pair"], part["pair se"], "samples", "of samples")}
    families = {
        name: (score(part), budget("images", name, train)) for name, part in shares.items() if known("images", name)
    }
    titles = {"pair": ("Shape and colour right", "", "of samples")}
    yield Comparison("images", data, record, results_of("images", data, families, {"words": "pair"}, titles))


def of_tables(record: str) -> Iterator[Comparison]:
    """Families on validation rows; those that were picked there stand beside baselines on test rows."""
    details, roles = recorded(record)["details"], {"draws": ("density", "samples"), "completes": ("codes",)}
    names, train = tables.Suite.HEADLINE.values(), 60 * details["minutes"] / len(details["families"])
    for data in (name for name in details if name in NAMES):
        runs, best = details[data], {}
        on_valid = lambda family: pool([run["validation"][family] for run in runs], names)
        on_test = lambda role, names=names: pool([run["test"][role] for run in runs], names)
        for role, purposes in roles.items():
            found = on_test(role, [tables.Suite.HEADLINE[purpose] for purpose in purposes])
            best.setdefault(runs[0]["picked"][role], {}).update(found)
        valid = {family: (on_valid(family), train) for family in details["families"]}
        test = {family: (metrics, train) for family, metrics in best.items()}
        test |= {name: (on_test(name),) for name in runs[0]["test"] if name not in (*roles, "reference")}
        results, against = (results_of("tables", data, families) for families in (valid, test))
        yield Comparison("tables", data, record, results, len(runs), against)


def of_seconds(record: str) -> Iterator[Comparison]:
    """What generated rows teach trees after some seconds of training; programs of others are left out."""
    details, data = recorded(record)["details"], "adult"
    score = lambda found: {"tstr": figure(found["tstr"], found["se"], "samples", "ROC-AUC")}
    families = {
        name: (score(found), budget("tables", name, details["seconds"]))
        for name, found in details["families"].items()
        if known("tables", name)
    }
    results = results_of("tables", data, families, {"samples": "tstr"})
    yield Comparison("tables", data, record, results, details["seeds"])


def of_lines(record: str) -> Iterator[Comparison]:
    """Likelihood of text, of chorales as text, and of molecules as strings."""
    from diffusion import LEARNED

    details = recorded(record)["details"]
    places = {"tiny-shakespeare": ("sequences", "tiny-shakespeare", None), "smiles": ("molecules", "moses", LEARNED)}
    places["chorales"] = ("sequences", "jsb-chorales", None)
    bits = lambda part: figure(part["nats"] / log(2), part["se"] / log(2), "mass", "bits", "lower", part["kind"])
    for name, (label, data, counted) in places.items():
        found, train = details[name], 60 * details[name]["minutes"]
        families = {
            family: ({"bits_per_symbol": bits(part)}, train) for family, part in found.items() if isinstance(part, dict)
        }
        results = results_of(label, data, families, {"density": "bits_per_symbol"}, sequences.Suite.TITLES)
        yield Comparison(label, data, record, results, counted=counted)


def of_strings(record: str) -> Iterator[Comparison]:
    """Strings that are molecules, after as many minutes as every family was trained for."""
    by_minutes: dict[float, dict[str, dict]] = {}
    for name, found in recorded(record)["details"]["rows"].items():
        family, minutes = re.match(r"(\S+).*, ([\d.]+) minutes", name).groups()
        by_minutes.setdefault(float(minutes), {})[family] = found  # the preset that was measured last
    minutes, found = max(by_minutes.items(), key=lambda part: (len(part[1]), part[0]))

    def share(part: dict) -> Metric:
        value, n = part["metrics"]["valid"], part["n"]
        return Metric(value, proportion_se(value, n), "estimate", "samples", "of samples", n, "higher")

    families = {
        family: ({"valid": share(part)}, 60 * minutes, part["seconds to draw"]) for family, part in found.items()
    }
    yield Comparison("molecules", "moses", record, results_of("molecules", "moses", families, {"samples": "valid"}))


def of_points(record: str) -> Iterator[Comparison]:
    """The longest trainings."""
    runs: dict[str, dict[float, list[dict]]] = {}
    for name, found in recorded(record)["details"]["rows"].items():
        family, *trained = name.split(", ")
        if known("points", family):
            minutes = float(trained[0].split()[0]) if trained else 0.0
            runs.setdefault(family, {}).setdefault(minutes, []).append(found)
    longest = {family: max(found.items()) for family, found in runs.items()}
    families = {
        family: (
            pool([part["metrics"] for part in alike], alike[0]["metrics"]),
            60 * minutes,
            mean(part["seconds"]["sample"] for part in alike),
        )
        for family, (minutes, alike) in longest.items()
    }
    trainings = max(len(alike) for _, alike in longest.values())
    yield Comparison("points", "qm7", record, results_of("points", "qm7", families), trainings)


def of_graph_sets(record: str) -> Iterator[Comparison]:
    """Mean distances of samples. Their error is the mean of those of real graphs in the place of samples, on record in
    graph_metrics, or that between trainings where it is larger. The last length of a family on record counts."""
    real = recorded("graph_metrics")["details"]["sets"]
    found = list(recorded(record)["details"]["rows"].values())
    for data in dict.fromkeys(part["set"] for part in found):
        spread = mean(real[data]["spread"][way] for way in GRAPH_DISTANCES.values())
        families, trainings = {}, 0
        of_data = sorted((part for part in found if part["set"] == data), key=lambda part: part["family"])
        for family, parts in groupby(of_data, key=lambda part: part["family"]):
            parts = list(parts)
            alike = [part for part in parts if part["minutes"] == parts[-1]["minutes"]]
            values = [mean(part["metrics"][name] for name in GRAPH_DISTANCES) for part in alike]
            se = max([spread, *([stdev(values)] if len(values) > 1 else [])]) / sqrt(len(values))
            distance = figure(mean(values), se, "samples", "MMD^2", "lower")
            spent = 60 * alike[0]["minutes"], mean(part["seconds to draw"] for part in alike)
            families[family] = ({graph_sets.MEAN: distance}, *spent)
            trainings = max(trainings, len(alike))
        yield Comparison("graph-sets", data, record, results_of("graph-sets", data, families), trainings)


def of_nodes(record: str) -> Iterator[Comparison]:
    """Labels of nodes. The record has the error over trainings; that over test nodes is added."""
    details = recorded(record)["details"]

    def accuracy(found: dict) -> Metric:
        trained = metric_of(found)
        over_items = 100 * float(proportion_se(trained.value / 100, trained.n))
        return replace(trained, se=hypot(trained.se, over_items), detail="")

    for data in (name for name in details if name in NAMES):
        families = {
            family: ({"accuracy": accuracy(found["accuracy"])}, found["seconds"])
            for family, found in details[data].items()
        }
        yield Comparison("nodes", data, record, results_of("nodes", data, families), details["seeds"])


def of_links(record: str) -> Iterator[Comparison]:
    """Links on several splits, whose training parts share edges; scores without learning are baselines."""
    from graphs import LINK_SEEDS

    share = 1 / LINK_SEEDS + TEST / (1 - TEST - VALID)
    error = lambda part: float(widen(share * part["AUC sd"] ** 2, LINK_SEEDS - 1))
    for data, found in recorded(record)["details"].items():
        area = lambda part: figure(part["AUC"], error(part), "predictions", "AUC")
        families = {family: ({"auc": area(part)},) for family, part in found.items()}
        yield Comparison("links", data, record, results_of("links", data, families), LINK_SEEDS)


def of_properties(record: str) -> Iterator[Comparison]:
    """Properties of molecules on several splits, which are compared split by split; programs of others are left out."""
    for name, sides in recorded(record)["details"].items():
        scores = {side: [one["score"] for one in each] for side, each in sides.items()}
        seconds = {side: mean(one["seconds"] for one in each) for side, each in sides.items()}
        yield split_by_split(record, name, scores, seconds)


def of_default(record: str) -> Iterator[Comparison]:
    """The same of a record that has {set: {split: {side: score}}}, of splits that all sides have ended."""
    sets = {name: each for name, each in recorded(record)["details"].items() if isinstance(each, dict)}
    for name, splits in sets.items():
        most = max(map(len, splits.values()), default=0)
        ended = [scores for scores in splits.values() if len(scores) == most]
        if len(ended) >= LEAST_SPLITS:
            yield split_by_split(record, name, {side: [scores[side] for scores in ended] for side in ended[0]}, {})


def split_by_split(record: str, name: str, scores: dict[str, list[float]], seconds: dict[str, float]) -> Comparison:
    """Sides by their scores on several splits. name: of a set of MoleculeNet."""
    data, families, classes = name.lower(), {}, name in CLASSES
    shares = {"train": TRAIN_SHARE, "test": 1 - TRAIN_SHARE - VALID_SHARE}
    items = {part: round(share * count_of(data)) for part, share in shares.items()}
    metric, better = ("roc_auc", "higher") if classes else ("rmse", "lower")
    score = lambda value: Metric(value, None, "estimate", "predictions", "", items["test"], better)
    for family, each in scores.items():
        if known("properties", family):
            splits = [Measured({metric: score(value)}, {}, {}) for value in each]
            families[family] = over_splits(splits, items).metrics, seconds.get(family)
    results = results_of("properties", data, families, {"labels": metric})
    results.data["items"] = items
    results.pairs = pairs_of(results, Path())
    return Comparison("properties", data, record, results, len(each))


def of_recommendations(record: str) -> Iterator[Comparison]:
    recall = lambda found: {"recall": figure(found["recall"], found["se"], "predictions", "of items")}
    families = {
        family: (recall(found), found["seconds"], found["rank_seconds"])
        for family, found in recorded(record)["details"]["families"].items()
    }
    yield Comparison("recommend", "gowalla", record, results_of("recommend", "gowalla", families))


RECORDS = {
    "digits": of_images,
    "fashion": of_images,
    "dall_e": of_captions,
    "words": of_captions,
    "table_peers": of_seconds,
    "tables": of_tables,
    "discrete_sequences": of_lines,
    "smiles_models": of_strings,
    "points_qm7": of_points,
    "graph_generators": of_graph_sets,
    "ladder": of_nodes,
    "graph_links": of_links,
    "properties": of_properties,
    "property_default": of_default,
    "recommend": of_recommendations,
}


def comparisons() -> list[Comparison]:
    """All on record, but for those that a later record answers."""
    every = [comparison for record, read in RECORDS.items() for comparison in read(record)]
    return [one for one in every if not any(answers_later(one, other) for other in every)]


def answers_later(one: Comparison, other: Comparison) -> bool:
    """Whether another record measured all trained families of one later, on the same data and for the same purposes."""
    trained = lambda comparison: {row.family for row in comparison.results.models}
    asked = lambda comparison: comparison.results.metrics["headline"].items()
    same = (one.label, one.data) == (other.label, other.data) and asked(one) <= asked(other)
    return same and trained(one) <= trained(other) and last_day(one.record) < last_day(other.record)


def last_day(record: str) -> str:
    return max(row["run"]["date"] for row in recorded(record)["bars"])
