# Tests zoo/target.py
"""The table of families: what may stand in it, and what `compare` takes of it."""

import numpy as np
import pytest
from installed import entry_points_of

import genwright
from genwright.core import packages
from genwright.core.errors import DataError
from genwright.graphs.package import LINKS, NODES, RELATIONS
from genwright.molecules.package import MOLECULES
from genwright.zoo import card, registry
from genwright.zoo.card import Spread, default_spread


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """What a test registers is gone after it, and toys of other tests are not looked at."""
    monkeypatch.setattr(registry, "_registered", [])
    monkeypatch.setattr(registry, "TASKS", {place: of for place, of in registry.TASKS.items() if place[0] != "toy"})


def recipe(spec, given):
    raise NotImplementedError


def test_no_row_stands_twice_and_every_one_has_its_task():
    keys = [(row.kind, row.task, row.family) for row in registry.ROWS]
    assert len(set(keys)) == len(keys) and {key[:2] for key in keys} == set(registry.TASKS)
    for (kind, task), of in registry.TASKS.items():
        assert registry.default_family(kind, task) in registry.families(kind, task)
        assert bool(of.items) == registry.predicts(task)


def test_a_domain_says_the_place_under_which_it_stands():
    for kind, task in registry.TASKS:
        domain = registry.domain_class(kind, task)
        assert domain.kind == kind and getattr(domain, "task", task) == task


def test_a_label_tells_every_place():
    assert [registry.place(registry.label(*key)) for key in registry.TASKS] == list(registry.TASKS)


def test_compare_takes_what_asks_for_it():
    genwright.register("tables", "always", recipe)
    genwright.register("tables", "when-named", recipe, compare=False)
    taken, every = registry.compared(*registry.TABLES), registry.families(*registry.TABLES)
    assert "always" in taken and "when-named" not in taken and "when-named" in every
    assert not set(taken) & set(registry.families(*registry.TABLES, baselines=True))


def test_a_family_is_of_the_first_task_of_its_kind_unless_it_says_another():
    genwright.register("graph", "mine", recipe, verbs=("predict",))
    genwright.register("graph", "mine", recipe, verbs=("predict",), task="links")
    assert registry.find(*NODES, "mine") and registry.find(*LINKS, "mine")
    assert not registry.find(*RELATIONS, "mine")


@pytest.mark.parametrize(
    "words, options, named",
    [
        (("songs", "mine"), {}, "songs"),
        (("graph", "mine"), {"task": "songs"}, "songs"),
        (("graph", "mine"), {}, "sample"),
        (("tables", "vae"), {}, "vae"),
        (("tables", "mine"), {"likelihood": "exact"}, "log_prob"),
    ],
)
def test_what_cannot_stand_there_is_refused(words, options, named):
    with pytest.raises(DataError, match=named):
        genwright.register(*words, recipe, **options)


def test_a_package_that_ends_the_program_is_left_out_and_told(monkeypatch):
    class Entry:
        value = "theirs:families"

        def load(self):
            raise SystemExit(0)

    monkeypatch.setattr(packages, "entry_points", entry_points_of(Entry()))
    with pytest.warns(UserWarning, match="theirs:families"):
        packages.load_plugins.__wrapped__()


def test_a_family_of_another_task_is_named_with_the_option_that_asks_for_it(monkeypatch):
    nodes_only = "label-propagation"
    with pytest.raises(DataError):
        registry.row(*LINKS, nodes_only)
    place = ("molecules", "measured")
    monkeypatch.setitem(registry.TASKS, place, registry.TASKS[NODES])
    rows = (*registry.ROWS, registry.Row(*place, "of-measured", ("predict",)))
    monkeypatch.setattr(registry, "rows", lambda: rows)
    with pytest.raises(DataError):
        registry.row(*MOLECULES, "of-measured")


def test_the_spread_of_trainings_is_that_of_the_nearest_record_and_else_a_default(monkeypatch):
    small, large = Spread(0.2, "vae", 1_000, 1.0, "a"), Spread(0.05, "vae", 50_000, 5.0, "b")
    monkeypatch.setattr(registry, "read_spreads", lambda: {"tables": [small, large]})
    spread = lambda items, minutes, family="vae": registry.training_spread("tables", "generate", family, items, minutes)
    assert spread(2_000, 1.0) == small and spread(20_000, 4.0) == large
    for others in ((1_000, 20.0), (20, 1.0), (1_000, 1.0, "flow")):
        assert spread(*others) == default_spread()


@pytest.mark.parametrize("known", [[0.2], [0.05, 0.05, 0.3]])
def test_by_the_default_one_of_two_trainings_of_a_family_on_record_is_seldom_called_better(monkeypatch, known):
    """One pair of twenty on average over families, however many items there are."""
    monkeypatch.setattr(card, "read_spreads", lambda: {"tables": [Spread(value, "vae") for value in known]})
    default = default_spread.__wrapped__().value
    rng = np.random.default_rng(0)
    apart = rng.choice(known, 100_000) * rng.normal(size=(2, 100_000))
    called = np.abs(apart[0] - apart[1]) > 1.96 * 2**0.5 * default
    assert 0.04 < called.mean() < 0.055
