"""Advice drawn from results alone: a list of (condition, sentence).

A condition reads the results and yields what it found, one dict of words for each time its sentence is said; the
sentence is a template over those words. Nothing here looks at a model, and no rule knows a family by name.
Cautions are about copies, strays, dropped classes and numbers of unlike kinds.
"""

from collections.abc import Iterator
from dataclasses import replace

from ...core.likelihood import MEASURES, UNNORMALISED
from ...measure.differences import real
from ...measure.metric import ROLE_METRICS, Role, metric_for
from ...measure.sizes import beside_size
from .decision import facts_of, is_coin, tied_families
from .picks import NoPick, barely_trained, describe_left_out, fact_clause, gap, picks, resume
from .privacy import copied_pairs, families_told, telling_look_ups
from .records import Results
from .results import (
    COPIES,
    FAR,
    MEASURED,
    NEARNESS,
    SURVIVING,
    badness,
    difference,
    enough,
    hands_out,
    is_copy,
    measured_copy,
    metric_of,
    names,
    ranking,
    recorded_spread,
    rows,
    sound,
    title,
)
from .rules import (
    NAMED,
    Rule,
    differ_for_real,
    format_metric,
    headlines,
    listed,
    listed_few,
    measured,
    number_of,
    purpose,
    speak,
    without_place,
)

SHARED = 0.8  # of the processor time that a comparison could use: with less, it is not what an idle machine would give
SLOW = 30  # times the drawing time of the fastest, from which it is worth a sentence
COVERAGE = (0.85, 0.95)  # of intervals that claim 90%
OF_ONE = (  # rules whose sentences hold of a family whatever the others are, but for those that an answer's chips say
    "first look", "by design", "begun", "copied pairs", "look-ups", "survivors", "strays", "dropped classes",
    "coverage", "not finite", "health",
)  # fmt: skip
KIND_WORDS = {
    "exact": "exact for {families}",
    "lower bound": "a lower bound for {families} (the true value may be better)",
    "estimate": "an estimate for {families}, not ranked beside proven numbers",
    "unnormalised": "not comparable for {families}",
}


def advice(results: Results) -> list[str]:
    """Returns the sentences whose conditions hold, the most useful first."""
    return speak(RULES, results)


def caution(results: Results, family: str) -> str:
    """Returns the most useful sentence of what to mind about one family, "" where nothing is known against it."""
    alone = {part: [row for row in getattr(results, part) if row.family == family] for part in ("models", "baselines")}
    about_one = [rule for rule in RULES if rule.name in OF_ONE]
    return next(iter(speak(about_one, replace(results, **alone))), "")


def picked(results: Results) -> Iterator[dict]:
    yield from ({"sentence": pick.sentence} for pick in picks(results))


def nearest(results: Results) -> Iterator[dict]:
    """Says for each purpose which file of samples is nearest to the real items, and which are tied."""
    for _, metric in headlines(results) if results.study == MEASURED else ():
        if not (ranked := ranking(results, metric)).order:
            continue
        first, *tied = tied_families(results, ranked)
        other_files = [file for file in ranked.order if file not in (first, *tied)]
        reason = f", statistically tied with {listed_few(tied)}" if tied else ""
        if other_files and not tied:
            reason = f", better than {other_files[0]}, the next, by {gap(results, metric, first, other_files[0])}"
        number = format_metric(number_of(results, first, metric))
        yield {"file": first, "title": title(results, metric), "number": number, "reason": reason}


def broken_facts(results: Results) -> Iterator[dict]:
    """Says which hard facts each file of samples breaks; rules of a table have a sentence of their own."""
    for row in rows(results) if results.study == MEASURED else ():
        known = [fact for fact in facts_of(results, row.family).values() if fact.broken and fact.number]
        clauses = [fact_clause(results, fact) for fact in known if fact.metric not in ROLE_METRICS[Role.RULES]]
        if clauses:
            yield {"file": row.family, "clauses": listed(clauses)}


def busy(results: Results) -> Iterator[dict]:
    """Yields a machine that other programs used meanwhile, so that less was trained in the time than it promises."""
    share = results.machine.get("share", 1.0)
    if share < SHARED:
        yield {"share": f"{share:.0%}"}


def worse_than_simple(results: Results) -> Iterator[dict]:
    """Trained families that are clearly worse than the best simple baseline; not where all are, since that baseline is
    the pick then."""
    trained = {row.family for row in results.models}
    for criterion, metric in headlines(results):
        order = [f for f in ranking(results, metric).order if enough(number_of(results, f, metric))]
        simple = next((f for f in order if f not in trained), None)
        behind = order[order.index(simple) + 1 :] if simple else []
        behind = [family for family in behind if family in trained]
        certain = real([difference(results, metric, simple, family) for family in behind])
        worse = [family for family, is_real in zip(behind, certain) if is_real]
        if worse and set(worse) != trained & set(order):
            verb = "does" if len(worse) == 1 else "do"
            said = {"worse": listed(worse), "do": verb, "simple": simple}
            yield said | {"purpose": purpose(results, criterion, metric)}


def coins(results: Results) -> Iterator[dict]:
    """Trained families whose number at a purpose is not clearly better than chance, on enough items to say so. Where
    there is no pick for that reason, the answer says it."""
    trained = {row.family for row in results.models}
    said_already = {pick.metric for pick in picks(results) if isinstance(pick, NoPick)}
    for criterion, metric in headlines(results) if results.study != MEASURED else ():
        if metric in said_already:
            continue
        numbers = {row.family: m for row, m in measured(results, metric) if row.family in trained and enough(m)}
        lost = [family for family, m in numbers.items() if is_coin(results, m, metric)]
        if lost:
            be = "is" if len(lost) == 1 else "are"
            yield {"families": listed(lost), "be": be, "purpose": purpose(results, criterion, metric)}


# ---------------------------------------------------------------------- how they ran


def trainings(results: Results) -> Iterator[dict]:
    """Says how far differences of families allow for a repeated training of each."""
    trained = [row for row in results.models if not row.error and row.config.stages]
    if not results.pairs or results.study == MEASURED or len(trained) < 2:
        return
    if splits := max(len(row.splits) for row in trained):
        yield {"how": f"each family was trained anew on each of {splits + 1} splits"}
        return
    ways: dict[str, list[str]] = {"a second training": [], "records": [], "a default": []}
    for row in trained:
        known = "records" if recorded_spread(results, row).record else "a default"
        ways["a second training" if row.second else known].append(row.family)
    ways = [f"by {way} for {listed_few(families)}" for way, families in ways.items() if families]
    yield {"how": f"each family is taken to differ between trainings {' and '.join(ways)}"}


def tell_left_out(results: Results) -> Iterator[dict]:
    """Yields families for which the minutes did not reach."""
    if sentence := describe_left_out(results, "FOLDER"):
        yield {"sentence": f"L{sentence[1:]}"}


def barely(results: Results) -> Iterator[dict]:
    """Yields families that saw next to nothing of the data."""
    if families := [row.family for row in rows(results) if barely_trained(results, row.family)]:
        yield {"families": listed(families)}


def first_look(results: Results) -> Iterator[dict]:
    """Yields families that there was no time to measure on more than the fewest items."""
    if families := [row.family for row in rows(results) if row.measured == "first look"]:
        yield {"families": listed_few(families), "command": resume(results, "FOLDER")}


def failed(results: Results) -> Iterator[dict]:
    for row in results.models + results.baselines:
        if row.error:
            yield {"family": row.family, "error": row.error.rstrip(".")}


def unhealthy(results: Results) -> Iterator[dict]:
    """Yields each sentence once, with all the families of which it is true."""
    families: dict[str, list[str]] = {}
    for row in rows(results):
        for sentence in row.health:
            families.setdefault(sentence.rstrip("."), []).append(row.family)
    for sentence, family_names in families.items():
        yield {"family": listed(family_names), "sentence": sentence}


def slow(results: Results) -> Iterator[dict]:
    """Yields families that sample much more slowly than the fastest trained one, once that is a matter of seconds."""
    counted = lambda row: any((m := metric_of(record)) and m.of == "samples" for record in row.metrics.values())
    times = {row.family: row.seconds["sample"] for row in results.models if row.seconds["sample"] and counted(row)}
    if len(times) < 2:
        return
    fastest = min(times, key=times.get)
    slower = {f: s for f, s in times.items() if s / times[fastest] >= SLOW and s > 1}
    if slower:
        yield {
            "families": listed(list(slower)),
            "need": "needs" if len(slower) == 1 else "need",
            "ratios": listed([f"{seconds / times[fastest]:,.0f}" for seconds in slower.values()]),
            "fastest": fastest,
            "seconds": listed([f"{seconds:.3g}" for seconds in slower.values()]),
        }


# ---------------------------------------------------------------------- cautions


def by_design(results: Results) -> Iterator[dict]:
    """Yields families that hand out training items, whatever was measured of them."""
    if families := [row.family for row in rows(results) if hands_out(results, row)]:
        verb, its = ("returns", "its") if len(families) == 1 else ("return", "their")
        yield {"families": listed(families), "return": verb, "its": its}


def begun(results: Results) -> Iterator[dict]:
    """Yields families that began with a run of other data."""
    for row in rows(results):
        if parent := row.config.parent:
            licence = f" under {parent['licence']}" if "licence" in parent else ""
            yield {"family": row.family, "run": without_place(parent["run"]), "licence": licence}


def copies(results: Results) -> Iterator[dict]:
    """Yields families that copy training items, as measured, and are not known for it."""
    copying = [row for row in rows(results) if sound(row, NEARNESS) and measured_copy(results, row)]
    copying = [row for row in copying if not hands_out(results, row)]
    if copying:
        verb, its = ("copies", "its") if len(copying) == 1 else ("copy", "their")
        ratios = listed([f"{row.metrics[NEARNESS]['value']:.2f}" for row in copying])
        yield {"families": listed([row.family for row in copying]), "copy": verb, "its": its, "ratios": ratios}


def repeated(results: Results) -> Iterator[dict]:
    """Yields families that copy training items, where only the share of equal samples is known."""
    for row, share in measured(results, COPIES):
        if not sound(row, NEARNESS) and measured_copy(results, row) and not hands_out(results, row):
            yield {"family": row.family, "share": f"{share.value:.0%}"}


def survivors(results: Results) -> Iterator[dict]:
    """Yields families of whose samples too few could be measured by some metrics; one sentence each."""
    for row in rows(results):
        known = {name: m for name in names(results) if (m := metric_of(row.metrics.get(name)))}
        surviving = {name: m for name, m in known.items() if m.survived < SURVIVING}
        if surviving:
            worst = min(surviving.values(), key=lambda m: m.survived)
            yield {
                "family": row.family,
                "share": f"{worst.survived:.0%}",
                "titles": listed_few([title(results, name) for name in surviving]),
                "n": f"{worst.n:,}",
            }


def attacked(results: Results) -> Iterator[dict]:
    """Yields families whose training items an attack tells from others, but for those that are known for copies."""
    copied = {row.family for row in rows(results) if is_copy(results, row)}
    areas = {f: f"{m.value:.2f}" for f, m in families_told(results, metric_for(Role.ATTACK)).items() if f not in copied}
    if areas:
        yield {"families": listed(list(areas)), "areas": listed(list(areas.values()))}


def strays(results: Results) -> Iterator[dict]:
    numbers = {row.family: sound(row, NEARNESS) for row in rows(results)}
    ratios = {family: f"{m.value:.2f}" for family, m in numbers.items() if m and m.above(FAR)}
    if ratios:
        yield {"families": listed(list(ratios)), "ratios": listed(list(ratios.values()))}


def dropped_classes(results: Results) -> Iterator[dict]:
    """Classes that samples leave out, where that is no chance of the draw."""
    missing = {
        row.family: (not m.splits and beside_size(m.detail)) or f"{1 - m.value:.0%} of the classes"
        for row, m in measured(results, metric_for(Role.CLASSES))
        if m.below(1)
    }
    if missing:
        yield {"dropped": listed([f"{family} drops {classes}" for family, classes in missing.items()])}


def broken_rules(results: Results) -> Iterator[dict]:
    """Yields families whose samples break rules of the table more often than real rows do, by more than the error."""
    fresh = metric_of(results.reference_metrics.get(metric_for(Role.RULES)))
    shares = {row.family: m for row, m in measured(results, metric_for(Role.RULES))}
    shares = {family: m for family, m in shares.items() if fresh and m.value > fresh.value and m.differs_from(fresh)}
    if shares:
        order = sorted(shares, key=lambda family: shares[family].value)
        named_files, other_files = (order, []) if len(order) <= NAMED else (order[:2], order[2:])
        words = [f"{family} {shares[family].value:.0%}" for family in named_files]
        ends = dict.fromkeys(f"{shares[family].value:.0%}" for family in other_files[:1] + other_files[-1:])
        words += [f"{len(other_files)} others {' to '.join(ends)}"] if other_files else []
        noun = beside_size(shares[order[-1]].detail)
        cure = "" if results.study == MEASURED else " Add --keep-rules to `genwright sample`."
        real_share = f"{fresh.value:.0%}" if not fresh.value else f"{fresh.value:.1%}"
        yield {"shares": ", ".join(words), "real": real_share, "worst": f"; {noun}" if noun else "", "cure": cure}


def accuracy_alone(results: Results) -> Iterator[dict]:
    """Yields a classifier learns as well from a simple baseline that is no copy as from the best family; one classifier
    is named."""
    for metric in names(results):
        if metric not in ROLE_METRICS[Role.TEACHING]:
            continue
        trained = {row.family for row in results.models}
        order = [f for f in ranking(results, metric).order if f in trained]
        simple = [f for f in ranking(results, metric).order if f not in trained]
        if order and simple:
            model, base = number_of(results, order[0], metric), number_of(results, simple[0], metric)
            known = base.se is not None and model.se is not None
            if badness(base) <= badness(model) or known and not differ_for_real(results, metric, simple[0], order[0]):
                names_of = {"title": title(results, metric), "simple": simple[0], "first": order[0]}
                yield {**names_of, "a": format_metric(base), "b": format_metric(model)}
                return


def mixed_kinds(results: Results) -> Iterator[dict]:
    """Likelihoods whose kind differs between families, each in its first unit alone, as in `noisy`."""
    spoken = set()
    for metric in names(results):
        masses = [(row.family, m) for row, m in measured(results, metric) if m.of in MEASURES]
        groups = {kind: [f for f, m in masses if m.kind == kind] for kind in KIND_WORDS}
        groups = {kind: families for kind, families in groups.items() if families}
        if len(groups) > 1:
            parts = [KIND_WORDS[kind].format(families=listed(families)) for kind, families in groups.items()]
            kinds = "; ".join(parts)
            if kinds not in spoken:
                yield {"title": title(results, metric), "kinds": kinds}
            spoken.add(kinds)


def noisy(results: Results) -> Iterator[dict]:
    """Likelihoods whose draws leave an error that matters in the number of one item."""
    spoken = set()
    for metric in names(results):
        noise = tuple(row.family for row, m in measured(results, metric) if m.of in MEASURES and "drawn" in m.detail)
        if noise and noise not in spoken:
            yield {"title": title(results, metric), "families": listed(list(noise))}
        spoken.add(noise)


def unranked(results: Results) -> Iterator[dict]:
    """Measured on other items, by another reference or in another unit than the rest; estimates are another rule's."""
    for _, metric in headlines(results):
        ranked = ranking(results, metric)
        if not ranked.order:
            continue
        first = number_of(results, ranked.order[0], metric)
        unranked_numbers = {f: number_of(results, f, metric) for f in ranked.unranked}
        odd = [f for f, m in unranked_numbers.items() if m.kind != UNNORMALISED and not first.comparable(m)]
        if odd:
            yield {"title": title(results, metric), "families": listed(odd)}


def coverage(results: Results) -> Iterator[dict]:
    """Intervals that claim 90% and cover less than 85% or more than 95%, by more than the error."""
    shares = measured(results, metric_for(Role.COVERAGE))
    numbers = [(row.family, m) for row, m in shares if m.of in ("completions", "predictions")]
    narrow = [(family, m) for family, m in numbers if m.below(COVERAGE[0])]
    wide = [(family, m) for family, m in numbers if m.above(COVERAGE[1])]
    for cells, meaning in ((narrow, "overconfident"), (wide, "too cautious")):
        if cells:
            families, shares = listed([family for family, _ in cells]), listed([f"{m.value:.0%}" for _, m in cells])
            yield {"families": families, "shares": shares, "meaning": meaning}


def not_finite(results: Results) -> Iterator[dict]:
    for row in rows(results):
        for metric, record in row.metrics.items():
            if record["note"]:
                yield {"family": row.family, "title": title(results, metric), "note": record["note"]}


def shared_host(results: Results) -> Iterator[dict]:
    """Yields runs that trained beside others: their seconds are not those of a host of their own."""
    if families := [row.family for row in rows(results) if row.neighbours]:
        yield {"families": listed(families)}


BUSY = Rule(
    "busy",
    busy,
    "Other programs kept the machine busy: this had {share} of its time. When idle, picks may differ: run it again.",
)
RULES = (
    Rule("pick", picked, "{sentence}"),
    Rule("nearest", nearest, "{file} is nearest to the real items: {title} {number}{reason}."),
    Rule("broken facts", broken_facts, "{file}: {clauses}."),
    BUSY,
    Rule("worse than simple", worse_than_simple, "{purpose}, {worse} {do} worse than the simple baseline {simple}."),
    Rule("coins", coins, "{purpose}, {families} {be} not clearly better than chance."),
    Rule("left out", tell_left_out, "{sentence}."),
    Rule("barely trained", barely,
        "{families} saw less than one pass over the training data: more minutes may change their numbers a lot."),
    Rule("first look", first_look,
        "Only a quick check was possible for {families}; the numbers are rough. `{command}` measures further."),
    Rule("failed", failed, "{family} did not finish: {error}."),
    Rule("by design", by_design,
        "{families} {return} training items: that is what {its} method is. Ignore {its} other scores for samples."),
    Rule("begun", begun,
        "{family} began with `{run}`, a run on other data{licence}: your test items may be among those."),
    Rule("copies", copies,
        "{families} {copy} {its} training data: {its} samples lie {ratios} times as far from it as test items. Ignore "
        "the other scores of these samples."),
    Rule("repeated", repeated,
        "{family} copies its training data: {share} of its samples equal a training item. Ignore the other scores of "
        "its samples."),
    Rule("copied pairs", copied_pairs,
        "Samples of {families} give rare pairs of training cells away ({shares} of them; fresh rows: {fresh})."),
    Rule("look-ups", telling_look_ups,
        "Every run keeps {pairs}, of few rows each: pass it on only where you may pass on such pairs."),
    Rule("survivors", survivors,
        "Only {share} of the samples of {family} could be measured by {titles}. These scores come from {n} samples and "
        "say little about the rest."),
    Rule("attacked", attacked, "An attack tells training items of {families} from others with AUC {areas}."),
    Rule("strays", strays,
        "{families}: many samples look like no real item ({ratios} times as far from the training data as test items "
        "are)."),
    Rule("dropped classes", dropped_classes, "{dropped}: less than half as often recognised as in real items."),
    Rule("broken rules", broken_rules, "Samples that break a rule of the table (real: {real}): {shares}{worst}.{cure}"),
    Rule("accuracy alone", accuracy_alone,
        "{title} says little here. A classifier that learns from samples of the baseline {simple} reaches {a}, and one "
        "that learns from {first}, the best trained family, {b}."),
    Rule("kinds", mixed_kinds, "{title} is {kinds}."),
    Rule("noisy", noisy, "{title} of one item is random for {families}: more random `draws` lessen that."),
    Rule("trainings", trainings, "Differences allow for training again: {how}."),
    Rule("unranked", unranked,
        "{title} of {families} is not ranked: it was measured on other items, by another reference or in another unit."
    ),
    Rule("coverage", coverage, "The 90% intervals of {families} contain {shares} of the hidden values: {meaning}."),
    Rule("not finite", not_finite, "{title} of {family} is {note}."),
    Rule("shared host", shared_host,
        "Runs shared a host while they trained ({families}): each took longer, or saw fewer items, than alone."),
    Rule("health", unhealthy, "{family}: {sentence}."),
    Rule("slow", slow,
        "{families} {need} {ratios} times as long to sample as {fastest} ({seconds} s for the samples here)."),
)  # fmt: skip
