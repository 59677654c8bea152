"""Skin tones from words: how often samples of an emoji in a tone that training lacks have that tone.

    GENWRIGHT_DATA=FOLDER python benchmarks/skin_tones.py [--folder runs/words]

One model trains on `openmoji-tones` for fifteen minutes of one core. The test captions name an (emoji, tone) pair that
no training image shows. Run the same command again to resume.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import torch
from bars import Plan, record
from words import FAMILIES, GUIDANCE, OF, STEPS, UNTRAINED, asked, trained

import genwright
from genwright.data.named.openmoji import TONES
from genwright.evaluation.intervals import proportion

SKIN = np.array(
    [(250, 220, 188), (222, 187, 144), (193, 154, 101), (165, 121, 57), (106, 70, 47)]
)  # of TONES, light first
NEAR, LEAST = 25.0, 0.2  # levels from a skin colour; pixels of the skin, over those of the commonest of its colours
TONE = f"({'|'.join(sorted(TONES.values(), key=len, reverse=True))}) skin tone"
SCORED = dict(data="openmoji-tones", split="test", metric="nearest of five skin colours")
PLANS = {
    "samples": Plan(
        what=f"flow-matching, {STEPS} steps at guidance {GUIDANCE:g}: skin tone right, held-out (emoji, tone)",
        **SCORED, **OF,
    ),
    "real": Plan(what="real test images: skin tone right", **SCORED, **UNTRAINED),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/words"))
    folder = parser.parse_args().folder
    torch.set_num_threads(1)
    found = tones(folder)
    record("skin_tones", [PLANS[name].row(found[name], found[f"{name} se"]) for name in PLANS], found)


def tones(folder: Path) -> dict:
    """Shares of samples of the test captions, and of real test images, whose skin tone is that of the caption."""
    data = genwright.load_data("openmoji-tones", given="caption")
    given, test = asked(data, len(data.test))
    samples = trained(folder, data, FAMILIES[0]).sample(len(given), given=given, seed=0, steps=STEPS, guidance=GUIDANCE)
    told = [re.search(TONE, caption).group(1) for caption in test.given["caption"]]
    found = {}
    for name, images in (("samples", samples), ("real", test)):
        right = np.array([skin_tone(image) == tone for image, tone in zip(np.asarray(images), told)])
        found[name], found[f"{name} se"] = proportion(right)
    return found


def skin_tone(image: np.ndarray) -> str | None:
    """The tone of an image (64, 64, 3); None where no pixel is near any. OpenMoji draws the hair of light people in the
    colours of dark skin, so that the lightest of the colours that are common is the skin's."""
    away = np.linalg.norm(image.reshape(-1, 1, 3) - SKIN, axis=2)
    counts = np.bincount(away.argmin(1)[away.min(1) < NEAR], minlength=len(SKIN))
    common = np.flatnonzero(counts > LEAST * counts.max())
    return list(TONES.values())[common[0]] if len(common) else None


if __name__ == "__main__":
    main()
