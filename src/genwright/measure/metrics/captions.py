"""Images and texts: whether images show what their captions say, whether they lie nearest to the texts that describe
them, and which captions combine words as no training caption does.

Two small networks learn from real images and the captions that belong to them (Radford 2021): one reads an image, the
other the words of a caption and the pairs of words side by side. An image is aligned where, among several captions,
the one that was asked for is the nearest. A model cannot draw captions of new compositions from memory.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws, seeded
from ...core.seeds import seed_of
from ..intervals import numpy_generator
from ..metric import Metric
from .classifiers import classifier_net, scores

WIDTH = 128  # of the space that images and captions meet in
BATCH = 128
RATE, DECAY = 4e-3, 0.05
SHARPNESS = 10.0  # of the softmax over captions, before training
MOST_CAPTIONS = 100  # captions that an image is held against
SHUFFLES = 10
NAME = "networks that match images and captions, taught by real ones"


class Matcher:
    """Networks that learned to match images x (n, C, H, W) in [0, 1] with captions (n,), None where an image has none.
    Words that no training caption has are passed over.

    Args:
        x: (B, ...) input.
        seed: Seed of the random numbers.
        items_seen: images to train on, repeats included.
    """

    def __init__(self, x: Tensor, captions: Sequence[str | None], seed: int, items_seen: int):
        captioned = np.flatnonzero([caption is not None for caption in captions])
        texts, text_of_caption = np.unique([captions[i] for i in captioned], return_inverse=True)
        pieces = sorted({piece for text in texts for piece in _words_and_pairs(text)})
        self._codes = {piece: code for code, piece in enumerate(pieces)}
        x, bags, text_of_caption = x[torch.from_numpy(captioned)], self._bags(texts), torch.from_numpy(text_of_caption)
        rng, steps = Draws("matching", seed), max(items_seen // BATCH, 1)
        with seeded(seed_of("matching layers", seed)):
            self.image = classifier_net(x.shape[1], max(x.shape[2:]), WIDTH).train()
            self.text = nn.Linear(len(pieces), WIDTH)
            sharpness = nn.Parameter(torch.tensor(SHARPNESS).log())
            weights = [*self.image.parameters(), *self.text.parameters(), sharpness]
            optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=DECAY)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
            for _ in range(steps):
                pick = rng.integers(len(x), (BATCH,))
                logits = _cosine(self.image(x[pick]), self.text(bags[text_of_caption[pick]])) * sharpness.exp()
                same_text = (text_of_caption[pick][:, None] == text_of_caption[pick]).float()
                share = same_text / same_text.sum(1, keepdim=True)  # images of one caption are all right
                loss = F.cross_entropy(logits, share) + F.cross_entropy(logits.T, share)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        self.image.eval()

    def __call__(self, x: Tensor, captions: Sequence[str]) -> np.ndarray:
        """(n, k): how near each image of x (n, C, H, W) is to each of k captions, in [-1, 1]."""
        with torch.no_grad():
            return _cosine(scores(self.image, x), self.text(self._bags(captions))).numpy()

    def _bags(self, captions: Sequence[str]) -> Tensor:
        """(k, pieces): how often each piece is in each caption, over the length of that row."""
        bags = torch.zeros(len(captions), len(self._codes))
        for row, caption in zip(bags, captions):
            for piece in _words_and_pairs(caption):
                if piece in self._codes:
                    row[self._codes[piece]] += 1
        return F.normalize(bags)


def candidates(captions: Sequence[str | None], seed: int) -> list[str]:
    """Returns the different captions among these, a random `MOST_CAPTIONS` of them where there are more."""
    different = np.unique([caption for caption in captions if caption is not None])
    if len(different) > MOST_CAPTIONS:
        different = np.sort(numpy_generator("captions", seed).choice(different, MOST_CAPTIONS, replace=False))
    return different.tolist()


def alignment(
    matcher: Matcher, x: Tensor, captions: Sequence[str | None], among: list[str], seed: int
) -> Metric | None:
    """Measures how often the caption that was asked for is the nearest to an image; None where fewer than two images
    were asked for any candidate.

    Args:
        matcher: Matcher of images and captions.
        x: (n, C, H, W) images in [0, 1].
        captions: (n,) captions.
        among: candidate captions.
        seed: Seed of the random numbers.
    """
    number = {caption: k for k, caption in enumerate(among)}
    captioned = [i for i, caption in enumerate(captions) if caption in number]
    if len(captioned) < 2 or len(among) < 2:
        return None
    nearest = matcher(x[captioned], among).argmax(1)
    truth = np.array([number[captions[i]] for i in captioned])
    right = nearest == truth
    rng = numpy_generator("shuffled captions", seed)
    shuffled = np.mean([nearest == rng.permutation(truth) for _ in range(SHUFFLES)])
    reference = f"{NAME}; {len(among)} captions: chance {1 / len(among):.1%}"
    detail = f"captions shuffled: {shuffled:.1%}"
    value, se = float(right.mean()), float(right.std(ddof=1) / len(right) ** 0.5)
    return Metric(value, se, "estimate", "samples", "of samples", len(right), "higher", reference, detail, own=se)


def words(caption: str) -> list[str]:
    """Splits a caption into its words, in lower case, without punctuation."""
    return re.findall(r"\w+", caption.lower())


def _words_and_pairs(caption: str) -> list[str]:
    """Words, and pairs of words side by side."""
    single_words = words(caption)
    return single_words + [" ".join(pair) for pair in zip(single_words, single_words[1:])]


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    return F.normalize(a) @ F.normalize(b).T


CANDIDATES = 100  # texts, or images, that one is sought among, the right one included


def hit_probabilities(similarities: np.ndarray, right: np.ndarray, candidates: int = CANDIDATES) -> np.ndarray:
    """Computes how probable it is, (n,), that the right caption ranks first among `candidates`, the others drawn from
    all wrong ones.

    Args:
        similarities: (n, m) how near each row is to each of m.
        right: (n,) which of them is the right one, and others that are right too are -inf. A wrong one that is as near
            comes first. With b nearer ones among w wrong ones and k drawn, the probability is that of drawing none of
            them: C(w - b, k) / C(w, k). All are drawn where there are no more.
    """
    own_similarity = similarities[np.arange(len(similarities)), right]
    wrong_count = np.isfinite(similarities).sum(1) - 1
    nearer = (similarities >= own_similarity[:, None]).sum(1) - 1
    draws = np.minimum(candidates - 1, wrong_count)
    probability = np.ones(len(similarities))
    for k in range(candidates - 1):
        remaining = np.maximum(wrong_count - k, 1)
        probability *= np.where(k < draws, np.maximum(wrong_count - nearer - k, 0) / remaining, 1.0)
    return probability


def compare_captions(own_text: np.ndarray, other_text: np.ndarray) -> np.ndarray:
    """Scores whether images are nearer to their own text than to another: (n,) 1 if so, 0 if not, and half where both
    are as near."""
    return np.where(own_text == other_text, 0.5, (own_text > other_text).astype(float))


def are_compositions(captions: Sequence[str], training: Sequence[str | None]) -> list[bool]:
    """Tells whether each caption has two words that training captions have, but never in one caption.

    Args:
        captions: Captions of the images.
        training: None where an image has no caption.
    """
    captions_with: dict[str, set[int]] = defaultdict(set)
    for number, caption in enumerate({caption for caption in training if caption is not None}):
        for word in words(caption):
            captions_with[word].add(number)

    def is_composition(caption: str) -> bool:
        holders = [captions_with[word] for word in set(words(caption)) if word in captions_with]
        return any(first.isdisjoint(second) for first, second in combinations(holders, 2))

    return [is_composition(caption) for caption in captions]
