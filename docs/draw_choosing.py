"""docs/choosing.md: which family to take, by kind of data, purpose, amount of data and minutes of training.

`compared` reads the records, and the rules of the comparison report pick from them. No figure and no pick is written
here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from compared import SUITES, Comparison, comparisons
from draw_records import DATA, command_of
from drawing import age, recorded, table

from genwright.kinds.formats.names import NAMES
from genwright.measure.metric import ROLE_METRICS, Role
from genwright.studies.report.decision import FASTER, SLOW
from genwright.studies.report.numbers import table_of
from genwright.studies.report.picks import Pick, picks
from genwright.studies.report.records import Results
from genwright.studies.report.results import FAR, find, ranking, sound, stored_pairs, title
from genwright.studies.report.rules import PURPOSE, PURPOSE_ORDER, VERBS, format_metric, number_of
from genwright.zoo import registry

MARKS = {"lower bound": " (bound)", "estimate": " (estimate)", "unnormalised": " (unnormalised)"}  # of likelihoods
NOTES = {  # of records
    "words": "A rule reads whether a sample shows the shape and the colour of its caption.",
    "dall_e": "The rule of `words`. Families of two records were not trained in one run, so they are not compared.",
    "tables": "Families were picked on validation rows; baselines stand beside the picked family on test rows. "
    "`forest`, `neighbours` and `mean` are ways of scikit-learn to fill cells, not families.",
    "table_peers": "Trees learn from generated rows, and answer on real ones.",
    "discrete_sequences": "Both families have the same transformer; chorales and molecules are read as text.",
    "smiles_models": "`compare` ranks molecules by a two-sample AUC, which this record lacks.",
    "graph_generators": "The error of a distance is that of real graphs in the place of samples, or that between "
    "trainings if it is larger.",
    "points_qm7": "The longest trainings stand here; [3D molecules](points.md) has shorter ones.",
    "ladder": "The error holds for other test nodes and other trainings.",
    "graph_links": "`Katz`, `Adamic-Adar` and `common neighbours` are scores without training, not families. "
    "The nodes of `USAir` and `NS` have no features.",
    **dict.fromkeys(("properties", "property_default"), "Families are compared split by split, on the same molecules."),
}


@dataclass(frozen=True)
class Advice:
    """pick: of the report. best: the family with the best number. take: the family to take. alike: other families that
    are not told apart from the best. baseline: the best simple one, None where none was measured. enough: whether it is
    the best, or alike. judged: the results that the advice stands on."""

    pick: Pick
    best: str
    take: str
    alike: tuple[str, ...]
    baseline: str | None
    enough: bool
    judged: dict


def advice(comparison: Comparison) -> list[Advice]:
    """One for each purpose that the record answers, what most people come for first."""
    found = [pick for pick in picks(comparison.results) if pick.family]
    return [_advice(comparison, pick) for pick in sorted(found, key=lambda pick: PURPOSE_ORDER.index(pick.criterion))]


def _advice(comparison: Comparison, pick: Pick) -> Advice:
    results, beside = comparison.results, comparison.judged
    simple, order = [row.family for row in beside.baselines], ranking(beside, pick.metric).order
    baseline = next((family for family in order if family in simple), None)
    enough = baseline is not None and baseline in (order[0], *_alike(beside, pick.metric))
    best, judged = (order[0], beside) if enough else (ranking(results, pick.metric).order[0], results)
    take = baseline if enough else _quickest(results, (pick.family, *pick.tied))
    alike = tuple(family for family in (best, *_alike(judged, pick.metric)) if family != take)
    return Advice(pick, best, take, alike, baseline, enough, judged)


def _alike(results: Results, metric: str) -> list[str]:
    """Families that are not told apart from the first of the ranking. Overlapping intervals tell nothing apart, unless
    the two were compared item by item, or split by split."""
    ranked, pairs = ranking(results, metric), stored_pairs(results, metric)
    first, *others = ranked.order
    number = lambda family: number_of(results, family, metric)
    overlaps = lambda family: (first, family) not in pairs and not number(first).differs_from(number(family))
    return [family for family in others if family in ranked.tied or overlaps(family)]


def _quickest(results: Results, tied: tuple[str, ...]) -> str:
    """The family that draws fastest, or trains fastest where no drawing was timed; the first if it is about as fast."""

    def seconds(family: str) -> float:
        spent = find(results, family).seconds
        return spent["sample"] or spent["train"] or 0.0

    fastest = min(tied, key=seconds)
    slow = seconds(tied[0]) >= max(SLOW, FASTER * seconds(fastest))
    return fastest if slow else tied[0]


# ---------------------------------------------------------------------- the page


PAGE = """# Which model do I pick

This page is for people who have data and want to know which family to train first. Look up your kind of data and your \
purpose.
Your data differ from the sets measured here, so afterwards let `genwright compare` train families on yours: it names \
a pick. Families that it leaves out, such as `dall-e`, train if `--family` names them. If several are tied, the pick \
is the one with [fewer bad samples](metrics.md#when-one-model-is-better), such as rows that break a rule. If nothing \
learned anything yet, it says so, and how many minutes are needed.

{brief}

Several names stand where the data sets disagree, or where their runs cannot be compared. \
[The figures](#the-figures) name the sets. They also show methods that are no families of genwright, such as \
scikit-learn's `forest` for missing cells, and where such a method was enough.

## How to read the figures

* **take**: the family to train. If several are tied, it is the one that samples much faster, or trains much faster if \
no sampling was timed. If none does, it is the one with the best number.
* **tied**: families whose intervals overlap with those of the best, or whose difference is within chance.
* **a baseline is**: *enough* if a simple baseline is tied with the best family. Take the baseline then: it needs next \
to no training.
* ± is half of a 95% interval. Minutes are those of the longest training of a family that is no baseline.
* Numbers of items include the test set. Each record has the date of its figures.
* A *bound* means that the true likelihood is at least this good. An *estimate* may err either way, and is not ranked \
beside bounds and exact ones.

[Metrics](metrics.md) defines the figures. `docs/draw_choosing.py` writes this page from the records in \
`benchmarks/results/`.

## The figures

{summary}

genwright has no models of time series, of several linked tables, or of survival (censored times).
If the rows of a table are in order or in groups, `genwright describe` proposes `--time` or `--group`.
{sections}
## Kinds of data without a comparison on record

{missing}
"""


def page(compared: list[Comparison] | None = None) -> str:
    """docs/choosing.md. compared: all on record by default."""
    sets, titled = by_label(compared or comparisons()), lambda label: called(label)[0].upper() + called(label)[1:]
    sections = [line for label in sets for line in ("", f"## {titled(label)}", "", *section(label, sets[label]))]
    missing = [f"* Run `{command(label)}` for {called(label)}." for label in DATA if label not in sets]
    parts = {"brief": brief(sets), "summary": summary(sets), "sections": [*sections, ""], "missing": missing}
    return PAGE.format(**{name: "\n".join(lines) for name, lines in parts.items()})


def by_label(compared: list[Comparison]) -> dict[str, list[Comparison]]:
    """In the order of DATA, small sets first."""
    count = lambda one: one.items or 0
    found = {label: sorted((one for one in compared if one.label == label), key=count) for label in DATA}
    return {label: each for label, each in found.items() if each}


def called(label: str) -> str:
    """A kind of data, or a task, in words."""
    return DATA[label].split(":")[0] if registry.place(label)[1] == registry.GENERATE else DATA[label]


def command(label: str) -> str:
    _, task = registry.place(label)
    return "genwright compare DATA" + (f" --task {task}" if registry.predicts(task) else "")


def advised(sets: dict[str, list[Comparison]]) -> list[tuple[Comparison, Advice]]:
    """All advice: by kind of data, then by purpose, then by amount."""
    rows = [(one, each) for found in sets.values() for one in found for each in advice(one)]
    return sorted(rows, key=lambda row: (list(DATA).index(row[0].label), PURPOSE_ORDER.index(row[1].pick.criterion)))


def brief(sets: dict[str, list[Comparison]]) -> list[str]:
    """Rows that name the family to train, one for each kind of data and purpose. If the advice names no family of
    genwright, the row names the best tied family."""
    takes: dict[tuple[str, str], dict[str, None]] = {}
    for comparison, each in advised(sets):
        place = registry.place(comparison.label)
        family = next(name for name in (each.take, each.best, *each.alike) if registry.find(*place, name))
        mark = " (a baseline)" if registry.find(*place, family).baseline else ""
        takes.setdefault((called(comparison.label), aim(each.pick.purpose)), {})[f"`{family}`{mark}"] = None
    return table(("my data", "my purpose", "take"), ((*row, " or ".join(names)) for row, names in takes.items()))


def summary(sets: dict[str, list[Comparison]]) -> list[str]:
    titles = "my data", "my purpose", "take", "figure", "tied", "a baseline is", "measured on", "record"
    return table(titles, (cells(*row) for row in advised(sets)))


def cells(comparison: Comparison, advice: Advice) -> list[str]:
    pick = advice.pick
    number = lambda results, family: format_metric(number_of(results, family, pick.metric))
    on_test = comparison.judged is advice.judged or {advice.take, advice.best} <= {
        row.family for row in comparison.judged.models + comparison.judged.baselines if pick.metric in row.metrics
    }
    shown = comparison.judged if on_test else advice.judged
    figure = f"{title(shown, pick.metric)} {number(shown, advice.take)}"
    if advice.take != advice.best:
        figure += f"; best: `{advice.best}` {number(shown, advice.best)}"
    figure += "" if on_test else " (validation)"
    ratios = [sound(find(advice.judged, advice.take), name) for name in ROLE_METRICS[Role.NEARNESS]]
    if pick.criterion == "samples" and any(ratio is not None and ratio.above(FAR) for ratio in ratios):
        figure += "; many samples look like no real item"
    size = f"{comparison.items:,} items" if comparison.items else "items not counted"
    spent = f"{short(comparison.minutes)} min" if comparison.minutes else "not timed"
    baseline = "enough" if advice.enough else "not measured"
    if advice.baseline is not None and not advice.enough:
        baseline = f"not enough: `{advice.baseline}`"
        baseline += f" {number(shown, advice.baseline)}" if on_test else ""
    status = ", a baseline" if advice.enough else ", tied with others" if advice.alike else ""
    return [
        called(comparison.label),
        aim(pick.purpose),
        f"`{advice.take}`{status}",
        figure,
        ", ".join(f"`{family}`" for family in advice.alike),
        baseline,
        f"`{comparison.data}`, {size}, {spent}",
        f"`{comparison.record}`, {dates(comparison.record)}",
    ]


def aim(purpose: str) -> str:
    """A purpose without its preposition."""
    return purpose.removeprefix("To ").removeprefix("For ")


def short(value: float) -> str:
    """Two digits of a time."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value >= 0.01 else "< 0.01"


def dates(record: str) -> str:
    """Days on which the rows of a record were measured."""
    days = sorted({age(line).split(",")[0] for line in recorded(record)["bars"]})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def section(label: str, found: list[Comparison]) -> Iterable[str]:
    """The figures that the advice stands on, and its limits."""
    for one in found:
        what = f": {NAMES[one.data].what}" if one.data in NAMES else ""
        what += f" ({one.counted:,} of them)" if one.counted else ""
        by = f"by {command_of(recorded(one.record))}, {dates(one.record)}"
        yield from (f"**{one.data}**{what}, {by}.", "", *figures(one.results), "")
        yield from ("On the test items, with baselines:", "", *figures(one.against), "") if one.against else ()
    trainings = dict.fromkeys((min(one.trainings for one in found), max(one.trainings for one in found)))
    several = " to ".join(map(str, trainings))
    yield f"* Data sets: {len({one.data for one in found})}. Trainings of each family, at most: {several}."
    yield from (f"* `{name}`: {NOTES[name]}" for name in dict.fromkeys(one.record for one in found) if name in NOTES)
    answered = {each.pick.criterion for one in found for each in advice(one)}
    for criterion in (name for name in SUITES[label].HEADLINE if name not in answered):
        phrase = PURPOSE.get(criterion, PURPOSE[VERBS[criterion][0]])
        yield f"* No record compares families {phrase[0].lower()}{phrase[1:]}: run `{command(label)}`."


def figures(results: Results) -> list[str]:
    """A table of the numbers that settle purposes."""
    headline = results.metrics["headline"]
    numbers = table_of(results, [headline[what] for what in sorted(headline, key=PURPOSE_ORDER.index)])
    rows = [row for _, rows in numbers["groups"] for row in rows]
    spent = {row.family: row.seconds for row in results.models + results.baselines}
    verb = "predicted, s" if set(headline) == {"labels"} else "sampled, s"
    times = {
        name: [short(seconds / unit) if (seconds := spent.get(row["name"], {}).get(part)) else "" for row in rows]
        for name, part, unit in (("trained, min", "train", 60), (verb, "sample", 1))
    }
    times = {name: column for name, column in times.items() if any(column)}
    heads = [*(f"{column['title']} {column['arrow']}" for column in numbers["columns"]), *times]
    half = lambda cell: f" ± {cell['half']}" if cell["half"] else ""
    shown = lambda row: (cell["text"] + half(cell) + MARKS.get(cell["kind"], "") for cell in row["cells"])
    return table(["family", *heads], ([row["name"], *shown(row), *more] for row, *more in zip(rows, *times.values())))
