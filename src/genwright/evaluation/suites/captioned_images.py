"""The metrics for images that have captions: those of all images, and whether samples show what their captions say.

Captions are compared as models are given them: in lower case, without line breaks, and the first one where an image has
several.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...core.data import Data
from ...run.model import Model
from ..compositions import are_compositions
from ..metric import Metric
from ..metrics import shapes_rule
from ..metrics.alignment import Matcher, alignment, candidates
from ..metrics.classifiers import SEEN, fixed_threads
from ..plots import picture_sheets
from . import images

RULES = {"shapes": shapes_rule}  # by `Data.rule`: how often samples show what captions say, without a network
DRAWS = 6  # images of each caption in the drawing of captions
PROMPTS = "The same captions, every family"
MARK = "*"
LEGEND = f" ({MARK} no training caption combines these words)"
BY_RULE = {
    "pair": ("Shape and colour", "samples that show both as their caption says; higher is better", "of samples"),
    "all": (
        "All attributes",
        "samples that show shape, colour, size and ground as asked; higher is better",
        "of samples",
    ),
    "shape": ("Shape", "samples that show the shape of their caption; higher is better", "of samples"),
    "colour": ("Colour", "samples that show the colour of their caption; higher is better", "of samples"),
    "size": ("Size", "samples that show the size of their caption; higher is better", "of samples"),
    "ground": ("Ground", "samples that show the ground of their caption; higher is better", "of samples"),
}
_taught: dict[tuple, Matcher] = {}  # that of the data measured last


class Prompt(NamedTuple):
    """A caption that every family draws. item: number of a test item that has it. is_composition: see
    `compositions`."""

    item: int
    caption: str
    is_composition: bool


class Suite(images.Suite):
    """Measures models of one set of images with captions."""

    TITLES = images.TITLES | {
        "alignment": (
            "Alignment",
            "samples whose nearest caption, among those of the test part, is their own; higher is better",
            "of samples",
        ),
        **BY_RULE,
    }
    HEADLINE = {"density": "bits_per_dim", "samples": "frechet", "words": "alignment"}  # most have no label to probe

    def reference(self) -> dict[str, Metric]:
        """As for all images; alignment and rules are those of real test images."""
        asked = self._captions["test"][: self.n]
        with fixed_threads(1):
            found = self._of_captions(self.test[: self.n], asked)
        return super().reference() | self.sizes.told(found, "samples")

    def resized(self, sizes: dict[str, int]) -> Suite:
        other = super().resized(sizes)
        other.__dict__["_captions"] = self._captions
        return other

    def plot(self, model: Model, folder: str | Path) -> dict[str, str]:
        sheets, count = super().plot(model, folder), self.sizes.of(model, "shown")
        return self._with_prompts(sheets, self._draw_prompts(model, count), folder)

    def plot_real(self, folder: str | Path) -> dict[str, str]:
        captions = self._captions["test"][: len(self.test)]
        shown = [self.test[torch.from_numpy(captions == prompt.caption)] for prompt in self._prompts]
        return self._with_prompts(super().plot_real(folder), shown, folder)

    # ------------------------------------------------------------------ samples

    def _of_samples(self, model: Model, samples: tuple[Tensor, Tensor, np.ndarray]) -> dict[str, Metric]:
        x, _, asked = samples
        found = super()._of_samples(model, samples)
        with fixed_threads(1):
            return found | self._of_captions(x, asked)

    def _headline_of_samples(self, model: Model, samples: tuple[Tensor, Tensor, np.ndarray]) -> dict[str, Metric]:
        x, _, asked = samples
        found = super()._headline_of_samples(model, samples)
        with fixed_threads(1):
            return found | self._alignment(x, asked)

    def _of_captions(self, x: Tensor, asked: np.ndarray) -> dict[str, Metric]:
        """x: (n, C, H, W); asked: their captions (n,), None where an image has none."""
        metrics = self._alignment(x, asked)
        if self.data.rule:
            there = np.not_equal(asked, None)
            pictures = (255 * x[torch.from_numpy(there)]).round().byte().permute(0, 2, 3, 1).numpy()
            training = [caption for caption in self._captions["train"] if caption is not None]
            metrics |= RULES[self.data.rule].measure(pictures, asked[there], training)
        return metrics

    def _alignment(self, x: Tensor, asked: np.ndarray) -> dict[str, Metric]:
        found = alignment(self._matcher, x, asked, candidates(self._captions["test"], self.seed), self.seed)
        return {} if found is None else {"alignment": found}

    # ------------------------------------------------------------------ drawings

    def _drawings(self, model: Model, count: int) -> dict[str, Callable[[], list]]:
        return super()._drawings(model, count) | {"prompts": lambda: self._draw_prompts(model, count)}

    def _draw_prompts(self, model: Model, count: int) -> list[Tensor]:
        """Samples (DRAWS, C, H, W) of each of the first `count` prompts."""
        items = [prompt.item for prompt in self._prompts[:count]]
        if not items:
            return []
        given = self.data.tensors("test").given[items].repeat_interleave(DRAWS, 0)
        samples = model.sample(len(given), given=given, seed=self.seed)
        return list(self._scaled(self.domain.encode(samples)[0]).split(DRAWS))

    def _with_prompts(self, sheets: dict[str, str], shown: list[Tensor], folder: str | Path) -> dict[str, str]:
        """The sheets, and after the first one that of the prompts, where there are images (n, C, H, W) of each."""
        if not shown:
            return sheets
        title = PROMPTS + LEGEND * any(prompt.is_composition for prompt in self._prompts)
        named = [prompt.caption + f" {MARK}" * prompt.is_composition for prompt in self._prompts]
        drawn = picture_sheets.prompts(list(zip(named, shown)), DRAWS, Path(folder) / "prompts.png")
        return {images.BESIDE: sheets[images.BESIDE], title: drawn, **sheets}

    # ------------------------------------------------------------------ what is computed once

    @cached_property
    def _captions(self) -> dict[str, np.ndarray]:
        """{part: captions (n,), None where an image has none}."""

        def decoded(part: str) -> np.ndarray:
            return self.domain.captions.decode(self.domain.given.part(self.data.tensors(part).given, "caption"))

        return {part: decoded(part) if len(items) else np.zeros(0, object) for part, items in self.data.items.items()}

    @cached_property
    def _prompts(self) -> list[Prompt]:
        """Captions of the test part that every family draws, compositions first."""
        items: dict[str, int] = {}
        for item, caption in enumerate(self._captions["test"][: len(self.test)]):
            if caption is not None:
                items.setdefault(caption, item)
        are_new = are_compositions(list(items), self._captions["train"])
        prompts = [Prompt(item, caption, is_new) for (caption, item), is_new in zip(items.items(), are_new)]
        return sorted(prompts, key=lambda prompt: not prompt.is_composition)[: images.SHOWN]

    @cached_property
    def _matcher(self) -> Matcher:
        """Taught once for all suites of the same data, one after another."""
        key = self.data.hash, *self.data.sizes.values(), self.seed, SEEN
        if key not in _taught:
            x = torch.cat([self.train, self._tensors("valid")[0]])
            captions = np.concatenate([self._captions["train"], self._captions["valid"]])
            _taught.clear()
            _taught[key] = Matcher(x, captions, self.seed, SEEN)
        return _taught[key]


def suite(data: Data) -> type[images.Suite]:
    """The class that measures models of the data."""
    return Suite if data.domain.captions else images.Suite
