"""Which run a file is of: the numbers that a run shares with its replays and with no other run, and a digest of them.

The digest stands in every checkpoint and in the weights, so that none is ever taken for another run's, whatever was
killed, copied or deleted in between. It is taken of what the files say, not of their bytes: a comment does no harm.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

# what must not differ when a run goes on; records of format 1 know nothing of the last two
SAME = ("family", "kind", "task", "seed", "rows", "balance", "budget", "recipe", "training", "world", "streams")
ADDED = ("world", "streams")
BEGUN = ("name", "threads", "bf16", "warmup")  # of a stage: what is decided before its first step
BEGUN_FROM = ("weights", "pace")  # of a parent, beside its digest; older records lack them
DECIDED = (*BEGUN, "items", "end")  # what a replay takes over; the last two are there once they are known
DRAWN = ("rules", "identifiers", "written")  # of `domain.json`, what no weight depends on


def run_digest(config: dict, domain: Any, stages: list[dict], same: tuple[str, ...] = SAME) -> str:
    """Of the numbers (same) and the data's hash in `config`, of what `domain.json` holds, and of what was decided
    (stages)."""
    domain = weighed(domain)
    data = config.get("data")
    numbers = {key: config.get(key) for key in same} | {"data": data.get("hash") if isinstance(data, dict) else None}
    numbers |= {"parent": config["parent"]["digest"]} if "parent" in config else {}
    numbers |= {key: config["parent"][key] for key in BEGUN_FROM if key in config.get("parent", {})}
    plain = json.loads(json.dumps([numbers, domain, stages], default=str))  # keys are text, as they are once read
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=16).hexdigest()


def weighed(domain: Any) -> Any:
    """What `domain.json` holds and weights depend on: rules of a table are kept, identifiers made and the form of its
    file taken once rows are drawn."""
    return {key: value for key, value in domain.items() if key not in DRAWN} if isinstance(domain, dict) else domain


def known(stage: dict) -> dict:
    """What is known of a stage. Older records say 0 items where a number is not known; now it is left out."""
    return {key: value for key, value in stage.items() if value != 0 or key not in ("items", "end", "best")}


def decided(config: dict) -> list[dict]:
    """What was decided of each stage."""
    return [{key: value for key, value in known(stage).items() if key in DECIDED} for stage in config.get("stages", [])]
