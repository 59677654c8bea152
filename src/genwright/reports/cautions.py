"""What not to believe: the rules of the advice about copies, strays, dropped classes and numbers of unlike kinds."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.likelihood import MEASURES
from .results import COPY, FAR, badness, interval_coverage, is_copy, names, ranking, rows, title
from .rules import Rule, headlines, listed, measured, number_of, overlap, said

TAUGHT = ("cas", "tstr_share")  # metrics of what a classifier learns from samples
COVERAGE = (0.85, 0.95)  # of intervals that claim 90%


def copies(results: dict) -> Iterator[dict]:
    for row in rows(results):
        if is_copy(row):
            yield {"family": row["family"], "ratio": f"{row['metrics']['memorisation']['value']:.2f}", "limit": COPY}


def strays(results: dict) -> Iterator[dict]:
    for row, ratio in measured(results, "memorisation"):
        if ratio.above(FAR):
            yield {"family": row["family"], "ratio": f"{ratio.value:.2f}", "limit": FAR}


def dropped_classes(results: dict) -> Iterator[dict]:
    """Classes that samples leave out, where that is no chance of the draw."""
    for row, found in measured(results, "class_coverage"):
        if found.below(1):
            missing = found.detail or f"{1 - found.value:.0%} of the classes"
            yield {"family": row["family"], "missing": missing}


def accuracy_alone(results: dict) -> Iterator[dict]:
    """A classifier learns as well from a simple baseline that is no copy as from the best family; one classifier is
    named."""
    for metric in names(results):
        if not metric.startswith(TAUGHT):
            continue
        trained = {row["family"] for row in results["models"]}
        order = [f for f in ranking(results, metric).order if f in trained]
        simple = [f for f in ranking(results, metric).order if f not in trained]
        if order and simple:
            model, base = number_of(results, order[0], metric), number_of(results, simple[0], metric)
            if badness(base) <= badness(model) or overlap(base, model):
                names_of = {"title": title(results, metric), "simple": simple[0], "first": order[0]}
                yield {**names_of, "a": said(base), "b": said(model)}
                return


def mixed_kinds(results: dict) -> Iterator[dict]:
    for metric in names(results):
        found = [(row["family"], m) for row, m in measured(results, metric) if m.of in MEASURES]
        groups = {kind: [f for f, m in found if m.kind == kind] for kind in KIND_WORDS}
        groups = {kind: families for kind, families in groups.items() if families}
        if len(groups) > 1:
            parts = [KIND_WORDS[kind].format(families=listed(families)) for kind, families in groups.items()]
            yield {"title": title(results, metric), "kinds": "; ".join(parts)}


KIND_WORDS = {
    "exact": "exact for {families}",
    "lower bound": "a bound for {families}, whose true value can only be better",
    "estimate": "an estimate for {families}, which may err either way and is not ranked beside proven numbers",
    "unnormalised": "unnormalised for {families}, which is ranked against nothing",
}


def noisy(results: dict) -> Iterator[dict]:
    """Likelihoods whose draws leave an error that matters in the number of one item."""
    for metric in names(results):
        found = [
            f"{row['family']} is {m.detail}" for row, m in measured(results, metric) if m.of in MEASURES and m.detail
        ]
        if found:
            yield {"title": title(results, metric), "families": listed(found)}


def unranked(results: dict) -> Iterator[dict]:
    """Measured on other items, by another reference or in another unit than the rest; estimates are another rule's."""
    for _, metric in headlines(results):
        ranked = ranking(results, metric)
        if not ranked.order:
            continue
        first = number_of(results, ranked.order[0], metric)
        others = {f: number_of(results, f, metric) for f in ranked.unranked}
        odd = [f for f, m in others.items() if m.kind != "unnormalised" and not first.comparable(m)]
        if odd:
            yield {"title": title(results, metric), "families": listed(odd)}


def coverage(results: dict) -> Iterator[dict]:
    """Intervals that claim 90% and cover less than 85% or more than 95%, by more than the error."""
    for row in rows(results):
        found = interval_coverage(row)
        if found and (found.below(COVERAGE[0]) or found.above(COVERAGE[1])):
            narrow = found.below(COVERAGE[0])
            meaning = "too narrow: it is surer than it should be" if narrow else "too wide: it could be surer"
            yield {"family": row["family"], "share": f"{found.value:.0%}", "meaning": meaning}


def not_finite(results: dict) -> Iterator[dict]:
    for row in rows(results):
        for metric, record in row["metrics"].items():
            if record["note"]:
                yield {"family": row["family"], "title": title(results, metric), "note": record["note"]}


CAUTIONS = (
    Rule(
        "copies",
        copies,
        "{family} copies its training data: its samples lie {ratio} times as far from it as fresh real items do (below "
        "{limit}), so its other numbers for samples prove nothing.",
    ),
    Rule(
        "strays",
        strays,
        "Samples of {family} lie {ratio} times as far from the training data as fresh real items do (above {limit}): "
        "many of them resemble no real item.",
    ),
    Rule(
        "dropped classes",
        dropped_classes,
        "{family} drops {missing}: less than half as often recognised in its samples as in real items.",
    ),
    Rule(
        "accuracy alone",
        accuracy_alone,
        "That a classifier can learn from the samples proves nothing by itself here: with the simple baseline {simple} "
        "it reaches {a}, with the best trained family ({first}) {b} ({title}). Look at the other metrics.",
    ),
    Rule("kinds", mixed_kinds, "{title} is not one kind of number: {kinds}."),
    Rule(
        "noisy",
        noisy,
        "{title} of one item is random: {families}. The error of the mean holds it; more `draws` make it smaller.",
    ),
    Rule(
        "unranked",
        unranked,
        "{title} of {families} was measured unlike the others' (other items, reference or unit): shown, not ranked.",
    ),
    Rule("coverage", coverage, "The 90% intervals of {family} cover {share} of hidden values, so they are {meaning}."),
    Rule("not finite", not_finite, "{title} of {family} is {note}."),
)
