# Tests studies/report/records.py
"""Every rule of the advice: results for which it speaks, and results for which it is silent."""

from dataclasses import replace

import pytest
from made_results import pairs

from genwright.run.run_record import RunRecord
from genwright.studies.report.advice import RULES, advice
from genwright.studies.report.picks import picks
from genwright.studies.report.records import PassCost, Results, Row, Settled


def said(results: Results, name: str) -> list[str]:
    rule = next(rule for rule in RULES if rule.name == name)
    return [rule.sentence.format(**words) for words in rule.condition(results)]


def model(results: Results, family: str = "alpha") -> Row:
    return next(row for row in results.models + results.baselines if row.family == family)


def silence(results, make):
    """The untouched comparison."""


def begun_with(run):
    def change(results, make):
        row = model(results)
        row.config = RunRecord(row.config.content | {"parent": {"run": run, "licence": "CC0"}})

    return change


def few(results, make):
    for row in results.models + results.baselines:
        for metric in row.metrics.values():
            metric["n"] = 69


def overlapping(results, make):
    model(results, "beta").metrics["frechet"] = make.metric("frechet", 2.1, 0.1)


def no_intervals(results, make):
    for row in results.models + results.baselines:
        row.metrics["frechet"]["se"] = None


def coin(results, make):
    """A family whose interval holds chance."""
    results.reference.chance["probe"] = make.metric("probe", 89.8, 0.1)


def clear_of_chance(results, make):
    results.reference.chance["probe"] = make.metric("probe", 50.0, 0.1)


def files(results, make):
    """Files of samples, of which nothing was trained."""
    results.study = "measure"


def strong_baseline(results, make):
    model(results, "plain").metrics["frechet"] = make.metric("frechet", 1.0, 0.05)


def equal_baseline(results, make):
    model(results, "plain").metrics["frechet"] = make.metric("frechet", 2.1, 0.1)
    model(results, "plain").metrics.pop("bits", None)  # which would be worse


def trained_again(results, make):
    for row in results.models:
        row.config.content["stages"] = [{"name": "fit"}]
    results.pairs = []


def trained_on_splits(results, make):
    trained_again(results, make)
    results.pairs = [{"metric": "bits", "a": "x", "b": "y", "difference": 1.0, "se": 1.0, "n": 3, "how": "by split"}]
    for row in results.models:
        row.splits = [{}, {}]


def bootstrap(results, make):
    """A copy that is perfect in everything else."""
    values = {"memorisation": 0.0, "frechet": 0.9, "cas": 99.0}
    metrics = {name: make.metric(name, value, 0.01) for name, value in values.items()}
    results.baselines.append(make.row("again", **metrics))


def repeated(share, fresh):
    """Of which it is known only how many samples equal a training item."""

    def change(results, make):
        del model(results).metrics["memorisation"]
        model(results).metrics["copies"] = make.metric("copies", share, 0.005)
        results.reference.metrics["copies"] = make.metric("copies", fresh, 0.005)

    return change


def stray(value, se):
    def change(results, make):
        model(results).metrics["memorisation"] = make.metric("memorisation", value, se)

    return change


def attacked(value, se=0.01, copied=False):
    def change(results, make):
        model(results).metrics["membership_auc"] = make.metric("membership_auc", value, se)
        if copied:
            model(results).metrics["memorisation"] = make.metric("memorisation", 0.1, 0.01)

    return change


def classes(value, se=0.01, detail=""):
    def change(results, make):
        model(results).metrics["class_coverage"] = make.metric("class_coverage", value, se, detail=detail)

    return change


def breaks(value, real=0.0):
    def change(results, make):
        detail = "most often `low` <= `high` (5.9%)"
        results.reference.metrics["broken_rules"] = make.metric("broken_rules", real, 0.004)
        model(results).metrics["broken_rules"] = make.metric("broken_rules", value, 0.006, detail=detail)

    return change


def easy_accuracy(results, make):
    model(results, "plain").metrics["cas"] = make.metric("cas", 96.5, 0.4)


def bound(results, make):
    model(results, "beta").metrics["bits"] = make.metric("bits", 2.1, 0.01, "lower bound")


def drawn(results, make):
    model(results, "beta").metrics["bits"]["detail"] = "drawn with an error of 0.9 nats an item"


def all_bounds(results, make):
    for row in results.models + results.baselines:
        row.metrics["bits"]["kind"] = "lower bound"


def other_reference(results, make):
    model(results).metrics["frechet"] = make.metric("frechet", 2.0, 0.1, reference="another network")


def covers(value, se=0.01):
    def change(results, make):
        model(results).metrics["coverage"] = make.metric("coverage", value, se)

    return change


def feature_coverage(results, make):
    """Coverage of the data by samples is another metric, which happens to have the same name."""
    model(results).metrics["coverage"] = {**make.metric("coverage", 0.3, 0.01), "of": "samples"}


def infinite(results, make):
    model(results).metrics["cas"] = make.metric("cas", float("inf"))


def neighbours(results, make):
    model(results).neighbours = 1


def broken(results, make):
    results.models.append(make.row("gamma", error="the loss became nan at step 12"))


def ill(results, make):
    model(results).health = ["the decoder ignores 14 of 16 latents: posterior collapse"]


def ill_alike(results, make):
    for row in results.models:
        row.health = ["the decoder ignores 14 of 16 latents"]


def drawing(seconds):
    def change(results, make):
        model(results).seconds["sample"] = seconds

    return change


def left_out(needs):
    def change(results, make):
        results.measured = Settled(passes={family: PassCost(5.0, need) for family, need in needs.items()})

    return change


def between(results, make):
    """The simple baseline is better than one trained family, and worse than the other."""
    model(results, "plain").metrics["frechet"] = make.metric("frechet", 3.0, 0.1)


def slow_and_equal(results, make):
    overlapping(results, make)
    model(results).seconds["sample"] = 30.0


def able_and_equal(results, make):
    overlapping(results, make)
    model(results, "beta").verbs += ["complete", "encode"]


def unmeasured(*families):
    """Of whose samples nothing is known."""

    def change(results, make):
        for family in families:
            del model(results, family).metrics["frechet"]

    return change


def diverged(results, make):
    """The only other trained family has no model."""
    model(results, "beta").error = "it diverged"


def third(results, make):
    """A family that was not measured, beside two that were."""
    results.models.append(make.row("gamma"))


def named(family, *, domain="tables", measured=True):
    """A baseline that the registry knows under this name, with samples that no number calls copies."""

    def change(results, make):
        results.data["domain"] = domain
        ratio = {"memorisation": make.metric("memorisation", 1.0, 0.02)} if measured else {}
        results.baselines.append(make.row(family, frechet=make.metric("frechet", 0.5, 0.01), **ratio))

    return change


def survived(share, n, ratio=0.0, copied=0.9, fresh=0.1):
    """Samples of which only some could be measured, and what was found of these."""

    def change(results, make):
        for name, value in {"memorisation": ratio, "copies": copied}.items():
            found = make.metric(name, value, 0.01, n=n)
            model(results).metrics[name] = {**found, "survived": share} if share < 1 else found
        results.reference.metrics["copies"] = make.metric("copies", fresh, 0.005)

    return change


def saw(items):
    """The best family saw so many training items, of 1,437."""

    def change(results, make):
        model(results).items = items

    return change


def glanced(results, make):
    for family in ("alpha", "plain"):
        model(results, family).measured = "first look"


def on_a_share(share):
    def change(results, make):
        results.machine["share"] = share

    return change


def copied_file(results, make):
    files(results, make)
    results.metrics["facts"] = {"copies": "{} of its rows equal a training row"}
    model(results).metrics["copies"] = make.metric("copies", 0.7, 0.05)
    results.reference.metrics["copies"] = make.metric("copies", 0.0, 0.0)


CASES = [  # rule, when it speaks, names and numbers that it then says, and when it does not say them
    ("pick", silence, "better than beta, the next, by 2.00 ± 0.28", few),
    ("pick", silence, "by 2.00 ± 0.28", overlapping),
    ("pick", overlapping, "beta is statistically tied", silence),
    ("pick", overlapping, "statistically tied", no_intervals),
    ("pick", slow_and_equal, "it samples 30 times as fast as alpha", overlapping),
    ("pick", able_and_equal, "beta also has complete and encode", overlapping),
    ("pick", equal_baseline, "it is a simpler model", overlapping),
    ("pick", strong_baseline, "simple baseline plain", silence),
    ("pick", strong_baseline, "more data", equal_baseline),
    ("pick", few, "Only 69 items", silence),
    ("pick", no_intervals, "Its error is unknown", silence),
    ("pick", unmeasured("beta"), "beta was not measured", silence),
    ("pick", unmeasured("alpha", "beta"), "take the simple baseline plain", unmeasured("beta")),
    ("pick", diverged, "beta was not measured", silence),
    ("pick", third, "gamma was not measured", silence),
    ("pick", saw(400), "400 of 1,437", saw(1_437)),
    ("pick", saw(400), "saw only 400", saw(0)),  # it learns in closed form
    ("barely trained", saw(400), "alpha", saw(1_437)),
    ("first look", glanced, "alpha and plain", silence),
    ("busy", on_a_share(0.55), "55%", on_a_share(0.8)),
    ("by design", named("bootstrap"), "bootstrap", named("mixture")),
    ("by design", named("bootstrap", measured=False), "bootstrap", silence),
    ("by design", named("noisy-copies", domain="points"), "noisy-copies", silence),
    (
        "begun",
        begun_with("shipped:digits"),
        "alpha began with `shipped:digits`",
        silence,
    ),
    ("worse than simple", between, "beta does worse than the simple baseline plain", silence),
    ("nearest", files, "alpha is nearest", silence),
    ("broken facts", copied_file, "alpha: 70% of its rows equal a training row.", files),
    ("coins", coin, "alpha is not clearly better than chance", clear_of_chance),
    ("worse than simple", between, "plain", strong_baseline),  # the pick says so
    ("left out", left_out({"vae": 168.0}), "vae needs about 14 min", silence),
    ("left out", left_out({"vae": 168.0, "flow": 9.0}), "and flow about 45 s", left_out({})),
    ("left out", left_out({"vae": 168.0, "flow": 9.0}), "--more-minutes 15", left_out({})),
    ("copies", bootstrap, "again", silence),
    ("repeated", repeated(0.97, 0.1), "97%", repeated(0.97, 0.97)),
    ("repeated", repeated(0.97, 0.1), "alpha", repeated(0.5, 0.1)),
    ("copies", survived(0.9, 180), "alpha", survived(0.05, 20)),
    ("copies", survived(0.9, 180), "alpha", survived(0.9, 90)),
    ("copies", survived(0.9, 180), "alpha", survived(0.3, 600)),
    ("copies", survived(0.9, 180), "alpha", survived(0.9, 180, copied=0.1)),
    ("copies", survived(1.0, 180, copied=0.1), "alpha", silence),
    ("repeated", repeated(0.97, 0.1), "alpha", survived(0.05, 20, copied=1.0)),
    ("copied pairs", pairs(0.4, 0.1), "alpha", pairs(0.12, 0.1)),
    ("look-ups", pairs(0.1, 0.1), "`a`", pairs(0.1, 0.1, "measure")),
    ("strays", stray(1.6, 0.05), "1.60 times", survived(0.05, 20, ratio=1.6)),
    ("survivors", survived(0.05, 20), "5%", survived(0.9, 180)),
    ("attacked", attacked(0.71), "AUC 0.71", attacked(0.71, se=0.2)),
    ("attacked", attacked(0.71), "alpha", attacked(0.98, copied=True)),
    ("copies", stray(0.6, 0.1), "alpha", stray(0.6, 0.2)),
    ("strays", stray(1.68, 0.05), "1.68 times", stray(1.68, 0.42)),
    ("dropped classes", classes(0.7, detail="3 of 10 classes (7, 8, 9)"), "3 of 10 classes", classes(1.0)),
    ("dropped classes", classes(0.7), "30%", classes(0.95, 0.05)),
    ("broken rules", breaks(0.062), "alpha 6%", breaks(0.01)),
    ("broken rules", breaks(0.062), "`low` <= `high` (5.9%)", breaks(0.062, real=0.06)),
    ("accuracy alone", easy_accuracy, "plain", silence),
    ("accuracy alone", easy_accuracy, "plain", bootstrap),
    ("kinds", bound, "a lower bound for beta", silence),
    ("kinds", bound, "exact for alpha and plain", all_bounds),
    ("noisy", drawn, "beta", silence),
    ("trainings", trained_on_splits, "3 splits", trained_again),
    ("unranked", other_reference, "alpha", silence),
    ("coverage", covers(0.71), "71%", covers(0.90)),
    ("coverage", covers(0.99), "too cautious", feature_coverage),
    ("coverage", covers(0.99), "too cautious", covers(0.96)),
    ("coverage", covers(0.71), "overconfident", covers(0.71, 0.1)),
    ("not finite", infinite, "alpha", silence),
    ("shared host", neighbours, "alpha", silence),
    ("failed", broken, "gamma", silence),
    ("health", ill, "alpha", silence),
    ("health", ill_alike, "alpha and beta", ill),
    ("slow", drawing(100.0), "100 times as long", drawing(5.0)),
]


@pytest.mark.parametrize("name, true, words, false", CASES, ids=[f"{case[0]}: {case[2][:30]}" for case in CASES])
def test_a_rule_speaks_when_its_condition_holds_and_only_then(name, true, words, false, make):
    results = make.results()
    true(results, make)
    assert any(words in sentence for sentence in said(results, name)), said(results, name)
    assert any(words in sentence for sentence in advice(results))
    results = make.results()
    false(results, make)
    assert not any(words in sentence for sentence in said(results, name)), said(results, name)


def test_every_rule_has_a_case():
    assert {rule.name for rule in RULES} == {case[0] for case in CASES}


def test_where_nothing_is_wrong_only_winners_are_named(results):
    assert len(advice(results)) == 3
    assert all("take" in sentence for sentence in advice(results))


def test_with_little_data_no_family_is_better_but_an_equal_baseline_is_said(results, make):
    few(results, make)
    equal_baseline(results, make)
    for row in results.models + results.baselines:
        row.metrics["frechet"]["n"] = 69
    sentences = advice(results)
    assert not any("better than" in sentence for sentence in sentences)
    assert all("Only 69 items were scored" in sentence for sentence in sentences)
    assert [s for s in sentences if "take the simple baseline plain" in s] == [sentences[1]]


@pytest.mark.parametrize("measured", [True, False])
def test_a_family_that_copies_by_design_is_never_picked_for_new_items(measured, results, make):
    """Whatever was measured of it, and where nothing says that it copies."""
    named("bootstrap", measured=measured)(results, make)
    results.baselines[-1].metrics["probe"] = make.metric("probe", 99.0, 0.1)
    found = {pick.criterion: pick for pick in picks(results)}
    assert found["samples"].family == "alpha" and "bootstrap" not in found["samples"].tied
    unmeasured("alpha", "beta")(results, make)
    del model(results, "plain").metrics["frechet"]
    assert next(pick for pick in picks(results) if pick.criterion == "samples").family is None


def test_where_nothing_was_measured_the_advice_says_so_and_picks_nothing(results):
    sentences = advice(replace(results, models=[], baselines=[], reference=None))
    assert len(sentences) == 3 and all("Not enough was measured" in sentence for sentence in sentences)


def test_a_purpose_that_one_family_can_serve_needs_no_second(results, make):
    """Nor is there a pick for one that none can serve."""
    del model(results, "beta").metrics["bits"]
    model(results, "beta").verbs = ["sample"]
    found = {pick.criterion: pick for pick in picks(results)}
    assert found["density"].family == "alpha" and "better than plain" in found["density"].sentence
    del model(results).metrics["bits"]
    model(results).verbs = ["sample"]
    assert "density" not in {pick.criterion for pick in picks(results)}


def test_families_that_may_not_be_ranked_leave_no_pick_to_a_baseline(results, make):
    for family, kind in {"alpha": "estimate", "beta": "unnormalised"}.items():
        model(results, family).metrics["bits"]["kind"] = kind
    assert {pick.criterion for pick in picks(results)} == {"samples", "codes"}


def test_of_one_likelihood_in_two_units_one_is_named(results, make):
    bound(results, make)
    drawn(results, make)
    results.metrics["titles"]["bytes"] = ["Bits per byte", "the same over bytes", "bits"]
    for row in results.models + results.baselines:
        row.metrics["bytes"] = dict(row.metrics["bits"])
    assert [len(said(results, name)) for name in ("kinds", "noisy")] == [1, 1]
