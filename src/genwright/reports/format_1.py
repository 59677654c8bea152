"""results.json as it was first written, in today's words, so that an old comparison is drawn and repeated."""

from __future__ import annotations

NUMBER = 1
ROW = {"settings": {}, "seed": 0, "per_item": ""}


def current(old: dict) -> dict:
    """A comparison or ladder of format 1 as one of format 2. Raises KeyError where it lacks a part."""
    ladder = "published" in old["rulers"]["titles"]
    seeds = old["data"].get("options", {}).get("seeds", 1) if ladder else 1
    kept = {name: old[name] for name in ("finished", "data", "seed", "machine", "advice")}
    found = {
        "format": 2,
        "study": "ladder" if ladder else "compare",
        **kept,
        "data": {"options": {}, **old["data"]},
        "plan": {
            "families": old["budget"]["families"],
            "seeds": seeds,
            "minutes": None if ladder else old["budget"]["minutes"],
            "share": None if ladder else old["budget"]["share"],
        },
        "metrics": old["rulers"],
        "reference": old["floor"],
        "published": {},
        "baselines": [ROW | {"seed": old["seed"]} | row for row in old["baselines"]],
        "models": [ROW | {"seed": old["seed"]} | row for row in old["models"]],
    }
    return found | ({"drawings": old["drawings"]} if "drawings" in old else {})
