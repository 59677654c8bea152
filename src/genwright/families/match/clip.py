"""CLIP (Radford 2021): images and texts in one space, where an image lies nearest to the texts that describe it.

    u_i = image tower(x_i), v_j = text tower(y_j), of length 1    s_ij = scale u_i . v_j,  scale <= 100, learned
    softmax   L = (L_images + L_texts) / 2
              L_images = -mean over i of mean over right j of log softmax_j(s_ij)
              L_texts  = -mean over j of mean over right i of log softmax_i(s_ij)
    sigmoid   L = -sum over i, j of log sigmoid(z_ij (s_ij + bias)) / B,  z_ij = 1 if right, else -1     (Zhai 2023)

Pair (i, j) is right if image i has text j as its caption, whichever item that text came with: several items may share
it. A batch shows the k-th caption of each of its items, so that a short caption is not held against a longer one. Each
caption is followed by two others that say something else with its words (Yuksekgonul 2023): its colours swapped, its
relation reversed. Without them both towers learn bags of words. They are never right for their own image, and count
in L_images and in the sigmoid loss.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.errors import DataError
from ...core.trainable import Batch, Trainable
from .matching import CaptionedImages

INITIAL_SCALE, MAX_SCALE = 14.3, 100.0  # scale of scores, first and at most; Radford 2021
INITIAL_SIGMOID_SCALE, INITIAL_BIAS = 10.0, -10.0  # Zhai 2023
BLOCK = 512  # images or texts that a tower sees at once
OFTEN = 1e-3  # share of batches that hold one caption alone: more are refused


class Clip(Trainable):
    """image, text: towers to vectors of length 1. swaps: whether captions are held against swapped ones. batch: images
    in each step of training."""

    parallel = "alone"  # a share of a batch would hold fewer captions against each other

    def __init__(self, image: nn.Module, text: nn.Module, sigmoid: bool, swaps: bool, batch: int):
        super().__init__()
        self.image, self.text, self.swaps, self.batch = image, text, swaps, batch
        self.log_scale = nn.Parameter(torch.tensor(INITIAL_SIGMOID_SCALE if sigmoid else INITIAL_SCALE).log())
        self.bias = nn.Parameter(torch.tensor(INITIAL_BIAS)) if sigmoid else None

    def attach(self, context: CaptionedImages) -> None:
        """Raises DataError where one caption is so common that batches of it alone, which teach nothing, would be."""
        captions = context.captions[context.captions[:, 0] >= 0]
        for k in range(captions.shape[1]):
            share = captions[:, k].bincount().max().item() / len(captions)
            if share**self.batch > OFTEN:
                raise DataError(
                    f"{share:.0%} of the images have the same caption. A batch of {self.batch} that holds no "
                    "other teaches nothing: write captions that differ, or raise the hyperparameter batch"
                )
        self.context = context

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """batch.x: (B,) numbers of images in the context."""
        context = self.context
        k = int((batch.rng.uniform(1) >= context.shares.cumsum(0)[:-1]).sum())
        own = context.captions[batch.x, k]
        texts = torch.cat([own, *context.swapped[own].T]) if self.swaps else own
        with torch.no_grad():
            self.log_scale.clamp_(max=torch.tensor(MAX_SCALE).log().item())
        shown, number = texts.clamp(min=0).unique(return_inverse=True)  # each text is read once
        images, codes = self.image(context.images[batch.x]), self.text(context.texts[shown])[number]
        with torch.autocast(images.device.type, enabled=False):
            near = self.log_scale.exp() * images @ codes.T
        right = own[:, None] == texts  # a swapped caption may be another item's own
        near, told = near.masked_fill(texts < 0, -torch.inf), {"scale": self.log_scale.detach().exp()}
        if self.bias is not None:
            signs = 2.0 * right - 1
            return -F.logsigmoid(signs * (near + self.bias)).masked_fill(texts < 0, 0.0).sum() / len(own), told
        square = near[:, : len(own)], right[:, : len(own)]
        return (_nats(near, right) + _nats(*(part.T for part in square))) / 2, told

    def predict(self, context: CaptionedImages) -> Tensor:
        """(n, a): the probability of each text that is asked about, given that one of them is right."""
        if context.images is None:
            raise DataError("predict names images, and these are texts: pass images, and the texts as among")
        near = self._vectors(self.image, context.images) @ self._vectors(self.text, context.texts[context.asked]).T
        return (self.log_scale.exp() * near).softmax(1)

    def encode(self, context: CaptionedImages) -> Tensor:
        """(n, D) of length 1: images, or where there are none the texts that are asked about."""
        if context.images is None:
            return self._vectors(self.text, context.texts[context.asked])
        return self._vectors(self.image, context.images)

    def search(self, images: Tensor, text: Tensor) -> Tensor:
        """(n,) how near images (n, D) are to a text (D,), in [-1, 1]."""
        return images @ text

    def _vectors(self, tower: Callable, x: Tensor) -> Tensor:
        return torch.cat([tower(part) for part in x.split(BLOCK)])


def _nats(near: Tensor, right: Tensor) -> Tensor:
    """(n, m) each -> (): the mean over rows of the mean over what is right of -log softmax."""
    return -(near.log_softmax(1).masked_fill(~right, 0.0).sum(1) / right.sum(1)).mean()
