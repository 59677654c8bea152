"""The systems, by group, and the bars of theirs that no record answers: `systems.toml`. docs/draw.py draws both."""

import tomllib
from pathlib import Path

_READ = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
GROUPS, OUTSIDE = _READ["groups"], _READ["outside"]  # the latter: not systems, but what all of them stand on
UNMEASURED = {system: tuple(bars) for system, bars in _READ["unmeasured"].items()}
SYSTEMS = {key: name for systems in GROUPS.values() for key, name in systems.items()}
