"""Which run a file is of: the numbers that a run shares with its replays and with no other run, and a digest of them.

The digest stands in every checkpoint and in the weights, so that none is ever taken for another run's, whatever was
killed, copied or deleted in between. It is taken of what the files say, not of their bytes: a comment does no harm.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

# what must not differ when a run goes on
SAME = ("family", "kind", "task", "seed", "rows", "balance", "budget", "recipe", "training", "world")
BEGUN = ("name", "threads", "bf16", "warmup", "about")  # of a stage: what is decided before its first step
DECIDED = (*BEGUN, "items", "end")  # what a replay takes over; the last two are there once they are known
DRAWN = ("rules", "identifiers", "written")  # of `domain.json`, what no weight depends on


def run_digest(config: dict, domain: Any, stages: list[dict]) -> str:
    """Of the numbers that `SAME` names, the parent and the data's hash in `config`, of what `domain.json` holds, and of
    what was decided (stages)."""
    domain = weighed(domain)
    data = config.get("data")
    numbers = {key: config.get(key) for key in SAME} | {"data": data.get("hash") if isinstance(data, dict) else None}
    numbers |= {"parent": begun_from(config)}
    plain = json.loads(json.dumps([numbers, domain, stages], default=str))  # keys are text, as they are once read
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=16).hexdigest()


def weighed(domain: Any) -> Any:
    """What `domain.json` holds and weights depend on: rules of a table are kept, identifiers made and the form of its
    file taken once rows are drawn."""
    return {key: value for key, value in domain.items() if key not in DRAWN} if isinstance(domain, dict) else domain


def begun_from(config: dict) -> dict:
    """What a run and the same call have in common of their parent, wherever that lies now."""
    return {key: value for key, value in config.get("parent", {}).items() if key != "run"}


def decided(config: dict) -> list[dict]:
    """What was decided of each stage."""
    return [{key: value for key, value in stage.items() if key in DECIDED} for stage in config.get("stages", [])]
