"""Advice drawn from results alone: a list of (condition, sentence).

A condition reads the results and yields what it found, one dict of words for each time its sentence is said; the
sentence is a template over those words. Nothing here looks at a model, and no rule knows a family by name.
"""

from collections.abc import Iterator

from ...measure.differences import real
from .cautions import CAUTIONS
from .picks import barely_trained, picks
from .records import Results
from .results import difference, enough, ranking, rows, title
from .rules import Rule, headlines, listed, listed_few, number_of, speak
from .take import resume

SHARED = 0.8  # of the processor time that a comparison could use: with less, it is not what an idle machine would give
SLOW = 30  # times the drawing time of the fastest, from which it is worth a sentence


def advice(results: Results) -> list[str]:
    """The sentences whose conditions hold, the most useful first."""
    return speak(RULES, results)


def picked(results: Results) -> Iterator[dict]:
    yield from ({"sentence": pick.sentence} for pick in picks(results))


def busy(results: Results) -> Iterator[dict]:
    """A machine that other programs used meanwhile, so that less was trained in the time than it promises."""
    share = results.machine.get("share", 1.0)
    if share < SHARED:
        yield {"share": f"{share:.0%}"}


def worse_than_simple(results: Results) -> Iterator[dict]:
    """Trained families that are clearly worse than the best simple baseline; not where all are, since that baseline is
    the pick then."""
    trained = {row.family for row in results.models}
    for _, metric in headlines(results):
        order = [f for f in ranking(results, metric).order if enough(number_of(results, f, metric))]
        simple = next((f for f in order if f not in trained), None)
        behind = order[order.index(simple) + 1 :] if simple else []
        behind = [family for family in behind if family in trained]
        told = real([difference(results, metric, simple, family) for family in behind])
        worse = [family for family, is_real in zip(behind, told) if is_real]
        if worse and set(worse) != trained & set(order):
            verb = "does" if len(worse) == 1 else "do"
            words = {"title": title(results, metric), "worse": listed(worse), "do": verb, "simple": simple}
            yield words


# ---------------------------------------------------------------------- how they ran


def improving(results: Results) -> Iterator[dict]:
    """Families whose time was too short; `minutes` is what their training curves ask for."""
    found = {row.family: row.improving["minutes"] for row in rows(results) if row.improving}
    if found:
        alone = len(found) == 1
        yield {
            "families": listed(list(found)),
            "was": "was" if alone else "were",
            "its": "its" if alone else "their",
            "it": "it" if alone else "them",
            "minutes": listed([f"{max(1, round(minutes)):,}" for minutes in found.values()]),
        }


def barely(results: Results) -> Iterator[dict]:
    """Families that saw next to nothing of the data."""
    found = [row.family for row in rows(results) if barely_trained(results, row.family)]
    if found:
        yield {"families": listed(found)}


def first_look(results: Results) -> Iterator[dict]:
    """Families that there was no time to measure on more than the fewest items."""
    found = [row.family for row in rows(results) if row.measured == "first look"]
    if found:
        yield {"families": listed_few(found), "command": resume(results, "FOLDER")}


def failed(results: Results) -> Iterator[dict]:
    for row in results.models + results.baselines:
        if row.error:
            yield {"family": row.family, "error": row.error.rstrip(".")}


def unhealthy(results: Results) -> Iterator[dict]:
    """Each sentence once, with all the families of which it is true."""
    families: dict[str, list[str]] = {}
    for row in rows(results):
        for sentence in row.health:
            families.setdefault(sentence.rstrip("."), []).append(row.family)
    for sentence, named in families.items():
        yield {"family": listed(named), "sentence": sentence}


def slow(results: Results) -> Iterator[dict]:
    """Families that sample much more slowly than the fastest trained one, once that is a matter of seconds."""
    times = {row.family: row.seconds["sample"] for row in rows(results) if row in results.models}
    times = {family: seconds for family, seconds in times.items() if seconds}
    if len(times) < 2:
        return
    fastest = min(times, key=times.get)
    found = {f: s for f, s in times.items() if s / times[fastest] >= SLOW and s > 1}
    if found:
        yield {
            "families": listed(list(found)),
            "need": "needs" if len(found) == 1 else "need",
            "ratios": listed([f"{seconds / times[fastest]:,.0f}" for seconds in found.values()]),
            "fastest": fastest,
            "seconds": listed([f"{seconds:.3g}" for seconds in found.values()]),
        }


BUSY = Rule(
    "busy",
    busy,
    "The machine was busy: this comparison got {share} of the processor time that it could use. On an idle machine the "
    "families train further, and the picks may differ.",
)
RULES = (
    Rule("pick", picked, "{sentence}"),
    BUSY,
    Rule("worse than simple", worse_than_simple, "On {title}, {worse} {do} worse than the simple baseline {simple}."),
    Rule("improving", improving,
        "{families} {was} still improving when {its} time was up: about {minutes} min would let {it} finish."),
    Rule("barely trained", barely,
        "{families} saw less than one pass over the training data: more minutes may change their numbers a lot."),
    Rule("first look", first_look,
        "Only a quick check was possible for {families}; their numbers are rough. `{command}` measures further."),
    Rule("failed", failed, "{family} did not finish: {error}."),
    *CAUTIONS,
    Rule("health", unhealthy, "{family}: {sentence}."),
    Rule("slow", slow,
        "{families} {need} {ratios} times as long to sample as {fastest} ({seconds} s for the samples here)."),
)  # fmt: skip
