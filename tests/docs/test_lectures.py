"""Every topic of the lectures leads to code that is there, and to the card that builds it."""

from importlib import import_module
from pathlib import Path

import pytest
from draw_lectures import TOPICS

import genwright

RUNS = Path(__file__).parents[1] / "golden" / "format-5"
BUILT = {key: topic for key, topic in TOPICS.items() if topic.family}


def thing(symbol: str):
    module, name = symbol.split(":")
    return getattr(import_module(f"genwright.{module}"), name)


@pytest.mark.parametrize("key", TOPICS)
def test_the_equations_of_a_topic_are_where_it_says(key):
    for symbol in TOPICS[key].symbols:
        assert thing(symbol).__module__ == f"genwright.{symbol.split(':')[0]}"
        assert import_module(thing(symbol).__module__).__doc__


@pytest.mark.parametrize("key", BUILT)
def test_the_card_of_a_topic_builds_its_class(key):
    topic = BUILT[key]
    model = genwright.load_model(RUNS / f"{topic.label}-{topic.family}")
    assert any(isinstance(part, thing(topic.symbols[0])) for part in model.family.modules())
