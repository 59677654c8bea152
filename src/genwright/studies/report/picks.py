"""The pick of each purpose: which model to take, what is as good, how to choose among those, and the command to use it.

Families that are statistically tied with the best number are told apart in this order:

    facts       fewer bad samples, by more than chance, such as rows that break a rule; what nobody counted is the worst
    measured    more metrics, then more items
    number      the better one

Commands can be pasted into a shell from the folder that `compare` ran in.
"""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.domain import as_typed
from ...measure.differences import real, unpaired_difference
from ...measure.metric import SIGMAS, Metric, decimals, nearly_as_many
from ...zoo import registry
from .records import Results, Row
from .results import (
    Ranking,
    bad_share,
    difference,
    enough,
    facts,
    find,
    metric_of,
    of_properties,
    predicts,
    protocol,
    ranking,
    title,
)
from .rules import PURPOSE_ORDER, able, differ_for_real, format_metric, listed, listed_few, measured, number_of, purpose

COMPARED = 2  # trained families that must have been measured before one is picked, where as many can serve
EPOCHS, FEWEST = 5, 0.2  # passes over the data that training takes for granted; a smaller share of them is next to none
FASTER, SLOW = 2, 1.0  # times as fast, where the other takes so many seconds, breaks a tie


@dataclass(frozen=True)
class Pick:
    """The family to take for one purpose, a phrase such as "To sample new items", by a headline metric.

    Args:
        family: the pick, of those with the best number; None where not enough was measured to pick one.
        settled: whether enough was measured to take it, or it only leads for now.
        tied: families that are statistically tied with it, best first.
        decided: why it is preferred to some of these, a clause, "" where its number alone says so.
        next: the best of those that are clearly worse, None where there is none.
        warning: why the pick itself is in doubt, "" where it is not.
        reason: a sentence without the family.
        sentence: all of that in one.
    """

    criterion: str
    purpose: str
    metric: str
    family: str | None
    settled: bool
    tied: tuple[str, ...]
    decided: str
    next: str | None
    warning: str
    reason: str
    sentence: str


def picks(results: Results) -> list[Pick]:
    """One for each purpose that a trained family can serve, simple baselines included; none where no trained family has
    a number that may be ranked at all."""
    taken = []
    for criterion, metric in results.metrics["headline"].items():
        families = able(results, criterion, metric)
        known = [row.family for row, _ in measured(results, metric) if row.family in families]
        what, ranked = purpose(results, criterion, metric), ranking(results, metric)
        if len(known) < min(COMPARED, len(families)):
            taken.append(_not_enough(results, criterion, what, metric, len(known), len(families)))
        elif ranked.order and not set(known) <= set(ranked.unranked):
            missing = [family for family in families if family not in known]
            taken.append(_pick(results, criterion, what, ranked, missing))
    return taken


def gap(results: Results, metric: str, a: str, b: str) -> str:
    """The difference between two families, with half its 95% interval."""
    off = difference(results, metric, a, b)
    half = SIGMAS * (off.se or 0.0)
    places = decimals(half, 2) if half else decimals(off.value, 3)
    return f"{abs(off.value):,.{places}f}" + (f" ± {half:,.{places}f}" if half else "")


def barely_trained(results: Results, family: str) -> str:
    """A phrase for a family that saw fewer items than `FEWEST` of `EPOCHS` passes over the data; "" where it saw more,
    or learns without passes."""
    seen, items = find(results, family).items, results.data["items"]["train"]
    if not seen or seen >= FEWEST * EPOCHS * items:
        return ""
    return f"saw only {seen:,} of {items:,} training items"


def _not_enough(results: Results, criterion: str, what: str, metric: str, known: int, every: int) -> Pick:
    families = "trained family" if every == 1 else "trained families"
    short = f"not enough was measured: {title(results, metric)} is known for {known} of {every} {families}"
    return Pick(
        criterion, what, metric, None, False, (), "", None, "", f"{short[:1].upper()}{short[1:]}.", f"{what}, {short}."
    )


def _pick(results: Results, criterion: str, what: str, ranked: Ranking, missing: list[str]) -> Pick:
    worse = next((family for family in ranked.order[1:] if family not in ranked.tied), None)
    left, decided = _preferred(results, ranked)
    first, best = left[0], ranked.order[0]
    tied = tuple(family for family in (best, *ranked.tied) if family != first)
    number, warning = number_of(results, first, ranked.metric), barely_trained(results, first)
    simple = first in [row.family for row in results.baselines]
    name = f"{first} ({warning})" if warning else first
    rest = f"; {listed_few(missing)} {'was' if len(missing) == 1 else 'were'} not measured" if missing else ""
    value = f"{title(results, ranked.metric)} {format_metric(number)}"
    value += f" ({way})" if (way := protocol(results)) else ""
    settled = number.se is not None and enough(number)
    if settled:
        reason = f"{value}{_reason(results, ranked, first, left, decided, worse)}{rest}."
        sentence = f"{what}, take {'the simple baseline ' if simple else ''}{name}: {reason}"
    else:
        leader = f"The simple baseline {name}" if simple else name
        few = f"only {number.n:,} items were scored" if number.se is not None else "its error is unknown"
        leads = f"{value}, and {decided}" if decided else value
        leads += _tied_baseline(results, ranked, first)
        reason = f"No winner yet: {few}. It leads for now with {leads}{rest}."
        sentence = f"{what}, no winner yet: {few}. {leader} leads for now with {leads}{rest}."
    return Pick(criterion, what, ranked.metric, first, settled, tied, decided, worse, warning, reason, sentence)


def _preferred(results: Results, ranked: Ranking) -> tuple[list[str], str]:
    """The families that nothing but their number tells from each other, the best first, and why these are preferred to
    others that are tied with the first of the ranking, as a clause about the best of them."""
    first, metric = ranked.order[0], ranked.metric
    number = number_of(results, first, metric)
    alike = lambda f: enough(number) or not differ_for_real(results, metric, first, f)
    left, reasons = [first, *(f for f in ranked.tied if number.se is not None and alike(f))], []
    for fact, bad in facts(results).items() if number.of == "samples" else ():
        shares = {family: _judged_share(results, family, fact) for family in left}
        least = min(shares, key=lambda family: shares[family].value)
        others = [family for family in left if family != least]
        certain = real([unpaired_difference(shares[family], shares[least]) for family in others])
        worse = [family for family, is_real in zip(others, certain) if is_real]
        left = [family for family in left if family not in worse]
        if worse:
            reasons.append((fact, bad, worse))
    size = lambda family: number_of(results, family, metric).n
    known = lambda family: filter(None, map(metric_of, find(results, family).metrics.values()))
    count = lambda family: sum(other.of == number.of for other in known(family))
    well = [family for family in left if count(family) == max(map(count, left))]
    well = [family for family in well if nearly_as_many(size(family), max(map(size, well)))]
    barely = [family for family in left if family not in well]
    clauses = [_fewer(results, fact, bad, well[0], worse) for fact, bad, worse in reasons]
    clauses += [f"more was measured of it than of {listed_few(barely)}"] if barely else []
    return well, " and ".join(clauses)


def _judged_share(results: Results, family: str, fact: str) -> Metric:
    """The share of bad samples by which a family is judged: all where nobody counted them, and no less than among real
    items, since to have fewer than these is no merit."""
    share = bad_share(find(results, family), fact) or Metric(1.0, 0.0, "exact", "samples", "", 0, "lower")
    fresh = bad_share(results.reference, fact) if results.reference else None
    return replace(share, value=max(share.value, fresh.value)) if fresh else share


def _fewer(results: Results, fact: str, bad: str, first: str, others: list[str]) -> str:
    """A clause on the share of bad samples of the first family, and of others that have clearly more."""
    own, *theirs = (bad_share(find(results, family), fact) for family in (first, *others))
    known = sorted(share.value for share in theirs if share)
    shares = ["-".join(dict.fromkeys(map(_percent, (known[0], known[-1])))).replace("%-", "-")] if known else []
    shares += ["an unknown share"] if len(known) < len(others) else []
    share = _percent(own.value) if own else "an unknown share"
    return f"it has fewer {bad}: {share}, against {' or '.join(shares)} of {listed_few(others)}"


def _percent(share: float) -> str:
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def _reason(results: Results, ranked: Ranking, first: str, left: list[str], decided: str, worse: str | None) -> str:
    """Words that follow the number of the family to take. left: families among which only the number and their other
    merits decide."""
    tied = [family for family in ranked.order if family in (ranked.order[0], *ranked.tied) and family != first]
    if tied:
        rivals = tuple(family for family in left if family != first)
        hint = tie_break(results, first, rivals) if rivals else ""
        are = "is" if len(tied) == 1 else "are"
        clauses = f", but {decided}" if decided else ""
        clauses += (f"; {hint}" if decided else f": {hint}") if hint else ""
        return f"; {listed_few(tied)} {are} statistically tied with it{clauses}"
    if not worse:
        return ", the only number that can be ranked"
    number, other = (number_of(results, family, ranked.metric) for family in (first, worse))
    apart_by = gap(results, ranked.metric, first, worse)
    both = "" if nearly_as_many(number.n, other.n) else f" on the {min(number.n, other.n):,} items that both saw"
    trained = first in [row.family for row in results.models]
    hint = "" if trained else "; the trained models need more data or a longer budget"
    return f", better than {worse}, the next, by {apart_by}{both}{hint}"


def _tied_baseline(results: Results, ranked: Ranking, first: str) -> str:
    """A clause on the best simple baseline that is tied with a trained family which only leads."""
    simple = [row.family for row in results.baselines if row.family in ranked.order]
    if first in simple or number_of(results, first, ranked.metric).se is None:
        return ""
    near = [family for family in simple if not differ_for_real(results, ranked.metric, first, family)]
    return f"; the simple baseline {near[0]} is statistically tied with it" if near else ""


def tie_break(results: Results, first: str, tied: tuple[str, ...]) -> str:
    """An advantage of a family that is tied with the first, as a clause: it is simple, fast, or can do more; "" where
    there is none."""
    rows = {family: find(results, family) for family in (first, *tied)}
    simple = [row.family for row in results.baselines if row.family in rows]
    if simple and first not in simple:
        best = next(family for family in tied if family in simple)
        return f"the simple baseline {best} does as well" + (
            f" and {fast}" if (fast := _faster(rows, first, best)) else ""
        )
    seconds = {family: row.seconds["sample"] for family, row in rows.items() if row.seconds["sample"]}
    fastest = min(seconds, key=seconds.get, default=first)
    if fast := _faster(rows, first, fastest):
        return f"{fastest} {fast}"
    more = {family: [verb for verb in rows[family].verbs if verb not in rows[first].verbs] for family in tied}
    ablest = max(more, key=lambda family: len(more[family]))
    return f"{ablest} also has {listed([verb.replace('_', '-') for verb in more[ablest]])}" if more[ablest] else ""


def _faster(rows: dict[str, Row], first: str, other: str) -> str:
    """A clause that the other samples, or predicts, so many times as fast; "" where it does not."""
    slow, fast = (rows[family].seconds["sample"] for family in (first, other))
    if not slow or not fast or slow < SLOW or slow < FASTER * fast:
        return ""
    verb = "predicts" if predicts(rows[first]) else "samples"
    return f"{verb} {slow / fast:,.0f} times as fast"


DRAWN_ITEMS = 100  # items
BY_WORDS = "caption", "label"  # what images are given without an image
MORE_MINUTES = 5  # minutes that a comparison goes on where it has not measured enough


def in_order(results: Results) -> list[Pick]:
    """The picks, that of the purpose which most people come for first."""
    return sorted(picks(results), key=lambda pick: PURPOSE_ORDER.index(pick.criterion))


def comparison_folder(results: Results, folder: str | Path) -> Path:
    """The folder of the comparison as it was called, `folder` where it was stopped before it noted that."""
    return Path(results.folder or folder)


def command(results: Results, pick: Pick, folder: str | Path) -> str:
    """The command for a pick's purpose, or for a pick if there is none yet. folder: see `where`."""
    if pick.family is None:
        return resume(results, folder)
    row, data = find(results, pick.family), results.data
    run = comparison_folder(results, folder) / row.folder
    suffix, source = data["suffix"], data["source"] or f"new{data['suffix']}"
    options = [] if of_properties(results) else as_typed(data["options"])  # a library is read as training was
    images = [name for name in data["options"].get("given") or () if name not in BY_WORDS]
    asked = [word for text in ["caption=your words", *map("{}=image.png".format, images)] for word in ("--given", text)]
    words = {
        "samples": ["sample", run, "-n", DRAWN_ITEMS, "--out", f"new{suffix}"],
        "words": ["sample", run, *asked, "-n", DRAWN_ITEMS, "--out", f"new{suffix}"],
        "density": ["log-prob", run, source, "--out", "log-prob.csv"],
        "completions": ["complete", run, source, "--out", f"filled{suffix}"],
        "codes": ["encode", run, source, "--out", "codes.npz"],
        "labels": ["predict", run, source, *options, "--out", "predictions.csv"],
    }
    completes = metric_of(row.metrics[pick.metric]).of == "completions"
    return shlex.join(map(str, ["genwright", *words["completions" if completes else pick.criterion]]))


def replay(results: Results, folder: str | Path) -> str:
    """The command that repeats a comparison, in Python if its data came from there."""
    out = comparison_folder(results, folder)
    if not results.data["source"]:
        return f"genwright.compare(data, replay={str(out)!r})"
    return shlex.join(["genwright", "compare", "--replay", str(out)])


def resume(results: Results, folder: str | Path) -> str:
    """The command that trains and measures a comparison further, in Python if its data came from there. Its folder
    says what else it was asked for."""
    data, out, (_, task) = results.data, comparison_folder(results, folder), registry.place(results.data["domain"])
    if not data["source"]:
        return f"genwright.compare(data, out={str(out)!r}, more_minutes={MORE_MINUTES})"
    words = ["genwright", "compare", data["source"], *as_typed(data["options"])]
    words += ["--task", task] if registry.predicts(task) else []
    words += ["--seed", results.seed] if results.seed else []  # by which the data are split
    return shlex.join(map(str, [*words, "--out", out, "--more-minutes", MORE_MINUTES]))
