"""Whether samples give training items away, by the results of a comparison. Rules as in the advice, over four numbers:
how near samples lie to training items (`memorisation`), how many equal one (`copies`), how many lie nearer to one than
to items of a hold-out (`dcr_share`), and how well an attack tells who was trained on (`membership_auc`)."""

from collections.abc import Iterator

from ...kinds.known_kinds import kinds
from ...measure.differences import Difference, real, unpaired_difference
from ...measure.metric import Metric, Role, metric_for
from ...zoo.registry import place
from .records import Results, Row
from .results import (
    COPIES,
    COPY,
    MEASURED,
    NEARNESS,
    find,
    format_number,
    fresh_copies,
    hands_out,
    measured_copy,
    metric_of,
    of_properties,
    registered,
    rows,
    sound,
)
from .rules import Rule, listed, listed_few, measured, say_if, speak

NUMBERS = NEARNESS, COPIES
COPIED_PAIRS = metric_for(Role.PAIRS)
FEW = 5.0  # rows that a pair of a look-up stands for, below which it tells of persons
ATTACKS = metric_for(Role.ATTACK), metric_for(Role.HOLD_OUT)
PAIRS, WORST = "nearest to training", "nearest training"  # in captions of drawings that show training items


def privacy(results: Results) -> list[str]:
    """Returns the sentences for a report: what models of the kind of data protect, and what was measured."""
    kind = kinds().get(place(results.data["domain"])[0]) if results.data else None
    measured_words = speak(OF_PROPERTIES if of_properties(results) else RULES, results)
    return [*(kind.privacy if kind else ()), *measured_words]


def signs(results: Results, row: Row) -> list[str]:
    """Returns reasons to take the samples of a row for copies, in words; none where nothing says so."""
    reasons = ["it returns training items, by design"] if hands_out(results, row) else []
    ratio, copies = (sound(row, name) for name in NUMBERS)
    fresh = fresh_copies(results)
    if ratio and measured_copy(results, row):
        reasons.append(f"they lie {ratio.value:.2f} times as far from the nearest training item as fresh real items do")
    if copies and fresh and copies.value > fresh.value and copies.differs_from(fresh):
        reasons.append(
            f"{_percent(copies.value)} of them equal one, where {_percent(fresh.value)} of fresh items would"
        )
    if signs_found := compare_pairs(results, row):
        reasons.append(
            "{} of them hold a rare pair of training cells, where {} of fresh items would".format(*signs_found)
        )
    return reasons


def compare_pairs(results: Results, row: Row) -> tuple[str, str] | None:
    """Returns the shares of samples and of fresh items with a pair of a look-up that few training rows hold, where
    samples have more of them by more than the error."""
    pairs, fresh = sound(row, COPIED_PAIRS), metric_of(results.reference_metrics.get(COPIED_PAIRS))
    if pairs and fresh and pairs.value > fresh.value and pairs.differs_from(fresh):
        return _percent(pairs.value), _percent(fresh.value)
    return None


def copied_pairs(results: Results) -> Iterator[dict]:
    """Yields families whose samples hold rare pairs of training cells."""
    shares_by_family = {row.family: shares for row in rows(results) if (shares := compare_pairs(results, row))}
    shares_by_family = {
        family: shares for family, shares in shares_by_family.items() if not hands_out(results, find(results, family))
    }
    if shares_by_family:
        shares, fresh = zip(*shares_by_family.values())
        yield {"families": listed_few(list(shares_by_family)), "shares": listed_few(list(shares)), "fresh": fresh[0]}


def look_ups(results: Results) -> Iterator[dict]:
    """Says which pairs of training cells every run stores."""
    if pairs := kept_pairs(results):
        yield {"pairs": listed([one["holds"] for one in pairs])}


def telling_look_ups(results: Results) -> Iterator[dict]:
    """Says which stored pairs of cells stand for few rows each."""
    if small_counts := [one["holds"] for one in kept_pairs(results) if one["rows"] < FEW]:
        yield {"pairs": listed_few(small_counts)}


def kept_pairs(results: Results) -> list[dict]:
    """Reads the pairs of cells that runs store, from the results; none where nothing was trained."""
    return (results.data or {}).get("keeps", []) if results.study != MEASURED else []


def giving_away(results: Results) -> Iterator[dict]:
    for row in rows(results):
        if reasons := signs(results, row):
            yield {"family": row.family, "reasons": listed(reasons)}


def no_sign(results: Results) -> Iterator[dict]:
    """Trained families that were measured and show nothing, all in one sentence."""
    found_families = {family for name in ATTACKS for family in families_told(results, name)}
    measured_rows = [row for row in _trained_rows(results) if _numbers(row) and row.family not in found_families]
    clear = [row for row in measured_rows if not signs(results, row) and not _lies_near(row)]
    if not clear:
        return
    ratios, copies = ([m.value for row in clear if (m := sound(row, name))] for name in NUMBERS)
    sentences = []
    if ratios:
        low, high = f"{min(ratios):.2f}", f"{max(ratios):.2f}"
        span = low if low == high else f"{low} to {high}"
        sentences.append(f"they lie {span} times as far from the nearest training item as fresh real items do")
    if copies:
        fresh = fresh_copies(results)
        comparison = f", where {_percent(fresh.value)} of fresh items would" if fresh else ""
        sentences.append(f"{'at most ' if len(clear) > 1 else ''}{_percent(max(copies))} of them equal one{comparison}")
    yield {"families": listed([row.family for row in clear]), "numbers": listed(sentences)}


def unsettled(results: Results) -> Iterator[dict]:
    """Trained families whose samples lie as near as copies do, by no more than the error."""
    for row in _trained_rows(results):
        if _lies_near(row) and not signs(results, row):
            yield {"family": row.family, "ratio": format_number(row.metrics[NEARNESS])}


def unmeasured(results: Results) -> Iterator[dict]:
    families = [row.family for row in _trained_rows(results) if not _numbers(row)]
    if families:
        yield {"families": listed(families)}


def keeping(results: Results) -> Iterator[dict]:
    """Yields families whose runs keep more of training items than others."""
    for row in rows(results):
        if (known := registered(results, row.family)) and known.keeps:
            yield {"family": row.family, "what": known.keeps}


def training_items_held(results: Results) -> Iterator[dict]:
    """Yields families whose run folders hold training items by design."""
    if families := [row.family for row in rows(results) if hands_out(results, row)]:
        yield {"families": listed(families)}


def attacked(results: Results) -> Iterator[dict]:
    """Yields families of which one of the attacks tells more than chance would."""
    auc, share = (families_told(results, name) for name in ATTACKS)
    for row in rows(results):
        family, reasons = row.family, []
        if family in auc:
            reasons.append(f"with AUC {auc[family].value:.2f}, where 0.50 would be chance{_copies(auc[family])}")
        if family in share:
            nearer = f"{share[family].value:.0%} of its samples lie nearer to a training item than to a hold-out"
            reasons.append(f"{nearer}, where 50% would{_copies(share[family])}")
        if reasons:
            yield {"family": family, "told": "; ".join(reasons)}


def withstood(results: Results) -> Iterator[dict]:
    """Trained families of which the attack tells no more than chance, all in one sentence."""
    found_families = {family for name in ATTACKS for family in families_told(results, name)}
    auc = {row.family: m for row, m in measured(results, ATTACKS[0]) if row in results.models}
    auc = {family: format_number(m) for family, m in auc.items() if family not in found_families}
    if auc:
        yield {"families": listed(list(auc)), "auc": listed(list(auc.values()))}


def families_told(results: Results, attack: str) -> dict[str, Metric]:
    """Returns {family: number} of families of which an attack tells training items from others: its number is above one
    half, and above that of fresh real items, by no chance among all families."""
    numbers = {row.family: m for row, m in measured(results, attack) if m.se is not None}
    fresh = metric_of(results.reference_metrics.get(attack))
    above = lambda m: Difference(m.value - 0.5, m.se, m.n, "apart")
    chance = real([above(m) for m in numbers.values()])
    shift = real([unpaired_difference(m, fresh) for m in numbers.values()]) if fresh else chance
    threshold = max(0.5, fresh.value) if fresh else 0.5
    return {
        family: m for (family, m), *sure in zip(numbers.items(), chance, shift) if all(sure) and m.value > threshold
    }


def _copies(metric: Metric) -> str:
    """The number that copies of training items would reach, from `detail`, in parentheses; "" where it is empty."""
    return f" ({metric.detail})" if metric.detail else ""


def _trained_rows(results: Results) -> list[Row]:
    return [row for row in rows(results) if row in results.models]


def _lies_near(row: Row) -> bool:
    ratio = sound(row, NEARNESS)
    return ratio is not None and ratio.value < COPY


def _numbers(row: Row) -> bool:
    return any(sound(row, name) for name in NUMBERS)


def _draws(results: Results, items: str) -> bool:
    """Whether the page draws such items, by the captions of its drawings."""
    return any(items in caption for row in rows(results) for caption in row.drawings)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


RULES = (
    Rule("giving away", giving_away, "Samples of {family} give training items away: {reasons}."),
    Rule("no sign", no_sign, "Samples of {families} show no sign of copying: {numbers}."),
    Rule("unsettled", unsettled,
        "Whether {family} copies is not settled: its samples lie {ratio} times as far from the nearest training item "
        "as fresh real items do. Measure more of them before calling them private."),
    Rule("attacked", attacked, "An attack tells training items of {family} from others: {told}."),
    Rule("withstood", withstood,
        "An attack with samples of {families} does not provably tell training items from others: AUC {auc}. 0.50 is "
        "chance, and by chance all families may lie a little to one side of it."),
    Rule("unmeasured", unmeasured, "Copying was not measured for {families}: do not call the samples private."),
    Rule("conditions", say_if(_trained_rows),
        "For conditions, a run folder keeps margins of numbers, counts of labels and the correlations of their ranks. "
        "It keeps no text, no image and no row of a training item."),
    Rule("look-ups", look_ups,
        "Every run folder keeps {pairs}, as the training rows have them: pass it on only where you may pass on such "
        "pairs."),
    Rule("held", training_items_held,
        "A run folder of {families} holds training items: pass it on only where you may pass on these."),
    Rule("limits", say_if(lambda results: any(map(_numbers, rows(results)))),
        "This is no guarantee. These numbers speak of the typical sample; a single one may still lie near a training "
        "item, and rare items are at most risk."),
    Rule("pairs", say_if(lambda results: _draws(results, PAIRS)),
        "This page shows training items, each beside the sample nearest to it: mind to whom you send it."),
)  # fmt: skip
OF_PROPERTIES = (
    Rule("fingerprints", say_if(rows),
        "A run folder keeps the fingerprint of each training molecule (2,048 bits), and no SMILES. Whoever has a run "
        "and a molecule can tell whether it was trained on, and a fingerprint often tells what the molecule is."),
    Rule("keeping", keeping, "A run folder of {family} also keeps {what}."),
    Rule("errors", say_if(lambda results: _draws(results, WORST)),
        "This page draws test molecules and training molecules, with measured values: mind to whom you send it."),
)  # fmt: skip
