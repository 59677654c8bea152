"""results.json: the truth of a study. Table, page, pictures and advice are functions of it and of the files it names.

`results.schema.json` beside this file is the whole definition. Numbers that are not finite are stored as null with a
note that says what they were, so that every reader of JSON can read the file.
"""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev

from ...core.errors import DataError, RunError
from ...core.files import require_ours, write_whole
from ...core.likelihood import EXACT, LOWER_BOUND, MEASURES
from ...core.schemas import read_record, require
from ...measure.differences import Difference, Trainings, real, unpaired_difference, with_trainings
from ...measure.metric import Metric, Role, metric_for, nearly_as_many
from ...zoo import registry
from ...zoo.card import NO_SPREAD, Spread
from .records import Reference, Results, Row

FORMAT = 3
MEASURED = "measure"  # the study of files of samples, in which nothing is trained
CALLED = {
    "compare": "comparison",
    MEASURED: "measurement of samples",
    "reproduce": "reproduction",
    "ladder": "ladder",
    "depth": "sweep of depths",
    "expressiveness": "table of expressiveness",
}
RESULTS = "results.json"
NEARNESS, COPIES = metric_for(Role.NEARNESS), metric_for(Role.COPIES)
SCHEMA = Path(__file__).parent / "results.schema.json"
RUN_AGAIN = "run the study again"
MARK = '<meta name="generator" content="genwright">'  # of report.html
COPY, FAR = 0.85, 1.3  # memorisation ratios outside are copies, or samples far from any real item
REPEATED = 0.9  # of samples, from which on those that equal a training item are copies
SMALL = 100  # fewer items than this name no best
SIGN = {"higher": -1, "lower": 1, "near 1": 1}  # of a difference, such that below 0 is better
SURVIVING = 0.5  # of what was drawn: where fewer could be measured, these do not speak for the model


def schema() -> dict:
    """Loads the JSON Schema (draft 2020-12) that every results.json validates against."""
    found = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found["properties"]["study"]["enum"] = list(CALLED)
    return found


def register_study(name: str, called: str) -> None:
    """Add a study of your own, in this process: `studies.study.study` begins it, and the report reads it.

    Args:
        name: of the study, as results.json has it.
        called: what a page calls it, as in "sweep of depths".

    Raises DataError for a name that is taken.
    """
    if name in CALLED:
        raise DataError(f"there is a study {name!r} already: choose another name")
    CALLED[name] = called


# ---------------------------------------------------------------------- files


def jsonable(value: object) -> object:
    """Converts a value to plain JSON values: paths and NumPy scalars to text and numbers, numbers that are not finite
    to null."""
    if isinstance(value, dict):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def metric_json(metric: Metric) -> dict:
    """Returns a metric as stored; a value or standard error that is not finite becomes null, and `note` says so."""
    usual_fields = {"detail": "", "own": 0.0, "splits": (), "survived": 1.0}
    record = {
        key: value for key, value in metric.to_json().items() if key not in usual_fields or value != usual_fields[key]
    }
    bad = [f"{k} was {record[k]}" for k in ("value", "se") if record[k] is not None and not math.isfinite(record[k])]
    return {**jsonable(record), "note": f"not a finite number: {', '.join(bad)}" if bad else ""}


def metric_of(record: dict | None) -> Metric | None:
    """Returns the metric of a stored record; None where it was not measured or is not finite."""
    if not record or record["value"] is None:
        return None
    known = {k: v for k, v in record.items() if k not in ("note", "own", "splits")}
    number = lambda value: math.nan if value is None else value
    splits = tuple(number(value) for value in record.get("splits", ()))
    return Metric(**known, own=number(record.get("own", 0.0)), splits=splits)


def write(results: Results, folder: Path) -> Path:
    text = json.dumps(jsonable(results.to_json()), indent=1, ensure_ascii=False, allow_nan=False)
    return write_whole(folder / RESULTS, (text + "\n").encode())


def path_of(path: str | Path) -> Path:
    """Returns a results file, named itself or by its folder."""
    return Path(path) / RESULTS if Path(path).is_dir() else Path(path)


def require_own_study(folder: Path) -> None:
    """Raises RunError where results or a page in `folder` are not ours."""
    if (folder / RESULTS).exists():
        read(folder)
        require_ours(folder / "report.html", MARK)


def read(path: str | Path) -> Results:
    """Returns the results at a path, a file or its folder. Raises RunError where there are none of this format."""
    named_path, path = Path(path), path_of(path)
    if not path.is_file():
        raise RunError(f"no results at {path}: name the results.json of a comparison, or its folder")
    record = read_record(path, RUN_AGAIN, allowed_folder=named_path if named_path != path else None)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise RunError(f"{path} is not a results file of format {FORMAT}: {RUN_AGAIN}, into another folder")
    require(record, schema(), path, RUN_AGAIN)
    return Results.from_json(record)


def read_comparison(path: str | Path) -> Results:
    """Returns the results of a comparison, to be repeated. Raises RunError for another study."""
    results = read(path)
    if results.study != "compare":
        raise RunError(
            f"{path_of(path)} is of no comparison but of a {CALLED[results.study]}, which cannot be replayed: give "
            "its own command again"
        )
    return results


# ---------------------------------------------------------------------- reading


def rows(results: Results) -> list[Row]:
    """Returns every row that was measured: trained families, then baselines."""
    return [row for row in results.models + results.baselines if not row.error]


def find(results: Results, family: str) -> Row | None:
    """Returns the first row of a family."""
    return next((row for row in results.models + results.baselines if row.family == family), None)


def metrics_of_run(run: Path) -> list[dict[str, object]]:
    """Lists what the comparison around a run measured of it, as {"type", "name", "value"}; nothing for a run by
    itself."""
    if not (run.parent / RESULTS).is_file():
        return []
    results = read(run.parent)
    records = {name: record for row in rows(results) if row.folder == run.name for name, record in row.metrics.items()}
    known = {name: metric_of(record) for name, record in records.items()}
    return [{"type": m, "name": title(results, m), "value": number.value} for m, number in known.items() if number]


def row_of(results: Results, family: str, settings: dict, seed: int) -> Row | None:
    """Returns the row of one fit.

    Args:
        results: Results of the comparison.
        family: Name of the family.
        settings: Settings of the study.
        seed: Seed of the random numbers.
    """
    all_rows = results.models + results.baselines
    is_row = lambda row: (row.family, row.settings, row.seed) == (family, settings, seed)
    return next((row for row in all_rows if is_row(row)), None)


def label(row: Row) -> str:
    """Returns the name of a row: its family, and how it differs from other rows of that family."""
    return ", ".join([row.family, *(f"{name} {value}" for name, value in row.settings.items())])


def over_seeds(results: Results) -> Results:
    """Results with one row for all seeds of a family and its settings: means over seeds, with their error; in
    seconds and items all that was spent. Published figures stand beside as a metric of their own.
    """
    if results.plan.seeds == 1 and not results.published:
        return results
    fits = lambda part: [[row for row in part if label(row) == name] for name in dict.fromkeys(map(label, part))]
    models, baselines = (list(map(_averaged, fits(part))) for part in (results.models, results.baselines))
    for row in models + baselines:
        if figure := results.published.get(row.family):
            own_metric = metric_of(row.metrics.get(figure["metric"]))
            paper = replace(own_metric, value=figure["value"], se=None, detail=figure["source"]) if own_metric else None
            row.metrics |= {"published": metric_json(paper)} if paper else {}
    titles = dict(results.metrics["titles"])
    for figure in results.published.values():
        titles["published"] = ["Published", "the figure of the paper that is named", figure["unit"]]
    return replace(results, models=models, baselines=baselines, metrics=results.metrics | {"titles": titles})


def _averaged(rows: list[Row]) -> Row:
    """One row for the seeds of a family that were measured, or the first error."""
    measured = [row for row in rows if not row.error]
    if not measured:
        return rows[0]
    spent = lambda part: [row.seconds[part] for row in measured if row.seconds[part] is not None]
    return replace(
        measured[0],
        family=label(rows[0]),
        items=sum(row.items or 0 for row in measured),
        seconds={part: sum(spent(part)) if spent(part) else None for part in measured[0].seconds},
        metrics={
            name: metric_json(mean_of([m for row in measured if (m := metric_of(row.metrics.get(name)))]))
            for name in measured[0].metrics
            if metric_of(measured[0].metrics[name])
        },
    )


def mean_of(metrics: list[Metric]) -> Metric:
    """Averages metrics over seeds, with the standard error over seeds; a single one keeps its own."""
    if len(metrics) == 1:
        return replace(metrics[0], detail="one seed")
    values = [m.value for m in metrics]
    detail = f"mean of {len(values)} seeds, its error over seeds"
    survived = mean(m.survived for m in metrics)
    return replace(
        metrics[0], value=mean(values), se=stdev(values) / len(values) ** 0.5, detail=detail, survived=survived
    )


def names(results: Results) -> list[str]:
    """Returns metrics that were measured on anything, the suite's order first."""
    titles_seen = {name: None for name in results.metrics["titles"]}
    titles_seen |= {name: None for row in rows(results) for name in row.metrics}
    reference = results.reference_metrics
    return [name for name in titles_seen if name in reference or any(name in row.metrics for row in rows(results))]


def title(results: Results, metric: str) -> str:
    return results.metrics["titles"].get(metric, [metric.replace("_", " ")])[0]


def protocol(results: Results) -> str:
    """Returns a few words on how test items were chosen; "" where all figures for the data share it, or there are no
    data."""
    return (results.data or {}).get("protocol", "")


def of_properties(results: Results) -> bool:
    """Tells whether measured properties of items were predicted, as those of a library are."""
    task = registry.TASKS.get(registry.place(results.data["domain"])) if results.data else None
    return task is not None and bool(task.predict_file)


def predicts(row: Row) -> bool:
    """Tells whether a row is a predictor, which draws nothing."""
    return "predict" in row.verbs and "sample" not in row.verbs


def registered(results: Results, family: str) -> registry.Row | None:
    """Returns the family's row in the registry; None where it is not registered here, or the study makes its own
    data."""
    data = results.data
    return registry.find(*registry.place(data["domain"]), family) if data else None


def hands_out(results: Results, row: Row) -> bool:
    """Tells whether the family's samples are training items by design, as its row in the registry says."""
    known = registered(results, row.family)
    return known is not None and known.copies


def is_copy(results: Results, row: Row) -> bool:
    """Tells whether the samples are copies of training items: by design, whatever was measured, or by what was
    measured."""
    return hands_out(results, row) or measured_copy(results, row)


def measured_copy(results: Results, row: Row) -> bool:
    """Tells whether the samples lie so much nearer to the training items than fresh real items do that they are copies,
    by more than the ratio's error, and more of them than of fresh items equal a training item where only some of what
    was drawn could be measured; where no such ratio is measured, whether nearly all of them equal a training item and
    fresh ones do not."""
    ratio, copies, fresh = sound(row, NEARNESS), sound(row, COPIES), fresh_copies(results)
    known = copies is not None and fresh is not None
    copies_more = known and copies.value > fresh.value and copies.differs_from(fresh)
    if ratio is not None:
        return ratio.below(COPY) and (copies_more or ratio.survived == 1)
    return copies_more and copies.value >= REPEATED


def sound(row: Row, metric: str) -> Metric | None:
    """Returns a number of samples that says something of all that was drawn; None where it was not measured, or so few
    of the samples could be measured that they do not speak for the others."""
    number = metric_of(row.metrics.get(metric))
    is_small = number is not None and number.survived < 1 and (number.n < SMALL or number.survived < SURVIVING)
    return None if is_small else number


def fresh_copies(results: Results) -> Metric | None:
    """Returns the share of fresh real items that would equal a training item."""
    return metric_of(results.reference_metrics.get(COPIES))


def facts(results: Results) -> dict[str, str]:
    """Returns {metric that is a share of bad samples, or of good ones: what bad ones are called}, of those that were
    measured on anything."""
    measured = names(results)
    return {metric: bad for metric, bad in results.metrics.get("facts", {}).items() if metric in measured}


def bad_share(part: Row | Reference, fact: str) -> Metric | None:
    """Returns the share of bad samples by a fact. None where nobody counted them.

    Args:
        part: a row, or the reference.
    """
    share = metric_of(part.metrics.get(fact))
    return share if share is None or share.better == "lower" else replace(share, value=1 - share.value, better="lower")


def badness(metric: Metric) -> float:
    """Converts a metric to a number of which less is better."""
    return {"higher": -metric.value, "lower": metric.value, "near 1": abs(metric.value - 1)}[metric.better]


@dataclass(frozen=True)
class Ranking:
    """Rows that one metric may rank, best first.

    Args:
        metric: Name of the metric.
        separated: the first is told apart from every other.
        tied: those that are not told apart from the first.
        unranked: rows whose number was measured otherwise, or is an estimate beside numbers that are proven.
    """

    metric: str
    order: tuple[str, ...]
    separated: bool
    tied: tuple[str, ...]
    unranked: tuple[str, ...]


def ranking(results: Results, metric: str, among: list[Row] | None = None) -> Ranking:
    """Rank rows (default all) by a metric, only where it was measured alike.

    Copies of the training data are no competitors, except in likelihood of test items, which copying cannot raise. A
    likelihood that is an estimate may err either way, so it is ranked only where no proven number stands beside it.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
    """
    among = rows(results) if among is None else among
    numbers = {row.family: m for row in among if (m := metric_of(row.metrics.get(metric))) is not None}
    likelihood = {family for family, m in numbers.items() if m.of in MEASURES}
    copies = {row.family for row in among if is_copy(results, row)} - likelihood
    pool = {family: m for family, m in numbers.items() if family not in copies}
    proven = {family: m for family, m in pool.items() if m.kind in (EXACT, LOWER_BOUND)}
    pool = proven if proven and likelihood else pool
    pairs = stored_pairs(results, metric)
    comparable = [[f for f in pool if pool[f].comparable(m) or (f, g) in pairs] for g, m in pool.items()]
    group = max(comparable, key=len, default=[])
    order = _best_first({f: pool[f] for f in group}, pairs)
    ranks = bool(order) and enough(pool[order[0]]) and pool[order[0]].better != "near 1"
    behind = order[1:] if ranks else []
    differences = {f: pairs.get((order[0], f)) or _difference_apart(results, metric, order[0], f) for f in behind}
    # the error of a difference by item knows how few its items are
    tied_families = [f for f in differences if enough(pool[f]) or differences[f].how == "by item"]
    sign = SIGN[pool[order[0]].better] if order else 0
    worse = {
        f
        for f, is_real in zip(tied_families, real([differences[f] for f in tied_families]))
        if is_real and sign * differences[f].value < 0
    }
    tied = tuple(f for f in order[1:] if f not in worse)
    unranked = tuple(f for f in numbers if f not in order and f not in copies)
    return Ranking(metric, order, len(order) > 1 and not tied, tied, unranked)


def enough(metric: Metric) -> bool:
    """Tells whether it was measured on enough items, or on several splits, to tell models apart."""
    return metric.n >= SMALL or len(metric.splits) > 1


def _best_first(pool: dict[str, Metric], pairs: dict[tuple[str, str], Difference]) -> tuple[str, ...]:
    """Families in the order of their values; where some were measured on far fewer items, in the order of how many are
    really better, and of their mean differences from all others, on the items that both share."""
    counts = [m.n for m in pool.values()]
    if not counts or nearly_as_many(min(counts), max(counts)):
        return tuple(sorted(pool, key=lambda f: badness(pool[f])))
    differences = {
        (f, g): pairs.get((f, g)) or unpaired_difference(pool[f], pool[g]) for f in pool for g in pool if f != g
    }
    behind = {pair: SIGN[pool[pair[0]].better] * difference.value for pair, difference in differences.items()}
    beaten = lambda f: sum(behind[f, g] > 0 and all(real([differences[f, g]])) for g in pool if g != f)
    return tuple(sorted(pool, key=lambda f: (beaten(f), sum(behind[f, g] for g in pool if g != f))))


def stored_pairs(results: Results, metric: str) -> dict[tuple[str, str], Difference]:
    """Returns {(a, b) and (b, a): by how much they differ} of the pairs on record, none before all is measured."""
    pairs = {}
    for pair in results.pairs or ():
        if pair["metric"] == metric:
            known = Difference(pair["difference"], pair["se"], pair["n"], pair["how"], pair.get("trainings", 0.0))
            pairs[pair["a"], pair["b"]] = known
            pairs[pair["b"], pair["a"]] = replace(known, value=-known.value)
    return pairs


def difference(results: Results, metric: str, a: str, b: str) -> Difference:
    """Returns the number of family a less that of b, as it is on record, else from the two numbers.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
    """
    return stored_pairs(results, metric).get((a, b)) or _difference_apart(results, metric, a, b)


def _difference_apart(results: Results, metric: str, a: str, b: str) -> Difference:
    numbers = [metric_of(find(results, family).metrics[metric]) for family in (a, b)]
    return allow_for_trainings(results, metric, unpaired_difference(*numbers), a, b)


def allow_for_trainings(results: Results, metric: str, difference: Difference, a: str, b: str) -> Difference:
    """Returns the difference of two families with the error of training both anew.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
        difference: Difference of their first trainings.
    """
    return with_trainings(difference, *(trainings_of(results, find(results, family), metric) for family in (a, b)))


def recorded_spread(results: Results, row: Row) -> Spread:
    """Estimates how far trainings of a family differ, from records of its kind, items and minutes; nothing for a simple
    baseline or what trains in no stage, or where numbers are means over seeds."""
    if row in results.baselines or not row.config.stages or not results.data or results.plan.seeds > 1:
        return NO_SPREAD
    place, items = registry.place(results.data["domain"]), results.data["items"]["train"]
    minutes = (row.seconds["train"] or 0.0) / 60 / (1 + len(row.splits))
    return registry.training_spread(*place, row.family, items, minutes)


def trainings_of(results: Results, row: Row, metric: str) -> Trainings:
    """Collects what is known of how trainings of a family differ in a metric.

    Args:
        results: Results of the comparison.
        row: Row of the results, one family.
        metric: Name of the metric.
    """
    number, second = metric_of(row.metrics[metric]), row.second.get(metric)
    from_equal = (2 * number.n) ** 0.5 * number.se if number.se else math.inf
    known = second and second["se"]
    second_difference = Difference(*(second[name] for name in ("difference", "se", "n", "how"))) if known else None
    return Trainings(recorded_spread(results, row).value, from_equal, second_difference)


def format_number(metric: Metric | dict | None) -> str:
    """Returns a number with half its 95% interval, or a dash."""
    metric = metric_of(metric) if isinstance(metric, dict) else metric
    return "–" if metric is None else str(metric)
