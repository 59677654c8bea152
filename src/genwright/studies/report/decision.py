"""Which of several families to take: what they are judged by beside their number, and whether they learned anything.

Families that are statistically tied with the best number are told apart in this order:

    facts       fewer bad samples by a hard fact, by more than chance; the fact in which they differ most comes first
    measured    fewer hard facts missing
    likelihood  not a simple baseline whose likelihood is worse, by more than chance, than that of a trained family
    baseline    a simple baseline
    speed       the one that samples, or predicts, much faster, where the other takes seconds
    number      the better one

A hard fact that there was no time to measure counts as the worst. One that has no value for a family does not count.
A family is of no use, whatever its number, where nearly all its samples are bad by a hard fact that no option of
sampling mends; where most are, by a fact whose row says so.
A family that learned something is better, by more than chance, than its own network before training (`gains` of its
row), went a tenth of the way from there to the number of real items where that is known, and is better than chance,
class frequencies or noise (`chance` of the reference).
"""

from dataclasses import dataclass, replace

from ...core.likelihood import EXACT, LOWER_BOUND
from ...measure.differences import Difference, real, unpaired_difference
from ...measure.metric import Metric
from ...measure.rows import MOST_BAD
from .records import Results
from .results import SIGN, Ranking, bad_share, badness, difference, enough, facts, find, metric_of
from .rules import differ_for_real, number_of

LEAST_WAY = 0.1  # of the way from a network before training to real items, which is next to nothing
FASTER, SLOW = 2, 1.0  # times as fast, where the other takes so many seconds, breaks a tie
WORST = Metric(1.0, 0.0, "exact", "samples", "", 0, "lower")  # of a hard fact that nobody measured


@dataclass(frozen=True)
class Fact:
    """A hard fact of a family.

    Args:
        metric: its name.
        number: as it was measured, None where it is missing.
        bad: the share of bad samples by which it is judged, that of real items unless it is broken.
        broken: whether it is missing, or worse than among real items, by more than the errors of both.
    """

    metric: str
    number: Metric | None
    bad: Metric
    broken: bool


@dataclass(frozen=True)
class RuledOut:
    """Families that one step left behind.

    Args:
        by: a hard fact, or "measured", "likelihood", "baseline" or "speed".
    """

    by: str
    families: tuple[str, ...]


@dataclass(frozen=True)
class Preference:
    """The family that is preferred among those that are tied.

    Args:
        family: Name of the family.
        even: others that only the number tells from it.
    """

    family: str
    even: tuple[str, ...]
    steps: tuple[RuledOut, ...]


@dataclass(frozen=True)
class Unlearned:
    """A family whose number shows nothing learned.

    Args:
        family: Name of the family.
        than: "its own network" or "chance".
        value: what that reached.
    """

    family: str
    than: str
    value: float


def facts_of(results: Results, family: str) -> dict[str, Fact]:
    """Returns the hard facts that exist for a family."""
    row = find(results, family)
    return {metric: _metric_fact(results, family, metric) for metric in facts(results) if metric not in row.no_value}


def useless(results: Results, family: str) -> Fact | None:
    """Returns the hard fact by which nearly all samples of a family are bad, and which no option of sampling mends;
    None where there is none."""
    cures, limits = (results.metrics.get(name, {}) for name in ("cures", "most_bad"))
    shares = [f for f in facts_of(results, family).values() if f.broken and f.number and f.number.better != "near 1"]
    bad = [fact for fact in shares if fact.metric not in cures and fact.bad.value >= limits.get(fact.metric, MOST_BAD)]
    return max(bad, key=lambda fact: fact.bad.value, default=None)


def missing_facts(results: Results, family: str) -> list[str]:
    """Lists the hard facts of a family that were not measured."""
    return [fact.metric for fact in facts_of(results, family).values() if fact.number is None]


def tied_families(results: Results, ranked: Ranking) -> list[str]:
    """Lists the first family of a ranking and those that are tied with it, best first."""
    first, metric = ranked.order[0], ranked.metric
    certain = enough(number_of(results, first, metric))
    known = lambda f: difference(results, metric, first, f).se is not None
    return [
        first,
        *(f for f in ranked.tied if known(f) and (certain or not differ_for_real(results, metric, first, f))),
    ]


def prefer(results: Results, metric: str, families: list[str]) -> Preference:
    """Chooses among families that are tied by a metric, by rules that are tried in turn.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
        families: Tied families, best first.
    """
    left, steps, of = families, [], number_of(results, families[0], metric).of
    known = {family: facts_of(results, family) if of == "samples" else {} for family in families}
    shares = lambda fact: {family: known[family][fact].bad for family in left if fact in known[family]}
    spread = lambda fact: max(values := [bad.value for bad in shares(fact).values()]) - min(values)
    counted = sorted({fact: None for facts in known.values() for fact in facts}, key=spread, reverse=True)
    missing = lambda family: sum(fact.number is None for fact in known[family].values())
    simple = [row.family for row in results.baselines]
    seconds = {family: find(results, family).seconds["sample"] or 0.0 for family in families}
    rules = [(fact, lambda fact=fact: _clearly_worse(shares(fact))) for fact in counted]
    rules += [
        ("measured", lambda: [f for f in left if missing(f) > min(map(missing, left))]),
        ("likelihood", lambda: _less_likely(results, [f for f in left if f in simple], left)),
        ("baseline", lambda: [f for f in left if f not in simple] if set(simple) & set(left) else []),
        ("speed", lambda: _much_slower({f: seconds[f] for f in left}) if of in ("samples", "predictions") else []),
    ]
    for criterion, worse in rules:
        if behind := worse():
            steps.append(RuledOut(criterion, tuple(behind)))
            left = [family for family in left if family not in behind]
    return Preference(left[0], tuple(left[1:]), tuple(steps))


def unlearned(results: Results, family: str, metric: str) -> Unlearned | None:
    """Explains why the number of a family shows nothing learned; None where it does, or where nothing else was
    measured.

    Args:
        results: Results of the comparison.
        family: Name of the family.
        metric: Name of the metric.
    """
    number = number_of(results, family, metric)
    if gain := find(results, family).gains.get(metric):
        difference = Difference(gain["difference"], gain["se"], gain["n"], gain["how"])
        if not _is_better(number, difference) or _is_little(results, metric, number, difference):
            return Unlearned(family, "its own network", number.value - difference.value)
    if is_coin(results, number, metric):
        return Unlearned(family, "chance", chance_of(results, metric).value)
    return None


def chance_of(results: Results, metric: str) -> Metric | None:
    """Returns the value of a metric without learning; None where it is not known."""
    return metric_of(results.reference.chance.get(metric)) if results.reference else None


def is_coin(results: Results, number: Metric | None, metric: str) -> bool:
    """Tells whether a number is no better than chance, or its interval holds chance.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
    """
    chance = chance_of(results, metric) if number else None
    return bool(chance) and not _is_better(number, unpaired_difference(number, chance))


def _metric_fact(results: Results, family: str, metric: str) -> Fact:
    row = find(results, family)
    share = bad_share(row, metric)
    fresh = (bad_share(results.reference, metric) if results.reference else None) or replace(WORST, value=0.0)
    broken = share is None or (share.value > fresh.value and all(real([unpaired_difference(share, fresh)])))
    share = share or WORST
    judged = share if broken else replace(share, value=fresh.value)
    return Fact(metric, metric_of(row.metrics.get(metric)), judged, broken)


def _clearly_worse(shares: dict[str, Metric]) -> list[str]:
    """Families whose share of bad samples is larger than the least, by more than chance."""
    lowest = min(shares, key=lambda family: shares[family].value, default=None)
    other_families = [family for family in shares if family != lowest]
    certain = real([unpaired_difference(shares[family], shares[lowest]) for family in other_families])
    return [family for family, is_real in zip(other_families, certain) if is_real]


def _less_likely(results: Results, simple: list[str], families: list[str]) -> list[str]:
    """Simple baselines whose likelihood of test items is worse than that of a trained one of the families, by more than
    chance. A bound proves no baseline worse, since its truth may be better."""
    metric = results.metrics["headline"].get("density", "")
    known = {f: m for f in families if (m := metric_of(find(results, f).metrics.get(metric)))}
    pairs = [(f, g) for f in simple if f in known and known[f].kind == EXACT for g in known if g not in simple]
    pairs = [(f, g) for f, g in pairs if known[g].kind in (EXACT, LOWER_BOUND) and known[f].comparable(known[g], True)]
    differences = [difference(results, metric, *pair) for pair in pairs]
    worse = [
        f
        for (f, _), d, is_real in zip(pairs, differences, real(differences))
        if is_real and SIGN[known[f].better] * d.value > 0
    ]
    return [f for f in simple if f in worse]


def _much_slower(seconds: dict[str, float]) -> list[str]:
    fastest = min(seconds.values())
    return [
        family
        for family, own_seconds in seconds.items()
        if fastest and own_seconds >= SLOW and own_seconds >= FASTER * fastest
    ]


def _is_little(results: Results, metric: str, number: Metric, gain: Difference) -> bool:
    """Whether a gain is but a small part of the way to real items. A network that learned next to nothing is better
    than before, too: samples of any noise that is nearer to the mean of the data are."""
    best = metric_of(results.reference_metrics.get(metric))
    value_before = badness(replace(number, value=number.value - gain.value))
    return best is not None and value_before - badness(number) < LEAST_WAY * (value_before - badness(best))


def _is_better(number: Metric, difference: Difference) -> bool:
    """Whether a number is better than another, by more than chance where the difference has an error."""
    better = badness(number) < badness(replace(number, value=number.value - difference.value))
    return better and (difference.se is None or all(real([difference])))
