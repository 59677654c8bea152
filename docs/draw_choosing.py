"""Draws docs/choosing.md: which family to take, by kind of data, purpose, amount of data and minutes of training.

    python docs/draw_choosing.py

`compared` reads the records, and the rules of the comparison report pick from them. No figure and no pick is written
here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from compared import SUITES, Comparison, comparisons
from draw import DATA, KINDS, ROOT, age, recorded

from genwright.data.named import NAMES
from genwright.recipes import registry
from genwright.reports.numbers import FIRST, table_of
from genwright.reports.picks import FASTER, SLOW, Pick, picks
from genwright.reports.results import FAR, find, metric_of, ranking, shown, sound, stored_pairs, title
from genwright.reports.rules import PURPOSE, VERBS

PAGE = ROOT / "docs" / "choosing.md"
NOTES = {  # of records
    "words": "A rule reads whether a sample shows the shape and the colour of its caption.",
    "tables": "Families were picked on validation rows; baselines stand beside the picked family on test rows. "
    "`forest`, `neighbours` and `mean` are ways of scikit-learn to fill cells, not families.",
    "table_peers": "Trees learn from generated rows, and answer on real ones.",
    "discrete_sequences": "Both families have the same transformer; chorales and molecules are read as text.",
    "smiles_models": "`compare` ranks molecules by a two-sample AUC, which this record lacks.",
    "graph_generators": "The error of a spectrum is that of real graphs in the place of samples, or that between "
    "trainings if it is larger.",
    "ladder": "The error holds for other test nodes and other trainings.",
    "graph_links": "`Katz`, `Adamic-Adar` and `common neighbours` are scores without training, not families.",
    "properties": "Families are compared split by split, on the same molecules.",
}


@dataclass(frozen=True)
class Advice:
    """pick: of the report. take: the family to take. alike: others whose interval overlaps that of the best, or whose
    difference from it is within chance. baseline: the best simple one, None where none was measured. enough: whether it
    is the best, or alike."""

    pick: Pick
    take: str
    alike: tuple[str, ...]
    baseline: str | None
    enough: bool


def advice(comparison: Comparison) -> list[Advice]:
    """One for each purpose that the record answers, what most people come for first."""
    found = [pick for pick in picks(comparison.results) if pick.family]
    return [_advice(comparison, pick) for pick in sorted(found, key=lambda pick: FIRST.index(pick.criterion))]


def _advice(comparison: Comparison, pick: Pick) -> Advice:
    judged = comparison.judged
    simple = [row["family"] for row in judged["baselines"]]
    best = ranking(judged, pick.metric).order
    baseline = next((family for family in best if family in simple), None)
    enough = baseline is not None and baseline in (best[0], *_alike(judged, pick.metric))
    alike = (pick.family, *_alike(comparison.results, pick.metric))
    take = baseline if enough else _quickest(comparison.results, (pick.family, *pick.tied))
    return Advice(pick, take, tuple(family for family in alike if family != take), baseline, enough)


def _alike(results: dict, metric: str) -> list[str]:
    """Families that are not told apart from the first of the ranking. Overlapping intervals tell nothing apart, unless
    the two were compared item by item, or split by split."""
    ranked, pairs = ranking(results, metric), stored_pairs(results, metric)
    first, *others = ranked.order
    number = lambda family: metric_of(find(results, family)["metrics"][metric])
    overlaps = lambda family: (first, family) not in pairs and not number(first).parts_from(number(family))
    return [family for family in others if family in ranked.tied or overlaps(family)]


def _quickest(results: dict, tied: tuple[str, ...]) -> str:
    """The family that draws fastest, or trains fastest where no drawing was timed; the first if it is about as fast."""

    def seconds(family: str) -> float:
        spent = find(results, family)["seconds"]
        return spent["sample"] or spent["train"] or 0.0

    fastest = min(tied, key=seconds)
    slow = seconds(tied[0]) >= max(SLOW, FASTER * seconds(fastest))
    return fastest if slow else tied[0]


# ---------------------------------------------------------------------- the page


def page(compared: list[Comparison]) -> str:
    lines = [
        "# Which model do I pick",
        "",
        "`docs/draw_choosing.py` draws this page from the records in `benchmarks/results/`.",
        "Your data differ from these, so let `genwright compare` train the families on yours: it names a pick.",
        "Until then, look up your kind of data and your purpose:",
        "",
        *summary(compared),
        "",
        "* ± is half of a 95% interval; *minutes* is the longest training of a family.",
        "* Families are *alike* if their intervals overlap, or if their difference is within chance. "
        "No single family can be named then.",
        "* A fair pick among them draws fastest, or trains fastest if no drawing was timed.",
        "* A baseline is *enough* if it is alike with the best. Take it then: it needs next to no training.",
        "* *Items* counts the whole set, with its test part; *record* is the file, with the date of its figures.",
    ]
    for label, found in by_label(compared).items():
        lines += ["", f"## {called(label).capitalize()}", "", *section(label, found)]
    missing = [label for label in DATA if label not in by_label(compared)]
    lines += ["", "## Kinds of data without a comparison on record", ""]
    lines += [f"* {called(label)}: run `{command(label)}`." for label in missing]
    return "\n".join(lines) + "\n"


def by_label(compared: list[Comparison]) -> dict[str, list[Comparison]]:
    """In the order of DATA, small sets first."""
    count = lambda one: int(one.items.replace(",", "") or 0)
    found = {label: sorted((one for one in compared if one.label == label), key=count) for label in DATA}
    return {label: each for label, each in found.items() if each}


def called(label: str) -> str:
    """A kind of data, or a task, in words."""
    return DATA[label].split(":")[0] if registry.place(label)[1] == registry.GENERATE else DATA[label]


def command(label: str) -> str:
    _, task = registry.place(label)
    return "genwright compare DATA" + (f" --task {task}" if registry.predicts(task) else "")


def summary(compared: list[Comparison]) -> list[str]:
    """The table of advice: by kind of data, then by purpose, then by amount."""
    titles = "my data", "my purpose", "take", "figure", "alike", "a baseline is", "items", "minutes", "record"
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for label, found in by_label(compared).items():
        rows = [(one, each) for one in found for each in advice(one)]
        rows.sort(key=lambda row: FIRST.index(row[1].pick.criterion))
        lines += [f"| {' | '.join(cells(label, *row))} |" for row in rows]
    return lines


def cells(label: str, comparison: Comparison, advice: Advice) -> list[str]:
    metric, judged = advice.pick.metric, comparison.judged if advice.enough else comparison.results
    figure = f"{title(judged, metric)} {number(judged, advice.take, metric)}"
    memory = sound(find(judged, advice.take), "memorisation") if advice.pick.criterion == "samples" else None
    return [
        f"{called(label)}, `{comparison.data}`",
        aim(advice.pick.purpose),
        taken(advice),
        figure + "; many samples look like no real item" * (memory is not None and memory.above(FAR)),
        ", ".join(f"`{family}`" for family in advice.alike),
        against(comparison, advice),
        comparison.items,
        minutes(comparison),
        f"`{comparison.record}`, {dates(comparison.record)}",
    ]


def aim(purpose: str) -> str:
    """A purpose without its preposition."""
    return purpose.removeprefix("To ").removeprefix("For ")


def taken(advice: Advice) -> str:
    if advice.enough:
        return f"`{advice.take}`, a baseline"
    return f"no single family; fair: `{advice.take}`" if advice.alike else f"`{advice.take}`"


def against(comparison: Comparison, advice: Advice) -> str:
    if advice.baseline is None:
        return "not measured"
    if advice.enough:
        return "enough"
    return f"not enough: `{advice.baseline}` {number(comparison.judged, advice.baseline, advice.pick.metric)}"


def number(results: dict, family: str, metric: str) -> str:
    return shown(find(results, family)["metrics"][metric])


def minutes(comparison: Comparison) -> str:
    return f"{comparison.minutes:.2g}" if comparison.minutes else "not timed"


def dates(record: str) -> str:
    """Days on which the rows of a record were measured."""
    days = sorted({age(line).split(",")[0] for line in recorded(record)["bars"]})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def section(label: str, found: list[Comparison]) -> list[str]:
    """The figures that the advice stands on, and its limits."""
    lines = []
    for comparison in found:
        script = recorded(comparison.record)["script"]
        what = f": {NAMES[comparison.data].what}" if comparison.data in NAMES else ""
        lines += [f"**{comparison.data}**{what}, by `{script}`.", ""]
        lines += [*figures(comparison.results), ""]
        lines += [*figures(comparison.against), ""] if comparison.against else []
    return lines + list(limits(label, found))


def figures(results: dict) -> list[str]:
    """A table of the numbers that settle purposes; the best that is told apart is bold."""
    names = sorted(results["metrics"]["headline"], key=FIRST.index)
    table = table_of(results, [results["metrics"]["headline"][what] for what in names])
    heads = [f"{column['title']} {column['arrow']}" for column in table["columns"]]
    lines = [f"| | {' | '.join(heads)} | trained, min | drawn, s |", "|---" * (len(heads) + 3) + "|"]
    for _, rows in table["groups"]:
        for row in rows:
            spent = (find(results, row["name"]) or {"seconds": {"train": None, "sample": None}})["seconds"]
            times = [f"{spent['train'] / 60:.2g}" if spent["train"] else "", f"{spent['sample']:.2g}" if spent["sample"] else ""]
            lines.append(f"| {' | '.join([row['name'], *map(cell, row['cells']), *times])} |")
    return lines


def cell(found: dict) -> str:
    text = found["text"] + (f" ± {found['half']}" if found["half"] else "") + KINDS.get(found["kind"], "")
    return f"**{text}**" if found["best"] else text


def limits(label: str, found: list[Comparison]) -> Iterator[str]:
    sets = len({one.data for one in found})
    trainings = sorted({one.trainings for one in found})
    counted = lambda count, what: f"{count} {what}" + "s" * (count != 1)
    many = f"{trainings[0]} to {counted(trainings[-1], 'training')}" if len(trainings) > 1 else counted(trainings[0], "training")
    yield f"* Limits: {counted(sets, 'data set')}, and {many} of each family at most."
    yield from (f"* `{record}`: {NOTES[record]}" for record in dict.fromkeys(one.record for one in found) if record in NOTES)
    answered = {each.pick.criterion for one in found for each in advice(one)}
    open_ = [PURPOSE.get(what, PURPOSE[VERBS[what][0]]) for what in SUITES[label].HEADLINE if what not in answered]
    yield from (f"* No record compares families {'to' if what.startswith('To ') else 'for'} {aim(what)}: run `{command(label)}`." for what in open_)


def main() -> None:
    PAGE.write_text(page(comparisons()))


if __name__ == "__main__":
    main()
