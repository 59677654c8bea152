"""The pick of each purpose in words: which model to take, what is as good, how it was chosen, and the command to use
it; or why there is none yet. `decision` says by what families are told apart.

Commands can be pasted into a shell from the folder that `compare` ran in.
"""

import shlex
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

from ...core.domain import as_typed
from ...measure.metric import SIGMAS, decimals, nearly_as_many
from ...measure.sizes import family_size_name
from ...run.final_model import final_words, used_share
from ...zoo import registry
from .decision import Fact, Preference, RuledOut, Unlearned, facts_of, prefer, tied_families, unlearned, useless
from .frame import column_of
from .records import Results
from .results import (
    MEASURED,
    Ranking,
    difference,
    enough,
    facts,
    find,
    metric_of,
    of_properties,
    predicts,
    protocol,
    ranking,
    rows,
    title,
)
from .rules import PURPOSE_ORDER, able, format_metric, listed, listed_few, measured, number_of, purpose

SETTLING = 1 / 3  # of the minutes of training, which measuring has too, for what settles a purpose
MOST_ITEMS = 1_000_000  # that tell two families apart, from which on nobody would wait for them


@dataclass(frozen=True)
class Pick:
    """The family to take for one purpose, a phrase such as "To sample new items", by a headline metric.

    Args:
        criterion: Name of the criterion.
        metric: Name of the metric.
        family: the pick, of those with the best number.
        tied: families that are statistically tied with it, best first.
        decided: why it is preferred to some of these, a clause, "" where its number alone says so.
        next: the best of those that are clearly worse, None where there is none.
        warning: why the pick itself is in doubt, "" where it is not.
        fact: the worst hard fact that its samples break and `decided` lacks, a sentence, "" where there is none.
        cures: options of `genwright sample` that mend such facts.
        reason: a sentence without the family.
        sentence: all of that in one.
    """

    criterion: str
    purpose: str
    metric: str
    family: str
    tied: tuple[str, ...]
    decided: str
    next: str | None
    warning: str
    fact: str
    cures: tuple[str, ...]
    reason: str
    sentence: str


@dataclass(frozen=True)
class NoPick:
    """No family is to be taken for a purpose yet.

    Args:
        criterion: Name of the criterion.
        metric: Name of the metric.
        why: "unmeasured" where no family has a number to rank, "unlearned" where the best show nothing learned.
        families: those that lack the number, or that show nothing learned.
        minutes: that would give the families their passes over the data, or their numbers; None where not known.
        lead: what to do, as in "no pick yet: these images need about 40 minutes".
        reason: a sentence on why.
        sentence: all of that in one.
    """

    criterion: str
    purpose: str
    metric: str
    why: str
    families: tuple[str, ...]
    minutes: int | None
    lead: str
    reason: str
    sentence: str
    family: None = None


Decision = Pick | NoPick


def picks(results: Results) -> list[Decision]:
    """Recommends a family for each purpose that a trained family can serve. A simple baseline is recommended where no
    trained family was measured. None where the trained families' numbers may not be ranked beside others, or the metric
    has no value on these data."""
    chosen = []
    if results.study == MEASURED:
        return chosen  # nothing was trained that one could take
    for criterion, metric in results.metrics["headline"].items():
        families = able(results, criterion, metric)
        known = [row.family for row, _ in measured(results, metric) if row.family in families]
        missing = tuple(family for family in families if family not in known)
        purpose_words, ranked = purpose(results, criterion, metric), rank_useful(results, metric)
        rows_there = [row for family in families if (row := find(results, family))]
        if not families or (not known and any(metric in row.no_value for row in rows_there)):
            continue
        spoilt = [family for family in ranking(results, metric).order if family not in ranked.order]
        if spoilt and not ranked.order:
            reason = _useless_reason(results, spoilt)
            chosen.append(_no_pick(results, criterion, purpose_words, metric, "unlearned", tuple(spoilt), reason))
        elif not known and not ranked.order:
            reason = f"Not enough was measured: {title(results, metric)} is known for no family."
            chosen.append(_no_pick(results, criterion, purpose_words, metric, "unmeasured", missing, reason))
        elif ranked.order and not (known and set(known) <= set(ranked.unranked)):
            chosen.append(_decide(results, criterion, purpose_words, ranked, missing))
    return chosen


def rank_useful(results: Results, metric: str) -> Ranking:
    """Returns the ranking of a metric, for samples without families whose samples are of no use."""
    of_samples = any(number.of == "samples" for _, number in measured(results, metric))
    return ranking(results, metric, [r for r in rows(results) if not (of_samples and useless(results, r.family))])


def preference_of(results: Results, pick: Pick) -> Preference:
    """Explains why a pick is preferred to the families that are tied with it."""
    return prefer(results, pick.metric, _learned(results, rank_useful(results, pick.metric))[0])


def _learned(results: Results, ranked: Ranking) -> tuple[list[str], dict[str, Unlearned]]:
    """Of the families that are tied with the best number: those that learned something, best first, and why the others
    did not."""
    tied = tied_families(results, ranked)
    lacks = {family: lack for family in tied if (lack := unlearned(results, family, ranked.metric))}
    return [family for family in tied if family not in lacks], lacks


def _useless_reason(results: Results, families: list[str]) -> str:
    """Two sentences on families whose samples are of no use: the fact of the best of them, and what may help."""
    clause = fact_clause(results, useless(results, families[0]))
    other_words = f", and those of {listed_few(families[1:])} are no better" if len(families) > 1 else ""
    growing = [family for family in families if find(results, family).improving]
    if growing:
        verb = "was" if len(growing) == 1 else "were"
        remedy = f"{listed_few(growing)} {verb} still improving: more minutes may help"
    else:
        remedy = f"None was still improving: more {_called(results)} may help"
    return f"{families[0]} has the best number, but {clause}{other_words}. {remedy}."


def _called(results: Results) -> str:
    return results.metrics.get("called") or results.data["domain"]


def gap(results: Results, metric: str, a: str, b: str) -> str:
    """Returns the difference between two families, with half its 95% interval.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
    """
    gap_difference = difference(results, metric, a, b)
    half = SIGMAS * (gap_difference.se or 0.0)
    places = decimals(half, 2) if half else decimals(gap_difference.value, 3)
    return f"{abs(gap_difference.value):,.{places}f}" + (f" ± {half:,.{places}f}" if half else "")


def barely_trained(results: Results, family: str) -> str:
    """Returns a phrase for a family that saw fewer items than one pass over the data has; "" for others."""
    items_seen, items = find(results, family).items, results.data["items"]["train"]
    if not items_seen or items_seen >= items:
        return ""
    return f"saw only {items_seen:,} of {items:,} training items"


def minutes_needed(results: Results) -> int | None:
    """Estimates the further minutes after which half of the families have had the passes that their kind needs, on each
    split. None where the cost of a pass is not known, or where they had them. None where the cost of a pass is not
    known, or they had them."""
    place, items = registry.place(results.data["domain"]), results.data["items"]["train"]
    minimum_passes = {row.family: registry.least_passes(*place, row.family, items) for row in results.models}
    trained = [row for row in results.models if row.items and row.seconds["train"] and minimum_passes[row.family]]
    if not trained:
        return None
    costs, missing = results.settled.passes, []
    for row in trained:
        spent = row.seconds["train"] / (1 + len(row.splits))
        minutes_each = (row.family in costs and costs[row.family].each) or spent * items / row.items
        missing.append(minimum_passes[row.family] * minutes_each - spent)
    lacking = results.settled.splits * median(missing)
    all_needs = [lacking] * len(trained) + list(results.families_left_out.values())
    return whole_minutes(results.clock_seconds(all_needs) if lacking > 0 else 0.0)


def minutes_to_measure(results: Results, families: tuple[str, ...]) -> int | None:
    """Estimates the further minutes after which the quickest family that was too slow for a first look is fully
    measured. None where none was too slow. None where none was too slow."""
    first, slow = results.settled.first or {}, results.settled.slow
    minutes_of = lambda family: [slow.get(family_size_name(size, family), 0.0) * n / 100 for size, n in first.items()]
    seconds = [total for total in map(sum, map(minutes_of, families)) if total]
    return whole_minutes(min(seconds) / SETTLING) if seconds else None


def whole_minutes(seconds: float) -> int | None:
    """Minutes, rounded up to two figures; None for no time at all."""
    return _round_up(seconds / 60) if seconds > 0 else None


def _round_up(number: float) -> int:
    """A whole number of two figures and zeros."""
    step = 10 ** max(0, len(str(int(number))) - 2)
    return step * ceil(number / step)


def describe_needs(needs: dict[str, float]) -> str:
    """Returns the minutes that families need, of {family: seconds}."""
    needs_words = [
        f"about {seconds:.0f} s" if seconds < 60 else f"about {whole_minutes(seconds):,} min"
        for seconds in needs.values()
    ]
    return listed(
        [
            f"{family}{'' if number else ' needs'} {time}"
            for number, (family, time) in enumerate(zip(needs, needs_words))
        ]
    )


def _no_pick(
    results: Results,
    criterion: str,
    purpose_words: str,
    metric: str,
    no_pick_reason: str,
    families: tuple[str, ...],
    reason: str,
) -> NoPick:
    if no_pick_reason == "unmeasured":
        minutes = minutes_to_measure(results, families)
    else:  # whether minutes help against samples of no use by a family that learned, nobody knows
        learned = [family for family in families if unlearned(results, family, metric) is None]
        minutes = None if any(useless(results, family) for family in learned) else minutes_needed(results)
    need = f": these {_called(results)} need about {minutes:,} min more" if minutes else ""
    lead = f"no pick yet{need}"
    return NoPick(
        criterion,
        purpose_words,
        metric,
        no_pick_reason,
        families,
        minutes,
        lead,
        reason,
        f"{purpose_words}, {lead}. {reason}",
    )


def _decide(
    results: Results, criterion: str, purpose_words: str, ranked: Ranking, missing: tuple[str, ...]
) -> Decision:
    metric, tied = ranked.metric, tied_families(results, ranked)
    learned, lacks = _learned(results, ranked)
    if not learned:
        reason = _unlearned_reason(results, metric, lacks[tied[0]])
        return _no_pick(results, criterion, purpose_words, metric, "unlearned", tuple(tied), reason)
    preference = prefer(results, metric, learned)
    first = preference.family
    worse = next((family for family in ranked.order if family not in tied), None)
    tied_others = tuple(family for family in tied if family != first)
    number, warning = number_of(results, first, metric), barely_trained(results, first)
    broken = [fact for fact in facts_of(results, first).values() if fact.broken and fact.number]
    broken = sorted(broken, key=lambda fact: fact.bad.value, reverse=True) if number.of == "samples" else []
    can_be_done = lambda cure: "{data}" not in cure or results.data["source"]  # what it names
    cures = {fact: cure for fact, cure in results.metrics.get("cures", {}).items() if can_be_done(cure)}
    reasons = [f"{listed_few([*lacks])} {'shows' if len(lacks) == 1 else 'show'} nothing learned yet"] if lacks else []
    reasons += [_preference_clause(results, step, first, cures) for step in preference.steps]
    decided = " and ".join(reasons)
    clauses = [_fact_clause_with_cure(results, fact, cures) for fact in broken]
    fact = next((f"{clause[:1].upper()}{clause[1:]}." for clause in clauses if clause not in decided), "")
    options = tuple(cures[fact.metric] for fact in broken if fact.metric in cures)
    simple = first in [row.family for row in results.baselines]
    name = f"{first} ({warning})" if warning else first
    yet, so_far = ("", "") if results.finished else (" yet", " so far")
    unmeasured_text = (
        f"; {listed_few(missing)} {'was' if len(missing) == 1 else 'were'} not measured{yet}" if missing else ""
    )
    value = f"{title(results, metric)} {format_metric(number)}"
    value += f" ({way})" if (way := protocol(results)) else ""
    hint = _also_has(results, first, preference.even)
    reason = f"{value}{_reason(results, ranked, first, tied_others, decided, hint, worse)}{unmeasured_text}."
    reason += _items_sentence(results, metric, first, tied_others)
    sentence = f"{purpose_words}, take {'the simple baseline ' if simple else ''}{name}{so_far}: {reason}"
    sentence += f" {fact}" if fact else ""
    return Pick(
        criterion, purpose_words, metric, first, tied_others, decided, worse, warning, fact, options, reason, sentence
    )


def _items_sentence(results: Results, metric: str, first: str, tied: tuple[str, ...]) -> str:
    """A sentence on how few items were scored and how many would tell the pick from the best that is tied with it, from
    n items by which they differ by d, with errors a of items and b of trainings: n a^2 / ((d / 1.96)^2 - b^2). "" where
    there were enough."""
    number = number_of(results, first, metric)
    if number.se is None:
        return " Its error is unknown."
    if enough(number):
        return ""
    sentence = f" Only {number.n:,} items were scored"
    if tied:
        gap_difference = difference(results, metric, first, tied[0])
        known = (gap_difference.value / SIGMAS) ** 2 - gap_difference.trainings**2
        need = (
            gap_difference.n * (gap_difference.se**2 - gap_difference.trainings**2) / known
            if gap_difference.se and known > 0
            else MOST_ITEMS
        )
        items_wanted = f"about {_round_up(max(need, number.n + 1)):,}" if need < MOST_ITEMS else "no number of items"
        sentence += f"; {items_wanted} would tell it from {tied[0]}"
    return sentence + ("; add minutes to score more." if number.n < results.data["items"]["test"] else ".")


def _unlearned_reason(results: Results, metric: str, lack: Unlearned) -> str:
    reached = {"its own network": "its own network before training reaches", "chance": "chance or noise reaches"}
    column = column_of(results, "", metric)
    cell, shown = column.cells[lack.family], column.shown
    number, limit, unit = cell.metric, shown.of(lack.value), "%" * (shown.unit == "%")
    ends = f", 95%: {cell.ends}" if cell.ends else ""
    doubt = f"but {number.n:,} items are too few to call that better than"
    doubt = "which is not clearly better than" if enough(number) else doubt
    return (
        f"{lack.family} leads ({shown.title} {cell.text}{unit}{ends}), {doubt} the "
        f"{limit:,.{decimals(limit, 3)}f}{unit} that {reached[lack.than]}."
    )


def _preference_clause(results: Results, step: RuledOut, first: str, cures: dict[str, str]) -> str:
    """A clause about the pick on one step that left others behind."""
    family_words = listed_few([*step.families])
    if step.by == "measured":
        return f"more was measured of it than of {family_words}"
    if step.by == "likelihood":
        return f"{title(results, results.metrics['headline']['density'])} of {family_words} is clearly worse"
    if step.by == "baseline":
        return "it is a simpler model"
    if step.by == "speed":
        seconds = [find(results, family).seconds["sample"] for family in (first, *step.families)]
        verb = "predicts" if predicts(find(results, first)) else "samples"
        return f"it {verb} {min(seconds[1:]) / seconds[0]:,.0f} times as fast as {family_words}"
    theirs = [facts_of(results, family)[step.by] for family in step.families]
    known = sorted((fact for fact in theirs if fact.number), key=lambda fact: fact.bad.value)
    shares = ["-".join(dict.fromkeys(map(_number, (known[0], known[-1])))).replace("%-", "-")] if known else []
    shares += ["an unknown share"] if len(known) < len(theirs) else []
    mine = facts_of(results, first)[step.by]
    clause = _fact_clause_with_cure(results, mine, cures if mine.broken else {})
    return f"{clause}, against {' or '.join(shares)} for {family_words}"


def _fact_clause_with_cure(results: Results, fact: Fact, cures: dict[str, str]) -> str:
    mended = f", which {cures[fact.metric].split()[0]} mends" if fact.metric in cures else ""
    return f"{fact_clause(results, fact)}{mended}"


def fact_clause(results: Results, fact: Fact) -> str:
    """Returns a clause on the samples of a family, as in "31% of its rows break a rule of your table"."""
    clause = facts(results)[fact.metric]  # results of earlier versions have a noun, such as "copies of training rows"
    return (clause if "{}" in clause else f"{{}} are {clause}").format(_number(fact))


def _number(fact: Fact) -> str:
    """The number of a fact that was measured: a ratio, or the share of bad samples."""
    if fact.number.better == "near 1":
        return f"{fact.number.value:.2f}"
    share = 1 - fact.number.value if fact.number.better == "higher" else fact.number.value
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def _reason(
    results: Results, ranked: Ranking, first: str, tied: tuple[str, ...], decided: str, hint: str, worse: str | None
) -> str:
    """Words that follow the number of the family to take."""
    if tied:
        clauses = f", but {decided}" if decided else ""
        clauses += (f"; {hint}" if decided else f": {hint}") if hint else ""
        return f"; {listed_few([*tied])} {'is' if len(tied) == 1 else 'are'} statistically tied with it{clauses}"
    if not worse:
        return ", the only number that can be ranked"
    number, other_number = (number_of(results, family, ranked.metric) for family in (first, worse))
    apart_by = gap(results, ranked.metric, first, worse)
    both = (
        ""
        if nearly_as_many(number.n, other_number.n)
        else f" on the {min(number.n, other_number.n):,} items that both saw"
    )
    trained = first in [row.family for row in results.models]
    hint = "" if trained else "; the trained models need more data or a longer budget"
    better = "better than" if enough(number) else "ahead of"
    return f", {better} {worse}, the next, by {apart_by}{both}{hint}"


def _also_has(results: Results, first: str, even: tuple[str, ...]) -> str:
    """A clause on what a family that only the number tells from the first can do beside; "" where there is nothing."""
    extra_verbs = {f: [verb for verb in find(results, f).verbs if verb not in find(results, first).verbs] for f in even}
    ablest = max(extra_verbs, key=lambda family: len(extra_verbs[family]), default=None)
    verbs = [verb.replace("_", "-") for verb in extra_verbs.get(ablest, ())]
    return f"{ablest} also has {listed(verbs)}" if verbs else ""


PREDICTIONS = "predictions.csv"  # where no task says otherwise
DRAWN_ITEMS = 100  # items
BY_WORDS = "caption", "label"  # what images are given without an image


def in_order(results: Results) -> list[Decision]:
    """Returns the picks, that of the purpose which most people come for first."""
    return sorted(picks(results), key=lambda pick: PURPOSE_ORDER.index(pick.criterion))


def comparison_folder(results: Results, folder: str | Path) -> Path:
    """Returns the folder of the comparison as it was called, `folder` where it was stopped before it noted that."""
    return Path(results.folder or folder)


def command(results: Results, pick: Decision, folder: str | Path) -> str:
    """Returns the command for a pick's purpose, with what mends its samples; or for a pick if there is none yet.

    Args:
        results: Results of the comparison.
        folder: Folder of the comparison, where it was stopped before it noted that.
    """
    if isinstance(pick, NoPick):
        return resume(results, folder, pick.minutes)
    row, data = find(results, pick.family), results.data
    run = comparison_folder(results, folder) / row.folder
    suffix, source = data["suffix"], data["source"] or f"new{data['suffix']}"
    options = [] if of_properties(results) else as_typed(data["options"])  # a library is read as training was
    images = [name for name in data["options"].get("given") or () if name not in BY_WORDS]
    condition = [
        word for text in ["caption=your words", *map("{}=image.png".format, images)] for word in ("--given", text)
    ]
    cures = [word.format(data=data["source"]) for cure in pick.cures for word in cure.split()]
    task = registry.TASKS.get(registry.place(data["domain"]))  # None where its package is not installed here
    predicts_into = [*task.typed, "--out", task.answers] if task else ["--out", PREDICTIONS]
    option_words = ["-n", DRAWN_ITEMS, *cures, "--out", f"new{suffix}"]
    words = {
        "samples": ["sample", run, *option_words],
        "words": ["sample", run, *condition, *option_words],
        "density": ["log-prob", run, source, "--out", "log-prob.csv"],
        "completions": ["complete", run, source, "--out", f"filled{suffix}"],
        "codes": ["encode", run, source, "--out", "codes.npz"],
        "labels": ["predict", run, source, *options, *predicts_into],
    }
    completes = metric_of(row.metrics[pick.metric]).of == "completions"
    return shlex.join(map(str, ["genwright", *words["completions" if completes else pick.criterion]]))


def final_command(results: Results, pick: Decision, folder: str | Path) -> str:
    """Returns the command that trains the pick on all items, in Python if its data came from there; "" where there is
    no pick, or it trained on all.

    Args:
        results: Results of the comparison.
        folder: as of `command`.
    """
    row = find(results, pick.family) if pick.family else None
    if row is None or not used_share(row.config):
        return ""
    if not row.config.source:
        return f"genwright.fit(data, {pick.family!r}, rows='all')"
    return shlex.join(final_words(row.config, comparison_folder(results, folder) / row.folder))


def replay(results: Results, folder: str | Path) -> str:
    """Returns the command that repeats a comparison, in Python if its data came from there."""
    out = comparison_folder(results, folder)
    if not results.data["source"]:
        return f"genwright.compare(data, replay={str(out)!r})"
    return shlex.join(["genwright", "compare", "--replay", str(out)])


def describe_left_out(results: Results, folder: str | Path) -> str:
    """Returns the families for which the minutes did not reach, what each needs, and the command that trains them too;
    "" where none is left out."""
    if not (needs := results.families_left_out):
        return ""
    command = resume(results, folder, whole_minutes(results.clock_seconds(needs.values())))
    return f"left out: {describe_needs(needs)}; `{command}` trains {'it' if len(needs) == 1 else 'them'} too"


def resume(results: Results, folder: str | Path, minutes: int | None = None) -> str:
    """Returns the command that trains and measures a comparison further, in Python if its data came from there. Its
    folder says what else it was asked for.

    Args:
        results: Results of the comparison.
        folder: Folder to read or write.
        minutes: None for as many as before.
    """
    minutes = minutes or f"{results.plan.minutes:g}"
    data, out, (_, task) = results.data, comparison_folder(results, folder), registry.place(results.data["domain"])
    if not data["source"]:
        return f"genwright.compare(data, out={str(out)!r}, more_minutes={minutes})"
    words = ["genwright", "compare", data["source"], *as_typed(data["options"])]
    words += ["--task", task] if registry.predicts(task) else []
    words += ["--seed", results.seed] if results.seed else []  # by which the data are split
    return shlex.join(map(str, [*words, "--out", out, "--more-minutes", minutes]))
