"""The systems, by group, and the bars of theirs that no record answers: `systems.toml`. docs/draw.py draws both."""

import json
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
READ = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
GROUPS, OUTSIDE = READ["groups"], READ["outside"]  # the latter: not systems, but what all of them stand on
SYSTEMS = {key: name for systems in GROUPS.values() for key, name in systems.items()}
TESTED = READ["tested"]  # {system: [bar, path of the test that answers it] of each}


def is_answered(system: str, record: str) -> bool:
    """Whether a record has a planned row of a system; "" for a bar that no benchmark measures."""
    path = HERE / "results" / f"{record}.json"
    if not record or not path.exists():
        return False
    return any(row["system"] == system and row["plan"] for row in json.loads(path.read_text())["bars"])


UNMEASURED = {  # {system: (bar, why it is not measured) of each}
    system: tuple((bar, reason) for bar, reason, record in bars if not is_answered(system, record))
    for system, bars in READ["unmeasured"].items()
}
