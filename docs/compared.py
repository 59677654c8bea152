"""Comparisons on record: reads benchmarks/results/ into results as `genwright.reports` knows them.

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

from draw import recorded

from genwright.data.named import NAMES
from genwright.data.scaffold_splits import TRAIN_SHARE, VALID_SHARE
from genwright.evaluation.intervals import proportion_se, widened
from genwright.evaluation.metric import Measured, Metric
from genwright.evaluation.suites import (
    graph_sets,
    images,
    labels,
    links,
    molecules,
    points,
    properties,
    recommendations,
    sequences,
    tables,
)
from genwright.predictors.links import TEST, VALID
from genwright.recipes import registry
from genwright.reports.pairs import pairs_of
from genwright.reports.results import SMALL, metric_json, metric_of
from genwright.studies.over_splits import over_splits

SUITES = {
    "images": images,
    "tables": tables,
    "sequences": sequences,
    "molecules": molecules,
    "points": points,
    "graph-sets": graph_sets,
    "nodes": labels,
    "links": links,
    "properties": properties.Suite,
    "recommend": recommendations,
}
CHANCE = 0.5  # ROC-AUC of a constant answer, by which classes are told from numbers


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
    trainings: int
    results: dict
    against: dict | None = None
    counted: int | None = None

    @property
    def judged(self) -> dict:
        """The results that baselines are in."""
        return self.against or self.results

    @property
    def minutes(self) -> float:
        """Longest training of a family."""
        return max(row["seconds"]["train"] or 0 for row in self.results["models"]) / 60

    @property
    def items(self) -> int | None:
        return self.counted or count_of(self.data)


COUNTS = {"tox21": 7_823}  # items of sets that have no name in genwright


def count_of(data: str) -> int | None:
    """How many items a set has, as the table of named data or `COUNTS` says; None where neither counts them."""
    count = re.match(r"[\d,]+", NAMES[data].what) if data in NAMES else None
    return int(count[0].replace(",", "")) if count else COUNTS.get(data)


# ---------------------------------------------------------------------- parts of results


def row(label: str, family: str, metrics: dict[str, Metric | dict], train=None, sample=None) -> dict:
    """A row of results. train, sample: seconds. A name that the registry lacks is a baseline's."""
    known = registry.find(*registry.place(label), family)
    return {
        "family": family,
        "baseline": known is None or known.baseline,
        "verbs": known.verbs if known else (),
        "metrics": {name: m if isinstance(m, dict) else metric_json(m) for name, m in metrics.items()},
        "seconds": {"train": train, "sample": sample},
        "items": None,
        "error": None,
        "per_item": "",
    }


def budget(label: str, family: str, seconds: float) -> float | None:
    """Seconds that a trained family had; None for a baseline, which takes what it needs."""
    return None if registry.find(*registry.place(label), family).baseline else seconds


def results_of(label: str, data: str, rows: list[dict], headline: dict, titles: dict, reference=None) -> dict:
    """headline: {purpose: metric}; those stay that a row has."""
    known = {name for each in rows for name in each["metrics"]}
    return {
        "data": {"name": data, "domain": label, "items": {"train": 0, "test": 0}, "options": {}},
        "metrics": {"headline": {what: name for what, name in headline.items() if name in known}, "titles": titles},
        "plan": {"families": [each["family"] for each in rows if not each["baseline"]]},
        "models": [each for each in rows if not each["baseline"]],
        "baselines": [each for each in rows if each["baseline"]],
        "reference": reference,
    }


def figure(value: float, se: float, of: str, unit: str, better: str = "higher", kind: str = "estimate") -> Metric:
    """A number whose record does not say how many items it stands on: its error alone decides."""
    return Metric(value, se, kind, of, unit, SMALL, better)


def pooled(records: list[dict]) -> Metric:
    """Mean over trainings. Its error is that between them, and that over the items, which they share."""
    found = [metric_of(record) for record in records]
    between = stdev(m.value for m in found) / sqrt(len(found)) if len(found) > 1 else 0.0
    return replace(found[0], value=mean(m.value for m in found), se=hypot(between, mean(m.se for m in found)))


def pool(runs: list[dict[str, dict]], names: Iterable[str]) -> dict[str, Metric]:
    """The metrics by name that every run has."""
    return {name: pooled([run[name] for run in runs]) for name in names if all(name in run for run in runs)}


# ---------------------------------------------------------------------- records


def of_images(record: str) -> Iterator[Comparison]:
    """What `genwright compare` measured."""
    found = recorded(record)["details"]["comparison"]
    spent = lambda m: (m["seconds"]["train"], m["seconds"]["sample"])
    rows = [row("images", m["family"], m["metrics"], *spent(m)) for m in found["models"]]
    results = results_of("images", found["data"], rows, images.HEADLINE, images.TITLES, found["reference"])
    yield Comparison("images", found["data"], record, 1, results)


def of_words(record: str) -> Iterator[Comparison]:
    """Samples that show what a caption asks for, in this record and in that of `dall-e`, by the same rule."""
    read = recorded(record)
    details = read["details"] | recorded("dall_e")["details"]
    plans = [line["plan"] for line in read["bars"]]
    data, train = plans[0]["data"], 60 * max(plan["minutes"] for plan in plans)
    shares = {re.sub(r"-\d+$", "", name): part for name, part in details.items() if "pair" in part}
    shares = {name: part for name, part in shares.items() if registry.find(*registry.place("images"), name)}
    score = lambda part: {"pair": figure(part["pair"], part["pair se"], "samples", "of samples")}
    rows = [row("images", family, score(part), budget("images", family, train)) for family, part in shares.items()]
    titles = {"pair": ("Shape and colour right", "", "of samples")}
    yield Comparison("images", data, record, 1, results_of("images", data, rows, {"words": "pair"}, titles))


def of_tables(record: str) -> Iterator[Comparison]:
    """Families on validation rows; those that were picked there stand beside baselines on test rows."""
    details, roles = recorded(record)["details"], {"draws": ("density", "samples"), "completes": ("codes",)}
    names, train = tables.HEADLINE.values(), 60 * details["minutes"] / len(details["families"])
    for data in (name for name in details if name in NAMES):
        runs, best = details[data], {}
        on_valid = lambda family: pool([run["validation"][family] for run in runs], names)
        on_test = lambda role, names=names: pool([run["test"][role] for run in runs], names)
        for role, purposes in roles.items():
            found = on_test(role, [tables.HEADLINE[purpose] for purpose in purposes])
            best.setdefault(runs[0]["picked"][role], {}).update(found)
        simple = [name for name in runs[0]["test"] if name not in (*roles, "reference")]
        valid = [row("tables", family, on_valid(family), train) for family in details["families"]]
        test = [row("tables", family, metrics, train) for family, metrics in best.items()]
        test += [row("tables", name, on_test(name)) for name in simple]
        both = [results_of("tables", data, rows, tables.HEADLINE, tables.TITLES) for rows in (valid, test)]
        yield Comparison("tables", data, record, len(runs), *both)


def of_seconds(record: str) -> Iterator[Comparison]:
    """What generated rows teach trees after some seconds of training; programs of others are left out."""
    details, data = recorded(record)["details"], "adult"
    score = lambda found: {"tstr": figure(found["tstr"], found["se"], "samples", "ROC-AUC")}
    rows = [
        row("tables", name, score(found), budget("tables", name, details["seconds"]))
        for name, found in details["families"].items()
        if registry.find(*registry.TABLES, name)
    ]
    results = results_of("tables", data, rows, {"samples": "tstr"}, tables.TITLES)
    yield Comparison("tables", data, record, details["seeds"], results)


def of_lines(record: str) -> Iterator[Comparison]:
    """Likelihood of text, of chorales as text, and of molecules as strings."""
    from diffusion import LEARNED

    details = recorded(record)["details"]
    places = {"tiny-shakespeare": ("sequences", "tiny-shakespeare", None), "smiles": ("molecules", "moses", LEARNED)}
    places["chorales"] = ("sequences", "jsb-chorales", None)
    for name, (label, data, counted) in places.items():
        found = {family: part for family, part in details[name].items() if isinstance(part, dict)}
        bits = lambda part: figure(part["nats"] / log(2), part["se"] / log(2), "mass", "bits", "lower", part["kind"])
        train = 60 * details[name]["minutes"]
        rows = [row(label, family, {"bits_per_symbol": bits(part)}, train) for family, part in found.items()]
        results = results_of(label, data, rows, {"density": "bits_per_symbol"}, sequences.TITLES)
        yield Comparison(label, data, record, 1, results, counted=counted)


def of_strings(record: str) -> Iterator[Comparison]:
    """Strings that are molecules, after as many minutes as every family was trained for."""
    by_minutes: dict[float, dict[str, dict]] = {}
    for name, found in recorded(record)["details"]["rows"].items():
        family, minutes = re.match(r"(\S+).*, ([\d.]+) minutes", name).groups()
        by_minutes.setdefault(float(minutes), {})[family] = found  # the preset that was measured last
    minutes, found = max(by_minutes.items(), key=lambda part: (len(part[1]), part[0]))
    valid = lambda part: proportion_se(part["metrics"]["valid"], part["n"])
    share = lambda part: Metric(
        part["metrics"]["valid"], valid(part), "estimate", "samples", "of samples", part["n"], "higher"
    )
    spent = lambda part: (60 * minutes, part["seconds to draw"])
    rows = [row("molecules", family, {"valid": share(part)}, *spent(part)) for family, part in found.items()]
    results = results_of("molecules", "moses", rows, {"samples": "valid"}, molecules.TITLES)
    yield Comparison("molecules", "moses", record, 1, results)


def of_points(record: str) -> Iterator[Comparison]:
    """The longest trainings."""
    runs: dict[str, list[tuple[float, dict]]] = {}
    for name, found in recorded(record)["details"]["rows"].items():
        family, *trained = name.split(", ")
        if registry.find(*registry.POINTS, family):
            minutes = float(trained[0].split()[0]) if trained else 0.0
            runs.setdefault(family, []).append((minutes, found))
    rows, trainings = [], 0
    for family, found in runs.items():
        minutes = max(each for each, _ in found)
        alike = [part for each, part in found if each == minutes]
        metrics = pool([part["metrics"] for part in alike], alike[0]["metrics"])
        rows.append(row("points", family, metrics, 60 * minutes, mean(part["seconds"]["sample"] for part in alike)))
        trainings = max(trainings, len(alike))
    results = results_of("points", "qm7", rows, points.HEADLINE, points.TITLES)
    yield Comparison("points", "qm7", record, trainings, results)


def of_graph_sets(record: str) -> Iterator[Comparison]:
    """Spectra of samples. Their error is that of real graphs in the place of samples, on record in graph_metrics, or
    that between trainings where it is larger. The last length of a family on record counts."""
    real = recorded("graph_metrics")["details"]["sets"]
    found = list(recorded(record)["details"]["rows"].values())
    for data in dict.fromkeys(part["set"] for part in found):
        spread = next(sd for way, sd in real[data]["spread"].items() if way.startswith("spectrum"))
        rows, trainings = [], 0
        of_data = sorted((part for part in found if part["set"] == data), key=lambda part: part["family"])
        for family, parts in groupby(of_data, key=lambda part: part["family"]):
            parts = list(parts)
            alike = [part for part in parts if part["minutes"] == parts[-1]["minutes"]]
            values = [part["metrics"]["spectrum"] for part in alike]
            se = max([spread, *([stdev(values)] if len(values) > 1 else [])]) / sqrt(len(values))
            spectrum = figure(mean(values), se, "samples", "MMD^2", "lower")
            spent = 60 * alike[0]["minutes"], mean(part["seconds to draw"] for part in alike)
            rows.append(row("graph-sets", family, {"spectrum": spectrum}, *spent))
            trainings = max(trainings, len(alike))
        results = results_of("graph-sets", data, rows, graph_sets.HEADLINE, graph_sets.TITLES)
        yield Comparison("graph-sets", data, record, trainings, results)


def of_nodes(record: str) -> Iterator[Comparison]:
    """Labels of nodes. The record has the error over trainings; that over test nodes is added."""
    details = recorded(record)["details"]

    def accuracy(found: dict) -> Metric:
        trained = metric_of(found)
        over_items = 100 * float(proportion_se(trained.value / 100, trained.n))
        return replace(trained, se=hypot(trained.se, over_items), detail="")

    for data in (name for name in details if name in NAMES):
        rows = [
            row("nodes", family, {"accuracy": accuracy(found["accuracy"])}, found["seconds"])
            for family, found in details[data].items()
        ]
        results = results_of("nodes", data, rows, labels.HEADLINE, labels.TITLES)
        yield Comparison("nodes", data, record, details["seeds"], results)


def of_links(record: str) -> Iterator[Comparison]:
    """Links on several splits, whose training parts share edges; scores without learning are baselines."""
    from graphs import LINK_SEEDS

    share = 1 / LINK_SEEDS + TEST / (1 - TEST - VALID)
    for data, found in recorded(record)["details"].items():
        area = lambda part: figure(
            part["AUC"], float(widened(share * part["AUC sd"] ** 2, LINK_SEEDS - 1)), "predictions", "AUC"
        )
        rows = [row("links", family, {"auc": area(part)}) for family, part in found.items()]
        yield Comparison(
            "links", data, record, LINK_SEEDS, results_of("links", data, rows, links.HEADLINE, links.TITLES)
        )


def of_properties(record: str) -> Iterator[Comparison]:
    """Properties of molecules on several splits, which are compared split by split; programs of others are left out."""
    for name, sides in recorded(record)["details"].items():
        data, rows = name.lower(), []
        items = {
            "train": round(TRAIN_SHARE * count_of(data)),
            "test": round((1 - TRAIN_SHARE - VALID_SHARE) * count_of(data)),
        }
        metric, better = ("roc_auc", "higher") if sides["mean"][0]["score"] == CHANCE else ("rmse", "lower")
        for family, scores in sides.items():
            if registry.find(*registry.PROPERTIES, family):
                score = lambda one: Metric(one["score"], None, "estimate", "predictions", "", items["test"], better)
                splits = [Measured({metric: score(one)}, {}, {}) for one in scores]
                seconds = mean(one["seconds"] for one in scores)
                rows.append(row("properties", family, over_splits(splits, items).metrics, seconds))
        results = results_of("properties", data, rows, {"labels": metric}, properties.TITLES)
        results["data"]["items"] = items
        results["pairs"] = pairs_of(results, Path())
        yield Comparison("properties", data, record, len(scores), results)


def of_recommendations(record: str) -> Iterator[Comparison]:
    details = recorded(record)["details"]
    recall = lambda found: {"recall": figure(found["recall"], found["se"], "predictions", "of items")}
    rows = [
        row("recommend", family, recall(found), found["seconds"], found["rank_seconds"])
        for family, found in details["families"].items()
    ]
    results = results_of("recommend", "gowalla", rows, recommendations.HEADLINE, recommendations.TITLES)
    yield Comparison("recommend", "gowalla", record, 1, results)


RECORDS = {
    "digits": of_images,
    "fashion": of_images,
    "words": of_words,
    "table_peers": of_seconds,
    "tables": of_tables,
    "discrete_sequences": of_lines,
    "smiles_models": of_strings,
    "points_qm7": of_points,
    "graph_generators": of_graph_sets,
    "ladder": of_nodes,
    "graph_links": of_links,
    "properties": of_properties,
    "recommend": of_recommendations,
}


def comparisons() -> list[Comparison]:
    """All on record."""
    return [comparison for record, read in RECORDS.items() for comparison in read(record)]
