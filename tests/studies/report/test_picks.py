# Tests studies/report/costs.py, studies/report/decision.py
"""Which of several families that are statistically tied is picked, and what the answer says of it."""

import shlex
from pathlib import Path

import pytest

from genwright.core.errors import DataError
from genwright.studies.compare.comparison import Comparison
from genwright.studies.compare.pairs import pairs_of
from genwright.studies.report.advice import advice
from genwright.studies.report.picks import NoPick, Pick, command, picks
from genwright.studies.report.records import PassCost, Settled
from genwright.studies.report.report import report
from genwright.studies.report.results import difference, facts, find, ranking, read, write
from genwright.zoo import registry
from genwright.zoo.card import Spread, default_spread

FACTS = {
    "broken_rules": "{} of its rows break a rule",
    "copies": "{} of its rows equal a training row",
    "memorisation": "its rows lie {} times as far from training rows as real rows do",
}
FAMILIES = ("alpha", "beta", "plain")  # by their number; plain is a simple baseline


@pytest.fixture
def tied(results, make):
    """Three families that are tied on new items: alpha has the best number, plain the worst, and no likelihood."""
    del results.baselines[0].metrics["bits"]
    for row, value in zip([*results.models, *results.baselines], (2.0, 2.05, 2.1)):
        row.metrics["frechet"] = make.metric("frechet", value, 0.1)
        del row.metrics["memorisation"]
    results.metrics["facts"] = FACTS
    real = {"broken_rules": 0.0, "copies": 0.0, "memorisation": 1.0}
    results.reference.metrics |= {name: make.metric(name, value, 0.004) for name, value in real.items()}
    return results


def count(results, make, fact, **shares):
    """What was counted of each family; a family that is not named was not looked at."""
    for row in results.models + results.baselines:
        if row.family in shares:
            row.metrics[fact] = make.metric(fact, shares[row.family], 0.02, n=200)


def count_all(results, make, fact, *shares):
    """The same by family, "missing" where there was no time and None where it has no value."""
    for family, share in zip(FAMILIES, shares):
        if share is None:
            find(results, family).no_value.append(fact)
        elif share != "missing":
            count(results, make, fact, **{family: share})


def picked(results):
    return next(pick for pick in picks(results) if pick.criterion == "samples")


@pytest.mark.parametrize(
    "rules, copies, near, family, words",
    [
        ((0.31, 0.48, 0.03), (0, 0, 0), (1, 1, 1), "plain", "3.0% of its rows break a rule, against 31-48% for alpha"),
        (("missing", 0.14, 0.02), (0, 0, 0), (1, 1, 1), "plain", "against 14% or an unknown share for alpha and beta"),
        (("missing", 0.14, 0.4), (0, 0, 0), (1, 1, 1), "beta", "against 40% or an unknown share for alpha and plain"),
        ((None, 0.3, 0.3), (0, 0, 0), (1, 1, 1), "plain", "it is a simpler model"),  # one fact less to be judged by
        ((None, 0.3, 0.3), (0, 0, 0.4), (1, 1, 1), "alpha", "against 40% for plain"),
        ((0.05, 0.04, 0.03), (0, 0, 0), (1, 1, 1), "plain", "it is a simpler model"),  # by chance
        ((0.02, 0.03, 0.4), (0.25, 0.01, 0), (1, 1, 1), "beta", "1.0% of its rows equal a training row, against 25%"),
        ((0.3, 0.02, 0.02), (0, 0.04, 0.5), (1, 1, 1), "beta", "against 50% for plain and 2.0% of its rows break"),
        ((0, 0, 0), (0, 0, 0), (0.88, 1.1, 0.88), "beta", "its rows lie 1.10 times as far from training rows"),
        ((0, 0, 0), (0, 0, 0), (0.97, 1.1, 0.97), "plain", "it is a simpler model"),  # as real items among themselves
        ((0, 0, 0), (0, 0, 0), (1.6, 1.1, 2.0), "plain", "it is a simpler model"),  # farther than real is no copy
        ((0.4, 0.3, 0.5), (0, 0, 0), (1, 1, 1), "beta", "30% of its rows break a rule, against 40-50%"),  # all broken
        (("missing",) * 3, ("missing",) * 3, ("missing",) * 3, "plain", "it is a simpler model"),
    ],
)
def test_facts_decide_between_families_that_are_tied(rules, copies, near, family, words, tied, make):
    for fact, shares in zip(FACTS, (rules, copies, near)):
        count_all(tied, make, fact, *shares)
    pick = picked(tied)
    assert (pick.family, words in pick.sentence) == (family, True), pick.sentence


@pytest.mark.parametrize(
    "likelihoods, kind, family",
    [
        ((1.8, 1.8, 2.1), "exact", "alpha"),  # the simple model is really worse
        ((2.2, 1.8, 2.1), "exact", "alpha"),  # whoever is better
        ((1.8, 1.8, 1.81), "exact", "plain"),  # by chance
        ((2.4, 2.4, 2.1), "exact", "plain"),
        ((1.8, 1.8, 2.1), "lower bound", "plain"),  # its truth may be better
        ((1.8, 1.8, None), "exact", "plain"),
    ],
)
def test_a_simple_model_whose_likelihood_is_worse_is_not_preferred(likelihoods, kind, family, tied, make):
    """Bits of alpha, beta and plain, with an error of .02; kind: of those of plain."""
    for fact, share in zip(FACTS, (0.0, 0.0, 1.0)):
        count_all(tied, make, fact, share, share, share)
    for name, value in zip(FAMILIES, likelihoods):
        find(tied, name).metrics.pop("bits", None)
        if value is not None:
            find(tied, name).metrics["bits"] = make.metric("bits", value, 0.02, kind if name == "plain" else "exact")
    pick = picked(tied)
    assert pick.family == family and ("plain" in pick.decided) == (family == "alpha"), pick


def test_fewer_bad_samples_than_real_items_have_is_no_merit(tied, make):
    count_all(tied, make, "broken_rules", 0.3, 0.2, 0.1)
    count_all(tied, make, "copies", 0, 0, 0.2)
    tied.reference.metrics["broken_rules"] = make.metric("broken_rules", 0.3, 0.02)
    assert picked(tied).family == "alpha" and not picked(tied).fact


def test_the_worst_fact_of_a_pick_is_named_and_its_command_mends_it(tied, make):
    count_all(tied, make, "broken_rules", 0.31, 0.48, 0.4)
    count_all(tied, make, "copies", 0.1, 0.1, 0.1)
    tied.metrics["cures"] = {"broken_rules": "--keep-rules", "copies": "--novel {data}"}
    pick = picked(tied)
    assert "31% of its rows break a rule, which --keep-rules mends, against 40-48%" in pick.decided
    assert pick.fact == "10% of its rows equal a training row, which --novel mends."
    assert (pick.reason + pick.fact).count("31% of its rows break a rule") == 1
    assert shlex.split(command(tied, pick, "c"))[-5:-2] == ["--keep-rules", "--novel", "dots"]
    tied.data["source"] = ""  # there is no file to name
    assert "--keep-rules --out" in command(tied, picked(tied), "c")


@pytest.mark.parametrize("most_bad, shares, family", [
    ({}, (0.8, 0.8, 0.8), "plain"),
    ({}, (0.95, 0.3, 0.95), "beta"),
    ({}, (0.95, 0.92, 0.95), None),
    ({"broken_rules": 0.5}, (0.8, 0.4, 0.8), "beta"),
    ({"broken_rules": 0.5}, (0.8, 0.7, 0.6), None),
])  # fmt: skip
def test_a_family_with_mostly_bad_samples_is_not_picked(most_bad, shares, family, tied, make):
    tied.metrics["most_bad"] = most_bad
    count_all(tied, make, "broken_rules", *shares)
    count_all(tied, make, "copies", 0.0, 0.0, 0.0)
    for row in tied.models:
        row.improving = row.family == "beta"
    pick = picked(tied)
    assert pick.family == family
    assert family or (pick.minutes is None and "beta" in pick.reason.split(". ")[1])  # which may still improve
    tied.metrics["cures"] = {"broken_rules": "--keep-rules"}
    assert picked(tied).family


def test_a_share_of_good_samples_is_a_fact_as_well(tied, make):
    tied.metrics["facts"] = {"class_coverage": "strings that are no molecule"}  # as earlier versions called them
    count_all(tied, make, "class_coverage", 0.6, 0.97, 0.7)
    assert picked(tied).family == "beta"
    assert "3.0% are strings that are no molecule, against 30-40%" in picked(tied).sentence


def test_facts_are_no_matter_where_families_differ_or_nothing_is_sampled(tied, make):
    count_all(tied, make, "broken_rules", 0.3, 0.0, 0.0)
    tied.models[0].metrics["frechet"] = make.metric("frechet", 0.5, 0.05)
    tied.models[1].metrics["bits"] = make.metric("bits", 1.801, 0.01, "exact")
    found = {pick.criterion: pick.family for pick in picks(tied)}
    assert found["samples"] == "alpha" == found["density"]


def test_speed_is_no_merit_of_a_family_that_a_fact_ruled_out(tied, make):
    """alpha is slow, and plain, which is fast, breaks rules."""
    count_all(tied, make, "broken_rules", 0.02, 0.02, 0.4)
    tied.models[0].seconds["sample"] = 30.0
    pick = picked(tied)
    assert pick.family == "beta" and "it samples 30 times as fast as alpha" in pick.sentence


def test_a_purpose_whose_number_has_no_value_on_the_data_has_no_card(results):
    """As codes of images without labels; but not where there was no time for it."""
    for row in results.models + results.baselines:
        del row.metrics["probe"]
        row.verbs.append("encode")
    assert [pick.why for pick in picks(results) if pick.criterion == "codes"] == ["unmeasured"]
    for row in results.models:
        row.no_value.append("probe")
    assert "codes" not in {pick.criterion for pick in picks(results)}


# ---------------------------------------------------------------------- what learned nothing


def gained(results, family, difference, metric="frechet", se=0.1):
    """How far the number of a family lies from that of its network before training."""
    find(results, family).gains[metric] = {"difference": difference, "se": se, "n": 200, "how": "apart"}


@pytest.mark.parametrize(
    "gains, chance, family, why",
    [
        ({"alpha": -90.0}, None, "alpha", ""),
        ({"alpha": -0.1}, None, None, "than the 2.10 that its own network before training reaches"),
        ({"alpha": 5.0}, None, None, "its own network"),
        ({"alpha": None}, None, "alpha", ""),  # it could not be measured before training
        ({}, 300.0, "alpha", ""),
        ({"alpha": -90.0}, 2.05, None, "than the 2.05 that chance or noise reaches"),
    ],
)
def test_a_pick_learned_something(gains, chance, family, why, results, make):
    for name, gain in gains.items():
        gained(results, name, gain) if gain else find(results, name).gains.update(frechet=None)
    if chance is not None:
        results.reference.chance["frechet"] = make.metric("frechet", chance, 0.1)
    pick = picked(results)
    assert pick.family == family and (family or why in pick.reason), pick
    assert isinstance(pick, Pick if family else NoPick)


@pytest.mark.parametrize("n", [12, 360])
def test_one_sentence_says_why_there_is_no_pick_and_no_other_repeats_it(n, results, make):
    for row in results.models + results.baselines:
        row.metrics["frechet"] = make.metric("frechet", 2.0, 0.5, n=n)
    results.reference.chance["frechet"] = make.metric("frechet", 2.05, 0.1)
    pick = picked(results)
    assert pick.family is None and (f"{n} items" in pick.reason) == (n == 12)
    assert [sentence for sentence in advice(results) if "2.05" in sentence or "chance" in sentence] == [pick.sentence]


@pytest.mark.parametrize("gain, family", [(-0.1, None), (-0.2, "alpha")])  # real items reach 0.9
def test_a_small_step_towards_real_items_is_nothing_learned(gain, family, results):
    gained(results, "alpha", gain, se=0.001)
    assert picked(results).family == family


def test_a_tied_family_that_learned_something_is_taken(tied):
    gained(tied, "alpha", 0.05)
    gained(tied, "beta", -9.0)
    tied.baselines.clear()
    assert picked(tied).family == "beta" and "alpha shows nothing learned yet" in picked(tied).sentence
    gained(tied, "beta", 9.0)
    assert picked(tied).families == ("alpha", "beta")


def on_record(results, *pairs):
    """Differences of two families in the Frechet distance, by item."""
    named = ("a", "b", "difference", "se")
    results.pairs = [dict(zip(named, pair), metric="frechet", n=1_000, how="by item") for pair in pairs]


def test_a_family_that_is_really_better_on_common_items_comes_first_whatever_others_say(results, make):
    """The sum of differences from many that were measured on few items speaks for beta."""
    for row, value, n in zip([*results.models, *results.baselines], (1.9, 2.0, 3.0), (5_000, 5_000, 128)):
        row.metrics["frechet"] = make.metric("frechet", value, 0.02, n=n)
    on_record(results, ("alpha", "beta", -0.1, 0.02), ("alpha", "plain", -0.9, 0.4), ("beta", "plain", -1.6, 0.4))
    assert ranking(results, "frechet").order[0] == "alpha" and picked(results).family == "alpha"
    on_record(results, ("alpha", "beta", 0.1, 0.02), ("alpha", "plain", -1.6, 0.4), ("beta", "plain", -0.9, 0.4))
    assert ranking(results, "frechet").order[0] == "beta"


def test_a_tie_by_item_counts_where_the_best_number_has_no_error(results, make):
    for row, value, se in zip([*results.models, *results.baselines], (1.0, 1.0, 1.2), (None, 0.1, 0.1)):
        row.metrics["frechet"] = make.metric("frechet", value, se)
    del results.baselines[0].metrics["bits"]
    on_record(results, ("alpha", "beta", 0.0, 0.1), ("alpha", "plain", -0.2, 0.2))
    assert set(picked(results).tied) == {"alpha", "beta"} and picked(results).family == "plain"


def test_minutes_that_are_missing_count_on_each_split_and_behind_those_left_out(results, monkeypatch):
    monkeypatch.setattr(registry, "least_passes", lambda *place: 10)
    gained(results, "alpha", 0.05)
    passes = {row.family: PassCost(10, 20.0, 75.0) for row in results.models}
    results.measured = Settled(3, passes=passes | {"gamma": PassCost(10, 30.0)})
    assert picked(results).minutes == 18  # 2 x 3 x (10 x 20 - 75) + 10 x 30 s


def test_a_tied_baseline_needs_no_network_to_be_better_than(tied):
    gained(tied, "alpha", 0.05)
    gained(tied, "beta", 0.05)
    assert picked(tied).family == "plain"


def test_what_a_pass_was_measured_to_take_counts_before_the_items_of_a_short_training(results, monkeypatch):
    monkeypatch.setattr(registry, "least_passes", lambda *place: 10)
    gained(results, "alpha", 0.05)
    for row in results.models:
        row.items = 8  # of 1,437, in 75 s that were mostly the start
    results.measured = Settled(passes={row.family: PassCost(10, 20.0, 75.0) for row in results.models})
    assert picked(results).minutes == 5  # 2 x (10 x 20 - 75) s


@pytest.mark.parametrize(
    "passes, seen, minutes",  # both trained 75 s, of 1,437 items a pass
    [(10, 1_437, 23), (100, 1_437, 250), (5, 14_370, None), (0.0, 1_437, None), (10, 0, None)],
)
def test_no_pick_says_what_time_is_needed_where_that_is_known(passes, seen, minutes, results, folder, monkeypatch):
    monkeypatch.setattr(registry, "least_passes", lambda *place: passes)
    gained(results, "alpha", 0.05)
    results.metrics["called"] = "dots"
    for row in results.models:
        row.items = seen
    pick = picked(results)
    assert (pick.why, pick.minutes) == ("unlearned", minutes)
    lead = f"no pick yet: these dots need about {minutes} min more" if minutes else "no pick yet"
    assert pick.lead == lead and command(results, pick, "c").endswith(f"--more-minutes {minutes or 2.5}")
    write(results, folder)
    told = [report(folder).read_text(encoding="utf-8"), Comparison(results.to_json(), folder)._repr_html_()]
    assert all(lead[1:] in page for page in [*told, repr(Comparison(results.to_json(), folder))])
    with pytest.raises(DataError):
        Comparison(results.to_json(), folder).best("samples")


@pytest.mark.parametrize("n, order", [(203, ("alpha", "beta", "plain")), (300, ("beta", "plain"))])
def test_families_with_nearly_as_many_samples_are_ranked_together(results, make, n, order):
    for row, value in zip([*results.models, *results.baselines], (2.0, 4.0, 9.0)):
        row.metrics["frechet"] = make.metric("frechet", value, 0.1, n=200)
    results.models[0].metrics["frechet"]["n"] = n
    assert ranking(results, "frechet").order == order
    assert picked(results).family == order[0] and "items that both saw" not in picked(results).sentence


def test_few_items_give_a_pick_and_say_how_many_would_tell_it_from_a_tied_one(tied, make, folder):
    for row in tied.models + tied.baselines:
        for metric in row.metrics.values():
            metric["n"] = 16
    count_all(tied, make, "broken_rules", 0.31, 0.02, 0.3)
    pick = picked(tied)
    assert (pick.family, pick.tied) == ("beta", ("alpha", "plain"))
    # 16 x (1.96 x .1414 / .05)^2
    assert "Only 16 items were scored; about 500 would tell it from alpha; add minutes" in pick.sentence
    tied.data["items"]["test"] = 16
    find(tied, "beta").metrics["frechet"]["value"] = 2.0
    assert picked(tied).sentence.endswith("no number of items would tell it from alpha.")
    write(tied, folder)
    assert "beta leads for now" in report(folder).read_text(encoding="utf-8")
    brief = Comparison(tied.to_json(), folder)
    assert "Only 16 items" in repr(brief) and "Only 16 items" in brief._repr_html_()


def test_among_few_items_facts_do_not_prefer_a_family_that_is_clearly_behind(tied, make):
    for row, value in zip([*tied.models, *tied.baselines], (2.0, 4.0, 9.0)):
        row.metrics["frechet"] = make.metric("frechet", value, 0.1, n=16)
    count_all(tied, make, "broken_rules", 0.31, 0.02, 0.0)
    assert picked(tied).family == "alpha"


def test_results_without_facts_are_read_as_before(results, folder):
    assert facts(read(folder)) == {} and picked(read(folder)).family == "alpha"


def test_families_that_were_not_measured_keep_no_pick_from_others_or_from_a_baseline_that_learned(results):
    del results.models[0].metrics["frechet"]
    assert picked(results).family == "beta"
    del results.models[1].metrics["frechet"]
    assert picked(results).family == "plain" and "alpha and beta were not measured" in picked(results).reason
    results.reference.chance["frechet"] = find(results, "plain").metrics["frechet"]
    assert picked(results).why == "unlearned"
    del results.baselines[0].metrics["frechet"]
    pick = picked(results)
    assert pick.why == "unmeasured" and pick.minutes is None
    slow = {"samples of alpha": 1_500.0, "samples of beta": 500.0, "scored of beta": 40.0}  # seconds for 100
    results.measured = Settled(first={"samples": 60, "scored": 50}, slow=slow)
    pick = picked(results)
    assert pick.minutes == 16 and "--more-minutes 16" in command(results, pick, "c")  # 3 x (0.6 x 500 + 0.5 x 40) s


def train_in_stages(results):
    """The trained families have trained by steps, so that they would come out otherwise another time."""
    for row in results.models:
        row.config.content["stages"] = [{"name": "fit"}]


def test_trainings_tie_what_items_alone_tell_apart(tied, make):
    """By an error of .1 each, 360 items and r of each family: .14 sqrt(1 + 2 r^2 n)."""
    tied.models[1].metrics["frechet"] = make.metric("frechet", 2.4, 0.1)
    tied.baselines.clear()
    assert not picked(tied).tied
    train_in_stages(tied)
    assert picked(tied).tied == ("beta",)
    off = difference(tied, "frechet", "alpha", "beta")
    assert off.se == pytest.approx(0.02**0.5 * (1 + 2 * default_spread().value ** 2 * 360) ** 0.5)


def test_pairs_on_record_hold_trainings_and_the_page_says_from_where(results, monkeypatch):
    train_in_stages(results)
    spreads = {"alpha": Spread(0.05, "alpha", record="some record")}
    known = lambda kind, task, family, items, minutes: spreads.get(family, default_spread())
    monkeypatch.setattr(registry, "training_spread", known)
    pairs = {(pair["metric"], pair["a"], pair["b"]): pair for pair in pairs_of(results, Path())}
    both, one = pairs["frechet", "alpha", "beta"], pairs["frechet", "alpha", "plain"]
    assert both["trainings"] == pytest.approx(0.02**0.5 * 360**0.5 * (0.05**2 + default_spread().value ** 2) ** 0.5)
    assert one["trainings"] == pytest.approx(0.02**0.5 * 360**0.5 * 0.05)  # plain always comes out the same
    results.pairs = [*pairs.values()]
    (sentence,) = [sentence for sentence in advice(results) if "training again" in sentence]
    assert "records for alpha" in sentence and "default for beta" in sentence
    assert not any("training again" in sentence for sentence in advice(make_untrained(results)))


def make_untrained(results):
    for row in results.models:
        del row.config.content["stages"]
    return results
