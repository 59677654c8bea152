"""Run folders of format 1 in today's words. docs/words.md has them side by side, with the words of the code."""

from __future__ import annotations

from ..recipes import registry

NUMBER = 1  # of the format
SECTIONS = {  # of config.toml: {its words: today's}
    "recipe": {"calm": "energy_l2", "pull": "code_l2", "left_out": "condition_dropout"},
    "training": {"looks": "validate_every"},
    "stages": {"half": "bf16"},
}
SAME = ("family", "domain", "seed", "rows", "balance", "budget", "recipe", "training")  # what digests were taken of


def current(config: dict) -> dict:
    """config.toml as read, of any format, in today's words; one of another type than it should be is left as it is."""
    if config.get("format") != NUMBER:
        return config
    now = config | {name: _renamed(config[name], words) for name, words in SECTIONS.items() if name in config}
    now.setdefault("streams", 1)
    if "domain" in now:
        now["kind"], now["task"] = registry.place(now.pop("domain"))
    return now


def written(config: dict) -> dict:
    """The opposite, of what `current` gives: what the digests of format 1 were taken of."""
    back = {name: {new: old for old, new in words.items()} for name, words in SECTIONS.items()}
    then = config | {name: _renamed(config[name], words) for name, words in back.items() if name in config}
    then.pop("streams", None)
    return then | {"domain": registry.label(then.pop("kind"), then.pop("task"))}


def _renamed(section, words: dict[str, str]):
    if isinstance(section, list):
        return [_renamed(part, words) for part in section]
    return {words.get(key, key): value for key, value in section.items()} if isinstance(section, dict) else section
