"""Images matched with texts without towers: what `clip` has to beat.

    linear map   u = W^T f(x),  v = g(y) - mean,  s = cos(u, v);  W by ridge regression of v on f (Hoerl & Kennard 1970)
    chance       u and v are projections drawn at random, so that nothing joins an image and its text

f: pixels of the image, averaged to at most 16 x 16 places, each of mean 0 and deviation 1 over training images.
g: which tokens a text holds, weighed by the logarithm of how rare they are among the training captions.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.draws import Draws
from ...core.spec import Category, Spec
from ...core.trainable import Items, Trainable
from .matching import CaptionedImages

SIDE = 16  # places of an image in a row or column, at most
PULL = 0.1  # ridge, in units of the variance of all features
SCALE = 14.3  # of the scores behind probabilities, the first of Radford 2021
CHANCE = 8  # dimensions of projections at random
BLOCK = 512  # images read at a time


class LinearMap(Trainable):
    """A baseline for matching: ridge regression from pixels to the tokens of captions.

    Args:
        learns: whether W is fitted; else both projections are drawn at random.
    """

    allow_bf16 = False

    def __init__(self, picture: Spec, caption: Category, learns: bool):
        super().__init__()
        channels, *sides = picture.shape
        self.places, self.symbols = tuple(min(side, SIDE) for side in sides), caption.k
        self.learns = learns
        inputs, outputs = channels * self.places[0] * self.places[1], caption.k if learns else CHANCE
        self.register_buffer("centre", torch.zeros(inputs))
        self.register_buffer("spread", torch.ones(inputs))
        self.register_buffer("weight", torch.zeros(inputs, outputs))
        self.register_buffer("rarity", torch.zeros(caption.k))
        self.register_buffer("mean", torch.zeros(caption.k))
        self.register_buffer("turn", torch.zeros(caption.k, 0 if learns else CHANCE))

    def attach(self, context: CaptionedImages) -> None:
        self.context = context

    def finish(self, items: Items, rng: Draws) -> None:
        context = self.context
        x, tokens = self._features(context.images[items.x]), self._tokens(context.texts[context.captions[items.x, 0]])
        feature_spread = x.std(0, correction=0)
        self.centre = x.mean(0)
        self.spread = torch.where(feature_spread > 0, feature_spread, torch.ones_like(feature_spread))
        self.rarity = torch.log(len(tokens) / tokens.sum(0).clamp(min=1))
        self.mean = (tokens * self.rarity).mean(0)
        if not self.learns:
            self.weight, self.turn = (rng.normal(shape) for shape in (self.weight.shape, self.turn.shape))
            return
        f, v = ((x - self.centre) / self.spread).double(), (tokens * self.rarity - self.mean).double()
        gram = f.T @ f / len(f) + PULL * torch.eye(f.shape[1], dtype=f.dtype, device=f.device)
        self.weight = torch.linalg.solve(gram, f.T @ v / len(f)).float()

    def predict(self, context: CaptionedImages) -> Tensor:
        """Predicts the probability (n, a) of each of a texts for each image, given that one of them is right."""
        return (SCALE * self._images(context) @ self._texts(context).T).softmax(1)

    def encode(self, context: CaptionedImages) -> Tensor:
        """Computes unit vectors (n, D) of images, or of the texts to choose among where there are no images."""
        return self._texts(context) if context.images is None else self._images(context)

    def search(self, images: Tensor, text: Tensor) -> Tensor:
        """Computes the cosine similarity (n,) of images (n, D) to a text (D,)."""
        return images @ text

    def _images(self, context: CaptionedImages) -> Tensor:
        blocks = [(self._features(x) - self.centre) / self.spread @ self.weight for x in context.images.split(BLOCK)]
        return F.normalize(torch.cat(blocks), dim=1)

    def _texts(self, context: CaptionedImages) -> Tensor:
        v = self._tokens(context.texts[context.asked]) * self.rarity - self.mean
        return F.normalize(v if self.learns else v @ self.turn, dim=1)

    def _features(self, images: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(images.float(), self.places).flatten(1)

    def _tokens(self, texts: Tensor) -> Tensor:
        """(t, K) float32, whether a text holds a token."""
        presence = torch.zeros(len(texts), self.symbols, device=texts.device)
        return presence.scatter_(1, texts.long().clamp(0, self.symbols - 1), 1.0)
