"""Which of several families that are statistically tied is picked, and what the answer says of it."""

import pytest

from genwright.studies.compare.comparison import Comparison
from genwright.studies.report.picks import picks
from genwright.studies.report.report import report
from genwright.studies.report.results import facts, ranking, read, write

FACTS = {"broken_rules": "rows that break a rule", "copies": "copies of training rows"}


@pytest.fixture
def tied(results, make):
    """Three families that are tied on new items: alpha has the best number, plain the worst."""
    for row, value in zip([*results.models, *results.baselines], (2.0, 2.05, 2.1)):
        row.metrics["frechet"] = make.metric("frechet", value, 0.1)
    results.metrics["facts"] = FACTS
    results.reference.metrics |= {name: make.metric(name, 0.0, 0.004) for name in FACTS}
    return results


def count(results, make, fact, **shares):
    """What was counted of each family; a family that is not named was not looked at."""
    for row in results.models + results.baselines:
        if row.family in shares:
            row.metrics[fact] = make.metric(fact, shares[row.family], 0.02, n=200)


def picked(results):
    return next(pick for pick in picks(results) if pick.criterion == "samples")


def test_among_tied_families_fewer_broken_rules_win(tied, make):
    count(tied, make, "broken_rules", alpha=0.31, beta=0.48, plain=0.03)
    pick = picked(tied)
    assert (pick.family, pick.tied) == ("plain", ("alpha", "beta"))
    assert "take the simple baseline plain" in pick.sentence
    assert "fewer rows that break a rule: 3.0%, against 31-48% of alpha and beta" in pick.sentence


def test_a_fact_that_nobody_counted_is_the_worst(tied, make):
    count(tied, make, "broken_rules", beta=0.14, plain=0.12)
    pick = picked(tied)
    assert pick.family == "beta" and "against an unknown share of alpha" in pick.sentence


def test_a_difference_by_chance_decides_nothing_and_fewer_than_real_items_is_no_merit(tied, make):
    count(tied, make, "broken_rules", alpha=0.05, beta=0.04, plain=0.03)
    assert picked(tied).family == "alpha" and not picked(tied).decided
    count(tied, make, "broken_rules", alpha=0.3, beta=0.2, plain=0.1)
    tied.reference.metrics["broken_rules"] = make.metric("broken_rules", 0.3, 0.02)
    assert picked(tied).family == "alpha"


def test_the_next_fact_decides_between_families_that_the_first_leaves(tied, make):
    count(tied, make, "broken_rules", alpha=0.02, beta=0.03, plain=0.4)
    count(tied, make, "copies", alpha=0.25, beta=0.01, plain=0.0)
    assert picked(tied).family == "beta"
    assert "fewer copies of training rows: 1.0%, against 25% of alpha" in picked(tied).sentence


def test_a_share_of_good_samples_is_a_fact_as_well(tied, make):
    tied.metrics["facts"] = {"class_coverage": "strings that are no molecule"}
    count(tied, make, "class_coverage", alpha=0.6, beta=0.97, plain=0.7)
    assert picked(tied).family == "beta" and "3.0%, against 30-40%" in picked(tied).sentence


def test_facts_are_no_matter_where_families_differ_or_nothing_is_sampled(tied, make):
    count(tied, make, "broken_rules", alpha=0.3, beta=0.0, plain=0.0)
    tied.models[0].metrics["frechet"] = make.metric("frechet", 0.5, 0.05)
    tied.models[1].metrics["bits"] = make.metric("bits", 1.801, 0.01, "exact")
    found = {pick.criterion: pick.family for pick in picks(tied)}
    assert found["samples"] == "alpha" == found["density"]


def test_of_families_with_equal_facts_the_one_that_was_measured_most_wins(tied, make):
    count(tied, make, "broken_rules", alpha=0.02, beta=0.02, plain=0.02)
    del tied.models[0].metrics["cas"]
    assert picked(tied).family == "beta" and "more was measured of it than of alpha" in picked(tied).sentence


def test_a_tie_break_names_no_family_that_a_fact_ruled_out(tied, make):
    """alpha is slow, and plain, which is fast, breaks rules."""
    count(tied, make, "broken_rules", alpha=0.02, beta=0.02, plain=0.4)
    tied.models[0].seconds["sample"] = 30.0
    assert "beta samples 30 times as fast" in picked(tied).sentence and "does as well" not in picked(tied).sentence


@pytest.mark.parametrize("n, order", [(203, ("alpha", "beta", "plain")), (300, ("beta", "plain"))])
def test_families_with_nearly_as_many_samples_are_ranked_together(results, make, n, order):
    for row, value in zip([*results.models, *results.baselines], (2.0, 4.0, 9.0)):
        row.metrics["frechet"] = make.metric("frechet", value, 0.1, n=200)
    results.models[0].metrics["frechet"]["n"] = n
    assert ranking(results, "frechet").order == order
    assert picked(results).family == order[0] and "items that both saw" not in picked(results).sentence


def test_too_few_items_settle_nothing_and_no_page_says_take(tied, make, folder):
    for row in tied.models + tied.baselines:
        for metric in row.metrics.values():
            metric["n"] = 16
    count(tied, make, "broken_rules", alpha=0.31, beta=0.02, plain=0.3)
    pick = picked(tied)
    assert pick.family == "beta" and not pick.settled and "only 16 items were scored" in pick.sentence
    assert not any("take" in each.sentence for each in picks(tied))
    write(tied, folder)
    assert "<small>take" not in report(folder).read_text(encoding="utf-8")
    brief = Comparison(tied.to_json(), folder)
    assert "no winner yet" in repr(brief) and "no winner yet" in brief._repr_html_()


def test_among_few_items_facts_do_not_prefer_a_family_that_is_clearly_behind(tied, make):
    for row, value in zip([*tied.models, *tied.baselines], (2.0, 4.0, 9.0)):
        row.metrics["frechet"] = make.metric("frechet", value, 0.1, n=16)
    count(tied, make, "broken_rules", alpha=0.31, beta=0.02, plain=0.0)
    assert picked(tied).family == "alpha"


def test_results_without_facts_are_read_as_before(results, folder):
    assert facts(read(folder)) == {} and picked(read(folder)).family == "alpha"
