"""The metrics for captioned images: the metrics of all images, and whether samples show what their captions say.

Captions are compared as models are given them: in lower case, without line breaks, and the first one where an image has
several. A drawing shows the images that others were made from, such as by an edit, to the left of these.
"""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...core.data import Data
from ...run.model import Model
from ..metric import Metric, Role
from ..metrics import shapes_rule
from ..metrics.captions import Matcher, alignment, are_compositions, candidates
from ..metrics.classifiers import ITEMS_SEEN
from ..plots import picture_sheets
from ..rows import MetricRow, ranked, rows
from . import images

RULES = {  # by `Data.rule`: how often samples show what they were given, without a network
    "shapes": shapes_rule.measure,
    "shapes-edits": shapes_rule.measure_edits,
}
DRAWS = 6  # images of each caption in the drawing of captions
PROMPTS = "The same captions, every family"
EDITS = "The same images and captions, every family"
MARK = "*"
LEGEND = f" ({MARK} no training caption combines these words)"
BY_RULE = {  # metric -> title and meaning
    "pair": ("Shape and colour", "samples that show both as their caption says; higher is better"),
    "all": ("All attributes", "samples that show shape, colour, size and ground as asked; higher is better"),
    "shape": ("Shape", "samples that show the shape of their caption; higher is better"),
    "colour": ("Colour", "samples that show the colour of their caption; higher is better"),
    "size": ("Size", "samples that show the size of their caption; higher is better"),
    "ground": ("Ground", "samples that show the ground of their caption; higher is better"),
    "changed": ("Changed", "samples that show what their instruction asks for; higher is better"),
    "kept": ("Kept", "samples that show all else as the image before; higher is better"),
    "followed": ("Instruction followed", "samples that make the change and keep all else; higher is better"),
}
_taught: dict[tuple, Matcher] = {}  # that of the data measured last


class Prompt(NamedTuple):
    """A caption for which every family samples.

    Args:
        item: number of a test item that has it.
        is_composition: see `compositions`.
    """

    item: int
    caption: str
    is_composition: bool


def _rule_rows(measure: Callable, real: Callable) -> list[MetricRow]:
    return [
        MetricRow(name, *words, "of samples", "higher", Role.CONDITIONS, measure, real=real)
        for name, words in BY_RULE.items()
    ]


class Suite(images.Suite):
    """Measures models of one set of images with captions."""

    def resized(self, sizes: dict[str, int]) -> "Suite":
        resized_suite = super().resized(sizes)
        resized_suite.__dict__["_captions"] = self._captions
        return resized_suite

    def _alignment(self, samples: images.Samples) -> Metric | None:
        captions, candidate_captions = samples.given.get("caption", ()), candidates(self._captions["test"], self.seed)
        return alignment(self._matcher, samples.x, captions, candidate_captions, self.seed)

    def _by_rule(self, samples: images.Samples) -> dict[str, Metric]:
        """How often samples show what they were given, without a network; nothing where there is no rule."""
        if not self.data.rule:
            return {}
        x, _, given = samples
        is_captioned = np.not_equal(given["caption"], None)
        pictures = (255 * x[torch.from_numpy(is_captioned)]).round().byte().permute(0, 2, 3, 1).numpy()
        training = self._captions["train"]
        training = {"caption": training[np.not_equal(training, None)]}
        return RULES[self.data.rule](pictures, {name: part[is_captioned] for name, part in given.items()}, training)

    def _of_real(self) -> dict[str, Metric]:
        """The same metrics of real test images, with their captions as models are given them."""
        given = self.data.test.given | {"caption": self._captions["test"]}
        first_values = {name: values[: self.n] for name, values in given.items()}
        real = images.Samples(self.test[: self.n], self.test_y[: self.n], first_values)
        aligned = self._alignment(real)
        metrics = {} if aligned is None else {"alignment": aligned}
        return self.sizes.note_fewer_items(metrics | self._by_rule(real), "samples")

    ROWS = ranked(images.Suite.ROWS, codes="") | rows(  # most have no label to probe
        MetricRow("alignment", "Alignment",
            "samples whose nearest caption, among those of the test part, is their own; higher is better", "of samples",
            "higher", Role.CONDITIONS, _alignment, real=_of_real, ranks="words"),
        *_rule_rows(_by_rule, _of_real),
    )  # fmt: skip

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        count = self.sizes.size_for(model, "shown")
        return self._with_prompts(super().plot(model, folder), self._draw_prompts(model, count), folder)

    def plot_real(self, folder: Path) -> dict[str, str]:
        captions = self._captions["test"][: len(self.test)]
        if self.domain.given_images:
            shown_images = [self.test[prompt.item : prompt.item + 1] for prompt in self._prompts]
        else:
            shown_images = [self.test[torch.from_numpy(captions == prompt.caption)] for prompt in self._prompts]
        return self._with_prompts(super().plot_real(folder), shown_images, folder)

    def _to_draw(self, model: Model, count: int) -> dict[str, Callable[[], list]]:
        return super()._to_draw(model, count) | {"prompts": lambda: self._draw_prompts(model, count)}

    def _draw_prompts(self, model: Model, count: int) -> list[Tensor]:
        """Samples (DRAWS, C, H, W) of each of the first `count` prompts."""
        items = [prompt.item for prompt in self._prompts[:count]]
        if not items:
            return []
        given = self.data.tensors("test").given[items].repeat_interleave(DRAWS, 0)
        samples = model.sample(len(given), given=given, seed=self.seed)
        return list(self._scaled(self.domain.encode(samples)[0]).split(DRAWS))

    def _with_prompts(self, sheets: dict[str, str], shown_images: list[Tensor], folder: Path) -> dict[str, str]:
        """The sheets, and after the first one that of the prompts, where there are images (n, C, H, W) of each."""
        if not shown_images:
            return sheets
        title = EDITS if self.domain.given_images else PROMPTS
        title += LEGEND * any(prompt.is_composition for prompt in self._prompts)
        prompt_labels = [prompt.caption + f" {MARK}" * prompt.is_composition for prompt in self._prompts]
        rows = list(zip(prompt_labels, self._images_of_prompts, shown_images))
        path = picture_sheets.prompts(rows, DRAWS, folder / "prompts.png")
        return {images.SAMPLES_CAPTION: sheets[images.SAMPLES_CAPTION], title: path, **sheets}

    @property
    def _images_of_prompts(self) -> list[Tensor]:
        """(k, C, H, W) of each prompt: the images that it is given."""
        given = self.data.tensors("test").given[[prompt.item for prompt in self._prompts]]
        images = [self._scaled(self.domain.given.part(given, name)) for name in self.domain.given_images]
        return list(torch.stack(images, 1)) if images else [self.test[:0]] * len(self._prompts)

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
        return sorted(prompts, key=lambda prompt: not prompt.is_composition)[: images.COMPLETIONS_SHOWN]

    @cached_property
    def _matcher(self) -> Matcher:
        """Taught once for all suites of the same data, one after another."""
        key = self.data.hash, *self.data.sizes.values(), self.seed, ITEMS_SEEN
        if key not in _taught:
            x = torch.cat([self.train, self.valid])
            captions = np.concatenate([self._captions["train"], self._captions["valid"]])
            _taught.clear()
            _taught[key] = Matcher(x, captions, self.seed, ITEMS_SEEN)
        return _taught[key]


class EditsSuite(Suite):
    """Measures models of image edits that a rule can judge, which ranks them in the place of alignment: an image shows
    its instruction, and as well many others."""

    ROWS = ranked(Suite.ROWS, words="followed")


def suite(data: Data) -> type[images.Suite]:
    """Chooses the suite that measures models of the data."""
    if not data.domain.captions:
        return images.Suite
    rule = getattr(data, "rule", "")  # a model has none
    return EditsSuite if rule == "shapes-edits" and data.domain.given_images else Suite
