# Tests studies/report/rules.py
"""Every sentence on privacy: results for which it is said, and results for which it is not."""

from dataclasses import replace

import pytest
from made_results import pairs

from genwright.kinds.known_kinds import kinds
from genwright.molecules.measure.properties_suite import WORST_CAPTION
from genwright.molecules.package import PROPERTIES
from genwright.studies.report.privacy import RULES, privacy
from genwright.studies.report.rules import speak
from genwright.zoo import registry


def row_of(results, family="alpha"):
    return next(row for row in results.models + results.baselines if row.family == family)


def untouched(results, make):
    """Trained families whose samples lie as near to training items as fresh items do."""


def near(results, make):
    row_of(results).metrics["memorisation"] = make.metric("memorisation", 0.3, 0.02)


def near_by_chance(results, make):
    """Below what copies reach, by less than the error."""
    for row in results.models:
        row.metrics["memorisation"] = make.metric("memorisation", 0.6, 0.2)


def copied(share, fresh=0.01):
    def change(results, make):
        row_of(results).metrics["copies"] = make.metric("copies", share, 0.005)
        results.reference.metrics["copies"] = make.metric("copies", fresh, 0.002)

    return change


def all_near(results, make):
    for row in results.models:
        row.metrics["memorisation"] = make.metric("memorisation", 0.3, 0.02)


def blind(results, make):
    """No number about copying, for anything."""
    for row in results.models + results.baselines:
        row.metrics.pop("memorisation")


def no_models(results, make):
    results.models = []


def by_copies(results, make):
    """One that returns training items by design."""
    results.data["domain"] = "images"
    results.baselines[0].family = "bootstrap"


def drawn(results, make):
    row_of(results).drawings = {"Samples nearest to training images": "alpha/nearest.png"}


def attacked(value, se=0.01, fresh=0.5, name="membership_auc"):
    """Of a trained family, beside another of which the attack tells nothing."""

    def change(results, make):
        row_of(results).metrics[name] = make.metric(name, value, se, detail="copies would reach 0.98")
        row_of(results, "beta").metrics[name] = make.metric(name, 0.49, se)
        results.reference.metrics[name] = make.metric(name, fresh, se)

    return change


CASES = [
    ("attacked", attacked(0.71), "AUC 0.71", attacked(0.52)),
    ("attacked", attacked(0.71), "training items of alpha from others", attacked(0.52, fresh=0.4)),
    ("attacked", attacked(0.71), "training items of alpha from others", attacked(0.71, se=0.1)),
    ("attacked", attacked(0.6), "training items of alpha from others", attacked(0.6, fresh=0.59)),
    ("attacked", attacked(0.6), "training items of alpha from others", attacked(0.3)),
    ("attacked", attacked(0.64, name="dcr_share"), "64% of its samples lie nearer", attacked(0.51, name="dcr_share")),
    ("withstood", attacked(0.71), "An attack with samples of beta does not provably tell", untouched),
    ("withstood", attacked(0.51), "samples of alpha and beta does not provably tell", attacked(0.71)),
    ("no sign", untouched, "alpha and beta show no sign", attacked(0.71)),
    ("giving away", near, "Samples of alpha give training items away: they lie 0.30 times as far", untouched),
    ("giving away", near, "give training items away", near_by_chance),
    ("giving away", copied(0.2), "20% of them equal one, where 1% of fresh items would", copied(0.012)),
    ("giving away", copied(0.2), "20% of them", copied(0.2, fresh=0.3)),
    ("no sign", untouched, "Samples of alpha and beta show no sign of copying: they lie 1.02 times", all_near),
    ("no sign", near, "Samples of beta show no sign", blind),
    ("no sign", copied(0.012), "at most 1.2% of them equal one, where 1% of fresh items would", copied(0.2)),
    ("no sign", untouched, "show no sign of copying", near_by_chance),
    ("unsettled", near_by_chance, "Whether alpha copies is not settled: its samples lie 0.60 ± 0.39 times", near),
    ("unsettled", near_by_chance, "Whether alpha copies", untouched),
    ("giving away", pairs(0.4, 0.1), "40% of them hold a rare pair of training cells, where 10%", pairs(0.4, 0.5)),
    ("look-ups", pairs(0.1, 0.1), "`a` for each of 300 values of `key` and `b`", pairs(0.1, 0.1, "measure")),
    ("look-ups", pairs(0.1, 0.1), "`a`", untouched),
    ("unmeasured", blind, "Copying was not measured for alpha and beta", untouched),
    ("conditions", untouched, "no text, no image and no row", no_models),
    ("held", by_copies, "A run folder of bootstrap holds training items", untouched),
    ("limits", untouched, "This is no guarantee", blind),
    ("pairs", drawn, "This page shows training items", untouched),
]


@pytest.mark.parametrize("name, true, words, false", CASES, ids=[f"{case[0]}: {case[2][:30]}" for case in CASES])
def test_a_sentence_is_said_when_its_condition_holds_and_only_then(name, true, words, false, make):
    rule = next(rule for rule in RULES if rule.name == name)
    results = make.results()
    true(results, make)
    assert any(words in sentence for sentence in speak([rule], results)), speak([rule], results)
    assert any(words in sentence for sentence in privacy(results))
    results = make.results()
    false(results, make)
    assert not any(words in sentence for sentence in speak([rule], results)), speak([rule], results)


def test_every_sentence_has_a_case():
    assert {rule.name for rule in RULES} == {case[0] for case in CASES}


def test_an_empty_comparison_says_nothing_of_privacy(results):
    assert privacy(replace(results, models=[], baselines=[], reference=None)) == []


def test_a_run_of_properties_keeps_fingerprints_and_that_of_nearest_its_answers_too(results):
    results.data["domain"] = registry.label(*PROPERTIES)
    (kept,) = privacy(results)
    assert "fingerprint" in kept and "copying" not in kept
    results.baselines[0] = replace(results.baselines[0], family="nearest", drawings={WORST_CAPTION: "worst.png"})
    _, answers, sheet = privacy(results)
    assert "nearest" in answers and "measured" in sheet


def test_the_page_says_what_a_kind_of_data_protects(monkeypatch, results):
    kind = replace(kinds()["tables"], privacy=("One row is protected.",))
    monkeypatch.setattr(
        "genwright.studies.report.privacy.kinds", lambda: {registry.place(results.data["domain"])[0]: kind}
    )
    assert "One row is protected." in privacy(results)
