"""Hyperparameters of all presets against a snapshot: a preset changes by intent alone."""

import json
from pathlib import Path

from genwright.zoo import registry


def test_presets_are_those_of_the_snapshot():
    found = {f"{row.label}/{row.family}": registry.presets(row) for row in registry.ROWS}
    values = {key: {name: preset.values() for name, preset in table.items()} for key, table in found.items()}
    assert values == json.loads(Path(__file__).with_name("snapshot.json").read_text())
