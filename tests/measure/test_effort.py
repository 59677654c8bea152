# Tests measure/sizes.py, molecules/contract.py
"""How much is measured in the time there is."""

import time
from types import SimpleNamespace

import pytest

import genwright
from genwright.contract import kinds, small_data
from genwright.graphs import contract as graphs
from genwright.measure import effort
from genwright.measure.effort import Cost, affordable_items, choose_sizes, share_out, time_verb
from genwright.measure.metric import Metric
from genwright.measure.metrics import trees
from genwright.measure.sizes import Sizes, Tried, beside_size, in_blocks, list_omissions
from genwright.measure.suites import tables
from genwright.molecules import contract as molecules
from genwright.sound import contract as sound
from genwright.sound.measure import audio_suite as audio
from genwright.zoo import registry

FULL, LEAST = {"samples": 1_000, "scored": 500}, {"samples": 200, "scored": 50}
JUDGING = Cost(0.0, 0.001, lambda n: (1, n))


def linear(each: float) -> Cost:
    return Cost(0.0, each, lambda n: (1, n))


def spent(sizes: dict, costs: dict, judging: Cost = JUDGING) -> float:
    """Seconds of all that is asked."""
    chosen = Sizes(FULL, sizes)
    models = {family: SimpleNamespace(config={"family": family}) for family in costs}
    asked = lambda family, name: chosen.size_for(models[family], name)
    drawn = [family for family in costs if asked(family, "samples")]
    judged = (1 + len(drawn)) * judging(chosen["samples"])
    return judged + sum(cost(asked(family, name)) for family, of in costs.items() for name, cost in of.items())


COSTS = {
    "quick": {"samples": linear(1e-4), "scored": linear(1e-4)},
    "middling": {"samples": linear(2e-3), "scored": linear(4e-3)},
    "slow": {"samples": linear(1e-2), "scored": linear(1e-1)},
}


def test_a_first_look_tries_what_it_asks_alone_and_stops_where_an_item_takes_too_long():
    asked = {"samples": [], "scored": [], "completed": []}

    def tries(name, seconds):
        def do(n):
            asked[name].append(n)
            end = time.process_time() + seconds * n
            while time.process_time() < end:
                pass

        return Tried(do, lambda n: (1, n))

    suite = SimpleNamespace(tries=lambda model: {"samples": tries("samples", 0.02), "scored": tries("scored", 1e-4)})
    costs = effort.look_costs(suite, None, {"samples": 50, "scored": 20}, 0.1)
    assert asked["samples"] == [1] and asked["scored"][-1] == 16 and set(costs) == {"samples", "scored"}
    assert costs["samples"](50) > 0.1 > costs["scored"](20)
    assert effort.look_costs(suite, None, {"samples": 0}, 0.1) == {}


def test_with_time_enough_all_is_measured():
    assert share_out(COSTS, JUDGING, FULL, LEAST, 1_000) == {}


@pytest.mark.parametrize("seconds", [8.0, 15.0, 30.0, 60.0])
def test_all_fits_into_the_time(seconds):
    sizes = share_out(COSTS, JUDGING, FULL, LEAST, seconds)
    assert 0.4 * seconds < spent(sizes, COSTS) <= seconds
    assert "scored of quick" not in sizes  # what takes little is asked in full
    assert all(n == 0 or n >= LEAST[name.split()[0]] for name, n in sizes.items())


def test_the_slow_are_left_out_where_not_even_a_little_fits():
    sizes = share_out(COSTS, JUDGING, FULL, LEAST, 5.0)
    assert sizes["scored of slow"] == 0 and "scored of quick" not in sizes and sizes["samples"] >= 200
    assert list_omissions(sizes, "slow", {})[-1].startswith("the log-likelihood had to be left out")
    assert "quick check" in list_omissions(sizes, "slow", {"scored": 50})[0]
    assert list_omissions(sizes, "quick", {}) == []


def test_no_time_at_all_leaves_the_reference_on_the_least():
    sizes = share_out(COSTS, JUDGING, FULL, LEAST, 0.0)
    assert sizes["samples"] == 200 and all(sizes[f"{name} of {family}"] == 0 for family in COSTS for name in FULL)


def test_codes_are_as_many_of_each_family():
    costs = {family: {"samples": linear(0), "coded": linear(each)} for family, each in (("a", 1e-3), ("b", 1e-1))}
    full, least = {"samples": 10, "coded": 400}, {"samples": 10, "coded": 50}
    sizes = share_out(costs, linear(0), full, least, 20)
    assert 50 <= sizes["coded"] < 200 and set(sizes) == {"coded"}


def test_few_items_tell_what_many_take(monkeypatch):
    """Of calls that take as long as three items."""
    clock, layout = [0.0], in_blocks((1, 3, 12, 48, 64))
    monkeypatch.setattr(effort, "cpu_seconds", lambda: clock[0])
    asked = []

    def do(n):
        calls, items = layout(n)
        asked.append(n)
        clock[0] += 0.03 * calls + 0.01 * items

    cost = time_verb(Tried(do, layout), effort.TRIED, 1_000, patience=0.1, max_seconds=1.0)
    assert asked == [1, 1, 16]
    assert cost(700) == pytest.approx(0.03 * layout(700)[0] + 0.01 * layout(700)[1])
    assert abs(cost(affordable_items(cost, 5.0, 1_000)) - 5) < 0.7


def test_a_metric_says_that_it_stands_on_fewer():
    sizes = Sizes(FULL, {"samples": 300, "scored of slow": 60})
    metric = Metric(1.0, 0.1, "exact", "mass", "nats", 60, "higher", detail="so")
    slow = SimpleNamespace(config={"family": "slow"})
    told = sizes.note_fewer_items({"nats": metric}, "scored", slow)["nats"].detail
    assert told == "so; 60 in the place of 500, for want of time" and beside_size(told) == "so"
    assert sizes.note_fewer_items({"nats": metric}, "scored")["nats"] is metric
    assert sizes.size_for(slow, "samples") == 300 and sizes["scored"] == 500


def test_a_suite_that_asks_nothing_costly_is_left_alone():
    assert choose_sizes(SimpleNamespace(sizes=Sizes({}, None)), [lambda: None], 1.0) == {}


def test_where_trying_took_all_the_time_what_takes_little_is_measured(monkeypatch):
    """A table without a number would help nobody."""
    clock = [0.0]
    monkeypatch.setattr(effort, "cpu_seconds", lambda: clock[0])

    def takes(each):
        def do(n):
            clock[0] += each * n

        return Tried(do, lambda n: (1, n))

    models = [SimpleNamespace(config={"family": family}) for family in ("quick", "slow")]
    tries = {
        "quick": {"samples": takes(1e-4), "scored": takes(0.01)},
        "slow": {"samples": takes(1.0), "scored": takes(100.0)},
    }
    suite = SimpleNamespace(
        sizes=Sizes(FULL, None), LEAST=LEAST, HEADLINE={"density": "nats"},
        tries=lambda model: tries[model.config["family"]],
        reference=lambda: takes(0.001).do(200), plot=lambda model, folder: None,
    )  # fmt: skip
    suite.resized = lambda sizes: suite
    sizes = choose_sizes(suite, [lambda model=model: model for model in models], 100.0)
    assert clock[0] > 100 and sizes["samples of slow"] == sizes["scored of slow"] == 0
    assert "scored of quick" not in sizes


def test_a_busy_machine_makes_nothing_dear():
    """Seconds are those of the processor: a process that waits for it costs nothing meanwhile."""
    assert effort.seconds_of(lambda: time.sleep(0.3)) < 0.2


@pytest.mark.parametrize(
    "least, first",
    [
        ({"samples": 200, "scored": 100, "completed": 50, "attacked": 200}, {"completed": 50, "attacked": 0}),
        ({"samples": 200, "scored": 64, "completed": 48, "coded": 128}, {"completed": 0, "coded": 128}),
    ],
)
def test_a_first_look_is_at_what_settles_the_purposes(least, first):
    suite = SimpleNamespace(LEAST=least, FIRST={"scored": 72}, sizes=Sizes(dict.fromkeys(least, 80), None))
    found = effort.first_sizes(suite, ["density", "samples", "codes"])
    assert found == {"samples": 80, "scored": min(72, least["scored"])} | {k: min(80, n) for k, n in first.items()}
    assert effort.least_sizes(suite)["scored"] == min(80, least["scored"])


@pytest.mark.parametrize(
    "kind, facts",
    [
        (kinds.Rows, {"copies"}),
        (kinds.Pictures, {"copies"}),
        (kinds.Lines, {"copies"}),
        (sound.Music, {"copies"}),
        (sound.Sounds, {"copies"}),
        (molecules.Molecules, {"copies", "valid"}),
        (kinds.SetsOfPoints, {"copies"}),
        (graphs.WholeGraphs, {"copies"}),
    ],
)
def test_a_first_look_has_the_headline_metrics_and_the_facts_alone(kind, facts, monkeypatch):
    """A fact is there where the data have it: a rule, or molecules."""
    monkeypatch.setattr(audio, "TAUGHT", 64)
    data = kind().data()
    suite = registry.suite_class(data)(data)
    model = genwright.fit(data, "bootstrap", progress=False)
    looked = suite.resized(effort.first_sizes(suite, suite.HEADLINE)).measure(model, only=suite.LOOKED).metrics
    assert facts <= set(suite.FACTS) <= set(suite.TITLES)
    assert {suite.HEADLINE["samples"]} | facts <= set(looked) <= {suite.HEADLINE["samples"], *suite.FACTS}


@pytest.mark.long
def test_a_table_is_measured_in_the_time_there_is(monkeypatch):
    monkeypatch.setattr(trees, "ROUNDS", 2)
    monkeypatch.setattr(tables, "RESAMPLES", 10)
    monkeypatch.setattr(tables, "DRAWS", 10)
    data = small_data.table()
    models = {family: genwright.fit(data, family, progress=False) for family in ("copula", "bootstrap")}
    openers, suite = [lambda model=model: model for model in models.values()], tables.Suite(data)
    assert choose_sizes(suite, openers, 1_000.0) == {}
    sizes = choose_sizes(suite, openers, 0.0)  # even then the reference is measured
    assert sizes["scored of copula"] == sizes["completed of copula"] == 0 and "scored of bootstrap" not in sizes
    small = suite.resized({"scored": 20, "completed of copula": 10})
    metrics = small.measure(models["copula"]).metrics
    assert metrics["nats"].n == 20 and metrics["imputation_error"].n == 10
    assert f"20 in the place of {len(data.test)}, for want of time" in metrics["nats"].detail
    nothing = suite.resized(sizes).measure(models["copula"]).metrics
    assert nothing == {} and tables.Suite(data).measure(models["bootstrap"], only=suite.LOOKED).metrics


def test_enough_items_of_what_settles_a_purpose_come_before_the_rest():
    full, least = {"samples": 500, "scored": 500, "completed": 300}, {"samples": 20, "scored": 32, "completed": 40}
    costs = {"slow": {"samples": linear(0), "scored": linear(0.1), "completed": linear(0.2)}}
    sizes = share_out(costs, linear(0.01), full, least, 16.0, first={"scored"})
    assert sizes["scored of slow"] >= effort.ENOUGH["scored"] and sizes["completed of slow"] == 0
    assert share_out(costs, linear(0.01), full, least, 10.0, first={"scored"})["scored of slow"] >= 32
