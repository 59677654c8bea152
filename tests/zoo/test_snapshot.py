"""Hyperparameters of all presets against a snapshot: a preset changes by intent alone.

`python tests/zoo/test_snapshot.py` writes the snapshot.
"""

import json
from pathlib import Path

from genwright.zoo import registry

SNAPSHOT = Path(__file__).with_name("snapshot.json")


def presets_now() -> dict[str, dict[str, dict]]:
    """{kind or task/family: {preset: hyperparameters}}."""
    found = {f"{row.label}/{row.family}": registry.presets(row) for row in registry.ROWS}
    return {key: {name: preset.values() for name, preset in table.items()} for key, table in found.items()}


def write(presets: dict[str, dict[str, dict]]) -> str:
    """As JSON, a line for each preset."""
    rows = []
    for key, table in presets.items():
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in table.items())
        rows.append(f"{json.dumps(key)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def test_presets_are_those_of_the_snapshot():
    assert presets_now() == json.loads(SNAPSHOT.read_text())


if __name__ == "__main__":
    SNAPSHOT.write_text(write(presets_now()))
