"""Identity of a run: numbers that it shares with its replays and with no other run, and a digest of them.

The digest stands in every checkpoint and in the weights, so that none is ever taken for another run's, whatever was
killed, copied or deleted in between. It depends on what the files say, not on their bytes: a comment does no harm.
"""

import hashlib
import json

from ..core.type_names import Record

# keys of config.toml that must not differ when a run resumes
RUN_KEYS = ("family", "kind", "task", "seed", "rows", "balance", "budget", "recipe", "training", "world")
PART_KEYS = ("member",)  # keys of a run that is part of another: the number of a member, from 1
PLANNED_KEYS = ("name", "threads", "bf16", "warmup", "about")  # decisions before the first step of a stage
REPLAYED_KEYS = (*PLANNED_KEYS, "items", "end")  # decisions that a replay repeats; the last two come later
SAMPLING_KEYS = ("rules", "identifiers", "written")  # keys of `domain.json` on which no weight depends


def run_digest(config: dict, domain: Record, stages: list[dict]) -> str:
    """Computes the digest that identifies a run, from what its weights depend on.

    Args:
        config: the run's record; `RUN_KEYS`, parent, codec and data hash of it count.
        domain: `domain.json`, of which the part counts that weights depend on.
        stages: the decisions on record for each stage.
    """
    domain, data = weight_relevant(domain), config.get("data")
    numbers = {key: config.get(key) for key in RUN_KEYS}
    numbers |= {
        "data": data.get("hash") if isinstance(data, dict) else None,
        "parent": origin_identity(config, "parent"),
    }
    numbers |= {key: config[key] for key in PART_KEYS if key in config}
    numbers |= {part: origin_identity(config, part) for part in ("codec", "towers") if part in config}
    plain = json.loads(json.dumps([numbers, domain, stages], default=str))  # keys are text, as they are once read
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=16).hexdigest()


def resumable_identity(config: dict) -> dict:
    """Returns the part of a record that must not differ when a run resumes; a person may change the number of
    processes."""
    return (
        {key: config.get(key) for key in RUN_KEYS if key != "world"}
        | {"data": config["data"]["hash"][:8], "from": origin_identity(config, "parent")}
        | {part: origin_identity(config, part) for part in ("codec", "towers")}
    )


def weight_relevant(domain: Record) -> Record:
    """Returns the part of `domain.json` that weights depend on. Rules, identifiers and the form of a table's file are
    left out: they matter only when rows are sampled."""
    if not isinstance(domain, dict):
        return domain
    return {key: value for key, value in domain.items() if key not in SAMPLING_KEYS}


def origin_identity(config: dict, part: str) -> dict:
    """Returns the identity of the run that a part of this one came from, without its folder, which may move.

    Args:
        config: Record of the run.
        part: "parent", "codec" or "towers".
    """
    return {key: value for key, value in config.get(part, {}).items() if key != "run"}


def stage_decisions(config: dict) -> list[dict]:
    """Returns the decisions on record for each stage, by `REPLAYED_KEYS`."""
    return [{key: value for key, value in stage.items() if key in REPLAYED_KEYS} for stage in config.get("stages", [])]
