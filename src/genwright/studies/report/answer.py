"""The answer of a comparison in a minute: which family to take for each purpose, three or four plain facts about it,
and the reason in two short sentences. Page, terminal and notebook show the same answers.

A reason names its own metric and no other. A fact that all families share is said as such.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...measure.metric import Metric, Role, decimals, metric_for, with_role
from .advice import caution
from .decision import Fact, facts_of, tied_families
from .frame import SHARES, Column, column_of, headline_metrics, passes, seconds_for_thousand
from .picks import Decision, Pick, command, fact_clause, final_command, in_order, preference_of
from .privacy import compare_pairs, families_told
from .records import Results, Row
from .results import (
    COPIES,
    NEARNESS,
    badness,
    enough,
    find,
    fresh_copies,
    is_copy,
    metric_of,
    predicts,
    ranking,
    rows,
    sound,
)
from .rules import count_nouns, differ_for_real, number_of

GOOD, FAIR, POOR, UNKNOWN = "good", "fair", "poor", "unknown"  # tones of a chip, each with a colour and a sign
LIKE = "Like your data"  # the label of the chip on how near samples come
SIGNS = {GOOD: "✓", FAIR: "~", POOR: "!", UNKNOWN: "?"}
NEAR, HALF_WAY = 0.9, 0.5  # of the way from chance to real items, from which on samples are good, or fair
QUICK, WAIT = 1.0, 60.0  # seconds for 1,000 items, up to which nobody minds, and from which on one waits
BY = {  # a step of `prefer`: the reason in a few words
    "measured": "more of it was measured",
    "likelihood": "the others' likelihood is worse",
    "baseline": "it is the simplest",
    "speed": "it is the fastest",
}
BY_FACT = "fewer of its samples are bad"


@dataclass(frozen=True)
class Chip:
    """A plain fact.

    Args:
        label: in two or three words, such as "Like your data".
        text: the fact.
        tone: "good", "fair", "poor" or "unknown".
    """

    label: str
    text: str
    tone: str

    @property
    def sign(self) -> str:
        return SIGNS[self.tone]


@dataclass(frozen=True)
class Answer:
    """What to take for one purpose.

    Args:
        criterion: the purpose, purpose: in words.
        family: "" where there is no pick yet.
        verdict: in a few words, such as "Take mixture".
        chips: plain facts of the family; none where there is no pick.
        reason: at most two short sentences.
        number: the number that settles the purpose, in a few words; "" where there is no pick.
        warning: why the pick is in doubt, or else the first thing to mind about it.
        command: that uses the pick, or trains further; final: that trains it on all items, "" where it did.
        baseline: whether it is a simple baseline.
        sentence: all that is known of the pick, in full.
        tag: what the pick is called beside its name: "nearest" where its samples are nearer to chance than to real.
    """

    criterion: str
    purpose: str
    family: str
    verdict: str
    chips: tuple[Chip, ...]
    reason: str
    number: str
    warning: str
    command: str
    final: str
    baseline: bool
    sentence: str = ""
    tag: str = "pick"


def answers(results: Results, folder: str | Path = "") -> list[Answer]:
    """Returns the answers of a comparison, the most common purpose first.

    Args:
        results: Results of the comparison.
        folder: Folder of the comparison, where it was stopped before it noted that.
    """
    return [_answer(results, pick, folder) for pick in in_order(results)]


def _answer(results: Results, pick: Decision, folder: str | Path) -> Answer:
    use_command, final = command(results, pick, folder), final_command(results, pick, folder)
    simple = pick.family in [row.family for row in results.baselines]
    if not isinstance(pick, Pick):
        verdict = pick.lead[:1].upper() + pick.lead[1:]
        reason = two_sentences(pick.reason)
        return Answer(
            pick.criterion, pick.purpose, "", verdict, (), reason, "", "", use_command, final, simple, pick.sentence
        )
    number = number_of(results, pick.family, pick.metric)
    settled = enough(number) or not pick.tied
    chips = tuple(chips_of(results, find(results, pick.family), pick.metric, pick.cures))
    column = column_of(results, pick.criterion, pick.metric)
    figure = number_in_words(column, pick.family)
    tag = "pick"
    if (LIKE, POOR) in [(chip.label, chip.tone) for chip in chips]:
        tag = "among the nearest" if pick.tied else "nearest"
        verdict, why = f"None is good yet: {pick.family} is {tag}", "More minutes or more data may help."
    else:
        verdict = f"Take {pick.family}" if settled else f"{pick.family} leads for now"
        why = _reason_sentence(results, pick, settled)
    reason = f"{figure}. {why}"
    warning = f"It {pick.warning}." if pick.warning else caution(results, pick.family)
    return Answer(
        pick.criterion, pick.purpose, pick.family, verdict, chips, reason, figure, warning, use_command, final, simple,
        pick.sentence, tag,
    )  # fmt: skip


def file_answers(results: Results) -> list[Answer]:
    """Says for each purpose which file of samples is nearest to the real items, as answers."""
    found = []
    for criterion, metric in headline_metrics(results):
        ranked = ranking(results, metric)
        if not ranked.order:
            continue
        first, *tied = tied_families(results, ranked)
        column = column_of(results, criterion, metric)
        figure = number_in_words(column, first)
        tied_words = f" {count_nouns(tied, 'other file is', 'other files are')} tied with it." if tied else ""
        verdict = f"{first} is nearest to real {results.metrics.get('called', 'items')}"
        verdict = verdict if len(results.models) > 1 else first
        chips = tuple(chips_of(results, find(results, first), metric))
        reason = f"{figure}.{tied_words}"
        found.append(Answer(criterion, column.shown.title, first, verdict, chips, reason, figure, "", "", "", False))
    return found


def number_in_words(column: Column, family: str) -> str:
    """Returns a number with its interval and what real items reach, as in "Passes for real: 84% (68 to 100; real rows
    79)"."""
    cell, shown_metric = column.cells[family], column.shown
    unit_is_shown = (
        shown_metric.unit
        and shown_metric.unit not in SHARES
        and not shown_metric.unit.startswith("of ")
        and not shown_metric.unit.isupper()
    )
    unit = "%" if shown_metric.unit == "%" else f" {shown_metric.unit}" if unit_is_shown else ""
    remarks = [cell.ends, f"real {column.real.text}" if column.real else ""]
    sentence = "; ".join(filter(None, remarks))
    return f"{shown_metric.title} {cell.text}{unit}" + (f" ({sentence})" if sentence else "")


def _reason_sentence(results: Results, pick: Pick, settled: bool) -> str:
    """A short sentence on why this family and no other."""
    number = number_of(results, pick.family, pick.metric)
    tied_words = count_nouns(pick.tied, "other", "others")
    if not settled:
        return f"Only {number.n:,} {_scored(results, number)} were scored: too few to tell it from {tied_words}."
    if pick.tied:
        tied = f"{tied_words} {'is' if len(pick.tied) == 1 else 'are'} tied with it"
        steps = [BY.get(step.by, BY_FACT) for step in preference_of(results, pick).steps]
        return f"{tied}; {' and '.join(list(dict.fromkeys(steps))[:2]) or 'its number is the best'}."
    if pick.next:
        return f"It is clearly better than {pick.next}, the next."
    return "No other number can be ranked."


def _scored(results: Results, number: Metric) -> str:
    """What a number was taken of: more samples than test items, or items."""
    tested = results.data["items"]["test"] if results.data else number.n
    return "samples" if number.of == "samples" and number.n > tested else "items"


def two_sentences(text: str) -> str:
    """Returns the first two sentences of a text."""
    parts = text.replace(". ", ".\n").split("\n")
    return " ".join(parts[:2])


# ---------------------------------------------------------------------- chips


def chips_of(results: Results, row: Row, metric: str, cures: tuple[str, ...] = ()) -> Iterator[Chip]:
    """Yields the facts of a family for the purpose that a metric settles, as short texts.

    Args:
        results: Results of the comparison.
        row: Row of the results, one family.
        metric: Name of the metric.
        cures: options of sampling that mend its facts.
    """
    number = metric_of(row.metrics.get(metric))
    if number is None:
        return
    if number.of == "predictions":
        yield rightness(results, row.family, metric)
    if number.of == "samples":
        yield likeness(results, row.family, metric, number)
        yield copying(results, row, cures)
        yield from soundness(results, row, cures)
    if (seconds := seconds_for_thousand(row)) is not None and number.of in ("samples", "predictions"):
        yield speed(results, row, seconds)


def likeness(results: Results, family: str, metric: str, number: Metric) -> Chip:
    """Describes how near samples come to real items.

    Args:
        results: Results of the comparison.
        family: Name of the family.
        metric: Name of the metric.
        number: Metric of the samples.
    """
    column = column_of(results, "", metric)
    cell = column.cells.get(family)
    if cell is None:
        return Chip(LIKE, "not measured", UNKNOWN)
    tone, word = _likeness_tone(column, family)
    item_word = results.metrics.get("called", "items")
    if passes(number):
        text = f"{cell.value:.0f} of 100 pass for real"
        text += f" (real {item_word}: {column.real.value:.0f})" if column.real else ""
    else:
        text = f"{column.shown.title} {cell.text}" + (f" (real {item_word}: {column.real.text})" if column.real else "")
    return Chip(LIKE, f"{word}: {text}" if word else text, tone)


def rightness(results: Results, family: str, metric: str) -> Chip:
    """Tells whether predictions are better than chance, and than the best simple baseline.

    Args:
        results: Results of the comparison.
        family: Name of the family.
        metric: Name of the metric.
    """
    column = column_of(results, "", metric)
    cell, label, figure = column.cells[family], "Right", number_in_words(column, family)
    if cell.coin:
        return Chip(label, f"not clearly better than chance: {figure}", POOR)
    baselines = [row.family for row in results.baselines]
    simple = next((one for one in ranking(results, metric).order if one in baselines and one != family), None)
    if simple is None:
        return Chip(label, figure, GOOD)
    ahead = badness(cell.metric) < badness(column.cells[simple].metric) and differ_for_real(
        results, metric, family, simple
    )
    better = "better than" if ahead else "not clearly better than"
    text = f"{column.shown.title} {cell.text}, {better} {simple} ({column.cells[simple].text})"
    return Chip(label, text, GOOD if ahead else FAIR)


def _likeness_tone(column: Column, family: str) -> tuple[str, str]:
    """A tone and a word for the way that a number went from chance to real items."""
    cell, real, chance = column.cells[family], column.real, column.chance
    if cell.coin:
        return POOR, "not clearly better than chance"
    if real is None:
        return UNKNOWN, ""
    sign = 1 if column.shown.better == "higher" else -1
    known = cell.metric.se is not None and real.metric.se is not None
    if sign * (cell.value - real.value) >= 0 or (known and not cell.metric.differs_from(real.metric)):
        way = 1.0
    elif chance is not None and chance.value != real.value:
        near, at, far = (one.value**0.5 if column.axis.log else one.value for one in (real, cell, chance))
        way = (at - far) / (near - far)  # distances on a log axis are squares of what a person sees
    elif passes(cell.metric):
        way = cell.value / (real.value or 1.0)
    else:
        return UNKNOWN, ""
    return (GOOD, "good") if way >= NEAR else (FAIR, "fair") if way >= HALF_WAY else (POOR, "weak")


def copying(results: Results, row: Row, cures: tuple[str, ...]) -> Chip:
    """Tells whether samples are copies of training items, and what leaves them out.

    Args:
        results: Results of the comparison.
        row: Row of the results, one family.
    """
    copies, fresh, ratio = sound(row, COPIES), fresh_copies(results), sound(row, NEARNESS)
    label = "Copies"
    if is_copy(results, row):
        return Chip(label, "it repeats your data", POOR)
    if any(row.family in families_told(results, metric_for(role)) for role in (Role.ATTACK, Role.HOLD_OUT)):
        return Chip(label, "an attacker can partly tell who was in the data", FAIR)
    if compare_pairs(results, row):
        return Chip(label, "rare pairs of your cells come back", FAIR)
    if copies is None and ratio is None:
        return Chip(label, "not checked", UNKNOWN)
    if copies is not None:
        if copies.value == 0:
            return Chip(label, f"none among {copies.n:,}", GOOD)
        copies_more = fresh is not None and copies.value > fresh.value and copies.differs_from(fresh)
        if not copies_more:
            return Chip(label, f"{copies.value:.1%}, no more than among real ones", GOOD)
        cure = results.metrics.get("cures", {}).get(COPIES, "")
        mended = f": {cure.split()[0]} leaves them out" if cure and cure in cures else ""
        return Chip(label, f"{copies.value:.1%} equal one of yours{mended}", FAIR)
    return Chip(label, "no sign of them", GOOD)


def soundness(results: Results, row: Row, cures: tuple[str, ...]) -> Iterator[Chip]:
    """Tells whether samples keep hard facts, other than that they are no copies: the worst that is broken, or that all
    hold.

    Args:
        results: Results of the comparison.
        row: Row of the results, one family.
    """
    known = facts_of(results, row.family).values()
    known = [fact for fact in known if fact.metric not in (NEARNESS, COPIES)]
    if not known:
        return
    rules = with_role(Role.RULES, [fact.metric for fact in known])
    label = "Rules" if rules else "Faults"
    broken = sorted((fact for fact in known if fact.broken and fact.number), key=lambda f: -f.bad.value)
    if broken:
        yield _broken_chip(results, label, broken[0], cures)
    elif any(fact.number is None for fact in known):
        yield Chip(label, "not checked", UNKNOWN)
    else:
        yield Chip(label, "kept" if rules else "none found", GOOD)


def _broken_chip(results: Results, label: str, fact: Fact, cures: tuple[str, ...]) -> Chip:
    cure = results.metrics.get("cures", {}).get(fact.metric, "")
    clause, option = fact_clause(results, fact), cure.partition(" ")[0]
    if cure and cure in cures:
        kept = f"kept by {option} ({fact.bad.value:.0%} break one without)"
        return Chip(label, kept if label == "Rules" else f"{clause}: {option} leaves these out", FAIR)
    if _all_break(results, fact.metric):
        clause += ", as every model's do"
    return Chip(label, clause, POOR)


def _all_break(results: Results, metric: str) -> bool:
    """Whether samples of each trained family break a hard fact."""
    known = [facts_of(results, row.family).get(metric) for row in rows(results) if row in results.models]
    known = [fact for fact in known if fact and fact.number]
    return len(known) > 1 and all(fact.broken for fact in known)


def speed(results: Results, row: Row, seconds: float) -> Chip:
    """Returns seconds for 1,000 items.

    Args:
        results: Results of the comparison.
        row: Row of the results, one family.
    """
    item_word = results.metrics.get("called", "items")
    verb = "predicted in" if predicts(row) else "in"
    tone = GOOD if seconds <= QUICK else FAIR if seconds <= WAIT else POOR
    return Chip("Speed", f"1,000 {item_word} {verb} {time_text(seconds)}", tone)


def time_text(seconds: float) -> str:
    """Returns a time in two figures."""
    if seconds >= 5_400:
        return f"{seconds / 3600:.1f} h"
    if seconds >= 90:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:,.{min(2, decimals(seconds, 2))}f} s" if seconds >= 0.01 else "under 0.01 s"
