"""All that is said of each family, against a snapshot: presets, verbs, options, papers, advice, names."""

import json
from pathlib import Path

from genwright.zoo import registry
from genwright.zoo.index import nearest_to

SNAPSHOT = json.loads(Path(__file__).with_name("snapshot.json").read_text())


def facts_of(row: registry.Row) -> dict:
    presets, card = registry.presets(row), registry.find_card(row.family)
    return {
        "verbs": list(row.verbs),
        "likelihood": row.likelihood,
        "paper": row.paper,
        "baseline": row.baseline,
        "compare": row.compare,
        "copies": row.copies,
        "keeps": row.keeps,
        "conditional": row.conditional,
        "needs": list(row.needs),
        "sample options": list(row.sample_options),
        "figures": list(row.figures),
        "advice": list(card.advice),
        "equations": sorted(f"genwright.{name}" for name in {*row.on.equations, *card.equations}),
        "aliases": sorted([one.name, one.preset, one.paper] for one in card.aliases if row.kind in one.kinds),
        "variants": {name: card.variants[name] for name in presets if name in card.variants},
        "of codec": sorted(registry.codec_hyperparameters(row.kind, row.task, row.family)),
    }


def test_presets_are_those_of_the_snapshot():
    found = {f"{row.label}/{row.family}": registry.presets(row) for row in registry.ROWS}
    values = {key: {name: preset.values() for name, preset in table.items()} for key, table in found.items()}
    assert values == SNAPSHOT["presets"]


def test_facts_are_those_of_the_snapshot():
    found = {f"{row.label}/{row.family}": facts_of(row) for row in registry.ROWS}
    for key, facts in SNAPSHOT["facts"].items():
        assert found.pop(key) == facts, key
    assert not found


def test_models_that_are_not_here_have_the_nearest_family_of_the_snapshot():
    known = {label: registry.families(*registry.place(label)) for label in SNAPSHOT["nearest"]}
    for label, nearest in SNAPSHOT["nearest"].items():
        for name, family in nearest.items():
            assert next((one for one in nearest_to(name) if one in known[label]), None) == family, (label, name)
