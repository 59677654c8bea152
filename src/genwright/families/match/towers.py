"""A family of the task `match` as a part of a family of images: it learns from batches of images with captions, where a
run of its own sees all of them at once."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ...core.spec import Spec
from ...core.trainable import Batch, Trainable
from ...kinds.images.captions import Captions
from ...kinds.images.swapped_captions import SWAPS
from .matching import NO_TEXT, CaptionedImages

CAPTION = "caption"


class Towers(nn.Module):
    """family: of the recipes of `match`, with `loss` and `encode`. given: variables of the images, `caption` among
    them."""

    captions: Captions | None = None

    def __init__(self, family: Trainable, given: Spec):
        super().__init__()
        self.family, self.given = family, given
        self._known_swaps: dict[bytes, list[Tensor | None]] = {}

    def attach_domain(self, domain: Any) -> None:
        """With it, captions are held against swapped ones, as in a run of their own."""
        self.captions = domain.captions

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """The family's loss on the images of a batch that have a caption; 0 where none has."""
        captions = self.given.part(batch.given, CAPTION)
        there = ~captions.isnan().any(1)
        if not there.any():
            return sum(weight.sum() for weight in self.parameters()) * 0.0, {}
        texts, own = captions[there].unique(dim=0, return_inverse=True)
        images, (texts, swapped) = batch.x[there], self._with_swaps(texts)
        self.family.context = CaptionedImages(images, texts, own[:, None], swapped, own[:0], _one(own))
        return self.family.loss(replace(batch, x=torch.arange(len(images), device=own.device)))

    def images(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, D) of length 1."""
        none = torch.zeros(0, dtype=torch.long, device=x.device)
        return self.family.encode(CaptionedImages(x, none, none, none, none, _one(none)))

    def texts(self, given: Tensor) -> Tensor:
        """(B, G) -> (B, D) of length 1, of their captions."""
        texts = self.given.part(given, CAPTION)
        none, every = (
            torch.zeros(0, dtype=torch.long, device=given.device),
            torch.arange(len(texts), device=given.device),
        )
        return self.family.encode(CaptionedImages(None, texts, none, none, every, _one(none)))

    def _with_swaps(self, texts: Tensor) -> tuple[Tensor, Tensor]:
        """Texts (t, T) and behind them what they become by each of SWAPS, and (t + s, 2) the number of that, NO_TEXT
        where a swap does not apply."""
        rows, swapped = list(texts), torch.full((len(texts), len(SWAPS)), NO_TEXT)
        for i, text in enumerate(texts) if self.captions else ():
            for k, other in enumerate(self._swaps_of(text.cpu())):
                if other is not None:
                    swapped[i, k] = len(rows)
                    rows.append(other.to(texts.device))
        behind = torch.full((len(rows) - len(texts), len(SWAPS)), NO_TEXT)
        return torch.stack(rows), torch.cat([swapped, behind]).to(texts.device)

    def _swaps_of(self, text: Tensor) -> list[Tensor | None]:
        key = text.numpy().tobytes()
        if key not in self._known_swaps:
            (said,) = self.captions.decode(text[None])
            swaps = [swap(said) for swap in SWAPS.values()]
            self._known_swaps[key] = [None if swap is None else self.captions.encode([swap])[0] for swap in swaps]
        return self._known_swaps[key]


def _one(numbers: Tensor) -> Tensor:
    """How often each caption of an image is shown: a batch has one of each."""
    return torch.ones(1, device=numbers.device)
