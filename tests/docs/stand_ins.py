"""Small data in the place of what docs and notebooks load by name, so that their tests are quick and need no files."""

from dataclasses import replace

import numpy as np
from documents import tune

import genwright
from genwright.core.account import Account
from genwright.graphs import contract as graphs_contract
from genwright.kinds.formats.raw import Raw
from genwright.kinds.named.tables import digits
from genwright.sound.kinds.audio.clips import Clips

STAND_INS = {
    "digits": lambda: few_digits(400),
    "cora": lambda: replace(genwright.load_data("karate-club"), name="cora"),
    "mutag": graphs_contract.rings_and_stars,
    "gowalla": graphs_contract.clubs,
    "jsb-chorales": lambda: Raw("music", "jsb-chorales", [tune(k) for k in range(12)], account=Account()),
    "fsdd": lambda: Raw("audio", "fsdd", spoken(120), account=Account()),
    "freesolv": lambda: Raw("molecules", "freesolv", amides(), account=Account()),
}


def stand_in(patch) -> None:
    """patch: pytest's MonkeyPatch."""
    from genwright.kinds import known_kinds as kinds

    read = kinds.read_named
    patch.setattr(kinds, "read_named", lambda name, seed: STAND_INS[name]() if name in STAND_INS else read(name, seed))


def few_digits(count: int) -> Raw:
    raw = digits()
    return replace(raw, items=raw.items[:count], labels=raw.labels[:count])


def spoken(count: int) -> Clips:
    """Tones of a thirtieth of a second, a pitch a digit, by two speakers."""
    rng, labels, speakers = np.random.default_rng(0), np.arange(count) % 10, np.arange(count) // 10 % 2
    tones = (np.sin(2 * np.pi * (300 + 200 * label) / 8_000 * np.arange(rng.integers(200, 300))) for label in labels)
    clips = (tone * np.linspace(0.5, 0, len(tone)) + rng.normal(0, 0.01, len(tone)) for tone in tones)
    named = {"label": labels.astype(str), "speaker": np.array(["jackson", "theo"])[speakers]}
    return Clips((clip.astype(np.float32) for clip in clips), named, rate=8_000)


def amides() -> list[str]:
    """Chains on a ring, half of them with an amide at its other side."""
    ends, chains = ("", "N", "O", "S", "F", "Cl", "Br"), ("C", "CC", "CCC", "CCCC", "CCOC", "CCNC", "CCSC")
    return [f"{end}{chain}c1ccc({other})cc1" for end in ends for chain in chains for other in ("C(N)=O", "O", "N", "C")]
