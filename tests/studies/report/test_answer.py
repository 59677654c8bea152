# Tests studies/report/pages.py
"""The answer of a comparison and the frame that a report reads, over results made at random."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_results import fill_folder, made, row
from scipy.stats import binomtest

from genwright.measure.intervals import proportion_se
from genwright.measure.metric import Metric
from genwright.studies.compare.comparison import Comparison
from genwright.studies.report.answer import answers, chips_of
from genwright.studies.report.frame import axis_of, frame_of, interval_of, limits_of, round_ticks
from genwright.studies.report.pages import build_page
from genwright.studies.report.picks import picks
from genwright.studies.report.results import metric_json, write
from genwright.studies.report.rules import headlines

KINDS = {  # a metric: title, unit, of, better, and the ends of what it can be
    "judge": ("Two-sample AUC", "AUC", "samples", "lower", 0.0, 1.0),
    "frechet": ("Frechet distance", "FD", "samples", "lower", 0.0, 500.0),
    "plausible": ("No clashes", "of samples", "samples", "higher", 0.0, 1.0),
    "nats": ("Log-likelihood", "nats", "mass", "higher", -900.0, 0.0),
    "density": ("Log density", "nats", "density", "higher", -900.0, 900.0),
    "probe": ("Linear probe", "accuracy", "codes", "higher", 0.0, 1.0),
    "holes": ("Imputation error", "sd", "completions", "lower", 0.0, 9.0),
}
PURPOSES = {"samples": ("judge", "frechet", "plausible"), "density": ("nats", "density"), "codes": ("probe", "holes")}
FACTS = {"rules": "{} of its rows break a rule", "sound": "{} of its samples are no molecule"}


@st.composite
def numbers(draw, name):
    title, unit, of, better, low, high = KINDS[name]
    value = draw(st.floats(low, high))
    se = draw(st.none() | st.floats(0, 0.3 * (high - low)))
    kind = draw(st.sampled_from(["exact", "lower bound"])) if of in ("mass", "density") else "estimate"
    return metric_json(Metric(value, se, kind, of, unit, draw(st.integers(5, 3000)), better))


@st.composite
def comparisons(draw):
    """A comparison of two to nine families at one to three purposes, some of them not measured."""
    results = made()
    headline = {purpose: draw(st.sampled_from(names)) for purpose, names in PURPOSES.items() if draw(st.booleans())}
    headline = headline or {"samples": "judge"}
    results.metrics = {
        "titles": {name: [kind[0], "in words", kind[1]] for name, kind in KINDS.items()}
        | {fact: [f"Share {fact}", "of samples", "of samples"] for fact in FACTS},
        "headline": headline, "facts": FACTS, "cures": {"rules": "--keep-rules"}, "called": "rows",
    }  # fmt: skip
    share = lambda: metric_json(Metric(draw(st.floats(0, 1)), 0.02, "estimate", "samples", "of samples", 300, "lower"))
    families = [f"family-{k}" for k in range(draw(st.integers(2, 9)))]
    every = []
    for family in families:
        known = {name: draw(numbers(name)) for name in headline.values() if draw(st.integers(0, 5))}
        known |= {fact: share() for fact in FACTS if draw(st.booleans())}
        one = row(family, seconds=(9.0, draw(st.floats(0, 900)), 1.0), **known)
        one.verbs = ["sample", "log_prob", "encode", "complete"]
        lacks = [KINDS[name][0] for name in headline.values() if name not in known]
        one.unmeasured = "; ".join(f"{title} needs what {family} lacks" for title in lacks)
        every.append(one)
    cut = draw(st.integers(1, len(every)))
    results.models, results.baselines = every[:cut], every[cut:]
    results.plan.families = [one.family for one in results.models]
    results.reference.metrics = {name: draw(numbers(name)) for name in headline.values() if draw(st.booleans())}
    results.reference.metrics |= {
        fact: metric_json(Metric(0, 0, "exact", "samples", "", 300, "lower")) for fact in FACTS
    }
    return results


def titles_in(text: str) -> set[str]:
    """Titles of metrics that a text names."""
    known = [kind[0] for kind in KINDS.values()] + ["Passes for real"]
    return {title for title in known if title in text}


def visible_words(found) -> int:
    """Words of the answers that a page shows unfolded, with those around them."""
    parts = lambda one: [one.purpose, one.verdict, *(f"{c.label} {c.text}" for c in one.chips), one.reason, one.warning]
    first = " ".join(parts(found[0])).split() if found else []
    others = [f"{one.purpose} {one.family or one.verdict} {one.number}".split() for one in found[1:]]
    return len(first) + sum(map(len, others))


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(comparisons())
def test_intervals_reasons_and_words_hold_for_any_results(results):
    frame = frame_of(results)
    order = [line.family for line in frame.lines]
    assert sorted(order) == sorted(one.family for one in results.models + results.baselines)
    for column in frame.columns:
        axis, scale = axis_of(column), 100 if column.shown.unit == "%" else 1
        for family, cell in column.cells.items():
            least, most = limits_of(cell.metric)
            assert least <= interval_of(cell.metric)[0] <= cell.metric.value <= interval_of(cell.metric)[1] <= most
            assert cell.low <= cell.value <= cell.high and 0 <= axis.at(cell.low) <= axis.at(cell.high) <= 1
            assert scale == 1 or 0 <= cell.low and cell.high <= 100
        assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
        own = {column.shown.title, KINDS[column.metric][0]} if column.metric in KINDS else set()
        for reason in column.missing.values():
            assert titles_in(reason) <= own
    found = answers(results)
    assert visible_words(found) <= 110  # beside a line on what was compared
    for pick, answer in zip([one for one in found if one.family], found):
        metric = results.metrics["headline"][pick.criterion]
        assert titles_in(pick.reason) <= {"Passes for real", KINDS[metric][0]} and titles_in(pick.reason)
        assert pick.reason.count(". ") <= 1
    assert {one.family for one in found} == {pick.family or "" for pick in picks(results)}


@pytest.mark.parametrize("hits, n", [(0, 18), (18, 18), (7, 20), (155, 1000)])
def test_a_share_has_the_interval_of_wilson(hits, n):
    share = hits / n
    metric = Metric(share, float(proportion_se(share, n)), "estimate", "samples", "of samples", n, "higher")
    ends = binomtest(hits, n).proportion_ci(method="wilson")
    assert interval_of(metric) == pytest.approx((ends.low, ends.high), abs=2e-4)


def test_ticks_are_round_and_inside():
    for low, high in ((0.0, 1.0), (-44.3, -39.1), (0.0123, 0.0171), (3.0, 3.0), (0, 90_000)):
        ticks = round_ticks(low, high)
        assert 1 <= len(ticks) <= 7 and all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
        assert all(len(f"{tick:.10g}".strip("-0.")) <= 6 for tick in ticks)


def spoilt(results, *families):
    """All samples of some families are no molecules."""
    results.metrics |= {"facts": {"sound": FACTS["sound"]}}
    results.metrics["titles"]["sound"] = ["Sound", "", "of samples"]
    for one in results.models + results.baselines:
        bad = 1.0 if one.family in families else 0.1
        one.metrics["sound"] = metric_json(Metric(bad, 0.01, "estimate", "samples", "of samples", 360, "lower"))


def test_a_family_whose_samples_are_of_no_use_is_never_taken(results):
    choice = lambda: next(pick for pick in picks(results) if pick.criterion == "samples")
    assert choice().family == "alpha"
    spoilt(results, "alpha")
    assert choice().family == "beta"
    spoilt(results, "alpha", "beta", "plain")
    assert choice().family is None and choice().minutes is None
    (answer,) = [one for one in answers(results) if one.criterion == "samples"]
    assert not answer.family and "100%" in answer.reason and not answer.chips
    results.metrics["cures"] = {"sound": "--unique"}  # what mends it
    assert choice().family


def test_facts_are_told_once_with_a_tone(results, make):
    spoilt(results)
    results.models[0].metrics["copies"] = make.metric("copies", 0.0, 0.001)
    tones = {chip.label: chip.tone for chip in chips_of(results, results.models[0], "frechet")}
    assert tones["Copies"] == "good" and tones["Faults"] == "poor" and set(tones) >= {"Like your data", "Speed"}


def test_a_family_that_stays_near_chance_is_not_to_be_taken(results, make):
    """Of 0.5 of real items and 60 of chance, 20 are two thirds of the way, and yet ghosts: distances are squares."""
    real, chance = make.metric("frechet", 0.5, 0.01), make.metric("frechet", 60.0, 0.1)
    results.reference.metrics["frechet"], results.reference.chance["frechet"] = real, chance
    for value, taken in ((2.0, True), (20.0, False)):
        for shift, one in enumerate(results.models + results.baselines):
            one.metrics["frechet"] = make.metric("frechet", value * (1 + shift), 0.01)
        (answer,) = [one for one in answers(results) if one.criterion == "samples"]
        assert answer.family == "alpha" and answer.verdict.startswith("Take") == taken


def test_the_first_thing_to_mind_about_the_pick_is_said_once_beside_it(tmp_path):
    results = made()
    for one in results.models + results.baselines:
        one.health = [f"what was left out of {one.family}"]
    first = answers(results)[0]
    assert first.warning == f"{first.family}: what was left out of {first.family}."
    page = build_page(results, tmp_path)
    more = next(section.content for section in page.sections if section.name == "more")
    assert first.warning in page.html() and first.warning not in more


def test_page_terminal_and_notebook_say_the_same(folder, results):
    page = build_page(results, folder).html()
    brief, text = Comparison(results.to_json(), folder)._repr_html_(), repr(Comparison(results.to_json(), folder))
    for answer in answers(results, folder):
        for chip in answer.chips:
            shown = chip.text.replace("'", "&#39;")
            assert chip.text in text and shown in brief.replace("&#39;", "'") or chip.text in brief
        assert all(answer.family in where for where in (page, brief, text))
    first = answers(results, folder)[0]
    assert all(chip.text in page for chip in first.chips)


def beside_the_answer(folder, results, samples: str, real: str) -> str:
    """The table of a page beside its answer, from CSV of samples and of real items."""
    (folder / "alpha" / "p.csv").write_text(samples, encoding="utf-8")
    (folder / "real.csv").write_text(real, encoding="utf-8")
    results.models[0].preview, results.reference.preview = "alpha/p.csv", "real.csv"
    write(results, folder)
    page = build_page(results, folder).html()
    return page[page.index('class="preview"') : page.index("</table>", page.index('class="preview"'))]


def test_real_rows_stand_beside_samples_whatever_columns_they_have(folder, results):
    (folder / "alpha" / "p.marks.json").write_text('{"cells": [[0, 1]]}', encoding="utf-8")
    table = beside_the_answer(folder, results, "b,a\n1,2\n", "id,a,b\n77,5,6\n")
    assert re.findall(r"<td[^>]*>([^<]*)</td>", table)[:4] == ["1", "2", "6", "5"]
    assert re.findall(r'<td class="broken"[^>]*>([^<]*)<', table) == ["2"]


def test_a_wide_table_shows_the_columns_that_fit_beside_the_answer(folder, results):
    names = [f"a_column_{k}" for k in range(10)]
    lines = "\n".join(",".join(row) for row in (names, ["0.25"] * 10)) + "\n"
    table = beside_the_answer(folder, results, lines, lines)
    shown = re.findall("a_column_[0-9]", table)
    assert shown == names[: len(shown)] and 2 <= len(shown) <= 5 and table.count("<td") == 2 * len(shown)


def test_lines_stand_side_by_side(folder, results):
    table = beside_the_answer(folder, results, "text\nabc\n", "text\nxyz\n")
    assert re.findall(r"<td[^>]*>([^<]*)</td>", table)[:2] == ["abc", "xyz"]


def test_pages_have_a_picture_and_each_family_once_in_one_order(folder, results):
    page = build_page(results, folder).html()
    strips = page[page.index('<table class="strips"') : page.index("</tbody></table>", page.index('class="strips"'))]
    assert re.findall(r'<th scope="row">([a-z]+)', strips) == ["alpha", "beta", "plain"]
    assert strips.count("<svg") >= 3 * len(list(headlines(results)))


def test_a_folder_of_results_made_at_random_has_a_page(tmp_path):
    """Templates meet whatever the frame may hold: nothing measured, errors, one family."""
    results = made()
    results.models[0].error, results.models[0].metrics = "broken <b>", {}
    fill_folder(tmp_path / "c", results)
    assert "broken &lt;b&gt;" in build_page(results, tmp_path / "c").html()
